//! From JSON to a rule, every fault with its place.

use super::{Menu, TagRule};
use crate::fault::{Fault, Why};
use crate::visible;
use serde_json::Value;

impl TagRule {
    /// Reads a rule that somebody wrote. Names are brought into the form in which orders are kept.
    ///
    /// # Errors
    /// What cannot be read; else everything that is wrong with it.
    pub fn read(text: &str) -> Result<TagRule, Vec<Fault>> {
        let json: Value = serde_json::from_str(text).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            vec![Why::BodyNotJson { line, column }.at("")]
        })?;
        let rule: TagRule = serde_path_to_error::deserialize(json).map_err(|error| {
            let place = error.path().to_string();
            let place = if place == "." { String::new() } else { place };
            vec![Why::of_json(&error.into_inner().to_string()).at(place)]
        })?;
        let rule = rule.with_plain_names();
        match rule.faults() {
            faults if faults.is_empty() => Ok(rule),
            faults => Err(faults),
        }
    }

    fn with_plain_names(self) -> Self {
        let plain = |name: String| visible::key(&name).into_owned();
        let all = |names: Vec<String>| names.into_iter().map(plain).collect();
        let menu = |menu: Menu| Menu {
            dish: all(menu.dish),
            category: all(menu.category),
        };
        Self {
            name: plain(self.name),
            tag: plain(self.tag),
            ordered: self.ordered.map(menu),
            not_ordered: self.not_ordered.map(menu),
            ..self
        }
    }
}
