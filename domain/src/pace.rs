//! How fast a mailing goes, and when it will be through if it goes on like that.

use crate::Timestamp;
use std::collections::VecDeque;
use std::time::Duration;

/// What is longer ago says nothing about how fast it goes now.
const LOOKED_BACK: Duration = Duration::from_secs(60);
/// A shorter time is measured too roughly.
const LEAST: Duration = Duration::from_millis(900);

/// What was counted within the last minute: at which instants, and how many messages were done by then.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pace {
    counted: VecDeque<(Timestamp, u64)>,
}

impl Pace {
    /// Notes a count. One that is not later than the last is not noted.
    pub fn note(&mut self, at: Timestamp, done: u64) {
        if self.counted.back().is_some_and(|(last, _)| *last >= at) {
            return;
        }
        self.counted.push_back((at, done));
        while self.counted.len() > 2
            && self
                .counted
                .front()
                .is_some_and(|(first, _)| at.since(*first) > LOOKED_BACK)
        {
            self.counted.pop_front();
        }
    }

    /// Messages a second; `None` as long as there is too little to tell by.
    pub fn per_second(&self) -> Option<f64> {
        let ((from, before), (until, after)) = (*self.counted.front()?, *self.counted.back()?);
        let span = until.since(from);
        (span >= LEAST).then(|| after.saturating_sub(before) as f64 / span.as_secs_f64())
    }

    /// When so many more will be done at this pace; `None` while nothing moves.
    pub fn ends(&self, left: u64) -> Option<Timestamp> {
        let (at, _) = self.counted.back()?;
        let pace = self.per_second().filter(|pace| *pace > 0.0)?;
        let more = Duration::try_from_secs_f64(left as f64 / pace).ok()?;
        Some(at.plus(more))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1_000)
    }

    fn pace(counted: &[(i64, u64)]) -> Pace {
        let mut pace = Pace::default();
        counted.iter().for_each(|(second, done)| pace.note(at(*second), *done));
        pace
    }

    #[test]
    fn a_pace_is_that_of_the_last_minute() {
        for (counted, per_second) in [
            (&[][..], None),
            (&[(0, 5)], None),
            (&[(0, 0), (10, 100)], Some(10.0)),
            // It stood still for an hour, and goes on.
            (&[(0, 0), (10, 100), (3_600, 100), (3_610, 400)], Some(30.0)),
            // Fewer than before: messages that were done wait again.
            (&[(0, 100), (10, 90)], Some(0.0)),
            // Told twice.
            (&[(0, 0), (10, 100), (10, 900)], Some(10.0)),
        ] {
            assert_eq!(pace(counted).per_second(), per_second, "{counted:?}");
        }
        // Two counts are kept however far apart they are.
        assert_eq!(pace(&[(0, 0), (3_600, 3_600)]).per_second(), Some(1.0));
    }

    #[test]
    fn the_end_is_where_the_pace_leads() {
        assert_eq!(pace(&[(0, 0), (10, 100)]).ends(50), Some(at(15)));
        assert_eq!(pace(&[(0, 0), (10, 100)]).ends(0), Some(at(10)));
        assert_eq!(pace(&[(0, 100), (10, 100)]).ends(50), None);
        assert_eq!(pace(&[(0, 0)]).ends(50), None);
        // It would not end within what can be counted.
        assert_eq!(pace(&[(0, 0), (10, 1)]).ends(u64::MAX), None);
    }
}
