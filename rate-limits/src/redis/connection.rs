//! The one connection of this process, shared by all callers and renewed when it breaks.

use std::sync::{Mutex, MutexGuard, PoisonError};

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, Cmd, ErrorKind, FromRedisValue, RedisError, RedisResult, ServerErrorKind};

use super::RedisOptions;
use crate::LimiterError;

pub(super) struct Connection {
    client: Client,
    config: ConnectionManagerConfig,
    /// Empty until the first call, which is certainly inside a runtime, and after a failure that the manager does not
    /// repair.
    shared: Mutex<Option<ConnectionManager>>,
}

impl Connection {
    pub(super) fn new(url: &str, options: &RedisOptions) -> Result<Self, LimiterError> {
        let client = Client::open(url).map_err(|error| LimiterError::Address(error.to_string()))?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(options.connection_timeout))
            .set_response_timeout(Some(options.response_timeout))
            // Callers try again by themselves; waiting for several attempts here would only hide the outage.
            .set_number_of_retries(0);
        Ok(Self {
            client,
            config,
            shared: Mutex::default(),
        })
    }

    /// Sends one command. After a failure the next call gets a new connection, or the reason why there is none.
    pub(super) async fn query<T: FromRedisValue>(&self, command: &Cmd) -> RedisResult<T> {
        let mut connection = self.current()?;
        let answer = command.query_async(&mut connection).await;
        if answer.as_ref().is_err_and(is_left_to_us) {
            *self.slot() = None;
        }
        answer
    }

    fn current(&self) -> RedisResult<ConnectionManager> {
        let mut slot = self.slot();
        if let Some(manager) = &*slot {
            return Ok(manager.clone());
        }
        let manager = ConnectionManager::new_lazy_with_config(self.client.clone(), self.config.clone())?;
        Ok(slot.insert(manager).clone())
    }

    fn slot(&self) -> MutexGuard<'_, Option<ConnectionManager>> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether we must reconnect ourselves: the manager reconnects after I/O errors only. A server that answers the
/// greeting with an error (because it is still loading its data, or refuses the password) would leave it broken for
/// good, and we would stay with a server that has become a replica.
fn is_left_to_us(error: &RedisError) -> bool {
    !error.is_io_error() && error.kind() != ErrorKind::Server(ServerErrorKind::NoScript)
}

pub(super) fn unavailable(error: RedisError) -> LimiterError {
    LimiterError::Unavailable(error.to_string())
}
