//! How long after its event a program fires.

use crate::time_of_day::TimeOfDay;
use bellhop_domain::mailing::Minutes;
use serde::{Deserialize, Serialize};

/// `{"minutes": 60}`, or `{"days": 1, "at": "10:00"}` by the guest's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub enum Delay {
    Minutes(Minutes),
    /// So many days of the calendar later. With none, the first such time from the event on.
    Days {
        days: u16,
        at: TimeOfDay,
    },
}

/// What serde is told of a delay that is neither of the two.
pub(super) const NEITHER: &str = "a delay is minutes, or days and a time";

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    minutes: Option<Minutes>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    days: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<TimeOfDay>,
}

impl TryFrom<Written> for Delay {
    type Error = &'static str;

    fn try_from(it: Written) -> Result<Self, Self::Error> {
        match (it.minutes, it.days, it.at) {
            (Some(minutes), None, None) => Ok(Delay::Minutes(minutes)),
            (None, Some(days), at) => Ok(Delay::Days {
                days,
                at: at.unwrap_or(TimeOfDay::TEN),
            }),
            _ => Err(NEITHER),
        }
    }
}

impl From<Delay> for Written {
    fn from(delay: Delay) -> Self {
        let (minutes, days, at) = match delay {
            Delay::Minutes(minutes) => (Some(minutes), None, None),
            Delay::Days { days, at } => (None, Some(days), Some(at)),
        };
        Self { minutes, days, at }
    }
}
