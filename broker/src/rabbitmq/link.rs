//! One connection that is replaced when it is lost, and the queues declared over it.

use lapin::options::QueueDeclareOptions;
use lapin::tcp::OwnedTLSConfig;
use lapin::types::{AMQPValue, FieldTable};
use lapin::uri::AMQPUri;
use lapin::{Channel, Connection, ConnectionProperties};
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::ANSWER_TIMEOUT;
use crate::BrokerError;

pub(super) struct Link {
    uri: AMQPUri,
    tls: OwnedTLSConfig,
    /// Shown in the broker's console.
    name: &'static str,
    connection: Mutex<Option<Connection>>,
}

impl Link {
    pub(super) fn new(uri: AMQPUri, tls: OwnedTLSConfig, name: &'static str) -> Self {
        Self {
            uri,
            tls,
            name,
            connection: Mutex::default(),
        }
    }

    /// A new channel, over a new connection if the old one is lost. It waits for at most two answers of the broker.
    pub(super) async fn channel(&self) -> Result<Channel, BrokerError> {
        let mut slot = self.connection.lock().await;
        // It is taken out and put back only if it works, so that a failure or a cancelled call leaves no broken one
        // behind.
        let connection = match slot.take().filter(|connection| connection.status().connected()) {
            Some(connection) => connection,
            None => in_time(self.connect()).await?,
        };
        let channel = in_time(connection.create_channel()).await?;
        *slot = Some(connection);
        Ok(channel)
    }

    async fn connect(&self) -> lapin::Result<Connection> {
        let properties = ConnectionProperties::default().with_connection_name(self.name.into());
        let runtime = lapin::runtime::default_runtime()?;
        Connection::connect_uri_with_config(self.uri.clone(), properties, self.tls.clone(), runtime).await
    }

    /// Gives up a connection that claims to be alive but does not answer.
    pub(super) async fn abandon(&self) {
        self.connection.lock().await.take();
    }

    pub(super) async fn close(&self) {
        if let Some(connection) = self.connection.lock().await.take() {
            let closed = connection.close(200, "OK".into()).await;
            closed.unwrap_or_else(|error| tracing::debug!(%error, "the broker was gone before it was told goodbye"));
        }
    }
}

/// Declares the queue, which also finds an existing one, and returns how many tasks wait in it.
pub(super) async fn declare(channel: &Channel, name: &str) -> Result<u64, BrokerError> {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    let queue = in_time(channel.queue_declare(name.into(), QueueDeclareOptions::durable(), arguments)).await?;
    Ok(queue.message_count().into())
}

/// Waits for an answer, but not for ever.
pub(super) async fn in_time<T>(answer: impl Future<Output = lapin::Result<T>>) -> Result<T, BrokerError> {
    let silent = || BrokerError::Unavailable(format!("RabbitMQ did not answer within {ANSWER_TIMEOUT:?}"));
    timeout(ANSWER_TIMEOUT, answer)
        .await
        .map_err(|_| silent())?
        .map_err(unavailable)
}

pub(super) fn unavailable(error: lapin::Error) -> BrokerError {
    BrokerError::Unavailable(error.to_string())
}
