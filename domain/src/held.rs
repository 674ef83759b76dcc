//! When marketing that quiet hours hold may go (PRODUCT.md §8): after their end, spread over a while and not all at once.

use crate::quiet_hours::QuietHours;
use crate::time::TimeError;
use crate::{Timestamp, Zone};
use std::time::Duration;

/// An organisation's quiet hours and how what they held is let go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holding {
    pub hours: QuietHours,
    /// What waited leaves over so long after the end.
    pub release: Duration,
}

/// Whether the guests of one time zone may be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// Until the next quiet hours begin.
    Open { until: Timestamp },
    /// Not before this instant.
    Until(Timestamp),
}

/// Successive places times this, wrapped around, are spread evenly: 2^64 over the golden ratio.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

impl Holding {
    /// How guests in `zone` stand at `at`. What is held goes at its `place` in the release: of any numbers in a row, each
    /// part of it gets its part. It waits no longer than the end of its life, and leaves half of what remains of its life,
    /// and of the open hours, for going out.
    ///
    /// # Errors
    /// If an instant is beyond the calendar (the year 9999).
    pub fn at(&self, zone: &Zone, at: Timestamp, expires: Option<Timestamp>, place: u64) -> Result<Hold, TimeError> {
        if !self.hours.is_quiet(zone, at)? {
            let until = self.hours.next_quiet(zone, at)?;
            return Ok(Hold::Open { until });
        }
        let open = self.hours.next_open(zone, at)?;
        let expires = expires.unwrap_or(Timestamp(i64::MAX));
        if expires <= open {
            return Ok(Hold::Until(expires));
        }
        let closes = self.hours.next_quiet(zone, open)?.min(expires);
        let span = self.release.min(closes.since(open) / 2);
        Ok(Hold::Until(open.plus(part(span, place))))
    }
}

/// The place's part of a span, below the whole.
fn part(span: Duration, place: u64) -> Duration {
    let share = u128::from(place.wrapping_mul(GOLDEN));
    let millis = (span.as_millis() * share) >> 64;
    // Smaller than the span's own milliseconds, of which there are fewer than 2^64.
    Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}

#[cfg(test)]
#[path = "held_tests.rs"]
mod tests;
