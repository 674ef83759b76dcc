//! RabbitMQ: the broker of a fleet.
//!
//! It uses quorum queues, persistent tasks and pipelined publisher confirms. We reconnect ourselves instead of
//! leaving it to the client library: a connection is used until it fails and is then replaced by a new one, on which
//! queues are declared and consumers started as for the first time. So one path covers a restart with data, a restart
//! without data, a queue that somebody deleted, and a broker that was down when we started, and it never runs out of
//! tries.
//!
//! Known limit: RabbitMQ writes a new queue's record to disk lazily. A node that is killed (not stopped) within a few
//! seconds of the first declaration of a queue may come back with a queue that answers nobody. Publishing then fails
//! within its timeout, and consumers keep trying until an operator deletes the queue. Deleting it loses nothing,
//! because tasks are published again.
//!
//! Publishing has a connection of its own: RabbitMQ slows down connections that publish when memory is short, and
//! acknowledgements must still get through then, or memory would stay short.

mod consumer;
mod letters;
mod link;
mod publisher;
mod receipt;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bellhop_domain::masking;
use lapin::tcp::OwnedTLSConfig;
use lapin::uri::AMQPUri;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::{Broker, BrokerError, Queue, Task, Tasks};
use consumer::Consumer;
pub use letters::RabbitMqLetters;
use link::Link;
use publisher::Publisher;

/// How long one answer of the broker may take, unless a longer bound is promised elsewhere.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
/// Seconds, unless the address names a `heartbeat` of its own. A peer that has fallen silent is noticed within two
/// heartbeats.
const HEARTBEAT_S: u16 = 10;

/// How to use RabbitMQ.
#[derive(Debug, Clone)]
pub struct RabbitMqOptions {
    /// Prefix of every queue's name, so that several systems can share a virtual host.
    pub prefix: String,
    /// Certificates (PEM) to trust besides the system's, for `amqps:` addresses.
    pub ca_pem: Option<String>,
}

impl Default for RabbitMqOptions {
    fn default() -> Self {
        Self {
            prefix: "bellhop".to_owned(),
            ca_pem: None,
        }
    }
}

/// A broker for processes on several machines.
pub struct RabbitMq {
    names: Arc<str>,
    publisher: Publisher,
    consuming: Arc<Link>,
    closed: watch::Sender<bool>,
}

impl RabbitMq {
    /// Connects when first used. `amqps:` addresses use TLS.
    ///
    /// # Errors
    /// When the address cannot be read. Whether the broker answers is checked by [`Broker::ping`].
    pub fn new(url: &str, options: RabbitMqOptions) -> Result<Self, BrokerError> {
        let uri = address(url)?;
        let names: Arc<str> = options.prefix.as_str().into();
        let tls = tls(options);
        Ok(Self {
            publisher: Publisher::new(
                Link::new(uri.clone(), tls.clone(), "bellhop publisher"),
                Arc::clone(&names),
            ),
            consuming: Arc::new(Link::new(uri, tls, "bellhop consumer")),
            names,
            closed: watch::Sender::new(false),
        })
    }

    /// Does the work unless this end is closed before or meanwhile.
    async fn unless_closed<T>(&self, work: impl Future<Output = Result<T, BrokerError>>) -> Result<T, BrokerError> {
        let mut closed = self.closed.subscribe();
        tokio::select! {
            biased;
            _ = closed.wait_for(|closed| *closed) => Err(BrokerError::Closed),
            done = work => done,
        }
    }
}

fn address(url: &str) -> Result<AMQPUri, BrokerError> {
    let unusable = |why: String| BrokerError::Address(why.replace(url, &masking::url(url)));
    let mut uri: AMQPUri = url.parse().map_err(unusable)?;
    uri.query.heartbeat.get_or_insert(HEARTBEAT_S);
    Ok(uri)
}

fn tls(options: RabbitMqOptions) -> OwnedTLSConfig {
    OwnedTLSConfig {
        identity: None,
        cert_chain: options.ca_pem,
    }
}

#[async_trait]
impl Broker for RabbitMq {
    async fn publish(&self, queue: Queue, tasks: &[Task]) -> Result<(), BrokerError> {
        self.unless_closed(self.publisher.publish(queue, tasks)).await
    }

    async fn consume(&self, queue: Queue, prefetch: u16) -> Result<Box<dyn Tasks>, BrokerError> {
        self.unless_closed(async {
            let (link, name) = (Arc::clone(&self.consuming), queue.name(&self.names));
            let tasks: Box<dyn Tasks> = Box::new(Consumer::start(link, name, prefetch, self.closed.subscribe()));
            Ok(tasks)
        })
        .await
    }

    async fn depth(&self, queue: Queue) -> Result<u64, BrokerError> {
        self.unless_closed(self.publisher.depth(queue)).await
    }

    async fn ping(&self) -> Result<(), BrokerError> {
        self.unless_closed(self.publisher.ping()).await
    }

    async fn close(&self) {
        self.closed.send_replace(true);
        // A broker that does not answer learns it from the closed socket.
        let _ = timeout(ANSWER_TIMEOUT, async {
            self.publisher.close().await;
            self.consuming.close().await;
        })
        .await;
    }
}
