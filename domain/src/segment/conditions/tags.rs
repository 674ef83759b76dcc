//! `{"tags":{"any":[],"all":[],"none":[]}}`: the tags as they are now.

use super::{listed, one_of};
use crate::segment::{Asked, Condition, Guest};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tags {
    /// At least one of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub any: Vec<String>,
    /// Every one of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub all: Vec<String>,
    /// None of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub none: Vec<String>,
}

impl Condition for Tags {
    fn holds(&self, guest: &Guest, _: &Asked) -> bool {
        let has = |tag: &String| guest.tags.contains(tag);
        (self.any.is_empty() || self.any.iter().any(has)) && self.all.iter().all(has) && !self.none.iter().any(has)
    }

    fn clause(&self, _: &Asked) -> String {
        let mut asks = Vec::new();
        if !self.any.is_empty() {
            asks.push(format!("any of {}", one_of(&self.any)));
        }
        if !self.all.is_empty() {
            asks.push(format!("all of {}", listed(&self.all)));
        }
        if !self.none.is_empty() {
            asks.push(format!("none of {}", one_of(&self.none)));
        }
        if asks.is_empty() {
            asks.push("any".to_owned());
        }
        format!("tags: {}", asks.join("; "))
    }

    fn fact(&self, guest: &Guest, _: &Asked) -> String {
        format!("has {}", listed(&guest.tags))
    }
}
