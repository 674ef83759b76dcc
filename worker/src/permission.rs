//! Permission to send: a task waits a little for permits, in a pool from whichever number has some first. Meanwhile
//! it holds a slot of the number that it waits for, so that tasks waiting for a slow number leave room for others as
//! well.

use crate::Worker;
use crate::bulkheads::{ROOM_WITHIN, Slot};
use crate::in_hand::InHand;
use crate::people::{CeilingRoom, NAP};
use crate::permits::Grant;
use bellhop_broker::Queue;
use bellhop_campaigns::Sender;
use bellhop_domain::Timestamp;
use bellhop_rate_limits::Urgency;
use bellhop_rate_limits::pool::PoolChoice;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// The span in which permits are gathered to be used together.
pub(crate) const GATHERED: Duration = Duration::from_millis(250);
/// How long a task waits for permits before another task gets its place, so that one slow sender cannot keep the
/// others of its queue waiting.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// Who may send a batch.
pub(crate) struct Among<'a> {
    pub pool: &'a [Arc<Sender>],
    /// The number that the guests of the batch know.
    pub known: Option<&'a str>,
    pub urgency: Urgency,
    /// The queue in which it needs a slot; `None` for a batch that already has one.
    pub queue: Option<Queue>,
    /// Do not ask whether the portfolio has room: the guests are admitted already, or only those will be who need no
    /// place.
    pub without_places: bool,
    /// The messages are recorded as started, so they go out even if the sender's settings have changed.
    pub started: bool,
}

impl<'a> Among<'a> {
    pub fn alone(batch: &'a InHand<'_>) -> Self {
        Self {
            pool: std::slice::from_ref(&batch.sender),
            known: None,
            urgency: batch.urgency,
            queue: None,
            without_places: batch.is_full(),
            started: false,
        }
    }

    fn knows_none(&self) -> bool {
        self.known.is_none()
    }
}

/// The limiter's answer to a task.
pub(crate) enum PermitDecision {
    /// Permits for this sender, given by its index in the pool, with a slot for a batch that had none.
    Granted(usize, Grant, Option<Slot>),
    /// Not soon; ask again at this instant.
    Later(Timestamp),
    /// The portfolio has no room for further guests before this instant.
    Full(Timestamp),
    Stopping,
}

/// What a task holds while it waits.
#[derive(Default)]
struct Waiting(Option<(usize, Slot)>);

impl Waiting {
    fn is_of(&self, among: &Among<'_>, sender: &Sender) -> bool {
        let held = self.0.as_ref();
        held.is_some_and(|(place, _)| among.pool[*place].name == sender.name)
    }
}

/// How the wait for a slot ended.
enum SlotWait {
    Found,
    /// No slot soon; ask again at this instant.
    Full(Timestamp),
    Stopping,
}

impl Worker {
    /// Waits for up to `wanted` permits, for about `patience`. Slow senders get theirs one by one: those that come
    /// within [`GATHERED`] are used together. In a pool, the first number that has some gets the batch.
    pub(crate) async fn permission(
        &self,
        among: &Among<'_>,
        wanted: u32,
        patience: Duration,
        stop: &CancellationToken,
    ) -> PermitDecision {
        let begun = self.now();
        let (mut got, mut chosen) = (Grant::none(begun), None);
        let mut waiting = Waiting::default();
        loop {
            let now = self.now();
            if !among.started && !among.pool.iter().all(|sender| self.is_in_force(sender)) {
                // The task is tried again under the present settings.
                return PermitDecision::Later(now);
            }
            if !among.started && among.pool.iter().any(|sender| self.sessions.is_changing(sender)) {
                return PermitDecision::Later(now.plus(NAP));
            }
            let Some(place) = chosen.or_else(|| self.chosen(among, &waiting, now)) else {
                return PermitDecision::Later(now.plus(PATIENCE));
            };
            match self.room(among, place, &mut waiting, stop).await {
                SlotWait::Found => {}
                SlotWait::Full(until) => return PermitDecision::Later(until),
                SlotWait::Stopping => return PermitDecision::Stopping,
            }
            let sender = &self.as_it_is(&among.pool[place]);
            let mut wanted = wanted.min(self.permits.warm_ups.at_once(sender, now));
            let room = match among.without_places {
                true => CeilingRoom::Places(u32::MAX),
                false => self.ceiling_room(sender, among.urgency, now).await,
            };
            let next = match room {
                CeilingRoom::Places(places) => {
                    wanted = wanted.min(places);
                    self.ask(sender, among.urgency, wanted, &mut got, now).await
                }
                CeilingRoom::Full(next) | CeilingRoom::Unknown(next) => {
                    self.pools.note_earliest(sender, next);
                    next
                }
            };
            if got.permits > 0 {
                chosen = Some(place);
            }
            let soon = next <= begun.plus(GATHERED) && got.outlives(next.since(now));
            if got.permits >= wanted || got.permits > 0 && !soon {
                let slot = waiting.0.map(|(_, slot)| slot.used());
                return PermitDecision::Granted(place, got, slot);
            }
            // Another number may have permits at once.
            let other = |other: usize| other != place;
            if chosen.is_none() && among.knows_none() && self.chosen(among, &waiting, now).is_some_and(other) {
                continue;
            }
            if matches!(room, CeilingRoom::Full(_)) && next > begun.plus(patience) {
                return PermitDecision::Full(next);
            }
            if now >= begun.plus(patience) {
                return PermitDecision::Later(next.max(now.plus(NAP)).min(now.plus(PATIENCE)));
            }
            tokio::select! {
                () = stop.cancelled() => return PermitDecision::Stopping,
                () = self.permits.returned.notified() => {}
                () = tokio::time::sleep(next.since(now).clamp(Duration::from_millis(1), NAP)) => {}
            }
        }
    }

