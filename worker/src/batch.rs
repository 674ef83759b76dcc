//! One task: permits, claim, send, release.

use crate::permits::Grant;
use crate::run::RunInHand;
use crate::run_states::Held;
use crate::{Sender, Worker};
use bellhop_broker::{Queue, Task};
use bellhop_domain::message::RunState;
use bellhop_domain::{EndpointKind, Timestamp};
use bellhop_rate_limits::Urgency;
use bellhop_rate_limits::pool::Choice;
use bellhop_store::StoreError;
use bellhop_store::ledger::{Claim, Claimed};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// Permits asked for at once: a whole batch.
const BATCH: u32 = 100;
/// The longest sleep between two questions for permits.
const NAP: Duration = Duration::from_millis(500);
/// The span in which permits are gathered to be used together.
const GATHERED: Duration = Duration::from_millis(250);
/// How long a task waits for permits before its place goes to another, so that one slow sender cannot keep the others
/// of its queue waiting.
const PATIENCE: Duration = Duration::from_secs(2);

/// A leased batch while it is being sent.
pub(crate) struct InHand<'a> {
    pub task: &'a Task,
    pub kind: EndpointKind,
    pub lease: i64,
    pub run: Arc<RunInHand>,
    pub sender: Arc<Sender>,
    pub urgency: Urgency,
    /// How long it waits for more permits.
    patience: Duration,
    held: Held<'a>,
    /// Its guests' quiet hours begin then.
    quiet_from: Option<Timestamp>,
    stop: &'a CancellationToken,
    /// Cancelled when this process sees the sender throttled or its credentials fail.
    standstill: CancellationToken,
    /// Cancelled when the lease is another's.
    lost: CancellationToken,
}

impl InHand<'_> {
    /// Whether a new request may start.
    pub fn going(&self, now: Timestamp) -> bool {
        let quiet = self.quiet_from.is_some_and(|from| from <= now);
        let ended = [self.stop, &self.standstill, &self.lost];
        self.held.running() && !quiet && !ended.into_iter().any(CancellationToken::is_cancelled)
    }
}

/// A sender that may send some of a batch.
struct Permitted {
    sender: Arc<Sender>,
    permits: Grant,
    /// How long it waits for more permits.
    patience: Duration,
}

/// Who may send a batch.
struct Among<'a> {
    pool: &'a [Arc<Sender>],
    /// The number that its guests know.
    known: Option<&'a str>,
    urgency: Urgency,
}

impl<'a> Among<'a> {
    fn alone(batch: &'a InHand<'_>) -> Self {
        Self {
            pool: std::slice::from_ref(&batch.sender),
            known: None,
            urgency: batch.urgency,
        }
    }

    fn knows_none(&self) -> bool {
        self.known.is_none()
    }
}

/// The limiter's answer to a task.
enum Permission {
    /// To this sender of the pool, by its place.
    Granted(usize, Grant),
    /// Not soon.
    Later(Timestamp),
    Stopping,
}

impl Worker {
    /// Works through one task. An error leaves the lease to run out.
    pub(crate) async fn work(&self, task: &Task, queue: Queue, stop: &CancellationToken) -> Result<(), StoreError> {
        let run = match self.runs.get(task.run).await {
            Err(error @ StoreError::Corrupt { .. }) => return self.pause(task, &error.to_string(), "worker").await,
            run => run?,
        };
        let pool = self.senders.pool(task.org, queue.kind);
        if pool.is_empty() {
            let reason = format!("no sender is configured for {}; add one and resume", queue.kind.name());
            return self.pause(task, &reason, "worker").await;
        }
        let known = match pool[..] {
            [_] => None,
            _ => self.ledger.known_number(task.batch).await?,
        };
        let among = Among {
            pool: &pool,
            known: known.as_deref(),
            urgency: queue.lane.into(),
        };
        match self.permission(&among, BATCH, PATIENCE, stop).await {
            // The task goes unclaimed, which its dispatcher notices.
            Permission::Stopping => Ok(()),
            Permission::Later(until) => self.ledger.put_off(task.batch, until).await,
            Permission::Granted(place, permits) => {
                // Its permits ran out: the next may come from another number sooner.
                let patience = if pool.len() > 1 { GATHERED } else { PATIENCE };
                let permitted = Permitted {
                    sender: pool[place].clone(),
                    permits,
                    patience,
                };
                self.claim(task, queue, run, permitted, stop).await
            }
        }
    }

    /// Waits for up to `wanted` permits, for about `patience`. Slow senders get theirs one by one: those that come
    /// within [`GATHERED`] are used together. Of a pool, whoever is the first to have some gets the batch.
    async fn permission(
        &self,
        among: &Among<'_>,
        wanted: u32,
        patience: Duration,
        stop: &CancellationToken,
    ) -> Permission {
        let begun = self.now();
        let (mut got, mut chosen) = (Grant::none(begun), None);
        loop {
            let now = self.now();
            let Some(place) = chosen.or_else(|| self.chosen(among, now)) else {
                return Permission::Later(now.plus(PATIENCE));
            };
            let next = self.ask(&among.pool[place], among.urgency, wanted, &mut got, now).await;
            if got.permits > 0 {
                chosen = Some(place);
            }
            let soon = next <= begun.plus(GATHERED) && got.outlives(next.since(now));
            if got.permits == wanted || got.permits > 0 && !soon {
                return Permission::Granted(place, got);
            }
            // Another number may have some at once.
            if chosen.is_none() && self.chosen(among, now).is_some_and(|other| other != place) && among.knows_none() {
                continue;
            }
            if now >= begun.plus(patience) {
                return Permission::Later(next.max(now.plus(NAP)).min(now.plus(PATIENCE)));
            }
            tokio::select! {
                () = stop.cancelled() => return Permission::Stopping,
                () = self.permits.returned.notified() => {}
                () = tokio::time::sleep(next.since(now).clamp(Duration::from_millis(1), NAP)) => {}
            }
        }
    }

