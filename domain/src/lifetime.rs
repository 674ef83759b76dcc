//! How long things are kept (PRODUCT.md §18).

use crate::Timestamp;
use chrono::{DateTime, Months, Utc};
use serde::{Deserialize, Serialize};

/// How long things are kept, in calendar months or days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lifetimes {
    /// Messages with their attempts. What a mailing's statistics say of them stays.
    pub messages_months: u32,
    /// Opens, one by one. What orders were credited to them stays.
    pub opens_months: u32,
    /// What providers told: delivery reports, and calls that were not understood.
    pub provider_events_months: u32,
    pub audit_months: u32,
    /// Events that the brand told of, by whose ids repeats are recognised.
    pub events_days: u32,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            messages_months: 13,
            opens_months: 3,
            provider_events_months: 3,
            audit_months: 36,
            events_days: 30,
        }
    }
}

/// What lifetimes may not be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnfitLifetime {
    #[error("{name} is {months}; write 1 to {LONGEST_MONTHS} months")]
    OutOfRange { name: &'static str, months: u32 },
    #[error("events_days is {days}; write {FEWEST_DAYS} to {MOST_DAYS} days")]
    DaysOutOfRange { days: u32 },
    #[error(
        "opens_months is {opens}, and must be less than messages_months, which is {messages}: an open is nothing without its message"
    )]
    OpensOutliveMessages { opens: u32, messages: u32 },
}

/// A hundred years: for ever.
const LONGEST_MONTHS: u32 = 1_200;
/// A system that was down for a week tells its events again, and they must be recognised.
const FEWEST_DAYS: u32 = 7;
const MOST_DAYS: u32 = 3_660;

impl Lifetimes {
    /// # Errors
    /// What is wrong, and what may be written.
    pub fn check(self) -> Result<Self, UnfitLifetime> {
        for (name, months) in [
            ("messages_months", self.messages_months),
            ("opens_months", self.opens_months),
            ("provider_events_months", self.provider_events_months),
            ("audit_months", self.audit_months),
        ] {
            if !(1..=LONGEST_MONTHS).contains(&months) {
                return Err(UnfitLifetime::OutOfRange { name, months });
            }
        }
        if !(FEWEST_DAYS..=MOST_DAYS).contains(&self.events_days) {
            return Err(UnfitLifetime::DaysOutOfRange { days: self.events_days });
        }
        if self.opens_months >= self.messages_months {
            return Err(UnfitLifetime::OpensOutliveMessages {
                opens: self.opens_months,
                messages: self.messages_months,
            });
        }
        Ok(self)
    }
}

/// So many calendar months before an instant: what is older than that has had its time.
pub fn months_before(now: Timestamp, months: u32) -> Timestamp {
    let now = DateTime::<Utc>::from_timestamp_millis(now.0).unwrap_or_default();
    let then = now.checked_sub_months(Months::new(months));
    then.map_or(Timestamp(i64::MIN), Timestamp::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc).into()
    }

    #[test]
    fn months_are_those_of_the_calendar() {
        for (now, months, then) in [
            ("2026-05-31T10:00:00Z", 3, "2026-02-28T10:00:00Z"),
            ("2026-03-01T00:00:00Z", 13, "2025-02-01T00:00:00Z"),
            ("2026-03-01T00:00:00Z", 36, "2023-03-01T00:00:00Z"),
        ] {
            assert_eq!(months_before(at(now), months), at(then), "{now} {months}");
        }
    }

    #[test]
    fn unfit_lifetimes_say_what_may_be_written() {
        let with = |change: fn(&mut Lifetimes)| {
            let mut lifetimes = Lifetimes::default();
            change(&mut lifetimes);
            lifetimes.check().map_err(|unfit| unfit.to_string())
        };
        assert!(with(|_| ()).is_ok());
        let told = with(|it| it.audit_months = 0).unwrap_err();
        assert!(
            told.contains("audit_months is 0") && told.contains("1 to 1200"),
            "{told}"
        );
        let told = with(|it| it.events_days = 6).unwrap_err();
        assert!(
            told.contains("events_days is 6") && told.contains("7 to 3660"),
            "{told}"
        );
        let told = with(|it| it.opens_months = 13).unwrap_err();
        assert!(told.contains("less than messages_months"), "{told}");
    }
}