    /// The sender with its present settings, whose rates are in force; with its last ones if it was removed.
    fn as_it_is(&self, sender: &Arc<Sender>) -> Arc<Sender> {
        let in_force = self.live.now();
        let named = in_force.senders.named(sender.org, &sender.name);
        named.unwrap_or(sender).clone()
    }

    /// Takes a slot of the number at this index of the pool, if the task does not hold it already.
    async fn room(&self, among: &Among<'_>, place: usize, waiting: &mut Waiting, stop: &CancellationToken) -> SlotWait {
        let Some(queue) = among.queue else {
            return SlotWait::Found;
        };
        if waiting.0.as_ref().is_some_and(|(held, _)| *held == place) {
            return SlotWait::Found;
        }
        waiting.0 = None;
        let (sender, give_up) = (&among.pool[place], tokio::time::Instant::now() + ROOM_WITHIN);
        loop {
            let left = self.bulkheads.left();
            if let Some(slot) = self.bulkheads.enter(queue, sender) {
                waiting.0 = Some((place, slot));
                return SlotWait::Found;
            }
            tokio::select! {
                () = stop.cancelled() => return SlotWait::Stopping,
                () = left => {}
                () = tokio::time::sleep_until(give_up) => {
                    metrics::counter!("bellhop_tasks_without_slot_total", "queue" => queue.to_string()).increment(1);
                    return SlotWait::Full(self.now().plus(self.bulkheads.away(queue, sender)));
                }
            }
        }
    }

    /// Asks for what is still wanted; returns when to ask again.
    async fn ask(&self, sender: &Sender, urgency: Urgency, wanted: u32, got: &mut Grant, now: Timestamp) -> Timestamp {
        let next = match self
            .permits
            .take(sender, urgency, wanted.saturating_sub(got.permits), now)
            .await
        {
            Ok(grant) => {
                *got = got.and(grant);
                grant.ask_again.unwrap_or(now)
            }
            Err(error) => {
                if let Some(untold) = self.limiter_complaints.tell(Instant::now()) {
                    warn!(sender = %sender.name, %error, untold, "no permits");
                }
                now.plus(NAP)
            }
        };
        self.pools.note_earliest(sender, next);
        next
    }

    fn chosen(&self, among: &Among<'_>, waiting: &Waiting, now: Timestamp) -> Option<usize> {
        match among.pool {
            [_] => Some(0),
            pool => {
                let its_own = |sender: &Sender| waiting.is_of(among, sender);
                let full = |sender: &Sender| {
                    let has_room = |queue| its_own(sender) || !self.bulkheads.is_full(queue, sender);
                    !among.queue.is_none_or(has_room)
                };
                match self.pools.choose(pool, among.known, full, now, rand::random()) {
                    PoolChoice::Now(place) | PoolChoice::At(place, _) => Some(place),
                    PoolChoice::Nobody => None,
                }
            }
        }
    }

    /// Permits for messages that are recorded as started and must go out, however long it takes and even if this
    /// worker is told to stop: if they were not sent, they would remain in doubt.
    pub(crate) async fn permits_for_started(&self, batch: &InHand<'_>, wanted: u32) -> Grant {
        let never = CancellationToken::new();
        loop {
            let among = Among {
                without_places: true,
                started: true,
                ..Among::alone(batch)
            };
            match self.permission(&among, wanted, PATIENCE, &never).await {
                PermitDecision::Granted(_, grant, _) if grant.is_alive() => return grant,
                PermitDecision::Later(until) | PermitDecision::Full(until) => {
                    tokio::time::sleep(until.since(self.now()).min(NAP)).await
                }
                PermitDecision::Granted(..) | PermitDecision::Stopping => {}
            }
        }
    }
}
