//! How far a new number is with its warm-up (PRODUCT.md §8). What it may send on each day is up to
//! `bellhop-rate-limits`.

use crate::Timestamp;
use std::time::Duration;

/// A day of the ramp is 24 hours.
pub const DAY: Duration = Duration::from_secs(24 * 3600);

/// How far a number is. It is kept with the number, so a restart finds it, and only [`Progress::at`] moves it on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The day of the ramp; 0 is the first.
    pub day: u32,
    /// When that day began.
    pub since: Timestamp,
}

impl Progress {
    /// A number that was connected just now.
    pub fn connected(now: Timestamp) -> Self {
        Self { day: 0, since: now }
    }

    /// The progress at `now`: at most one day further, whatever the clock says. A fleet that was down for a week has
    /// not warmed the number, nor has a clock that was set. A clock that was put back changes nothing.
    #[must_use]
    pub fn at(self, now: Timestamp) -> Self {
        let (over, skipped) = (self.since.plus(DAY), self.since.plus(2 * DAY));
        if now < over {
            return self;
        }
        Self {
            day: self.day.saturating_add(1),
            since: if now < skipped { over } else { now },
        }
    }
}
