//! One consumer of a queue, and what it holds.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::waiting::Waiting;
use crate::broker::Receipt;
use crate::{Delivery, Task, Tasks};

pub(super) struct Consumer {
    waiting: Arc<Waiting>,
    /// One permit for each task that the worker may hold.
    hands: Arc<Semaphore>,
    closed: watch::Receiver<bool>,
}

impl Consumer {
    pub(super) fn new(waiting: Arc<Waiting>, prefetch: u16, closed: watch::Receiver<bool>) -> Self {
        Self {
            waiting,
            hands: Arc::new(Semaphore::new(usize::from(prefetch.max(1)))),
            closed,
        }
    }
}

#[async_trait]
impl Tasks for Consumer {
    async fn next(&mut self) -> Option<Delivery> {
        let Self { waiting, hands, closed } = self;
        let take = async {
            let hand = Arc::clone(hands).acquire_owned().await.ok()?;
            let task = waiting.take().await?;
            Some(Delivery::new(
                task,
                InHand {
                    task: Some(task),
                    waiting: Arc::clone(waiting),
                    _hand: hand,
                },
            ))
        };
        tokio::select! {
            biased;
            // An error means that the broker was dropped, which ends its consumers too.
            _ = closed.wait_for(|closed| *closed) => None,
            delivery = take => delivery,
        }
    }
}

/// A task that a consumer holds. Dropping it frees its place among the tasks that the consumer may hold.
struct InHand {
    task: Option<Task>,
    waiting: Arc<Waiting>,
    _hand: OwnedSemaphorePermit,
}

impl Receipt for InHand {
    fn ack(mut self: Box<Self>) -> BoxFuture<'static, ()> {
        self.task = None;
        self.waiting.forget();
        Box::pin(std::future::ready(()))
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            self.waiting.put_back(task);
        }
    }
}
