//! Ranges of numbers and amounts.

use super::FilterError;
use crate::Money;
use crate::fault::Why;
use serde::{Deserialize, Serialize};
use std::fmt::Display;

/// `{"min","max"}`, both included, both optional.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounds<T> {
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub min: Option<T>,
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub max: Option<T>,
}

fn none<T>() -> Option<T> {
    None
}

impl<T> Default for Bounds<T> {
    fn default() -> Self {
        Self { min: None, max: None }
    }
}

impl<T: PartialOrd + Display + Copy> Bounds<T> {
    pub fn contains(&self, it: T) -> bool {
        self.min.is_none_or(|min| min <= it) && self.max.is_none_or(|max| it <= max)
    }

    /// Whether everything is inside.
    pub fn is_open(&self) -> bool {
        self.min.is_none() && self.max.is_none()
    }

    pub(crate) fn check(&self, place: &str) -> Result<(), FilterError> {
        match (self.min, self.max) {
            (Some(min), Some(max)) if min > max => {
                let (min, max) = (min.to_string(), max.to_string());
                Err(FilterError::new(place, Why::RangeTurned { min, max }))
            }
            _ => Ok(()),
        }
    }

    /// In words: `at least 5`, `at most 3`, `from 2 to 5`, `exactly 2`.
    pub(super) fn words(&self) -> String {
        match (self.min, self.max) {
            (Some(min), Some(max)) if min == max => format!("exactly {min}"),
            (Some(min), Some(max)) => format!("from {min} to {max}"),
            (Some(min), None) => format!("at least {min}"),
            (None, Some(max)) => format!("at most {max}"),
            (None, None) => "any".to_owned(),
        }
    }
}

/// Ten billion of the currency: multiplied by any number of orders it is still exact as ten-thousandths in 64 bits.
const LARGEST: Money = Money(100_000_000_000_000);

impl Bounds<Money> {
    pub(crate) fn check_amount(&self, place: &str) -> Result<(), FilterError> {
        for amount in [self.min, self.max].into_iter().flatten() {
            if amount.0.abs() > LARGEST.0 {
                let (amount, most) = (amount.to_string(), LARGEST.to_string());
                return Err(FilterError::new(place, Why::AmountBeyondReach { amount, most }));
            }
        }
        self.check(place)
    }

    /// Whether `sum / count` is inside, without rounding. False if the count is zero.
    pub fn contains_average(&self, sum: Money, count: u64) -> bool {
        let times = |bound: Money| i128::from(bound.0) * i128::from(count);
        let sum = i128::from(sum.0);
        count > 0 && self.min.is_none_or(|min| times(min) <= sum) && self.max.is_none_or(|max| sum <= times(max))
    }
}
