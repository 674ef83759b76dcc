//! `{"restaurants":["Arbat"]}`: the guest ordered from one of these; one whose orders name no restaurant belongs to
//! the one on the card.

use super::{listed, one_of};
use crate::segment::{Asked, Condition, Guest};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Restaurants by their names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Restaurants(pub Vec<String>);

/// Where the guest belongs (PRODUCT.md §1).
fn own<'a>(guest: &'a Guest, asked: &'a Asked) -> BTreeSet<&'a str> {
    let ordered: BTreeSet<_> = guest
        .orders_counted(asked)
        .filter_map(|o| o.restaurant.as_deref())
        .collect();
    if ordered.is_empty() {
        guest.restaurant.as_deref().into_iter().collect()
    } else {
        ordered
    }
}

impl Condition for Restaurants {
    fn holds(&self, guest: &Guest, asked: &Asked) -> bool {
        self.0.is_empty() || own(guest, asked).iter().any(|r| self.0.iter().any(|name| name == r))
    }

    fn clause(&self, _: &Asked) -> String {
        format!("belongs to {}", one_of(&self.0))
    }

    fn fact(&self, guest: &Guest, asked: &Asked) -> String {
        format!("belongs to {}", listed(own(guest, asked)))
    }
}
