//! Consumers of tasks: one for each queue that has senders under the present settings.

use crate::Worker;
use bellhop_broker::{Queue, Task};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, warn};

/// How long a slot stays empty after trouble.
const AFTER_TROUBLE: Duration = Duration::from_millis(500);

/// A consumer that was started.
struct Consumer {
    at_once: u16,
    leave: CancellationToken,
}

impl Worker {
    /// Keeps a consumer for each queue with a sender until `stop`. When a queue comes to be shared by several
    /// senders, or to have only one, its consumer is replaced by one of the right size.
    pub(crate) async fn consume_all(self: Arc<Self>, stop: CancellationToken) {
        let (mut news, mut consumers, mut loops) = (self.live.news(), HashMap::new(), JoinSet::new());
        loop {
            self.follow_queues(&mut consumers, &mut loops, &stop);
            tokio::select! {
                () = stop.cancelled() => break,
                _ = news.next() => {}
                Some(_) = loops.join_next() => {}
            }
        }
        while loops.join_next().await.is_some() {}
    }

    fn follow_queues(
        self: &Arc<Self>,
        consumers: &mut HashMap<Queue, Consumer>,
        loops: &mut JoinSet<()>,
        stop: &CancellationToken,
    ) {
        let wanted: HashMap<Queue, u16> = self.queues();
        consumers.retain(|queue, consumer| {
            let stays = wanted.get(queue) == Some(&consumer.at_once);
            if !stays {
                consumer.leave.cancel();
            }
            stays
        });
        for (queue, at_once) in wanted {
            if let Entry::Vacant(new) = consumers.entry(queue) {
                let leave = stop.child_token();
                loops.spawn(self.clone().consume(queue, at_once, leave.clone(), stop.clone()));
                new.insert(Consumer { at_once, leave });
            }
        }
    }

    /// The queues with senders, and how many tasks of each are in hand at once.
    fn queues(&self) -> HashMap<Queue, u16> {
        let kinds = self.live.now().senders.kinds();
        let queues = kinds.into_iter().flat_map(|kind| {
            let lanes = self.options.lanes.iter();
            lanes.map(move |lane| Queue { kind, lane: *lane })
        });
        queues.map(|queue| (queue, self.bulkheads.slots(queue))).collect()
    }

    /// Works for one queue until `leave`; what is in hand then is finished.
    async fn consume(self: Arc<Self>, queue: Queue, at_once: u16, leave: CancellationToken, stop: CancellationToken) {
        let slots = Arc::new(Semaphore::new(usize::from(at_once)));
        let mut tasks = match self.broker.consume(queue, at_once).await {
            Ok(tasks) => tasks,
            Err(error) => return warn!(%queue, %error, "not consuming"),
        };
        let mut under_way = JoinSet::new();
        loop {
            let next = async {
                // The semaphore is never closed.
                let slot = slots.clone().acquire_owned().await.ok()?;
                Some((slot, tasks.next().await?))
            };
            let taken = tokio::select! {
                () = leave.cancelled() => break,
                taken = next => taken,
            };
            let Some((slot, delivery)) = taken else { break };
            let (worker, stop) = (self.clone(), stop.clone());
            under_way.spawn(async move {
                let _slot = slot;
                let in_work = metrics::gauge!("bellhop_batches_in_work", "queue" => queue.to_string());
                in_work.increment(1);
                worker.finish(&delivery.task, queue, &stop).await;
                in_work.decrement(1);
                delivery.ack().await;
            });
            while let Some(ended) = under_way.try_join_next() {
                // The task goes back to the queue, and the leased batch comes back when the lease runs out. The panic's own
                // words may quote a guest's text, so only its place is told, by the process' hook.
                if ended.is_err() {
                    error!(%queue, "a batch broke off; please report this");
                }
            }
        }
        debug!(%queue, "draining");
        // Tasks that were fetched ahead go to another worker at once.
        drop(tasks);
        while under_way.join_next().await.is_some() {}
    }

    async fn finish(&self, task: &Task, queue: Queue, stop: &CancellationToken) {
        if let Err(error) = self.work(task, queue, stop).await {
            if let Some(untold) = self.store_complaints.tell(Instant::now()) {
                warn!(batch = %task.batch, %error, untold, "batch not finished; it comes back");
            }
            // The lease will run out and the batch come back; waiting protects a struggling database from a flood.
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(AFTER_TROUBLE) => {}
            }
        }
    }
}
