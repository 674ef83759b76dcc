//! Periods of time as a filter writes them, and the span of instants they mean.

use super::error::NO_MOMENT;
use super::{Asked, FilterError};
use crate::fault::Why;
use crate::time::DAY_MS;
use crate::{Timestamp, Zone};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An instant (`2026-05-01T00:00:00Z`) or a date (`2026-05-01`), which is the organisation's local midnight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    text: String,
    /// The instant if the text is read as UTC, which is the true one for a text with an offset.
    utc: Timestamp,
}

impl Moment {
    pub fn resolve(&self, zone: &Zone) -> Timestamp {
        // Only the calendar's very first and last day can exist in UTC and not elsewhere.
        zone.parse(&self.text).unwrap_or(self.utc)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        match Zone::utc().parse(&text) {
            Ok(utc) => Ok(Moment { text, utc }),
            Err(_) => Err(serde::de::Error::custom(format!("{text:?}{NO_MOMENT}"))),
        }
    }
}

/// `{"from","to"}`, from included, to excluded, each optional; or `{"last_days":N}`; `{}` is all time.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Moment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Moment>,
    /// The N · 24 hours before the instant asked about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_days: Option<u32>,
}

/// A period as of the instant asked about. Its end is never after that instant, because later orders are not visible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Included; `None` has no beginning.
    pub from: Option<Timestamp>,
    /// Excluded.
    pub to: Timestamp,
}

impl Span {
    pub fn contains(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && at < self.to
    }
}

impl Period {
    pub(super) fn check(&self) -> Result<(), FilterError> {
        if self.last_days.is_some() && (self.from.is_some() || self.to.is_some()) {
            return Err(FilterError::new("last_days", Why::PeriodTwice));
        }
        if let (Some(from), Some(to)) = (&self.from, &self.to)
            && from.text.len() == to.text.len()
            && from.utc >= to.utc
        {
            let (from, to) = (from.text.clone(), to.text.clone());
            return Err(FilterError::new("to", Why::PeriodTurned { from, to }));
        }
        Ok(())
    }

    pub fn span(&self, asked: &Asked) -> Span {
        if let Some(days) = self.last_days {
            return Span {
                from: Some(Timestamp(asked.as_of.0 - i64::from(days) * DAY_MS)),
                to: asked.as_of,
            };
        }
        let resolve = |m: &Moment| m.resolve(&asked.zone);
        Span {
            from: self.from.as_ref().map(resolve),
            to: self.to.as_ref().map_or(asked.as_of, resolve).min(asked.as_of),
        }
    }

    /// In words: `in 2026-05-01..2026-06-01`, `in the last 30 days`, `ever`.
    pub(super) fn words(&self) -> String {
        match (&self.from, &self.to, self.last_days) {
            (_, _, Some(days)) => format!("in the last {days} days"),
            (Some(from), Some(to), _) => format!("in {}..{}", from.text, to.text),
            (Some(from), None, _) => format!("since {}", from.text),
            (None, Some(to), _) => format!("before {}", to.text),
            (None, None, None) => "ever".to_owned(),
        }
    }
}
