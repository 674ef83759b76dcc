//! How far a new number is with its warm-up (PRODUCT.md §8). What it may do on its day is `bellhop-rate-limits`'.

use crate::Timestamp;
use std::time::Duration;

/// A day of the ramp is 24 hours.
pub const DAY: Duration = Duration::from_secs(24 * 3600);

/// How far a number is. Kept with the number; a restart reads it, nothing else moves it on than [`Progress::at`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// 0 on the first day.
    pub day: u32,
    /// When that day began.
    pub since: Timestamp,
}

impl Progress {
    /// A number that was connected just now.
    pub fn connected(now: Timestamp) -> Self {
        Self { day: 0, since: now }
    }

    /// How far it is now. At most one day further, whatever the clock says: a fleet that was down for a week, or a clock
    /// that was set, has not warmed the number. A clock that was put back moves nothing.
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