    /// Asks for what is still wanted; when it makes sense to ask again.
    async fn ask(&self, sender: &Sender, urgency: Urgency, wanted: u32, got: &mut Grant, now: Timestamp) -> Timestamp {
        let next = match self.permits.take(sender, urgency, wanted - got.permits, now).await {
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

    fn chosen(&self, among: &Among<'_>, now: Timestamp) -> Option<usize> {
        match among.pool {
            [_] => Some(0),
            pool => match self.pools.choose(pool, among.known, now, rand::random()) {
                Choice::Now(place) | Choice::At(place, _) => Some(place),
                Choice::Nobody => None,
            },
        }
    }

    async fn claim(
        &self,
        task: &Task,
        queue: Queue,
        run: Arc<RunInHand>,
        permitted: Permitted,
        stop: &CancellationToken,
    ) -> Result<(), StoreError> {
        let Permitted {
            sender,
            permits,
            patience,
        } = permitted;
        // Before the claim, so that what happens after it is seen.
        let (held, standstill) = (self.states.hold(task.run), self.standstills.watch(&sender));
        let needs = run.contents.needs(queue.kind.channel());
        let (name, lease) = (&self.options.name, self.options.lease);
        let claim = self
            .ledger
            .claim(task.batch, &sender.name, name, BATCH, lease, &needs, self.now())
            .await?;
        let (lease, messages, quiet_from) = match claim {
            Claim::Leased {
                lease,
                messages,
                quiet_from,
            } => (lease, messages, quiet_from),
            Claim::Nothing | Claim::Held => {
                self.permits.give_back(&sender, permits);
                return Ok(());
            }
        };
        let batch = InHand {
            task,
            kind: queue.kind,
            lease,
            run,
            sender,
            urgency: queue.lane.into(),
            patience,
            held,
            quiet_from,
            stop,
            standstill,
            lost: CancellationToken::new(),
        };
        self.send_leased(&batch, &messages, permits).await
    }

    async fn send_leased(&self, batch: &InHand<'_>, messages: &[Claimed], permits: Grant) -> Result<(), StoreError> {
        tokio::select! {
            sent = self.send_permitted(batch, messages, permits) => sent?,
            never = self.keep_lease(batch) => match never {},
        }
        self.ledger.release(batch.task.batch, batch.lease, self.now()).await
    }

    /// Sends as many as there are permits for, and asks for more while they come soon.
    async fn send_permitted(
        &self,
        batch: &InHand<'_>,
        messages: &[Claimed],
        mut permits: Grant,
    ) -> Result<(), StoreError> {
        let mut rest = messages;
        while batch.going(self.now()) {
            if permits.is_alive() {
                let permitted = &rest[..rest.len().min(permits.permits as usize)];
                let sent = self.send_all(batch, permitted, permits).await?;
                permits.permits -= sent as u32;
                rest = &rest[sent..];
                if rest.is_empty() {
                    break;
                }
                if permits.is_alive() {
                    continue;
                }
            }
            match self
                .permission(&Among::alone(batch), rest.len() as u32, batch.patience, batch.stop)
                .await
            {
                Permission::Granted(_, more) => permits = more,
                Permission::Later(_) | Permission::Stopping => break,
            }
        }
        self.permits.give_back(&batch.sender, permits);
        Ok(())
    }

    /// Permits for messages that are recorded as started and must go out, however long it takes and even if this worker
    /// is told to stop: not to send them would leave them in doubt.
    pub(crate) async fn permits_for_started(&self, batch: &InHand<'_>, wanted: u32) -> Grant {
        let never = CancellationToken::new();
        loop {
            match self.permission(&Among::alone(batch), wanted, PATIENCE, &never).await {
                Permission::Granted(_, grant) if grant.is_alive() => return grant,
                Permission::Later(until) => tokio::time::sleep(until.since(self.now()).min(NAP)).await,
                Permission::Granted(..) | Permission::Stopping => {}
            }
        }
    }

    /// Prolongs the lease for as long as it is polled: a slow provider is no dead worker.
    async fn keep_lease(&self, batch: &InHand<'_>) -> Infallible {
        loop {
            tokio::time::sleep(self.options.lease / 3).await;
            let until = self.now().plus(self.options.lease);
            match self.ledger.extend(batch.task.batch, batch.lease, until).await {
                Ok(true) => {}
                Ok(false) => {
                    metrics::counter!("bellhop_leases_lost_total").increment(1);
                    batch.lost.cancel();
                    std::future::pending::<()>().await;
                }
                Err(error) => warn!(batch = %batch.task.batch, %error, "the lease was not prolonged"),
            }
        }
    }

    /// Pauses the task's run and hands the batch back for the resume. A run that has ended meanwhile stays as it is.
    pub(crate) async fn pause(&self, task: &Task, reason: &str, who: &str) -> Result<(), StoreError> {
        let now = self.now();
        match self.ledger.pause(task.org, task.run, reason, who, now).await {
            Ok(()) => self.states.update(&[(task.run, RunState::Paused)]),
            Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
        metrics::counter!("bellhop_breaker_trips_total", "of" => "run").increment(1);
        self.ledger.put_off(task.batch, now).await
    }
}
