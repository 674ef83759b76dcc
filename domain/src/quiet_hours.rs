//! Quiet hours: when marketing waits, by the recipient's wall clock (PRODUCT.md §8).

use crate::time::TimeError;
use crate::{Timestamp, Zone};
use jiff::civil::{DateTime, Time};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

const MINUTE_MS: i64 = 60_000;
/// No quiet hours are longer than a day, and no change of the clocks is longer than a day.
const SEARCHED_MINUTES: i64 = 3 * 24 * 60;

/// From one time of day to another, every day, in whole minutes; over midnight if the end is not after the start. An
/// instant is quiet if the recipient's wall clock shows a time between the two, even on a night when the clocks
/// change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    /// Minutes since midnight.
    from: i16,
    until: i16,
}

impl Default for QuietHours {
    /// 22:00 to 09:00.
    fn default() -> Self {
        Self {
            from: 22 * 60,
            until: 9 * 60,
        }
    }
}

/// The text does not describe quiet hours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} names no quiet hours: {why}; write them like 22:00-09:00")]
pub struct NotQuietHours {
    text: String,
    why: &'static str,
}

impl FromStr for QuietHours {
    type Err = NotQuietHours;

    fn from_str(text: &str) -> Result<Self, NotQuietHours> {
        let refused = |why| NotQuietHours {
            text: text.to_owned(),
            why,
        };
        let (from, until) = text
            .split_once('-')
            .ok_or_else(|| refused("it has no '-' between the two times"))?;
        let minutes = |time: &str| -> Option<i16> {
            let (hours, minutes) = time.trim().split_once(':')?;
            let number = |digits: &str| (digits.len() == 2).then(|| digits.parse::<u8>().ok()).flatten();
            let (hours, minutes) = (number(hours)?, number(minutes)?);
            (hours < 24 && minutes < 60).then(|| i16::from(hours) * 60 + i16::from(minutes))
        };
        let from = minutes(from).ok_or_else(|| refused("the first is not a time of day from 00:00 to 23:59"))?;
        let until = minutes(until).ok_or_else(|| refused("the second is not a time of day from 00:00 to 23:59"))?;
        if from == until {
            return Err(refused("a day of them is a pause; to have none, leave them out"));
        }
        Ok(Self { from, until })
    }
}

impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, until } = self;
        write!(
            f,
            "{:02}:{:02}-{:02}:{:02}",
            from / 60,
            from % 60,
            until / 60,
            until % 60
        )
    }
}

impl Serialize for QuietHours {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for QuietHours {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

impl QuietHours {
    /// How much of a usual day is open.
    pub fn open_per_day(self) -> std::time::Duration {
        let quiet = (i64::from(self.until) - i64::from(self.from)).rem_euclid(24 * 60);
        std::time::Duration::from_secs((24 * 60 - quiet).unsigned_abs() * 60)
    }

    /// Whether it is quiet in `zone` at an instant.
    ///
    /// # Errors
    /// If the instant is beyond the calendar (the year 9999).
    pub fn is_quiet(self, zone: &Zone, at: Timestamp) -> Result<bool, TimeError> {
        Ok(self.holds(zone.local(at)?))
    }

    /// The first instant from `at` on that is not quiet: `at` itself, or the start of a minute.
    ///
    /// # Errors
    /// As [`QuietHours::is_quiet`].
    pub fn next_open(self, zone: &Zone, at: Timestamp) -> Result<Timestamp, TimeError> {
        let local = zone.local(at)?;
        if !self.holds(local) {
            return Ok(at);
        }
        let guess = Timestamp(at.0 + self.until_end(local));
        let at_guess = zone.local(guess)?;
        // On almost every night the wall clock runs evenly until the end of the quiet hours.
        if minute_of(at_guess) == self.until && at_guess.duration_since(local).as_millis() == i128::from(guess.0 - at.0)
        {
            return Ok(guess);
        }
        // The clocks change before the end. They always change by whole minutes, so minutes are tried one by one.
        let first = at.0 - at.0.rem_euclid(MINUTE_MS) + MINUTE_MS;
        for minute in 0..SEARCHED_MINUTES {
            let at = Timestamp(first + minute * MINUTE_MS);
            if !self.is_quiet(zone, at)? {
                return Ok(at);
            }
        }
        Ok(guess)
    }

    /// The first instant from `at` on that is quiet.
    ///
    /// # Errors
    /// As [`QuietHours::is_quiet`].
    pub fn next_quiet(self, zone: &Zone, at: Timestamp) -> Result<Timestamp, TimeError> {
        let open_hours = Self {
            from: self.until,
            until: self.from,
        };
        open_hours.next_open(zone, at)
    }

    /// The quiet stretches between two instants, each from its first quiet instant to the first one that is open
    /// again.
    ///
    /// # Errors
    /// As [`QuietHours::is_quiet`].
    pub fn stretches(
        self,
        zone: &Zone,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<(Timestamp, Timestamp)>, TimeError> {
        let (mut stretches, mut at) = (Vec::new(), from);
        while at < to {
            let quiet = self.next_quiet(zone, at)?;
            at = self.next_open(zone, quiet)?;
            if quiet < to {
                stretches.push((quiet, at.min(to)));
            }
        }
        Ok(stretches)
    }

    fn holds(self, local: DateTime) -> bool {
        let minute = minute_of(local);
        if self.from < self.until {
            (self.from..self.until).contains(&minute)
        } else {
            minute >= self.from || minute < self.until
        }
    }

    /// From a quiet local time to the end of the quiet hours, on an even clock, ms.
    fn until_end(self, local: DateTime) -> i64 {
        let into_minute = i64::from(local.second()) * 1000 + i64::from(local.millisecond());
        let minutes = (i64::from(self.until) - i64::from(minute_of(local))).rem_euclid(24 * 60);
        minutes * MINUTE_MS - into_minute
    }
}

fn minute_of(local: DateTime) -> i16 {
    let time: Time = local.time();
    i16::from(time.hour()) * 60 + i16::from(time.minute())
}

#[cfg(test)]
#[path = "quiet_hours_tests.rs"]
mod tests;
