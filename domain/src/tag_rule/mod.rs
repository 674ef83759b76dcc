//! Automatic tags (PRODUCT.md §4): a rule sets a tag while a condition over a guest's delivered orders of the last days
//! holds, and takes it back when it no longer does.
//!
//! A day is 24 hours, as for retention: an order counts from when it was placed until so many days later, by the
//! millisecond. So it is known at which instant a guest changes if nothing happens, and nobody is looked at in between.

mod judge;
mod read;
#[cfg(test)]
mod tests;

pub use judge::{Covers, DeliveredOrder, Judged, LiveRule, judge, longest};

use crate::Money;
use crate::fault::{Fault, Why};
use crate::segment::Bounds;
use crate::time::DAY_MS;
use serde::{Deserialize, Serialize};

/// The most days over which orders are counted: ten years.
pub const MAX_DAYS: u32 = 3_660;
/// The most dishes, or categories, that one list of a rule names.
pub const MAX_NAMES: usize = 500;
/// The longest name, in characters, of a rule, a tag, a dish or a category.
pub const MAX_CHARS: usize = 200;
/// The most rules of an organisation: every one of them is asked for every guest who is looked at.
pub const MAX_RULES: usize = 100;

/// A rule, as a marketer writes it. All of its conditions must hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TagRule {
    pub name: String,
    /// The tag that it sets.
    pub tag: String,
    /// Over the orders of so many days.
    pub days: u32,
    /// How many orders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<Bounds<u32>>,
    /// Their sum; that of none is zero.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Bounds<Money>>,
    /// At least one of these was ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ordered: Option<Menu>,
    /// None of these was ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_ordered: Option<Menu>,
    /// The tag is set while the conditions do not hold, and removed while they do.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub inverse: bool,
    /// The rule is for everybody at once; else for a guest from their next delivered order on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub apply_to_past: bool,
}

/// Dishes and categories, by their names in orders.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Menu {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dish: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub category: Vec<String>,
}

impl Menu {
    fn is_empty(&self) -> bool {
        self.dish.is_empty() && self.category.is_empty()
    }
}

impl TagRule {
    /// For how long an order counts, in milliseconds.
    pub fn span_ms(&self) -> i64 {
        i64::from(self.days) * DAY_MS
    }

    /// Whether the other rule says the same of every guest, whatever it is called.
    pub fn judges_as(&self, other: &TagRule) -> bool {
        let unnamed = |rule: &TagRule| TagRule {
            name: String::new(),
            apply_to_past: false,
            ..rule.clone()
        };
        unnamed(self) == unnamed(other)
    }

    /// Its menus.
    pub fn menus(&self) -> impl Iterator<Item = &Menu> {
        self.ordered.iter().chain(&self.not_ordered)
    }

    /// Everything that is wrong with it.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut add = |place: &str, why: Why| faults.push(why.at(place.to_owned()));
        if self.name.is_empty() {
            add("name", Why::TagRuleNameEmpty);
        }
        if self.tag.is_empty() {
            add("tag", Why::GuestTagEmpty);
        }
        if !(1..=MAX_DAYS).contains(&self.days) {
            let most = MAX_DAYS as usize;
            add("days", Why::TagRuleDaysUnfit { most });
        }
        let ranges = [
            self.count.unwrap_or_default().check("count"),
            self.total.unwrap_or_default().check_amount("total"),
        ];
        for unfit in ranges.into_iter().filter_map(Result::err) {
            add(&unfit.path, unfit.why);
        }
        for (place, menu) in [("ordered", &self.ordered), ("not_ordered", &self.not_ordered)] {
            let Some(menu) = menu else { continue };
            if menu.is_empty() {
                add(place, Why::TagRuleMenuEmpty);
            }
            for (list, names) in [("dish", &menu.dish), ("category", &menu.category)] {
                if names.len() > MAX_NAMES {
                    let most = MAX_NAMES;
                    add(&format!("{place}.{list}"), Why::TagRuleNamesTooMany { most });
                }
            }
        }
        if self.restricts_nothing() {
            add("", Why::TagRuleOfNothing);
        }
        for (place, text) in self.texts() {
            if text.contains('\0') {
                add(&place, Why::TextHoldsZero);
            } else if text.chars().count() > MAX_CHARS {
                let most = MAX_CHARS;
                add(&place, Why::TextTooLong { most });
            }
        }
        faults
    }

    fn restricts_nothing(&self) -> bool {
        self.count.unwrap_or_default().is_open()
            && self.total.unwrap_or_default().is_open()
            && self.ordered.is_none()
            && self.not_ordered.is_none()
    }

    /// All of its texts, by place.
    fn texts(&self) -> Vec<(String, &String)> {
        let mut texts = vec![("name".to_owned(), &self.name), ("tag".to_owned(), &self.tag)];
        for (place, menu) in [("ordered", &self.ordered), ("not_ordered", &self.not_ordered)] {
            let Some(menu) = menu else { continue };
            for (list, names) in [("dish", &menu.dish), ("category", &menu.category)] {
                let placed = |(i, name)| (format!("{place}.{list}[{i}]"), name);
                texts.extend(names.iter().enumerate().map(placed));
            }
        }
        texts
    }
}
