//! Recurrence rules (RFC 5545 §3.3.10), without what is more often than hourly.

use bellhop_domain::fault::Why;
use jiff::civil::{Date, DateTime, Weekday};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A rule that makes sense, with the text that it was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    pub(super) frequency: Frequency,
    pub(super) interval: i64,
    pub(super) count: Option<usize>,
    pub(super) until: Option<Until>,
    pub(super) months: Vec<i16>,
    pub(super) weeks: Vec<i16>,
    pub(super) year_days: Vec<i16>,
    pub(super) month_days: Vec<i16>,
    pub(super) days: Vec<DayPart>,
    pub(super) hours: Vec<i16>,
    pub(super) minutes: Vec<i16>,
    pub(super) positions: Vec<i16>,
    pub(super) week_start: Weekday,
    pub(super) text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frequency {
    Hourly,
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// `MO`, or of its month or year `2MO`, `-1FR`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DayPart {
    pub ordinal: Option<i16>,
    pub weekday: Weekday,
}

/// The last moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// The whole day.
    Day(Date),
    /// By the clock of the schedule.
    Local(DateTime),
    /// In UTC.
    Instant(jiff::Timestamp),
}

impl Frequency {
    pub fn name(self) -> &'static str {
        match self {
            Frequency::Hourly => "HOURLY",
            Frequency::Daily => "DAILY",
            Frequency::Weekly => "WEEKLY",
            Frequency::Monthly => "MONTHLY",
            Frequency::Yearly => "YEARLY",
        }
    }
}

impl Rule {
    /// The parts of days that the rule leaves to its first day, as RFC 5545 has it.
    pub(super) fn with_parts_of(mut self, start: DateTime) -> Self {
        let says_days = [&self.weeks, &self.year_days, &self.month_days]
            .iter()
            .any(|it| !it.is_empty());
        if !says_days && self.days.is_empty() {
            match self.frequency {
                Frequency::Yearly => {
                    if self.months.is_empty() {
                        self.months.push(i16::from(start.month()));
                    }
                    self.month_days.push(i16::from(start.day()));
                }
                Frequency::Monthly => self.month_days.push(i16::from(start.day())),
                Frequency::Weekly => self.days.push(DayPart {
                    ordinal: None,
                    weekday: start.weekday(),
                }),
                Frequency::Daily | Frequency::Hourly => {}
            }
        }
        if self.hours.is_empty() && self.frequency != Frequency::Hourly {
            self.hours.push(i16::from(start.hour()));
        }
        if self.minutes.is_empty() {
            self.minutes.push(i16::from(start.minute()));
        }
        self
    }

    /// Whether its end, if it is an instant, is before this one.
    pub(super) fn is_over_at(&self, at: bellhop_domain::Timestamp) -> bool {
        matches!(self.until, Some(Until::Instant(last)) if at.0 > last.as_millisecond())
    }

    /// Whether its end is written in UTC, which says nothing about each guest's own time.
    pub(super) fn ends_in_utc(&self) -> bool {
        matches!(self.until, Some(Until::Instant(_)))
    }
}

/// The text is no rule that can be kept.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct NotRule(pub Why);

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}
