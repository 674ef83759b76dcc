//! Publishing: confirmed, pipelined, and retried within a time limit.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::{BasicProperties, Channel, Confirmation};
use tokio::sync::Mutex;
use tokio::time::{sleep, timeout};

use super::link::{Link, declare, in_time, unavailable};
use crate::{BrokerError, PUBLISH_TIMEOUT, Queue, Task};

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// AMQP 0-9-1 §1.8: delivery mode 2 is persistent.
const PERSISTENT: u8 = 2;

pub(super) struct Publisher {
    link: Link,
    prefix: Arc<str>,
    ready: Mutex<Option<Ready>>,
}

/// A channel with confirms on, and the queues known to exist since it was opened.
struct Ready {
    channel: Channel,
    declared: HashSet<Queue>,
}

impl Publisher {
    pub(super) fn new(link: Link, prefix: Arc<str>) -> Self {
        Self {
            link,
            prefix,
            ready: Mutex::default(),
        }
    }

    pub(super) async fn publish(&self, queue: Queue, tasks: &[Task]) -> Result<(), BrokerError> {
        let mut failure = BrokerError::Unavailable("RabbitMQ did not confirm in time".to_owned());
        let published = timeout(PUBLISH_TIMEOUT, async {
            let mut pause = FIRST_PAUSE;
            while let Err(error) = self.attempt(queue, tasks).await {
                tracing::debug!(%queue, %error, "publishing again");
                failure = error;
                self.ready.lock().await.take();
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        })
        .await;
        if published.is_err() {
            self.abandon().await;
            return Err(failure);
        }
        Ok(())
    }

    /// Sends every task, then waits for all confirms: their order does not matter, and none waits for another.
    async fn attempt(&self, queue: Queue, tasks: &[Task]) -> Result<(), BrokerError> {
        let channel = self.channel_for(queue).await?;
        let mut confirms = Vec::with_capacity(tasks.len());
        for task in tasks {
            confirms.push(self.send(&channel, queue, task).await.map_err(unavailable)?);
        }
        for confirm in confirms {
            match confirm.await.map_err(unavailable)? {
                Confirmation::Ack(None) => {}
                Confirmation::Ack(Some(_)) => return Err(refused(queue, "the queue is gone")),
                Confirmation::Nack(_) => return Err(refused(queue, "the broker could not store the task")),
                Confirmation::NotRequested => return Err(refused(queue, "the channel gives no confirms")),
            }
        }
        Ok(())
    }

    async fn send(&self, channel: &Channel, queue: Queue, task: &Task) -> lapin::Result<lapin::PublisherConfirm> {
        // Mandatory: a task for a deleted queue is returned instead of vanishing.
        let options = BasicPublishOptions {
            mandatory: true,
            ..BasicPublishOptions::default()
        };
        let properties = BasicProperties::default().with_delivery_mode(PERSISTENT);
        let (name, payload) = (queue.name(&self.prefix), task.to_string());
        channel
            .basic_publish("".into(), name.into(), options, payload.as_bytes(), properties)
            .await
    }

    async fn channel_for(&self, queue: Queue) -> Result<Channel, BrokerError> {
        let mut slot = self.ready.lock().await;
        let mut ready = match slot.take().filter(|ready| ready.channel.status().connected()) {
            Some(ready) => ready,
            None => self.open().await?,
        };
        if !ready.declared.contains(&queue) {
            declare(&ready.channel, &queue.name(&self.prefix)).await?;
            ready.declared.insert(queue);
        }
        Ok(slot.insert(ready).channel.clone())
    }

    async fn open(&self) -> Result<Ready, BrokerError> {
        let channel = self.link.channel().await?;
        in_time(channel.confirm_select(ConfirmSelectOptions::default())).await?;
        Ok(Ready {
            channel,
            declared: HashSet::new(),
        })
    }

    pub(super) async fn depth(&self, queue: Queue) -> Result<u64, BrokerError> {
        let channel = self.link.channel().await?;
        declare(&channel, &queue.name(&self.prefix)).await
    }

    pub(super) async fn ping(&self) -> Result<(), BrokerError> {
        self.link.channel().await.map(drop)
    }

    async fn abandon(&self) {
        self.ready.lock().await.take();
        self.link.abandon().await;
    }

    pub(super) async fn close(&self) {
        self.ready.lock().await.take();
        self.link.close().await;
    }
}

fn refused(queue: Queue, why: &str) -> BrokerError {
    BrokerError::Unavailable(format!("RabbitMQ did not take a task for {queue}: {why}"))
}
