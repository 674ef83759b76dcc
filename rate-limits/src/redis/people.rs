//! Rolls in Redis: their keys, what the scripts read and what they answer.

use bellhop_domain::Timestamp;

use super::{Redis, Script};
use crate::clock::after;
use crate::people::words::{past_visits, told};
use crate::people::{Admission, PastPerson, PastVisit, PeopleRequest, Roll, RollKey, RollParameters};
use crate::rule::DOUBT;
use crate::{LimiterError, Restored};

/// The scripts of rolls.
pub(super) struct Scripts {
    admit: Script,
    restore: Script,
}

impl Scripts {
    pub(super) fn new() -> Self {
        Self {
            admit: Script::of_rolls(include_str!("admit.lua")),
            restore: Script::of_rolls(include_str!("restore_roll.lua")),
        }
    }
}

/// A roll's own keys.
pub(super) fn keys(prefix: &str, key: &RollKey) -> [String; 4] {
    let head = format!("{prefix}:people:{{{}}}:{}", key.tag(), key.name());
    let part = |name: &str| format!("{head}:{name}");
    [head.clone(), part("seen"), part("replies"), part("transactional")]
}

fn written(parameters: &RollParameters) -> [i64; 3] {
    let [all, marketing] = parameters.ceiling.map_or([-1, -1], |it| [it.all, it.marketing]);
    [parameters.span, all, marketing]
}

pub(super) fn admit(request: &PeopleRequest<'_>) -> Vec<i64> {
    let all_parameters = request.rules.rolls().iter().flat_map(|roll| written(roll.parameters()));
    let people = (request.people.iter()).flat_map(|person| [person.id.0, i64::from(person.counts)]);
    [request.urgency.rank()]
        .into_iter()
        .chain(all_parameters)
        .chain(people)
        .collect()
}

pub(super) fn restore(of: &RollParameters, past: &[PastVisit]) -> Vec<i64> {
    let past = past.iter().flat_map(|visit| [visit.person, visit.age]);
    written(of)
        .into_iter()
        .chain([DOUBT, of.look_back()])
        .chain(past)
        .collect()
}

/// Reads the answer of `admit.lua`.
fn admission(answer: &[i64], request: &PeopleRequest<'_>, now: Timestamp) -> Result<Admission, LimiterError> {
    let rolls = request.rules.rolls();
    match *answer {
        [1, wait, ref lost @ ..] => {
            let of = |place: &i64| Some(rolls.get(usize::try_from(*place).ok()?)?.key().clone());
            Ok(Admission::Lost {
                rolls: lost.iter().filter_map(of).collect(),
                read_from: after(now, wait),
            })
        }
        [0, room, room_wait, ref people @ ..] if people.len() == 2 * request.people.len() => {
            let waits = people.chunks_exact(2).map(|of| {
                let by = usize::try_from(of[1]).ok()?;
                Some((of[0], by))
            });
            let room = (room >= 0).then_some((room, room_wait));
            Ok(told(rolls, waits, room, now))
        }
        _ => Err(LimiterError::Unavailable(format!("its script answered {answer:?}"))),
    }
}

impl Redis {
    fn people_epoch(&self, key: &RollKey) -> String {
        format!("{}:people:{{{}}}:epoch", self.prefix, key.tag())
    }

    pub(super) async fn admit_people(
        &self,
        request: &PeopleRequest<'_>,
        now: Timestamp,
    ) -> Result<Admission, LimiterError> {
        let rolls = request.rules.rolls();
        let Some(first) = rolls.first() else {
            return Ok(told(rolls, request.people.iter().map(|_| None), None, now));
        };
        let of_rolls = rolls.iter().flat_map(|roll| keys(&self.prefix, roll.key()));
        let keys: Vec<String> = [self.people_epoch(first.key())].into_iter().chain(of_rolls).collect();
        let answer: Vec<i64> = self.people.admit.call(&self.connection, &keys, &admit(request)).await?;
        admission(&answer, request, now)
    }

    pub(super) async fn restore_people(
        &self,
        roll: &Roll,
        past: &[PastPerson],
        now: Timestamp,
    ) -> Result<Restored, LimiterError> {
        let of_roll = keys(&self.prefix, roll.key());
        let keys: Vec<String> = [self.people_epoch(roll.key())].into_iter().chain(of_roll).collect();
        let arguments = restore(roll.parameters(), &past_visits(past, now));
        match self.people.restore.call(&self.connection, &keys, &arguments).await? {
            0 => Ok(Restored::Open),
            wait => Ok(Restored::TooEarly(after(now, wait))),
        }
    }
}
