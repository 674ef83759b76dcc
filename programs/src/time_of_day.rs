//! A time of day as definitions and schedules write it: `"10:00"`.

use jiff::civil::Time;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// A whole minute of a wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay(Time);

/// The text is not a time of day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?}{end}", end = NO_TIME_OF_DAY)]
pub struct NotTimeOfDay(String);

/// What is said of it, after the text in quotes.
pub(crate) const NO_TIME_OF_DAY: &str = " is not a time of day from 00:00 to 23:59; write it like 10:00";

impl TimeOfDay {
    /// When programs speak if their definition names no time (PRODUCT.md §7).
    pub const TEN: TimeOfDay = TimeOfDay(Time::constant(10, 0, 0, 0));

    pub fn time(self) -> Time {
        self.0
    }

    pub(crate) fn ten() -> Self {
        Self::TEN
    }
}

impl FromStr for TimeOfDay {
    type Err = NotTimeOfDay;

    fn from_str(text: &str) -> Result<Self, NotTimeOfDay> {
        let number = |digits: &str| {
            let two = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
            two.then(|| digits.parse::<i8>().ok()).flatten()
        };
        text.split_once(':')
            .and_then(|(hour, minute)| Time::new(number(hour)?, number(minute)?, 0, 0).ok())
            .map(TimeOfDay)
            .ok_or_else(|| NotTimeOfDay(text.to_owned()))
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0.hour(), self.0.minute())
    }
}

impl Serialize for TimeOfDay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_has_two_digits_and_two_digits() {
        for text in ["00:00", "10:00", "23:59"] {
            assert_eq!(text.parse::<TimeOfDay>().unwrap().to_string(), text);
        }
        for text in ["", "10", "9:00", "24:00", "10:60", "10:00:00", "+1:00", "ten"] {
            assert!(text.parse::<TimeOfDay>().is_err(), "{text}");
        }
        assert_eq!(TimeOfDay::TEN.to_string(), "10:00");
    }
}
