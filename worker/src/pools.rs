//! Which number of a pool a batch goes out from: what this process knows about each number, so that
//! [`bellhop_rate_limits::pool`] can choose. The limiter decides whether the number may send; a wrong guess here
//! costs only one question.

use crate::Worker;
use crate::in_hand::InHand;
use crate::permission::PATIENCE;
use bellhop_campaigns::Sender;
use bellhop_domain::incoming::HealthState;
use bellhop_domain::{OrgId, Timestamp};
use bellhop_rate_limits::RateSpec;
use bellhop_rate_limits::pool::{PoolChoice, PoolNumber, choose};
use bellhop_rate_limits::warm_up::Stage;
use bellhop_store::StoreError;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);
/// For a number with larger quotas it is not counted what it has sent, because that does not hold it back.
const COUNTED_UP_TO: u32 = 20_000;

/// What is known about the numbers of all pools.
#[derive(Default)]
pub(crate) struct Pools(Mutex<HashMap<(OrgId, String), NumberState>>);

#[derive(Debug, Clone, Copy)]
struct NumberState {
    health: HealthState,
    /// What it may send in a day, at its present stage.
    per_day: Option<u32>,
    sent_today: u32,
    /// When the limiter may have something for it again.
    earliest: Timestamp,
}

impl Default for NumberState {
    fn default() -> Self {
        Self {
            health: HealthState::Working,
            per_day: None,
            sent_today: 0,
            earliest: Timestamp(0),
        }
    }
}

impl Pools {
    /// Chooses one of the pool's numbers for guests who know `known`. A number that is `full`, without a slot for
    /// another batch, is treated like one that has no permits for a while. `chance` is uniform in [0, 1).
    pub fn choose(
        &self,
        pool: &[Arc<Sender>],
        known: Option<&str>,
        full: impl Fn(&Sender) -> bool,
        now: Timestamp,
        chance: f64,
    ) -> PoolChoice {
        let states = self.states();
        let numbers: Vec<PoolNumber> = (pool.iter())
            .map(|sender| {
                let state = states.get(&key(sender)).copied().unwrap_or_default();
                let room = if full(sender) { now.plus(PATIENCE) } else { now };
                PoolNumber {
                    health: state.health,
                    remaining_today: state
                        .per_day
                        .unwrap_or_else(|| per_day(&sender.rate))
                        .saturating_sub(state.sent_today),
                    earliest: state.earliest.max(room),
                }
            })
            .collect();
        let known = known.and_then(|name| pool.iter().position(|sender| sender.name == name));
        choose(&numbers, known, now, chance)
    }

    /// Names of the pool's other numbers that are not stopped.
    pub fn others(&self, pool: &[Arc<Sender>], than: &Sender) -> Vec<String> {
        let states = self.states();
        let stopped = |sender: &Sender| {
            states
                .get(&key(sender))
                .is_some_and(|it| it.health == HealthState::Stopped)
        };
        let others = pool
            .iter()
            .filter(|sender| sender.name != than.name && !stopped(sender));
        others.map(|sender| sender.name.clone()).collect()
    }

    /// Notes when the limiter said to ask for this sender again.
    pub fn note_earliest(&self, sender: &Sender, earliest: Timestamp) {
        self.states().entry(key(sender)).or_default().earliest = earliest;
    }

    fn note(&self, sender: &Sender, health: HealthState, per_day: u32, sent_today: u32) {
        let mut states = self.states();
        let state = states.entry(key(sender)).or_default();
        (state.health, state.per_day, state.sent_today) = (health, Some(per_day), sent_today);
    }

    fn states(&self) -> MutexGuard<'_, HashMap<(OrgId, String), NumberState>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Worker {
    /// The numbers of the pool that could send a batch instead of its sender.
    pub(crate) fn other_numbers(&self, batch: &InHand<'_>) -> Vec<String> {
        let in_force = self.live.now();
        let pool = in_force.senders.pool(batch.of.org, batch.kind);
        self.pools.others(pool, &batch.sender)
    }

    /// Brings what is known about pooled numbers up to date: who is paused, what providers say, what was sent.
    pub(crate) async fn look_at_pools(&self) -> Result<(), StoreError> {
        let in_force = self.live.now();
        if in_force.senders.pooled().next().is_none() {
            return Ok(());
        }
        let (paused, health) = (self.ledger.paused_senders().await?, self.ledger.sender_health().await?);
        for sender in in_force.senders.pooled() {
            let is = |org: OrgId, name: &str| org == sender.org && name == sender.name;
            let told = health.iter().find(|it| is(it.org, &it.sender)).map(|it| it.state);
            let state = if paused.iter().any(|(org, name, ..)| is(*org, name)) {
                HealthState::Stopped
            } else {
                told.unwrap_or(HealthState::Working)
            };
            // A resting number mails nothing, which the limiter enforces; chats may use it at its full rates.
            let stage = self
                .permits
                .warm_ups
                .last_known(sender, self.now())
                .unwrap_or(Stage::Full);
            let rates = stage.rates(&sender.rate).unwrap_or_else(|| sender.rate.clone());
            let per_day = per_day(&rates);
            let sent = if per_day <= COUNTED_UP_TO {
                let since = self.now().minus(DAY);
                let kind = sender.provider.kind();
                self.ledger
                    .recent_attempts(sender.org, &sender.name, kind, since)
                    .await?
                    .len()
            } else {
                0
            };
            let sent = u32::try_from(sent).unwrap_or(u32::MAX);
            self.pools.note(sender, state, per_day, sent);
        }
        Ok(())
    }
}

/// What the rates allow in a day.
fn per_day(rates: &RateSpec) -> u32 {
    let days = rates.limits().iter().map(|limit| {
        let permits = u128::from(limit.permits()) * DAY.as_millis() / limit.span().as_millis().max(1);
        u32::try_from(permits).unwrap_or(u32::MAX).max(limit.permits())
    });
    days.min().unwrap_or(u32::MAX)
}

fn key(sender: &Sender) -> (OrgId, String) {
    (sender.org, sender.name.clone())
}
