//! When marketing that was held by quiet hours may go (PRODUCT.md §8): after they end, and spread over a while
//! instead of all at once.

use crate::quiet_hours::QuietHours;
use crate::time::TimeError;
use crate::{Timestamp, Zone};
use std::time::Duration;

/// An organisation's quiet hours and how the messages that they held are released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holding {
    pub hours: QuietHours,
    /// Messages that waited leave spread over this long after the end of the quiet hours.
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

/// 2^64 divided by the golden ratio. Successive numbers multiplied by it, modulo 2^64, are spread evenly.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

impl Holding {
    /// Whether guests in `zone` may be written to at `at`. A held batch goes out at its `place` in the release; any
    /// run of consecutive numbers is spread evenly over it. A batch never waits beyond the end of its life
    /// (`expires`), and at least half of what remains of its life and of the open hours is left for going out.
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

/// The part of a span that belongs to a place; always less than the whole.
fn part(span: Duration, place: u64) -> Duration {
    let share = u128::from(place.wrapping_mul(GOLDEN));
    let millis = (span.as_millis() * share) >> 64;
    // The value is less than the span in milliseconds, which fits in 64 bits.
    Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}

#[cfg(test)]
#[path = "held_tests.rs"]
mod tests;
