//! Queues inside one process: the embedded default.
//!
//! Tasks live in memory and vanish with the process, which hints may. A queue holds a bounded number of tasks, those
//! in workers' hands included; [`Broker::publish`] waits for room, so that a planner cannot outrun its workers.

mod consumer;
mod waiting;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::{Broker, BrokerError, PUBLISH_TIMEOUT, Queue, Task, Tasks};
use consumer::Consumer;
use waiting::Waiting;

/// Room for 100 000 messages in batches of a hundred.
const DEFAULT_CAPACITY: usize = 1000;

/// A broker for roles that share one process.
pub struct InProcess {
    queues: HashMap<Queue, Arc<Waiting>>,
    closed: watch::Sender<bool>,
    publish_timeout: Duration,
}

impl InProcess {
    pub fn new() -> Self {
        Self::with_capacity(DEFAULT_CAPACITY)
    }

    /// `capacity` is the number of tasks each queue holds, at least 1.
    pub fn with_capacity(capacity: usize) -> Self {
        let queues = Queue::all().map(|queue| (queue, Arc::new(Waiting::with_room_for(capacity.max(1)))));
        Self {
            queues: queues.collect(),
            closed: watch::Sender::new(false),
            publish_timeout: PUBLISH_TIMEOUT,
        }
    }

    fn open(&self, queue: Queue) -> Result<&Arc<Waiting>, BrokerError> {
        if *self.closed.borrow() {
            return Err(BrokerError::Closed);
        }
        // `Queue::all` lists every queue, so this cannot fail; an unknown queue is treated as closed.
        self.queues.get(&queue).ok_or(BrokerError::Closed)
    }
}

impl Default for InProcess {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Broker for InProcess {
    async fn publish(&self, queue: Queue, tasks: &[Task]) -> Result<(), BrokerError> {
        let waiting = self.open(queue)?;
        let mut closed = self.closed.subscribe();
        let put_all = async {
            for task in tasks {
                waiting.put(*task).await;
            }
        };
        tokio::select! {
            put = timeout(self.publish_timeout, put_all) => put.map_err(|_| BrokerError::Full { queue }),
            _ = closed.wait_for(|closed| *closed) => Err(BrokerError::Closed),
        }
    }

    async fn consume(&self, queue: Queue, prefetch: u16) -> Result<Box<dyn Tasks>, BrokerError> {
        let waiting = Arc::clone(self.open(queue)?);
        Ok(Box::new(Consumer::new(waiting, prefetch, self.closed.subscribe())))
    }

    async fn depth(&self, queue: Queue) -> Result<u64, BrokerError> {
        Ok(self.open(queue)?.len() as u64)
    }

    async fn ping(&self) -> Result<(), BrokerError> {
        if *self.closed.borrow() {
            Err(BrokerError::Closed)
        } else {
            Ok(())
        }
    }

    async fn close(&self) {
        self.closed.send_replace(true);
    }
}

#[cfg(test)]
mod tests {
    use bellhop_domain::{BatchId, EndpointKind, InstallationId, Lane, OrgId, RunId};

    use super::*;

    #[tokio::test]
    async fn a_queue_that_stays_full_is_an_error() {
        let broker = InProcess {
            publish_timeout: Duration::from_millis(50),
            ..InProcess::with_capacity(2)
        };
        let queue = Queue {
            kind: EndpointKind::Fcm,
            lane: Lane::Marketing,
        };
        let task = Task {
            installation: InstallationId(1),
            org: OrgId(7),
            run: RunId(42),
            batch: BatchId(1),
        };
        let answer = broker.publish(queue, &[task; 3]).await;
        assert!(matches!(answer, Err(BrokerError::Full { .. })), "{answer:?}");
        assert_eq!(broker.depth(queue).await.unwrap(), 2);
    }
}
