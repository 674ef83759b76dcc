//! What a program fires for: unique for a program and a guest, so that whatever is told twice fires once.

use bellhop_domain::retention::Retention;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A short text like `event:17`, `order:A-1` or `birthday:2026`. It is stored.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Occasion(pub String);

impl Occasion {
    pub fn event(number: i64) -> Self {
        Self(format!("event:{number}"))
    }

    pub fn order(number: &str) -> Self {
        Self(format!("order:{number}"))
    }

    pub fn year(year: i16) -> Self {
        Self(format!("year:{year}"))
    }

    pub fn ever() -> Self {
        Self("ever".to_owned())
    }

    /// The birthday of a year, whatever its day.
    pub fn birthday(year: i16) -> Self {
        Self(format!("birthday:{year}"))
    }

    /// The last day of bonuses.
    pub fn burn(last_day: Date) -> Self {
        Self(format!("burn:{last_day}"))
    }

    /// The day of a move into a category.
    pub fn retention(into: Retention, day: Date) -> Self {
        Self(format!("{}:{day}", into.name()))
    }

    /// The last day of the bonuses that it is about.
    pub fn burns_on(&self) -> Option<Date> {
        self.0.strip_prefix("burn:")?.parse().ok()
    }

    pub(crate) fn birthday_year(&self) -> Option<i16> {
        self.0.strip_prefix("birthday:")?.parse().ok()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Occasion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
