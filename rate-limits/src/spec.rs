//! Rates as people write them, and how marketing is spread over them.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// At most `permits` in any span of time as long as `span`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Limit {
    permits: u32,
    span_s: u32,
}

/// How marketing is spread over a scope's windows. Everything else may use at once whatever is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pacing {
    /// The percentage of every limit that marketing leaves to everything else, rounded down to whole messages.
    pub reserve_percent: u8,
    /// How much of a day marketing is allowed at all (quiet hours close the rest): limits of a day or longer are
    /// spread over that part.
    pub open_per_day: Duration,
}

impl Default for Pacing {
    fn default() -> Self {
        Self {
            reserve_percent: 10,
            open_per_day: Duration::from_secs(24 * 3600),
        }
    }
}

/// The longest span: 31 days, in seconds.
const MAX_SPAN_S: u32 = 31 * 24 * 3600;

const DAY_S: u32 = 86_400;

/// The units of a span and their seconds, longest first. The first spelling of each is the one printed.
const UNITS: [(&str, u32, &[&str]); 4] = [
    ("day", DAY_S, &["d", "day", "days"]),
    ("h", 3600, &["h", "hour", "hours"]),
    ("min", 60, &["min", "m", "minute", "minutes"]),
    ("s", 1, &["s", "sec", "second", "seconds"]),
];

impl Limit {
    /// At most `permits` in any span of a day (24 hours).
    pub fn per_day(permits: NonZeroU32) -> Self {
        Self {
            permits: permits.get(),
            span_s: DAY_S,
        }
    }

    /// The number of permits in a span, at least 1.
    pub fn permits(self) -> u32 {
        self.permits
    }

    /// A whole number of seconds, at least one, at most 31 days.
    pub fn span(self) -> Duration {
        Duration::from_secs(self.span_s.into())
    }
}

/// What a sender may do: all its limits hold at the same time (PRODUCT.md §8). None at all means unlimited.
///
/// Written `10/min`, `100/h`, `80/s`, `1000/day`, with a longer span `10/10s`, `5/2min`, several as `10/min,100/h`,
/// none as `unlimited`. What is printed reads back as the same value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct RateSpec {
    limits: Vec<Limit>,
}

/// The text is not a rate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{part:?} is not a rate: {why}; write rates like 30/s, 10/min,100/h, 5/2min or unlimited")]
pub struct NotARate {
    part: String,
    why: &'static str,
}

impl RateSpec {
    /// No limits at all.
    pub const UNLIMITED: RateSpec = RateSpec { limits: Vec::new() };

    /// These limits and one more.
    #[must_use]
    pub fn and(&self, limit: Limit) -> Self {
        let limits = self.limits.iter().copied().chain([limit]).collect();
        Self { limits }
    }

    /// The limits in the order in which they were written.
    pub fn limits(&self) -> &[Limit] {
        &self.limits
    }

    pub fn is_unlimited(&self) -> bool {
        self.limits.is_empty()
    }
}

impl FromStr for RateSpec {
    type Err = NotARate;

    fn from_str(text: &str) -> Result<Self, NotARate> {
        if text.trim() == "unlimited" {
            return Ok(Self::UNLIMITED);
        }
        let limits = text
            .split(',')
            .map(|part| part.trim().parse())
            .collect::<Result<_, _>>()?;
        Ok(Self { limits })
    }
}

impl FromStr for Limit {
    type Err = NotARate;

    fn from_str(part: &str) -> Result<Self, NotARate> {
        let refused = |why| NotARate {
            part: part.to_owned(),
            why,
        };
        let (permits, span) = part.split_once('/').ok_or_else(|| refused("it has no '/'"))?;
        let permits = permits
            .trim()
            .parse()
            .map_err(|_| refused("before '/' there must be a whole number up to 4294967295"))?;
        if permits == 0 {
            return Err(refused("zero would never send; pause the sender instead"));
        }
        let span = span.trim();
        let (count, unit) = span.split_at(span.find(|c: char| !c.is_ascii_digit()).unwrap_or(span.len()));
        let count: u32 = match count {
            "" => 1,
            digits => digits.parse().map_err(|_| refused("the span is too long"))?,
        };
        let unit = unit.trim();
        let known = UNITS.iter().find(|(_, _, spellings)| spellings.contains(&unit));
        let (_, seconds, _) = known.ok_or_else(|| refused("after '/' there must be a span in s, min, h or day"))?;
        match count.checked_mul(*seconds) {
            Some(0) => Err(refused("the span is zero")),
            Some(span_s) if span_s <= MAX_SPAN_S => Ok(Self { permits, span_s }),
            _ => Err(refused("the span is longer than 31 days")),
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let longest = UNITS
            .iter()
            .find(|(_, seconds, _)| self.span_s.is_multiple_of(*seconds));
        let (unit, seconds, _) = longest.unwrap_or(&UNITS[UNITS.len() - 1]);
        match self.span_s / seconds {
            1 => write!(f, "{}/{unit}", self.permits),
            count => write!(f, "{}/{count}{unit}", self.permits),
        }
    }
}

impl fmt::Display for RateSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_unlimited() {
            return f.write_str("unlimited");
        }
        for (place, limit) in self.limits.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            write!(f, "{comma}{limit}")?;
        }
        Ok(())
    }
}

impl Serialize for RateSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RateSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(crate) fn any_limit() -> impl Strategy<Value = Limit> {
        let span = prop_oneof![1..=120u32, (1..=48u32).prop_map(|n| n * 3600), 1..=MAX_SPAN_S];
        (prop_oneof![1..=20u32, 1..=u32::MAX], span).prop_map(|(permits, span_s)| Limit { permits, span_s })
    }

    pub(crate) fn any_spec() -> impl Strategy<Value = RateSpec> {
        prop::collection::vec(any_limit(), 0..4).prop_map(|limits| RateSpec { limits })
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(spec in any_spec()) {
            prop_assert_eq!(spec.to_string().parse(), Ok(spec.clone()));
            let json = serde_json::to_string(&spec).unwrap();
            prop_assert_eq!(serde_json::from_str::<RateSpec>(&json).unwrap(), spec);
        }

        #[test]
        fn any_text_is_read_or_refused(text: String) {
            let _ = text.parse::<RateSpec>();
        }
    }

    #[test]
    fn the_one_spelling() {
        for (written, printed) in [
            ("10/min", "10/min"),
            ("100/h", "100/h"),
            ("80/s", "80/s"),
            ("1000/day", "1000/day"),
            ("10/10s", "10/10s"),
            ("5/2min", "5/2min"),
            ("5/120s", "5/2min"),
            ("1/24h", "1/day"),
            (" 10 / min , 100 / h ", "10/min,100/h"),
            ("unlimited", "unlimited"),
        ] {
            assert_eq!(written.parse::<RateSpec>().unwrap().to_string(), printed, "{written}");
        }
    }

    #[test]
    fn errors_teach() {
        for (written, why) in [
            ("", "no '/'"),
            ("10", "no '/'"),
            ("10/min,", "no '/'"),
            ("ten/min", "a whole number"),
            ("-1/s", "a whole number"),
            ("0/s", "pause the sender"),
            ("10/fortnight", "must be a span"),
            ("10/", "must be a span"),
            ("10/0s", "span is zero"),
            ("10/99999999999s", "too long"),
            ("10/32day", "longer than 31 days"),
        ] {
            let message = written.parse::<RateSpec>().unwrap_err().to_string();
            assert!(
                message.contains(why) && message.contains("10/min,100/h"),
                "{written}: {message}"
            );
        }
    }
}
