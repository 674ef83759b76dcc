//! One task: permits, claim, send, release.

use crate::Worker;
use crate::bulkheads::Slot;
use crate::in_hand::InHand;
use crate::people::NAP;
use crate::permission::{Among, GATHERED, PATIENCE, PermitDecision};
use crate::permits::Grant;
use crate::run::RunInHand;
use bellhop_broker::{Queue, Task};
use bellhop_campaigns::Sender;
use bellhop_domain::frequency_cap::FrequencyCap;
use bellhop_domain::message::RunState;
use bellhop_domain::{EndpointKind, Origin, Timestamp};
use bellhop_store::StoreError;
use bellhop_store::ledger::{Claim, ClaimRequest, Claimed, TaskOf};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// The reason for refusing a task that does not agree with its batch.
const NOT_AS_SAID: &str = "not what its batch is";

/// A full portfolio is asked again after this time at the latest, because its quota may have been raised or a guest
/// may already be counted.
const ASKED_AGAIN: Duration = Duration::from_secs(300);

/// How many permits to ask for before the size of the batch is known. Batches of a plan are full, and what one does
/// not need serves the next. A batch on demand is mostly a single message, and permits taken in vain would keep a
/// slow number from sending the next guest's code.
fn asked_first(origin: Origin, kind: EndpointKind) -> u32 {
    match origin.is_planned() {
        true => kind.batch_size(),
        false => 1,
    }
}

/// A sender with permits for some of a batch.
struct Permitted {
    sender: Arc<Sender>,
    permits: Grant,
    /// How long the batch waits for more permits.
    patience: Duration,
    /// As in [`InHand`].
    full: Option<Timestamp>,
    /// Its slot in the queue, held until the batch is finished.
    _slot: Option<Slot>,
}

impl Worker {
    /// Works through one task. After an error the lease simply runs out.
    pub(crate) async fn work(&self, task: &Task, queue: Queue, stop: &CancellationToken) -> Result<(), StoreError> {
        if task.installation != self.ledger.installation().await? {
            self.refuse("another installation's");
            return Ok(());
        }
        let of = task_of(task, queue);
        let run = match self.runs.get(task.run).await {
            Err(StoreError::NotFound { .. }) => {
                self.refuse(NOT_AS_SAID);
                return Ok(());
            }
            Err(error @ StoreError::Corrupt { .. }) => return self.pause_run_of(&of, &error.to_string()).await,
            run => run?,
        };
        let pool = self.live.now().senders.pool(task.org, queue.kind).to_vec();
        if pool.is_empty() {
            if !self.senderless.is_certain((task.org, queue.kind), Instant::now()) {
                return self.ledger.put_off(&of, self.now().plus(NAP)).await;
            }
            let reason = format!("no sender is configured for {}; add one and resume", queue.kind.name());
            return self.pause_run_of(&of, &reason).await;
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
            without_places: false,
            started: false,
        };
        let (mut permission, mut full) = (
            self.permission(&among, asked_first(run.origin, queue.kind), PATIENCE, stop)
                .await,
            None,
        );
        if let PermitDecision::Full(free_at) = permission {
            full = Some(free_at);
            let among = Among {
                without_places: true,
                ..among
            };
            permission = self
                .permission(&among, asked_first(run.origin, queue.kind), PATIENCE, stop)
                .await;
        }
        match permission {
            // The task stays unclaimed, which a dispatcher notices.
            PermitDecision::Stopping => Ok(()),
            PermitDecision::Later(until) | PermitDecision::Full(until) => self.ledger.put_off(&of, until).await,
            PermitDecision::Granted(place, permits, slot) => {
                // If its permits run out, another number may have some sooner.
                let patience = if pool.len() > 1 { GATHERED } else { PATIENCE };
                let permitted = Permitted {
                    sender: pool[place].clone(),
                    permits,
                    patience,
                    full,
                    _slot: slot,
                };
                self.claim(of, run, permitted, stop).await
            }
        }
    }

    async fn claim(
        &self,
        of: TaskOf,
        run: Arc<RunInHand>,
        permitted: Permitted,
        stop: &CancellationToken,
    ) -> Result<(), StoreError> {
        let Permitted {
            sender,
            permits,
            patience,
            full,
            _slot,
        } = permitted;
        // Before the claim, so that what happens after it is seen.
        let (held, standstill) = (self.states.hold(of.run), self.standstills.watch(&sender));
        if !self.is_in_force(&sender) {
            return self.ledger.put_off(&of, self.now()).await;
        }
        let mut needs = run.contents.needs(of.kind.channel());
        if run.is_test {
            needs = needs.without_taking();
        }
        needs.last_inbound |= self.people.counts_by_window(&sender);
        let (name, lease, cap) = (&self.options.name, self.options.lease, self.cap(&run));
        let request = ClaimRequest {
            of,
            as_of: run.as_of,
            sender: &sender.name,
            worker: name,
            max: of.kind.batch_size(),
            lease,
            needs: &needs,
            cap: cap.as_ref(),
        };
        let claim = self.ledger.claim(&request, self.now()).await?;
        let (lease, messages, quiet_from) = match claim {
            Claim::Leased {
                lease,
                messages,
                quiet_from,
            } => (lease, messages, quiet_from),
            Claim::Nothing | Claim::Held => {
                self.give_back(&sender, permits);
                return Ok(());
            }
            Claim::Foreign => {
                self.give_back(&sender, permits);
                // After a restore of the database it may be a different run, so it is read again.
                self.runs.forget(of.run);
                self.refuse(NOT_AS_SAID);
                return Ok(());
            }
        };
        let batch = InHand {
            of,
            kind: of.kind,
            lease,
            run,
            sender,
            urgency: of.lane.into(),
            patience,
            held,
            quiet_from,
            full,
            stop,
            standstill,
            lost: CancellationToken::new(),
            done: AtomicBool::new(false),
        };
        self.send_leased(&batch, &messages, permits).await
    }

