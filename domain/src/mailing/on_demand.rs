//! A mailing whose messages are requested one by one: a login code, the state of an order (PRODUCT.md §7, programs
//! "t"), a welcome bonus.

use crate::fault::{Fault, Why};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};

/// What the file of such a mailing says beside its contents.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnDemand {
    /// The names of the values that each request gives and its texts use: `["code"]` for `{{ code }}`.
    #[serde(default)]
    pub values: Vec<String>,
}

/// The variables that every text may use (PRODUCT.md §6): what is known about the guest, and what Bellhop computes.
/// Any other name is a custom attribute or a value given by a request.
pub const VARIABLES: [&str; 16] = [
    "name",
    "link",
    "promo_code",
    "bonus_amount",
    "valid_to",
    "days_left",
    "last_dish",
    "favourite_dish",
    "favourite_category",
    "orders_count",
    "average_check",
    "days_since_order",
    "restaurant_name",
    "restaurant_phone",
    "restaurant_address",
    "greeting",
];

/// What a list of promo codes fills: the code, and its last day.
pub const PROMO_CODE: &str = "promo_code";
pub const VALID_TO: &str = "valid_to";

/// Those of [`VARIABLES`] whose values come from the brand: from a guest's custom attribute of that name, from a
/// request, or from a list of promo codes.
pub const FILLED: [&str; 4] = ["promo_code", "bonus_amount", "valid_to", "days_left"];

/// The longest value in characters: a text of ten SMS parts.
pub const VALUE_CHARS: usize = 1_530;

impl OnDemand {
    pub(super) fn problems(&self) -> impl Iterator<Item = Fault> {
        let mut seen = HashSet::new();
        self.values.iter().enumerate().filter_map(move |(i, name)| {
            let why = if !is_name(name) {
                Why::ValueNameUnfit
            } else if VARIABLES.contains(&name.as_str()) && !FILLED.contains(&name.as_str()) {
                Why::ValueNameTaken
            } else if !seen.insert(name) {
                Why::ValueNameTwice
            } else {
                return None;
            };
            Some(why.at(format!("on_demand.values[{i}]")))
        })
    }

    /// What is wrong with the values of a request. Every value must be given and none may be blank, because a text
    /// never goes out with a hole in it.
    pub fn faults(&self, given: &BTreeMap<String, String>) -> Vec<Fault> {
        let missing = self.values.iter().filter(|name| !given.contains_key(*name));
        let missing = missing.map(|name| (name, Why::ValueAbsent));
        let wrong = given.iter().filter_map(|(name, value)| {
            let why = if !self.values.contains(name) {
                Why::ValueUnknown
            } else if value.trim().is_empty() {
                Why::ValueBlank
            } else if value.chars().count() > VALUE_CHARS {
                Why::TextTooLong { most: VALUE_CHARS }
            } else if value.contains('\0') {
                Why::TextHoldsZero
            } else {
                return None;
            };
            Some((name, why))
        });
        missing
            .chain(wrong)
            .map(|(name, why)| why.at(format!("values.{name}")))
            .collect()
    }
}

fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_lowercase())
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && name.len() <= 64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_gives_every_value_and_no_other() {
        let mailing = OnDemand {
            values: vec!["code".to_owned(), "minutes".to_owned()],
        };
        let long = "x".repeat(VALUE_CHARS + 1);
        for (given, places) in [
            (vec![("code", "1234"), ("minutes", "5")], vec![]),
            (vec![("code", "1234")], vec!["values.minutes"]),
            (vec![("code", "1234"), ("minutes", " ")], vec!["values.minutes"]),
            (vec![("code", &*long), ("minutes", "5")], vec!["values.code"]),
            (vec![("code", "a\0b"), ("minutes", "5")], vec!["values.code"]),
            (
                vec![("code", "1234"), ("minutes", "5"), ("name", "Anna")],
                vec!["values.name"],
            ),
            (vec![], vec!["values.code", "values.minutes"]),
        ] {
            let given = given.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
            let found: Vec<_> = mailing.faults(&given).into_iter().map(|fault| fault.place).collect();
            assert_eq!(found, places, "{given:?}");
        }
    }

    #[test]
    fn names_are_those_of_variables() {
        for (name, good) in [
            ("code", true),
            ("a_1", true),
            ("", false),
            ("1a", false),
            ("Code", false),
            ("a-b", false),
        ] {
            assert_eq!(is_name(name), good, "{name:?}");
        }
    }
}
