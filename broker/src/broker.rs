//! The interface through which dispatchers and workers use a broker.

use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::BoxFuture;

use crate::{Queue, Task};

/// The longest that [`Broker::publish`] takes, whatever the broker does.
pub const PUBLISH_TIMEOUT: Duration = Duration::from_secs(10);

/// Carries tasks from dispatchers to workers. Cheap to share behind an `Arc`; all methods may run at the same time.
#[async_trait]
pub trait Broker: Send + Sync {
    /// Hands tasks over and returns once the broker has accepted all of them.
    ///
    /// # Errors
    /// After at most [`PUBLISH_TIMEOUT`], when the broker cannot be reached or the queue stays full. Any of the tasks
    /// may have been accepted; publishing all of them again is harmless.
    async fn publish(&self, queue: Queue, tasks: &[Task]) -> Result<(), BrokerError>;

    /// Starts to consume. At most `prefetch` tasks (0 counts as 1) are delivered before they are acknowledged. A
    /// broker that cannot be reached now is not an error: deliveries begin once it can be reached.
    ///
    /// # Errors
    /// [`BrokerError::Closed`] only.
    async fn consume(&self, queue: Queue, prefetch: u16) -> Result<Box<dyn Tasks>, BrokerError>;

    /// How many tasks wait in the queue, without those that a consumer holds.
    ///
    /// # Errors
    /// When the broker cannot be asked.
    async fn depth(&self, queue: Queue) -> Result<u64, BrokerError>;

    /// Checks that the broker answers now.
    ///
    /// # Errors
    /// When it does not, with the reason.
    async fn ping(&self) -> Result<(), BrokerError>;

    /// Closes this end of the broker: consumers see `None`, and later calls fail with [`BrokerError::Closed`].
    /// Acknowledge the tasks in hand first; the others are delivered to somebody else.
    async fn close(&self);
}

/// A consumer's stream of tasks. Dropping it stops deliveries; those in hand may still be acknowledged.
#[async_trait]
pub trait Tasks: Send {
    /// The next task; waits until there is one. `None` only after [`Broker::close`]. Cancel safe: a dropped future
    /// loses no task.
    async fn next(&mut self) -> Option<Delivery>;
}

/// One task in the hands of a worker. Dropped without [`Delivery::ack`] it goes back to its queue.
#[must_use = "a delivery that is not acknowledged is delivered again"]
pub struct Delivery {
    pub task: Task,
    receipt: Option<Box<dyn Receipt>>,
}

/// A backend's side of a delivery. Dropping it returns the task to its queue.
pub(crate) trait Receipt: Send + Sync {
    fn ack(self: Box<Self>) -> BoxFuture<'static, ()>;
}

impl Delivery {
    pub(crate) fn new(task: Task, receipt: impl Receipt + 'static) -> Self {
        Self {
            task,
            receipt: Some(Box::new(receipt)),
        }
    }

    /// Tells the broker that the task is finished, whether it succeeded or failed. If the connection was lost
    /// meanwhile, the broker delivers the task again. Nothing can be done about that here, so it is not an error.
    pub async fn ack(mut self) {
        if let Some(receipt) = self.receipt.take() {
            receipt.ack().await;
        }
    }
}

impl std::fmt::Debug for Delivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Delivery")
            .field("task", &self.task)
            .finish_non_exhaustive()
    }
}

/// Why a broker did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BrokerError {
    #[error("the address of the broker is unusable: {0}; write it like amqps://user:password@host:5671/vhost")]
    Address(String),
    #[error(
        "the broker cannot be reached or does not do as asked: {0}; check that it runs and that its address and credentials in the configuration are right"
    )]
    Unavailable(String),
    #[error("queue {queue} has been full for {} s: no worker takes its tasks, or too few do", PUBLISH_TIMEOUT.as_secs())]
    Full { queue: Queue },
    #[error("the broker was closed because this process is stopping")]
    Closed,
}
