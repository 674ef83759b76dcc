//! Letters in RabbitMQ: a durable queue that others publish to, and one beside it for what cannot be read.

use super::link::{Link, declare, in_time, unavailable};
use super::{RabbitMqOptions, address, tls};
use crate::{BrokerError, DeadLetter, Letter, Letters};
use async_trait::async_trait;
use futures_util::{FutureExt, StreamExt};
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Confirmation};
use std::time::Duration;
use tokio::time::timeout;

/// How long to wait for a first letter.
const WAIT: Duration = Duration::from_secs(1);
/// AMQP 0-9-1 §1.8: delivery mode 2 is persistent.
const PERSISTENT: u8 = 2;
/// The header of a dead letter that says why.
const REASON: &str = "bellhop-reason";

/// The queue `PREFIX.NAME` and, for dead letters, `PREFIX.NAME.dead`.
pub struct RabbitMqLetters {
    link: Link,
    queue: String,
    open: Option<Open>,
}

/// A consumer over one connection.
struct Open {
    channel: Channel,
    messages: lapin::Consumer,
}

impl RabbitMqLetters {
    /// Connects when first used.
    ///
    /// # Errors
    /// When the address cannot be read.
    pub fn new(url: &str, options: RabbitMqOptions, name: &str) -> Result<Self, BrokerError> {
        Ok(Self {
            queue: format!("{}.{name}", options.prefix),
            link: Link::new(address(url)?, tls(options), "bellhop letters"),
            open: None,
        })
    }

    fn dead(&self) -> String {
        format!("{}.dead", self.queue)
    }

    async fn opened(&self, prefetch: u16) -> Result<Open, BrokerError> {
        let channel = self.link.channel().await?;
        declare(&channel, &self.queue).await?;
        declare(&channel, &self.dead()).await?;
        in_time(channel.confirm_select(ConfirmSelectOptions::default())).await?;
        in_time(channel.basic_qos(prefetch, BasicQosOptions::default())).await?;
        let (options, arguments) = (BasicConsumeOptions::default(), FieldTable::default());
        let messages =
            in_time(channel.basic_consume(self.queue.as_str().into(), "".into(), options, arguments)).await?;
        Ok(Open { channel, messages })
    }

    async fn put_aside(&self, open: &Open, dead: &[DeadLetter]) -> Result<(), BrokerError> {
        let mut confirms = Vec::with_capacity(dead.len());
        for letter in dead {
            let mut headers = FieldTable::default();
            headers.insert(REASON.into(), AMQPValue::LongString(letter.reason.as_str().into()));
            let properties = BasicProperties::default()
                .with_delivery_mode(PERSISTENT)
                .with_headers(headers);
            // Mandatory: a letter for a queue that somebody has deleted is returned instead of vanishing.
            let options = BasicPublishOptions {
                mandatory: true,
                ..BasicPublishOptions::default()
            };
            let sent = open
                .channel
                .basic_publish("".into(), self.dead().into(), options, &letter.body, properties);
            confirms.push(in_time(sent).await?);
        }
        for confirm in confirms {
            match in_time(confirm).await? {
                Confirmation::Ack(None) => {}
                _ => {
                    return Err(BrokerError::Unavailable(format!(
                        "{} does not take a dead letter",
                        self.dead()
                    )));
                }
            }
        }
        Ok(())
    }

    async fn fetch(&mut self, most: u16) -> Result<Vec<Letter>, BrokerError> {
        if self.open.is_none() {
            self.open = Some(self.opened(most).await?);
        }
        let Some(open) = &mut self.open else {
            return Ok(Vec::new());
        };
        let mut letters = Vec::new();
        let Ok(first) = timeout(WAIT, open.messages.next()).await else {
            return Ok(letters);
        };
        let mut next = Some(first);
        while let Some(came) = next {
            let gone = || BrokerError::Unavailable("RabbitMQ cancelled the consumer: the queue is gone".to_owned());
            let message = came.ok_or_else(gone)?.map_err(unavailable)?;
            letters.push(Letter {
                number: message.delivery_tag,
                body: message.data,
            });
            let has_room = letters.len() < usize::from(most);
            next = has_room.then(|| open.messages.next().now_or_never()).flatten();
        }
        Ok(letters)
    }

    async fn forget(&self, upto: u64, dead: &[DeadLetter]) -> Result<(), BrokerError> {
        let Some(open) = &self.open else {
            return Err(BrokerError::Unavailable("the connection is lost".to_owned()));
        };
        self.put_aside(open, dead).await?;
        let all = BasicAckOptions { multiple: true };
        in_time(open.channel.basic_ack(upto, all)).await
    }

    /// What is not dealt with comes again over another connection.
    async fn unless_lost<T>(&mut self, done: Result<T, BrokerError>) -> Result<T, BrokerError> {
        if done.is_err() {
            self.give_back().await;
        }
        done
    }
}

#[async_trait]
impl Letters for RabbitMqLetters {
    async fn next(&mut self, most: u16) -> Result<Vec<Letter>, BrokerError> {
        let fetched = self.fetch(most.max(1)).await;
        self.unless_lost(fetched).await
    }

    async fn dealt_with(&mut self, upto: u64, dead: &[DeadLetter]) -> Result<(), BrokerError> {
        let forgotten = self.forget(upto, dead).await;
        self.unless_lost(forgotten).await
    }

    async fn give_back(&mut self) {
        self.open = None;
        self.link.abandon().await;
    }
}
