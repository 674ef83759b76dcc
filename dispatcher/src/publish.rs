//! Tasks for ready batches, never more than a queue's share.

use crate::turns::Turn;
use crate::{Dispatcher, Trouble};
use bellhop_broker::{Queue, Task};
use bellhop_domain::{EndpointKind, InstallationId, Lane, Timestamp};
use bellhop_store::StoreError;
use bellhop_store::ledger::{QueueNow, ReadyBatch, TaskOf};
use std::collections::{BTreeSet, HashMap};
use std::time::Instant;
use tracing::warn;

/// The most batches taken from the ledger in one transaction.
const AT_ONCE: u32 = 200;

/// Since when each queue has had more ready batches than its share allows to publish.
#[derive(Default)]
pub(crate) struct BacklogSince(HashMap<Queue, Timestamp>);

impl BacklogSince {
    fn note(&mut self, queue: Queue, more: bool, now: Timestamp) {
        if !more {
            self.0.remove(&queue);
        }
        let since = if more { *self.0.entry(queue).or_insert(now) } else { now };
        let seconds = now.since(since).as_secs_f64();
        metrics::gauge!("bellhop_queue_backlog_seconds", "queue" => queue.to_string()).set(seconds);
    }
}

impl Dispatcher {
    /// Fills every queue of a lane up to its share.
    pub(crate) async fn publish_lane(&self, lane: Lane) -> Result<Turn, Trouble> {
        let Some(backlog) = self.backlogs.get(&lane) else {
            return Ok(Turn::Idle);
        };
        let mut backlog = backlog.lock().await;
        let kinds: Vec<EndpointKind> = self.kinds().into_iter().collect();
        for found in self.ledger.queues(lane, &kinds, self.now()).await? {
            let queue = Queue { kind: found.kind, lane };
            let more = self.publish_queue(queue, &found).await?;
            backlog.note(queue, more, self.now());
        }
        Ok(Turn::Idle)
    }

    /// The kinds of address that some organisation has a sender for.
    fn kinds(&self) -> BTreeSet<EndpointKind> {
        self.live.now().senders.kinds().into_iter().collect()
    }

    /// Fills a queue up to its share; returns whether more was ready. A batch that was taken but not published
    /// (because this process died or the broker refused) has no task although the ledger says it has;
    /// [`Dispatcher::republish`] notices.
    async fn publish_queue(&self, queue: Queue, found: &QueueNow) -> Result<bool, Trouble> {
        let outstanding = found.outstanding;
        metrics::gauge!("bellhop_tasks_outstanding", "queue" => queue.to_string()).set(outstanding as f64);
        let may_have_ready = self.republish(queue, outstanding).await? || found.may_have_ready;
        if !may_have_ready {
            return Ok(false);
        }
        let mut room = self.options.outstanding.saturating_sub(outstanding);
        while room > 0 {
            let limit = AT_ONCE.min(u32::try_from(room).unwrap_or(AT_ONCE));
            let ready = self
                .ledger
                .take_ready(queue.kind, queue.lane, limit, self.now())
                .await?;
            if ready.is_empty() {
                return Ok(false);
            }
            let installation = self.ledger.installation().await?;
            let tasks: Vec<Task> = ready.iter().map(|batch| task(batch, installation)).collect();
            self.broker.publish(queue, &tasks).await?;
            metrics::counter!("bellhop_tasks_published_total", "queue" => queue.to_string())
                .increment(tasks.len() as u64);
            room = room.saturating_sub(tasks.len() as u64);
        }
        Ok(true)
    }

    /// Batches of a kind without a sender would wait for ever, so their runs are paused with the reason.
    pub(crate) async fn pause_unsendable(&self) -> Result<Turn, Trouble> {
        let sendable = self.kinds();
        self.senderless.retain(|kind| !sendable.contains(kind));
        let mut kinds = EndpointKind::ALL.to_vec();
        kinds.retain(|kind| !sendable.contains(kind));
        for lane in Lane::ALL {
            let queues = self.ledger.queues(lane, &kinds, self.now()).await?;
            for queue in queues.iter().filter(|queue| queue.may_have_ready) {
                for batch in self.ledger.take_ready(queue.kind, lane, AT_ONCE, self.now()).await? {
                    self.pause_for_sender(&batch).await?;
                }
            }
        }
        Ok(Turn::Idle)
    }

    async fn pause_for_sender(&self, batch: &ReadyBatch) -> Result<(), Trouble> {
        let now = self.now();
        // Until that is certain, the batches are only looked at again.
        if self.senderless.is_certain(batch.kind, Instant::now()) {
            let reason = format!("no sender is configured for {}; add one and resume", batch.kind.name());
            match self
                .ledger
                .pause(batch.org, batch.run, &reason, "dispatcher", now)
                .await
            {
                Ok(()) => warn!(run = %batch.run, kind = batch.kind.name(), "paused: no sender is configured"),
                Err(StoreError::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let of = TaskOf {
            batch: batch.id,
            installation: self.ledger.installation().await?,
            org: batch.org,
            run: batch.run,
            kind: batch.kind,
            lane: batch.lane,
        };
        Ok(self.ledger.put_off(&of, now).await?)
    }

    /// Publishes tasks again that have vanished with a broker's data or a lost publish: they were published long ago
    /// and never leased, and their queue is empty. Returns whether there were any.
    async fn republish(&self, queue: Queue, outstanding: u64) -> Result<bool, Trouble> {
        if outstanding == 0 || self.broker.depth(queue).await? > 0 {
            return Ok(false);
        }
        let now = self.now();
        let vanished = self
            .ledger
            .republish(queue.kind, queue.lane, now.minus(self.options.vanished))
            .await?;
        metrics::counter!("bellhop_tasks_vanished_total", "queue" => queue.to_string()).increment(vanished);
        if vanished > 0 {
            warn!(%queue, tasks = vanished, "tasks had vanished; publishing them again");
        }
        Ok(vanished > 0)
    }
}

fn task(batch: &ReadyBatch, installation: InstallationId) -> Task {
    Task {
        installation,
        org: batch.org,
        run: batch.run,
        batch: batch.id,
    }
}
