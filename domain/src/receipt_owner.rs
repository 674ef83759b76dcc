//! Which attempt a delivery report belongs to. A provider's id is not unique for ever: a gateway that restarts its
//! counter gives an id a second time, and a late report about the first message must not settle the second.

use crate::Timestamp;
use std::time::Duration;

/// How far a provider's clock may be behind ours. Some write whole minutes.
const CLOCKS_DIFFER_BY: Duration = Duration::from_secs(2 * 60);
/// No report comes later than this. It is long because a message may be read days after it arrived.
const LATEST: Duration = Duration::from_secs(30 * 24 * 3600);
/// An operator that writes local time without a zone may be off by this much. Such a time is believed only if no
/// second attempt has the id.
const ZONES_DIFFER_BY: Duration = Duration::from_secs(15 * 3600);
/// Reports of an attempt usually come within this time …
const SOON: Duration = Duration::from_secs(10 * 60);
/// … and the answer that gives a new attempt its id is recorded within this time.
const RECORDED_WITHIN: Duration = Duration::from_secs(60);

/// Which of the attempts with its id a report belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    Is(usize),
    /// This one, unless an attempt under way is about to get the same id; a little later it is certain.
    Seems(usize),
    Nobody,
}

/// The owner of a report that arrived at `came` and says that the event happened at `said`. `began` are the instants
/// at which the attempts with its id began, the latest first. The owner is the latest attempt that had begun by then,
/// if that is not too long ago. A time of more than thirty days ago is ignored.
pub fn owner(began: &[Timestamp], said: Option<Timestamp>, came: Timestamp, now: Timestamp) -> Owner {
    // A time this long ago comes from a clock that was never set.
    let believed = said.filter(|said| came.since(*said) <= LATEST);
    let happened = believed.map_or(came, |said| said.min(came));
    let fits = |at: &Timestamp| *at <= happened.plus(CLOCKS_DIFFER_BY) && *at >= happened.minus(LATEST);
    let by_another_clock = || match began {
        [only] => {
            let apart = only.since(happened).max(happened.since(*only));
            (apart <= ZONES_DIFFER_BY && *only <= came.plus(CLOCKS_DIFFER_BY)).then_some(0)
        }
        _ => None,
    };
    match began.iter().position(fits).or_else(by_another_clock) {
        None => Owner::Nobody,
        Some(place) if came.since(began[place]) > SOON && now.since(came) < RECORDED_WITHIN => Owner::Seems(place),
        Some(place) => Owner::Is(place),
    }
}

#[cfg(test)]
mod tests {
    use super::Owner::{Is, Nobody, Seems};
    use super::*;

    const MINUTE: i64 = 60_000;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    const NOW: i64 = 1_000 * DAY;

    #[test]
    fn the_latest_attempt_that_had_begun_by_then() {
        for (began, said, came, expected) in [
            // The usual case, with and without the provider's time.
            (vec![NOW - MINUTE], None, NOW, Is(0)),
            (vec![NOW - MINUTE], Some(NOW - MINUTE / 2), NOW, Is(0)),
            // A clock that was never set.
            (vec![NOW - MINUTE], Some(NOW - 270 * DAY), NOW, Is(0)),
            (vec![NOW - MINUTE], Some(-25_200_000), NOW, Is(0)),
            // A provider that writes minutes, or whose clock is a little behind.
            (vec![NOW - 10_000], Some(NOW - MINUTE), NOW, Is(0)),
            // The counter began anew: what happened before the second attempt began belongs to the first.
            (
                vec![NOW - MINUTE, NOW - 2 * DAY],
                Some(NOW - 2 * DAY + HOUR),
                NOW,
                Seems(1),
            ),
            (vec![NOW - HOUR, NOW - 2 * DAY], Some(NOW - HOUR / 2), NOW, Seems(0)),
            (vec![NOW - MINUTE, NOW - 2 * DAY], Some(NOW), NOW, Is(0)),
            (vec![NOW - MINUTE, NOW - 2 * DAY], None, NOW, Is(0)),
            // Later than any report could be; or the attempt is not known.
            (vec![NOW - 40 * DAY], None, NOW, Nobody),
            (vec![NOW - 29 * DAY], None, NOW, Seems(0)),
            (vec![NOW - MINUTE], Some(NOW - 2 * DAY), NOW, Nobody),
            (vec![NOW - MINUTE, NOW - 40 * DAY], Some(NOW - 2 * DAY), NOW, Nobody),
            // An operator whose clock is in another zone is believed as long as only one attempt has the id.
            (vec![NOW - MINUTE], Some(NOW - 3 * HOUR), NOW, Is(0)),
            (vec![NOW - MINUTE], Some(NOW + 3 * HOUR), NOW, Is(0)),
            (vec![NOW - MINUTE, NOW - 2 * HOUR], Some(NOW - 3 * HOUR), NOW, Nobody),
            (vec![], None, NOW, Nobody),
        ] {
            let began: Vec<_> = began.into_iter().map(Timestamp).collect();
            let owner = owner(&began, said.map(Timestamp), Timestamp(came), Timestamp(came));
            assert_eq!(owner, expected, "{began:?} {said:?} {came}");
        }
    }

    #[test]
    fn what_seems_is_sure_a_minute_later() {
        let (began, came) = ([Timestamp(NOW - HOUR)], Timestamp(NOW));
        assert_eq!(owner(&began, None, came, Timestamp(NOW + MINUTE - 1)), Seems(0));
        assert_eq!(owner(&began, None, came, Timestamp(NOW + MINUTE)), Is(0));
    }
}