    /// The cap that a run's messages obey.
    pub(crate) fn cap(&self, run: &RunInHand) -> Option<FrequencyCap> {
        let in_force = self.live.now();
        let of = in_force.defaults(run.org).filter(|_| run.obeys_caps);
        of.map(|of| of.frequency_cap).filter(|cap| *cap != FrequencyCap::NONE)
    }

    /// Keeps unused permits for the sender's next batch, unless they were granted under other settings.
    fn give_back(&self, sender: &Arc<Sender>, permits: Grant) {
        if self.is_in_force(sender) {
            self.permits.give_back(sender, permits);
        }
    }

    async fn send_leased(&self, batch: &InHand<'_>, messages: &[Claimed], permits: Grant) -> Result<(), StoreError> {
        tokio::select! {
            sent = self.send_permitted(batch, messages, permits) => sent?,
            never = self.keep_lease(batch) => match never {},
        }
        if !batch.done.load(Ordering::Relaxed) {
            self.ledger.release(batch.of.batch, batch.lease, self.now()).await?;
        }
        if let Some(free_at) = batch.full {
            let until = free_at.min(self.now().plus(ASKED_AGAIN));
            self.ledger.hold_for_quota(&batch.of, until, free_at).await?;
        }
        Ok(())
    }

    /// Sends as many messages as there are permits for, and asks for more as long as they come soon.
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
                PermitDecision::Granted(_, more, _) => permits = more,
                PermitDecision::Later(_) | PermitDecision::Full(_) | PermitDecision::Stopping => break,
            }
        }
        self.give_back(&batch.sender, permits);
        Ok(())
    }

    /// Prolongs the lease for as long as it is polled, because a slow provider does not mean a dead worker.
    async fn keep_lease(&self, batch: &InHand<'_>) -> Infallible {
        loop {
            tokio::time::sleep(self.options.lease / 3).await;
            let until = self.now().plus(self.options.lease);
            match self.ledger.extend(batch.of.batch, batch.lease, until).await {
                Ok(true) => {}
                Ok(false) => {
                    metrics::counter!("bellhop_leases_lost_total").increment(1);
                    batch.lost.cancel();
                    std::future::pending::<()>().await;
                }
                Err(error) => warn!(batch = %batch.of.batch, %error, "the lease was not prolonged"),
            }
        }
    }

    /// Pauses the run of a batch, if the batch agrees with its task.
    async fn pause_run_of(&self, of: &TaskOf, reason: &str) -> Result<(), StoreError> {
        if !self.ledger.recognises(of).await? {
            self.refuse(NOT_AS_SAID);
            return Ok(());
        }
        self.pause(of, reason, "worker").await
    }

    /// Pauses the run of the batch and hands the batch back, to be sent after a resume. A run that has ended
    /// meanwhile stays as it is.
    pub(crate) async fn pause(&self, of: &TaskOf, reason: &str, who: &str) -> Result<(), StoreError> {
        let now = self.now();
        match self.ledger.pause(of.org, of.run, reason, who, now).await {
            Ok(()) => self.states.update(&[(of.run, RunState::Paused)]),
            Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
        metrics::counter!("bellhop_breaker_trips_total", "of" => "run").increment(1);
        self.ledger.put_off(of, now).await
    }

    /// Counts a task that is not ours; it is acknowledged and forgotten. The log tells of it once, without its
    /// content.
    fn refuse(&self, why: &'static str) {
        metrics::counter!("bellhop_tasks_refused_total", "why" => why).increment(1);
        self.told_of_strangers.call_once(|| {
            warn!(
                why,
                "a task was refused: another installation publishes to these queues, or the database was restored; give each \
                 installation a vhost or a broker.prefix of its own. Further ones are only counted (bellhop_tasks_refused_total)"
            );
        });
    }
}

/// The full address of a task: its queue tells what the task itself does not.
fn task_of(task: &Task, queue: Queue) -> TaskOf {
    TaskOf {
        batch: task.batch,
        installation: task.installation,
        org: task.org,
        run: task.run,
        kind: queue.kind,
        lane: queue.lane,
    }
}
