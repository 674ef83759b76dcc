//! `{"customers":["17"]}` and `{"phones":["+79991234567"]}`: the guest is on an imported list.

use crate::Phone;
use crate::segment::{Asked, Condition, FilterError, Guest};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Guests by their external ids.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Customers(pub Vec<String>);

impl Condition for Customers {
    fn holds(&self, guest: &Guest, _: &Asked) -> bool {
        self.0.is_empty() || self.0.contains(&guest.external_id)
    }

    fn clause(&self, _: &Asked) -> String {
        format!("is one of {} listed customers", self.0.len())
    }

    fn fact(&self, guest: &Guest, _: &Asked) -> String {
        format!("is customer {}", guest.external_id)
    }
}

/// Phones in any usual notation; without a country code they belong to the organisation's country. A phone covers
/// every card that it is on, for SMS or WhatsApp, even if it is dead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Phones(pub Vec<String>);

impl Phones {
    /// The numbers in E.164. A text that is not a number of its country matches nobody.
    pub fn numbers(&self, asked: &Asked) -> BTreeSet<String> {
        self.0
            .iter()
            .filter_map(|text| Phone::parse(text, asked.region).ok())
            .map(|phone| phone.e164().to_owned())
            .collect()
    }
}

impl Condition for Phones {
    fn check(&self) -> Result<(), FilterError> {
        let mut checked = self.0.iter().map(|text| Phone::check_notation(text)).enumerate();
        checked.try_for_each(|(i, found)| found.map_err(|e| FilterError::new(format!("[{i}]"), e.why())))
    }

    fn holds(&self, guest: &Guest, asked: &Asked) -> bool {
        let numbers = self.numbers(asked);
        self.0.is_empty() || guest.phones().any(|phone| numbers.contains(phone))
    }

    fn clause(&self, _: &Asked) -> String {
        format!("has one of {} listed phones", self.0.len())
    }

    fn fact(&self, guest: &Guest, _: &Asked) -> String {
        format!("{} phones on the card", guest.phones().count())
    }
}
