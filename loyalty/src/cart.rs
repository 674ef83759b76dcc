//! What a guest wants to buy, or has bought.

use bellhop_domain::Money;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A cart at the till or site; an order is one whose conditions are settled.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cart {
    pub lines: Vec<CartLine>,
    /// What is paid for the delivery, beside the lines.
    pub delivery: Money,
    pub conditions: Conditions,
}

/// So many of a dish, with what its catalogue says of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CartLine {
    pub dish: String,
    #[serde(default)]
    pub group: Option<String>,
    #[serde(default)]
    pub tags: BTreeSet<String>,
    /// Of all of them together, as they are paid for.
    pub price: Money,
    /// Whether only dishes like it may be paid with bonuses, where that is so.
    #[serde(default)]
    pub bonus_dish: bool,
    #[serde(default)]
    pub discounted: bool,
}

/// How it is ordered and paid.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Conditions {
    pub promo: bool,
    /// Through somebody else's application: such orders earn nothing.
    pub aggregator: bool,
    /// Whether somebody has proven who the guest is.
    pub authenticated: bool,
    pub delivery_method: Option<String>,
    pub payment_method: Option<String>,
}

/// Some of the dishes: those of one of the groups, with one of the tags, or of one of the names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dishes {
    pub dishes: BTreeSet<String>,
    pub groups: BTreeSet<String>,
    pub tags: BTreeSet<String>,
}

impl Dishes {
    pub fn have(&self, line: &CartLine) -> bool {
        self.dishes.contains(&line.dish)
            || line.group.as_ref().is_some_and(|group| self.groups.contains(group))
            || !self.tags.is_disjoint(&line.tags)
    }
}

impl Cart {
    /// What its lines cost, without delivery.
    pub fn lines_total(&self) -> Money {
        sum(&self.lines, |_| true)
    }

    pub fn total(&self) -> Money {
        Money(self.lines_total().0.saturating_add(self.delivery.0))
    }

    /// What the lines for which it holds cost.
    pub fn total_of(&self, holds: impl Fn(&CartLine) -> bool) -> Money {
        sum(&self.lines, holds)
    }
}

fn sum(lines: &[CartLine], holds: impl Fn(&CartLine) -> bool) -> Money {
    let prices = lines.iter().filter(|line| holds(line)).map(|line| line.price.0);
    Money(prices.fold(0, i64::saturating_add))
}
