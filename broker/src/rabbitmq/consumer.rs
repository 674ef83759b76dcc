//! Consuming: a background task that keeps a consumer alive at the broker for as long as somebody listens here.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use lapin::Channel;
use lapin::message::Delivery as Message;
use lapin::options::{BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::types::FieldTable;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep};

use super::link::{Link, declare, in_time, unavailable};
use super::receipt::{InHand, give_back};
use crate::{BrokerError, Delivery, Task, Tasks};

const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// A broker that has come back is noticed within this time.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// This process's end of a consumer.
pub(super) struct Consumer {
    deliveries: mpsc::Receiver<Delivery>,
    closed: watch::Receiver<bool>,
}

impl Consumer {
    pub(super) fn start(link: Arc<Link>, queue: String, prefetch: u16, closed: watch::Receiver<bool>) -> Self {
        // The broker's prefetch is the buffer; another one here would only hide tasks from other workers.
        let (sender, deliveries) = mpsc::channel(1);
        let subscription = Subscription {
            link,
            queue,
            prefetch: prefetch.max(1),
            sender,
            closed: closed.clone(),
        };
        tokio::spawn(subscription.keep());
        Self { deliveries, closed }
    }
}

#[async_trait]
impl Tasks for Consumer {
    async fn next(&mut self) -> Option<Delivery> {
        tokio::select! {
            biased;
            // An error means that the broker was dropped, which ends its consumers too.
            _ = self.closed.wait_for(|closed| *closed) => None,
            delivery = self.deliveries.recv() => delivery,
        }
    }
}

struct Subscription {
    link: Arc<Link>,
    queue: String,
    prefetch: u16,
    sender: mpsc::Sender<Delivery>,
    closed: watch::Receiver<bool>,
}

/// A consumer at the broker, over one connection.
struct Subscribed {
    channel: Channel,
    messages: lapin::Consumer,
}

impl Subscription {
    /// Subscribes again after every loss, until nobody listens any more.
    async fn keep(self) {
        let mut pause = FIRST_PAUSE;
        loop {
            let began = Instant::now();
            let Some(reason) = self.until_lost().await else { return };
            if began.elapsed() > LONGEST_PAUSE {
                pause = FIRST_PAUSE;
            }
            tracing::warn!(queue = self.queue, %reason, "consumer lost; subscribing again in {pause:?}");
            if self.unless_unheard(sleep(pause)).await.is_none() {
                return;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// One subscription from beginning to end: why it was lost, or `None` if nobody listens any more.
    async fn until_lost(&self) -> Option<BrokerError> {
        let mut subscribed = match self.unless_unheard(self.subscribe()).await? {
            Ok(subscribed) => subscribed,
            Err(error) => {
                // A queue that does not answer blocks its channel; the next try gets a new connection.
                self.link.abandon().await;
                return Some(error);
            }
        };
        let lost = self.unless_unheard(self.forward(&mut subscribed)).await;
        if lost.is_none() {
            subscribed.leave().await;
        }
        lost
    }

    /// Finishes the work, or returns `None` if the consumer is dropped or the broker closed before that.
    async fn unless_unheard<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut closed = self.closed.clone();
        tokio::select! {
            biased;
            _ = closed.wait_for(|closed| *closed) => None,
            () = self.sender.closed() => None,
            done = work => Some(done),
        }
    }

    async fn subscribe(&self) -> Result<Subscribed, BrokerError> {
        let channel = self.link.channel().await?;
        declare(&channel, &self.queue).await?;
        in_time(channel.basic_qos(self.prefetch, BasicQosOptions::default())).await?;
        let (options, arguments) = (BasicConsumeOptions::default(), FieldTable::default());
        let messages =
            in_time(channel.basic_consume(self.queue.as_str().into(), "".into(), options, arguments)).await?;
        tracing::info!(queue = self.queue, "consuming");
        Ok(Subscribed { channel, messages })
    }

    /// Passes tasks on until the broker or the connection ends the subscription.
    async fn forward(&self, subscribed: &mut Subscribed) -> BrokerError {
        loop {
            match subscribed.messages.next().await {
                Some(Ok(message)) => self.hand_on(message, &subscribed.channel).await,
                Some(Err(error)) => return unavailable(error),
                None => {
                    return BrokerError::Unavailable("RabbitMQ cancelled the consumer: the queue is gone".to_owned());
                }
            }
        }
    }

    async fn hand_on(&self, message: Message, channel: &Channel) {
        match Task::from_wire(&message.data) {
            Ok(task) => {
                let delivery = Delivery::new(task, InHand::new(message.acker, channel.clone()));
                // If nobody listens any more, the delivery is dropped and thereby given back.
                let _ = self.sender.send(delivery).await;
            }
            Err(error) => {
                tracing::warn!(queue = self.queue, bytes = message.data.len(), %error, "dropped what cannot be read");
                let _ = in_time(message.acker.ack(BasicAckOptions::default())).await;
            }
        }
    }
}

impl Subscribed {
    /// Stops deliveries and gives back what was fetched ahead. The channel stays open for tasks still in hand, and
    /// otherwise only its end would return the tasks fetched ahead.
    async fn leave(mut self) {
        let cancelled = in_time(
            self.channel
                .basic_cancel(self.messages.tag(), BasicCancelOptions::default()),
        )
        .await;
        if cancelled.is_err() {
            return;
        }
        while let Some(Ok(message)) = self.messages.next().await {
            give_back(&message.acker).await;
        }
    }
}
