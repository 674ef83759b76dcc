//! What fires a program, when, and how often.

use super::filter::EventFilter;
use crate::time_of_day::TimeOfDay;
use bellhop_domain::mailing::Minutes;
use bellhop_domain::retention::Retention;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What fires: an event that comes in, or a date that comes round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    Event(EventFilter),
    Birthday(BirthdayTrigger),
    BonusesBurn(BurnTrigger),
    Retention(RetentionTrigger),
}

impl Trigger {
    /// The kind of the event, or the key of the date.
    pub fn name(&self) -> &'static str {
        match self {
            Trigger::Event(filter) => filter.kind.name(),
            Trigger::Birthday(_) => "birthday",
            Trigger::BonusesBurn(_) => "bonuses_burn",
            Trigger::Retention(_) => "retention",
        }
    }
}

/// Some days before the birthday, once for each birthday.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BirthdayTrigger {
    pub days_before: u16,
    /// Whoever tells the date later than that is congratulated at once, through this many days after the birthday; not
    /// at all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through_days_after: Option<u16>,
    #[serde(default = "TimeOfDay::ten")]
    pub at: TimeOfDay,
}

/// Some days before the last day of bonuses, once for each such day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BurnTrigger {
    pub days_before: u16,
    #[serde(default = "TimeOfDay::ten")]
    pub at: TimeOfDay,
}

/// On the day after the guest has moved into one of the categories, if still in one of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionTrigger {
    pub into: Vec<Retention>,
    #[serde(default = "TimeOfDay::ten")]
    pub at: TimeOfDay,
}

/// How often one guest gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Again {
    /// Once for every event, or for every date that the trigger tells apart.
    #[default]
    EveryEvent,
    OncePer(Per),
    /// Not within so many days after the last message of the program.
    Rest(Rest),
}

/// What at most one message goes out for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    Order,
    /// A year of the guest's calendar.
    Year,
    Ever,
}

/// `{"days": 7}`: days of 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rest {
    pub days: u16,
}

/// How long after its moment a message may still go: `{"minutes": 30}` or `{"days": 1}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Late {
    Minutes(Minutes),
    Days(u16),
}

impl Default for Late {
    fn default() -> Self {
        Late::Days(1)
    }
}

impl Late {
    pub fn span(self) -> Duration {
        match self {
            Late::Minutes(minutes) => minutes.0,
            Late::Days(days) => days_of(days),
        }
    }
}

impl Rest {
    pub fn span(self) -> Duration {
        days_of(self.days)
    }
}

fn days_of(days: u16) -> Duration {
    Duration::from_secs(u64::from(days) * 24 * 3600)
}
