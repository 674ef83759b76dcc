//! Lua on the server: called by digest, loaded again when the server does not know it.

use redis::{ErrorKind, FromRedisValue, ServerErrorKind, cmd};

use super::connection::{Connection, unavailable};
use crate::LimiterError;

const CLOCK: &str = include_str!("clock.lua");
const MEMORY: &str = include_str!("memory.lua");
const PEOPLE: &str = include_str!("people.lua");

/// The text of a script and the digest by which it is called.
pub(super) struct Script {
    pub(super) text: String,
    digest: String,
}

impl Script {
    pub(super) fn take() -> Self {
        Self::new(CLOCK, include_str!("take.lua"))
    }

    pub(super) fn restore() -> Self {
        Self::new(CLOCK, include_str!("restore.lua"))
    }

    pub(super) fn hold() -> Self {
        Self::new(CLOCK, include_str!("hold.lua"))
    }

    /// A script that works on rolls.
    pub(super) fn of_rolls(rule: &str) -> Self {
        Self::new(CLOCK, &rolls(rule))
    }

    /// `clock` sets `now`, in microseconds, and `server()`, which says who the server is.
    pub(super) fn new(clock: &str, rule: &str) -> Self {
        let text = format!("{clock}{MEMORY}{rule}");
        let digest = redis::Script::new(&text).get_hash().to_owned();
        Self { text, digest }
    }

    /// Runs it. A server that does not know it (new, restarted or flushed) is sent the text first. What else the
    /// server has forgotten, the script finds out itself.
    pub(super) async fn call<T: FromRedisValue>(
        &self,
        connection: &Connection,
        keys: &[String],
        arguments: &[i64],
    ) -> Result<T, LimiterError> {
        let evaluate = cmd("EVALSHA")
            .arg(&self.digest)
            .arg(keys.len())
            .arg(keys)
            .arg(arguments)
            .to_owned();
        let answer = match connection.query(&evaluate).await {
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                let load = cmd("SCRIPT").arg("LOAD").arg(&self.text).to_owned();
                let _: String = connection.query(&load).await.map_err(unavailable)?;
                connection.query(&evaluate).await
            }
            answer => answer,
        };
        answer.map_err(unavailable)
    }
}

/// A rule of rolls, preceded by the code for their memory.
pub(super) fn rolls(rule: &str) -> String {
    format!("{PEOPLE}{rule}")
}
