//! When a mailing starts (PRODUCT.md §5), as its file says it.

use super::rule::Rule;
use crate::time_of_day::TimeOfDay;
use bellhop_domain::Zone;
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one at a time, and nobody keeps a list of them"
)]
pub enum Schedule {
    /// When it is launched.
    #[default]
    Now,
    At(At),
    Local(Local),
    Recurring(Recurring),
}

/// One instant: `{"date": "2026-12-01", "time": "10:00", "zone": "Europe/Moscow"}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct At {
    pub date: Day,
    pub time: TimeOfDay,
    pub zone: NamedZone,
}

/// The same time by each guest's own clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Local {
    pub date: Day,
    pub time: TimeOfDay,
    pub past: Past,
}

/// What becomes of guests whose time is past when the mailing starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Past {
    SendNow,
    /// The same time on the next day on which it is not past.
    NextDay,
    Skip,
}

/// Again and again by a rule (RFC 5545), from a day on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Recurring {
    /// The first day that may be one of the rule's: what DTSTART is to RFC 5545.
    pub from: Day,
    pub rule: Rule,
    pub time: TimeOfDay,
    pub clock: Clock,
    /// A guest who got a message of the mailing gets the next one so many days later at the earliest.
    pub rest_days: Option<u16>,
}

/// Whose clock shows the time.
#[derive(Debug, Clone, PartialEq)]
pub enum Clock {
    Of(NamedZone),
    Guests { past: Past },
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    from: Day,
    rule: Rule,
    time: TimeOfDay,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    zone: Option<NamedZone>,
    /// Of each guest's own time: what becomes of those for whom it is past.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    local: Option<Past>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rest_days: Option<u16>,
}

/// What serde is told of a recurrence by two clocks, and by none.
pub(super) const TWO_CLOCKS: &str = "names a zone and local";
pub(super) const NO_CLOCK: &str = "names neither a zone nor local";
pub(super) const UTC_OF_LOCAL: &str = "ends in UTC, but goes by each guest's own time";

impl TryFrom<Written> for Recurring {
    type Error = &'static str;

    fn try_from(it: Written) -> Result<Self, Self::Error> {
        let clock = match (it.zone, it.local) {
            (Some(zone), None) => Clock::Of(zone),
            (None, Some(_)) if it.rule.ends_in_utc() => return Err(UTC_OF_LOCAL),
            (None, Some(past)) => Clock::Guests { past },
            (Some(_), Some(_)) => return Err(TWO_CLOCKS),
            (None, None) => return Err(NO_CLOCK),
        };
        Ok(Self {
            from: it.from,
            rule: it.rule,
            time: it.time,
            clock,
            rest_days: it.rest_days,
        })
    }
}

impl From<Recurring> for Written {
    fn from(it: Recurring) -> Self {
        let (zone, local) = match it.clock {
            Clock::Of(zone) => (Some(zone), None),
            Clock::Guests { past } => (None, Some(past)),
        };
        Self {
            from: it.from,
            rule: it.rule,
            time: it.time,
            zone,
            local,
            rest_days: it.rest_days,
        }
    }
}

impl Recurring {
    pub(super) fn begins(&self) -> DateTime {
        self.from.0.to_datetime(self.time.time())
    }
}

/// A day of the calendar: `"2026-12-01"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub Date);

/// What is said of a text that is no day, after the text in quotes.
pub(super) const NO_DAY: &str = " is not a day; write it like 2026-12-01";
/// The same of a time zone.
pub(super) const NO_ZONE: &str = " is not an IANA time zone; write it like Europe/Moscow";

impl FromStr for Day {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let day = text.parse().ok().filter(|_| text.len() == "2026-12-01".len());
        day.map(Day).ok_or_else(|| format!("{text:?}{NO_DAY}"))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// A time zone by its name: `"Europe/Moscow"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedZone(pub Zone);

impl Serialize for NamedZone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.name())
    }
}

impl<'de> Deserialize<'de> for NamedZone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let zone = Zone::named(&name).map_err(|_| serde::de::Error::custom(format!("{name:?}{NO_ZONE}")))?;
        Ok(NamedZone(zone))
    }
}
