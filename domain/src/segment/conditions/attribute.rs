//! `{"attribute":{"key":"city","is":["Kazan"]}}`: a custom attribute has one of these values.

use super::{admits, one_of};
use crate::segment::{Asked, Condition, Guest};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    pub key: String,
    #[serde(default)]
    pub is: Vec<String>,
}

impl Condition for Attribute {
    fn holds(&self, guest: &Guest, _: &Asked) -> bool {
        admits(&self.is, guest.attributes.get(&self.key).map(String::as_str))
    }

    fn clause(&self, _: &Asked) -> String {
        format!("attribute {} is {}", self.key, one_of(&self.is))
    }

    fn fact(&self, guest: &Guest, _: &Asked) -> String {
        guest
            .attributes
            .get(&self.key)
            .cloned()
            .unwrap_or("not known".to_owned())
    }
}
