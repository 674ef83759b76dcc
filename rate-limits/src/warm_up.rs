//! Warming a new number up: a ramp of daily ceilings, from its first day (PRODUCT.md §8). Pure.

use std::num::NonZeroU32;

use bellhop_domain::Timestamp;
use bellhop_domain::warm_up::DAY;
pub use bellhop_domain::warm_up::Progress;
use serde::{Deserialize, Serialize};

use crate::{Limit, RateSpec};

/// The daily ceilings of a new number after its first day, on which it only chats and mails nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ramp(Vec<NonZeroU32>);

impl Default for Ramp {
    /// Green API's advice is at most 20 new recipients a day for ten days (PROVIDERS.md); from then on half as many
    /// more each day, until the 2,400 a day that 100 an hour allow.
    fn default() -> Self {
        let days = [
            20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 30, 45, 70, 105, 160, 240, 360, 540, 810, 1215, 1800,
        ];
        Self(days.into_iter().filter_map(NonZeroU32::new).collect())
    }
}

impl Ramp {
    /// Without any ceilings, a number has its full limits after its first day.
    pub fn new(ceilings: Vec<NonZeroU32>) -> Self {
        Self(ceilings)
    }

    pub fn ceilings(&self) -> &[NonZeroU32] {
        &self.0
    }

    /// What a number may do on this day of its warm-up.
    pub fn stage(&self, progress: Progress) -> Stage {
        match progress.day.checked_sub(1) {
            None => Stage::Rests {
                until: progress.since.plus(DAY),
            },
            Some(day) => match self.0.get(usize::try_from(day).unwrap_or(usize::MAX)) {
                Some(ceiling) => Stage::Ceiling(Limit::per_day(*ceiling)),
                None => Stage::Full,
            },
        }
    }
}

/// What a number may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Mails nothing; replies in chats are free.
    Rests { until: Timestamp },
    /// Its own rates and this limit. Replies count in the limit too, and its reserve is kept for them.
    Ceiling(Limit),
    /// Its own rates.
    Full,
}

impl Stage {
    /// The rates that hold for marketing; none while it rests.
    pub fn rates(self, own: &RateSpec) -> Option<RateSpec> {
        match self {
            Stage::Rests { .. } => None,
            Stage::Ceiling(limit) => Some(own.and(limit)),
            Stage::Full => Some(own.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY_MS: i64 = 86_400_000;
    const CONNECTED: Timestamp = Timestamp(1_764_000_000_000);

    #[test]
    fn a_number_rests_climbs_and_arrives() {
        let ramp: Ramp = serde_json::from_str("[20, 50]").unwrap();
        let own: RateSpec = "10/min,100/h".parse().unwrap();
        let mut progress = Progress::connected(CONNECTED);
        let mut rates = Vec::new();
        for hour in 0..=80 {
            progress = progress.at(Timestamp(CONNECTED.0 + hour * 3_600_000));
            rates.push(ramp.stage(progress).rates(&own).map(|rates| rates.to_string()));
        }
        assert_eq!((rates[0].as_deref(), rates[23].as_deref()), (None, None));
        assert_eq!(rates[24].as_deref(), Some("10/min,100/h,20/day"));
        assert_eq!(rates[48].as_deref(), Some("10/min,100/h,50/day"));
        assert_eq!(rates[72].as_deref(), Some("10/min,100/h"));
        assert!(
            serde_json::from_str::<Ramp>("[0]").is_err(),
            "a day without messages is a pause, not a ramp"
        );
    }

    proptest! {
        #[test]
        fn no_day_is_skipped_however_the_clock_jumps(jumps in prop::collection::vec(-10 * DAY_MS..10 * DAY_MS, 1..60)) {
            let (mut now, mut progress) = (CONNECTED, Progress::connected(CONNECTED));
            let mut entered = vec![CONNECTED];
            for jump in jumps {
                now = Timestamp(now.0 + jump);
                let next = progress.at(now);
                prop_assert!(next.day <= progress.day + 1 && next.day >= progress.day);
                if next.day > progress.day {
                    entered.push(next.since);
                    prop_assert!(next.since <= now);
                }
                progress = next;
            }
            for days in entered.windows(2) {
                prop_assert!(days[1].0 - days[0].0 >= DAY_MS, "a day of less than 24 hours");
            }
        }
    }
}
