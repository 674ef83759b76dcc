//! The limiter of one process: the embedded default.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bellhop_domain::Timestamp;

use crate::clock::{after, micros, past_grants};
use crate::people::words::{past_visits, told};
use crate::people::{self, Admission, PastPerson, PeopleRequest, Roll, RollKey};
use crate::rule::{self, Ask, Epoch, Memory, Parameters, TakeAnswer};
use crate::{Decision, LimitScope, Limiter, LimiterError, Lost, Past, Request, Restored, ScopeKey};

/// After every so many questions, silent passing scopes are forgotten.
const SWEPT_EVERY: u32 = 4096;

/// Counts in memory, by the caller's clock. Never fails. A new one knows no past and asks to be restored, as Redis
/// does after a loss. It need not wait for that, because any permits were held by this process itself.
#[derive(Debug, Default)]
pub struct Local {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    scopes: HashMap<ScopeKey, Memory>,
    rolls: HashMap<RollKey, people::RollMemory>,
    /// The instant of the first question.
    began: Option<i64>,
    questions: u32,
}

impl State {
    fn epoch(&mut self, now: i64) -> Epoch {
        Epoch {
            since: *self.began.get_or_insert(now),
            shared: false,
        }
    }

    fn sweep(&mut self, now: i64) {
        self.questions += 1;
        if self.questions.is_multiple_of(SWEPT_EVERY) {
            self.scopes.retain(|_, memory| memory.is_kept(now));
        }
    }
}

impl Local {
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // If a panic kept a memory from being put back, it is lost and asks to be restored.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Limiter for Local {
    async fn take(&self, request: &Request<'_>, now: Timestamp) -> Result<Decision, LimiterError> {
        let (at, mut state) = (micros(now), self.state());
        let epoch = state.epoch(at);
        state.sweep(at);
        let (keys, mut memories): (Vec<ScopeKey>, Vec<Option<Memory>>) = request
            .scopes
            .iter()
            .map(|scope| match state.scopes.remove_entry(scope.key()) {
                Some((key, memory)) => (key, Some(memory)),
                None => (scope.key().clone(), None),
            })
            .unzip();
        let all_parameters: Vec<&Parameters> = request.scopes.iter().map(LimitScope::parameters).collect();
        let ask = Ask {
            rank: request.urgency.rank(),
            wanted: request.wanted.into(),
            jitter: request.jitter.into(),
        };
        let answer = rule::take(&all_parameters, &mut memories, ask, at, epoch);
        let known = keys.into_iter().zip(memories);
        state
            .scopes
            .extend(known.filter_map(|(key, memory)| Some((key, memory?))));
        Ok(match answer {
            TakeAnswer::Granted { permits, wait, life } => Decision::granted(permits, wait, life, request.wanted, now),
            TakeAnswer::Lost { scopes, wait } => {
                let lost = scopes.into_iter().map(|place| Lost {
                    key: request.scopes[place].key().clone(),
                    read_from: after(now, wait),
                });
                Decision::Lost(lost.collect())
            }
        })
    }

    async fn restore(&self, scope: &LimitScope, past: &[Past], now: Timestamp) -> Result<Restored, LimiterError> {
        let (at, mut state) = (micros(now), self.state());
        let epoch = state.epoch(at);
        let mut memory = state.scopes.remove(scope.key());
        let outcome = rule::restore(&mut memory, scope.parameters(), &past_grants(past, now), at, epoch);
        state.scopes.extend(memory.map(|memory| (scope.key().clone(), memory)));
        Ok(match outcome {
            rule::RestoreAnswer::Open => Restored::Open,
            rule::RestoreAnswer::TooEarly(wait) => Restored::TooEarly(after(now, wait)),
        })
    }

    async fn hold_until(&self, key: &ScopeKey, until: Timestamp, _now: Timestamp) -> Result<(), LimiterError> {
        let mut state = self.state();
        let mut memory = state.scopes.remove(key);
        rule::hold(&mut memory, micros(until));
        state.scopes.extend(memory.map(|memory| (key.clone(), memory)));
        Ok(())
    }

    async fn admit(&self, request: &PeopleRequest<'_>, now: Timestamp) -> Result<Admission, LimiterError> {
        let (at, mut state) = (micros(now), self.state());
        let epoch = state.epoch(at);
        let rolls = request.rules.rolls();
        let all_parameters: Vec<people::RollParameters> = rolls.iter().map(|roll| *roll.parameters()).collect();
        let mut memories: Vec<_> = rolls.iter().map(|roll| state.rolls.remove(roll.key())).collect();
        let visits: Vec<_> = request.people.iter().map(people::Person::visit).collect();
        let rank = request.urgency as usize;
        let answer = people::admit(&all_parameters, &mut memories, &visits, rank, at, epoch);
        let known = rolls.iter().map(|roll| roll.key().clone()).zip(memories);
        state
            .rolls
            .extend(known.filter_map(|(key, memory)| Some((key, memory?))));
        Ok(match answer {
            people::AdmitAnswer::Told { waits, room } => told(rolls, waits, room, now),
            people::AdmitAnswer::Lost { rolls: lost, wait } => Admission::Lost {
                rolls: lost.into_iter().map(|place| rolls[place].key().clone()).collect(),
                read_from: after(now, wait),
            },
        })
    }

    async fn restore_roll(&self, roll: &Roll, past: &[PastPerson], now: Timestamp) -> Result<Restored, LimiterError> {
        let (at, mut state) = (micros(now), self.state());
        let epoch = state.epoch(at);
        let mut memory = state.rolls.remove(roll.key());
        let outcome = people::restore(&mut memory, roll.parameters(), &past_visits(past, now), at, epoch);
        state.rolls.extend(memory.map(|memory| (roll.key().clone(), memory)));
        Ok(match outcome {
            people::RestoreAnswer::Open => Restored::Open,
            people::RestoreAnswer::TooEarly(wait) => Restored::TooEarly(after(now, wait)),
        })
    }

    async fn release(&self, key: &ScopeKey) -> Result<(), LimiterError> {
        if let Some(memory) = self.state().scopes.get_mut(key) {
            rule::release(memory);
        }
        Ok(())
    }

    async fn ping(&self) -> Result<(), LimiterError> {
        Ok(())
    }
}
