//! Instants and time zones. Only this module knows a zone's rules, by `jiff`, whose bundled IANA data is current.

use chrono::{DateTime, Utc};
use jiff::tz::AmbiguousOffset;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::time::Duration;

/// An instant: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

/// Milliseconds in a day. A day of the retention rules is 24 hours (PRODUCT.md §2).
pub const DAY_MS: i64 = 86_400_000;

impl Timestamp {
    /// The system's clock. Only the outermost shell calls this; rules take the instant as an argument.
    pub fn now() -> Self {
        Self(Utc::now().timestamp_millis())
    }

    pub fn plus(self, span: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    pub fn minus(self, span: Duration) -> Self {
        Self(
            self.0
                .saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    /// The time from `earlier` to this instant; zero if `earlier` is later.
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// RFC 3339 in UTC, with milliseconds where there are any.
    pub fn to_rfc3339(self) -> String {
        DateTime::<Utc>::from_timestamp_millis(self.0)
            .map(|t| t.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
            .unwrap_or_else(|| self.0.to_string())
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(t: DateTime<Utc>) -> Self {
        Self(t.timestamp_millis())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.to_rfc3339())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        DateTime::parse_from_rfc3339(&text)
            .map(|t| Timestamp(t.timestamp_millis()))
            .map_err(|e| {
                serde::de::Error::custom(format!(
                    "{text:?} is not an RFC 3339 instant ({e}); write it like 2026-03-01T09:00:00Z"
                ))
            })
    }
}

/// A named IANA time zone, known to exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(jiff::tz::TimeZone);

/// The text does not name a time zone, or the time does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    #[error("{0:?} is not an IANA time zone; write it like Europe/Moscow")]
    UnknownZone(String),
    #[error("{0:?} is not a date and time; write it like 2026-03-01T09:00:00Z or 2026-03-01 09:00:00")]
    Unreadable(String),
}

impl Zone {
    pub fn named(name: &str) -> Result<Self, TimeError> {
        jiff::tz::TimeZoneDatabase::bundled()
            .get(name)
            .map(Zone)
            .map_err(|_| TimeError::UnknownZone(name.to_owned()))
    }

    pub fn utc() -> Self {
        Zone(jiff::tz::TimeZone::UTC)
    }

    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The local wall clock at an instant.
    pub fn local(&self, at: Timestamp) -> Result<jiff::civil::DateTime, TimeError> {
        jiff::Timestamp::from_millisecond(at.0)
            .map(|t| self.0.to_datetime(t))
            .map_err(|_| TimeError::Unreadable(at.0.to_string()))
    }

    /// The local wall clock at an instant with its offset from UTC, as RFC 3339.
    pub fn rfc3339(&self, at: Timestamp) -> Result<String, TimeError> {
        jiff::Timestamp::from_millisecond(at.0)
            .map(|t| {
                t.to_zoned(self.0.clone())
                    .strftime("%Y-%m-%dT%H:%M:%S%.f%:z")
                    .to_string()
            })
            .map_err(|_| TimeError::Unreadable(at.0.to_string()))
    }

    /// The instant of a local wall-clock time. A time in a gap (clocks put forward) means the time after it, a time
    /// in a fold the earlier one: RFC 5545's rule, `jiff`'s "compatible".
    pub fn instant(&self, local: jiff::civil::DateTime) -> Result<Timestamp, TimeError> {
        self.0
            .to_timestamp(local)
            .map(|t| Timestamp(t.as_millisecond()))
            .map_err(|_| TimeError::Unreadable(local.to_string()))
    }

    /// When the local day of an instant ends.
    pub fn next_midnight(&self, at: Timestamp) -> Result<Timestamp, TimeError> {
        let tomorrow = self.local(at)?.date().tomorrow();
        let tomorrow = tomorrow.map_err(|_| TimeError::Unreadable(at.0.to_string()))?;
        self.instant(tomorrow.to_datetime(jiff::civil::Time::midnight()))
    }

    /// The first instant at which the wall clock shows this time or a later one: in a gap the gap's end, in a fold the
    /// earlier of the two. So a plan "at 02:30" goes on every day, once, and as near to it as the clocks allow.
    pub fn first_at(&self, local: jiff::civil::DateTime) -> Result<Timestamp, TimeError> {
        let unreadable = || TimeError::Unreadable(local.to_string());
        let AmbiguousOffset::Gap { after, .. } = self.0.to_ambiguous_timestamp(local).offset() else {
            return self.instant(local);
        };
        // By the offset after the gap, the time that is skipped lies before the gap.
        let before = after.to_timestamp(local).map_err(|_| unreadable())?;
        let mut changes = self.0.following(before);
        let end = changes.find(|change| change.offset() == after).ok_or_else(unreadable)?;
        Ok(Timestamp(end.timestamp().as_millisecond()))
    }

    /// Reads an instant: a text with an offset or `Z` as it says, a time without one by this zone's wall clock, and a
    /// bare date as local midnight.
    pub fn parse(&self, text: &str) -> Result<Timestamp, TimeError> {
        let text = text.trim();
        if let Ok(t) = text.parse::<jiff::Timestamp>() {
            return Ok(Timestamp(t.as_millisecond()));
        }
        let unreadable = || TimeError::Unreadable(text.to_owned());
        let local = text
            .parse::<jiff::civil::DateTime>()
            .or_else(|_| {
                text.parse::<jiff::civil::Date>()
                    .map(|d| d.to_datetime(jiff::civil::Time::midnight()))
            })
            .map_err(|_| unreadable())?;
        self.instant(local)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn naive_times_are_the_zones_own() {
        let moscow = Zone::named("Europe/Moscow").unwrap();
        let at = |s| moscow.parse(s).unwrap().to_rfc3339();
        assert_eq!(at("2026-03-01T09:00:00"), "2026-03-01T06:00:00Z");
        assert_eq!(at("2026-03-01 09:00:00"), "2026-03-01T06:00:00Z");
        assert_eq!(at("2026-03-01"), "2026-02-28T21:00:00Z");
        assert_eq!(at("2026-03-01T09:00:00Z"), "2026-03-01T09:00:00Z");
        assert_eq!(at("2026-03-01T09:00:00.250+05:00"), "2026-03-01T04:00:00.250Z");
        for bad in ["", "2026-02-30", "yesterday", "2026-13-01T00:00:00Z", "01.03.2026x"] {
            assert!(moscow.parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_gap_moves_forward_and_a_fold_takes_the_earlier() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        assert_eq!(
            berlin.parse("2026-03-29T02:30:00").unwrap().to_rfc3339(),
            "2026-03-29T01:30:00Z"
        );
        assert_eq!(
            berlin.parse("2026-10-25T02:30:00").unwrap().to_rfc3339(),
            "2026-10-25T00:30:00Z"
        );
    }

    #[test]
    fn a_plan_in_a_gap_goes_at_its_end_and_in_a_fold_once() {
        for (zone, local, instant) in [
            ("Europe/Berlin", "2026-03-29T01:59:00", "2026-03-29T00:59:00Z"),
            ("Europe/Berlin", "2026-03-29T02:00:00", "2026-03-29T01:00:00Z"),
            ("Europe/Berlin", "2026-03-29T02:30:00", "2026-03-29T01:00:00Z"),
            ("Europe/Berlin", "2026-03-29T03:00:00", "2026-03-29T01:00:00Z"),
            ("Europe/Berlin", "2026-10-25T02:30:00", "2026-10-25T00:30:00Z"),
            // A day that Samoa never had.
            ("Pacific/Apia", "2011-12-30T10:00:00", "2011-12-30T10:00:00Z"),
        ] {
            let at = Zone::named(zone).unwrap().first_at(local.parse().unwrap()).unwrap();
            assert_eq!(at.to_rfc3339(), instant, "{local} in {zone}");
        }
    }

    #[test]
    fn zones_are_checked() {
        assert!(Zone::named("Europe/Moskva").is_err());
        assert_eq!(Zone::named("asia/tokyo").unwrap().name(), "Asia/Tokyo");
    }
}
