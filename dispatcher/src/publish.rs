//! Tasks for ready batches, never more than a queue's share.

use crate::{Dispatcher, Trouble};
use bellhop_broker::{Queue, Task};
use bellhop_domain::Lane;
use bellhop_store::ledger::ReadyBatch;
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// Batches taken from the ledger in one transaction.
const AT_ONCE: u32 = 200;

impl Dispatcher {
    pub(crate) async fn publish_until(self: Arc<Self>, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = self.publish_all().await {
                warn!(%error, "cannot publish; trying again");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.ready.notified() => {}
                () = tokio::time::sleep(self.options.tick) => {}
            }
        }
    }

    async fn publish_all(&self) -> Result<(), Trouble> {
        let kinds: BTreeSet<_> = self.options.kinds.values().flatten().copied().collect();
        // Transactional queues first.
        for lane in Lane::ALL {
            for kind in &kinds {
                self.publish_queue(Queue { kind: *kind, lane }).await?;
            }
        }
        Ok(())
    }

    /// Fills a queue up to its share. What is taken and not published (this process dies, the broker refuses) has no
    /// task, though the ledger says so: [`Dispatcher::republish`] notices.
    async fn publish_queue(&self, queue: Queue) -> Result<(), Trouble> {
        let outstanding = self.ledger.outstanding(queue.kind, queue.lane).await?;
        self.republish(queue, outstanding).await?;
        let mut room = self.options.outstanding.saturating_sub(outstanding);
        while room > 0 {
            let limit = AT_ONCE.min(u32::try_from(room).unwrap_or(AT_ONCE));
            let ready = self
                .ledger
                .take_ready(queue.kind, queue.lane, limit, self.now())
                .await?;
            if ready.is_empty() {
                break;
            }
            let tasks: Vec<Task> = ready.iter().map(task).collect();
            self.broker.publish(queue, &tasks).await?;
            metrics::counter!("bellhop_tasks_published_total", "queue" => queue.to_string())
                .increment(tasks.len() as u64);
            room = room.saturating_sub(tasks.len() as u64);
        }
        Ok(())
    }

    /// Tasks that vanished with a broker's data or a lost publish: published long ago, never leased, queue empty.
    async fn republish(&self, queue: Queue, outstanding: u64) -> Result<(), Trouble> {
        if outstanding == 0 || self.broker.depth(queue).await? > 0 {
            return Ok(());
        }
        let now = self.now();
        let vanished = self
            .ledger
            .republish(queue.kind, queue.lane, now.minus(self.options.vanished))
            .await?;
        if vanished > 0 {
            warn!(%queue, tasks = vanished, "tasks had vanished; publishing them again");
        }
        Ok(())
    }
}

fn task(batch: &ReadyBatch) -> Task {
    Task {
        org: batch.org,
        run: batch.run,
        batch: batch.id,
    }
}
