//! One task: permits, claim, send, release.

use crate::bulkheads::Slot;
use crate::permission::{Among, GATHERED, PATIENCE, Permission};
use crate::permits::Grant;
use crate::run::RunInHand;
use crate::run_states::Held;
use crate::{Sender, Worker};
use bellhop_broker::{Queue, Task};
use bellhop_domain::frequency_cap::FrequencyCap;
use bellhop_domain::message::RunState;
use bellhop_domain::{EndpointKind, Lane, Timestamp};
use bellhop_rate_limits::Urgency;
use bellhop_store::StoreError;
use bellhop_store::ledger::{Claim, Claimed, Wish};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// Messages of a batch, at most.
const BATCH: u32 = 100;

/// A quota may be raised meanwhile: it is asked again after so long, however late it has room.
const ASKED_AGAIN: Duration = Duration::from_secs(300);

/// Permits asked for before it is known how many messages a batch has. Marketing's batches are full, and what one of them
/// does not need serves the next. A transactional one is mostly a single message, and what it took in vain would keep a slow
/// number from the next guest's code.
fn asked_first(lane: Lane) -> u32 {
    match lane {
        Lane::Transactional => 1,
        Lane::Marketing => BATCH,
    }
}

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
    /// What it holds of the queue until the batch is done with.
    _slot: Option<Slot>,
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
            queue: Some(queue),
            started: false,
        };
        match self.permission(&among, asked_first(queue.lane), PATIENCE, stop).await {
            // The task goes unclaimed, which its dispatcher notices.
            Permission::Stopping => Ok(()),
            Permission::Later(until) => self.ledger.put_off(task.batch, until).await,
            Permission::Full(free_at) => {
                let until = free_at.min(self.now().plus(ASKED_AGAIN));
                self.ledger.hold_for_quota(task.batch, until, free_at).await
            }
            Permission::Granted(place, permits, slot) => {
                // Its permits ran out: the next may come from another number sooner.
                let patience = if pool.len() > 1 { GATHERED } else { PATIENCE };
                let permitted = Permitted {
                    sender: pool[place].clone(),
                    permits,
                    patience,
                    _slot: slot,
                };
                self.claim(task, queue, run, permitted, stop).await
            }
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
            _slot,
        } = permitted;
        // Before the claim, so that what happens after it is seen.
        let (held, standstill) = (self.states.hold(task.run), self.standstills.watch(&sender));
        let mut needs = run.contents.needs(queue.kind.channel());
        needs.last_inbound |= self.people.counts_by_window(&sender);
        let (name, lease) = (&self.options.name, self.options.lease);
        let wish = Wish {
            batch: task.batch,
            sender: &sender.name,
            worker: name,
            max: BATCH,
            lease,
            needs: &needs,
            cap: self.cap(&run),
        };
        let claim = self.ledger.claim(&wish, self.now()).await?;
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

    /// The cap that a run's messages obey.
    pub(crate) fn cap(&self, run: &RunInHand) -> Option<&FrequencyCap> {
        let of = self.organisations.get(&run.org).filter(|_| run.obeys_caps);
        of.map(|of| &of.frequency_cap).filter(|cap| **cap != FrequencyCap::NONE)
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
                let done = self.send_all(batch, permitted, permits).await?;
                permits.permits -= done.used as u32;
                rest = &rest[done.messages..];
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
                Permission::Granted(_, more, _) => permits = more,
                Permission::Later(_) | Permission::Full(_) | Permission::Stopping => break,
            }
        }
        self.permits.give_back(&batch.sender, permits);
        Ok(())
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
