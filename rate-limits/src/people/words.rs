//! Translates between the microseconds of the rule and the caller's types.

use bellhop_domain::Timestamp;

use super::{Admission, Answer, HeldBy, LIFE, PastPerson, PastVisit, Roll, Vacancy};
use crate::clock::{after, micros};

/// The rule's answer in the caller's types.
pub(crate) fn told(
    rolls: &[Roll],
    waits: impl IntoIterator<Item = Option<(i64, usize)>>,
    room: Option<(i64, i64)>,
    now: Timestamp,
) -> Admission {
    let answers = waits.into_iter().map(|wait| match wait {
        None => Answer::Go,
        Some((wait, by)) => {
            let ceiling = rolls.get(by).is_some_and(Roll::is_ceiling);
            let by = if ceiling { HeldBy::Ceiling } else { HeldBy::Pair };
            Answer::NotBefore(after(now, wait), by)
        }
    });
    Admission::Told {
        answers: answers.collect(),
        use_before: Timestamp(now.0.saturating_add(LIFE / 1000)),
        room: room.map(|(free, wait)| match u32::try_from(free) {
            Ok(0) | Err(_) => Vacancy::NotBefore(after(now, wait)),
            Ok(free) => Vacancy::Places(free),
        }),
    }
}

pub(crate) fn past_visits(past: &[PastPerson], now: Timestamp) -> Vec<PastVisit> {
    let visit = |past: &PastPerson| PastVisit {
        person: past.id.0,
        age: micros(now).saturating_sub(micros(past.at)),
    };
    past.iter().map(visit).collect()
}
