//! Lua on the server: called by digest, loaded again when the server does not know it.

use redis::{ErrorKind, FromRedisValue, RedisResult, ServerErrorKind, cmd};

use super::connection::{Connection, unavailable};
use crate::LimiterError;

const CLOCK: &str = include_str!("clock.lua");
pub(super) const RULE: &str = include_str!("rule.lua");
pub(super) const HOLD: &str = include_str!("hold.lua");
const BEGIN: &str = include_str!("begin.lua");

/// The scripts of one limiter and the key that says since when its memory is complete.
pub(super) struct Scripts {
    take: Script,
    hold: Script,
    begin: String,
    complete_since: String,
}

/// A text and the digest it is called by.
struct Script {
    text: String,
    digest: String,
}

impl Scripts {
    pub(super) fn new(complete_since: String) -> Self {
        // Makes the scripts this limiter's own: another one on the same server must not hide a restart by loading them.
        let owner = format!("-- {complete_since:?}\n");
        Self {
            take: Script::new(format!("{owner}{CLOCK}{RULE}")),
            hold: Script::new(format!("{owner}{CLOCK}{HOLD}")),
            begin: format!("{CLOCK}{BEGIN}"),
            complete_since,
        }
    }

    pub(super) fn complete_since(&self) -> &str {
        &self.complete_since
    }

    /// Returns the permits and the wait in microseconds.
    pub(super) async fn take(
        &self,
        connection: &Connection,
        keys: &[String],
        arguments: &[String],
    ) -> Result<(u32, i64), LimiterError> {
        self.call(&self.take, connection, keys, arguments)
            .await
            .map_err(unavailable)
    }

    pub(super) async fn hold(
        &self,
        connection: &Connection,
        keys: &[String],
        arguments: &[String],
    ) -> Result<(), LimiterError> {
        let _: i64 = self
            .call(&self.hold, connection, keys, arguments)
            .await
            .map_err(unavailable)?;
        Ok(())
    }

    async fn call<T: FromRedisValue>(
        &self,
        script: &Script,
        connection: &Connection,
        keys: &[String],
        arguments: &[String],
    ) -> RedisResult<T> {
        let evaluate = cmd("EVALSHA")
            .arg(&script.digest)
            .arg(keys.len())
            .arg(keys)
            .arg(arguments)
            .to_owned();
        match connection.query(&evaluate).await {
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                self.load(connection).await?;
                connection.query(&evaluate).await
            }
            answer => answer,
        }
    }

    /// First notes that the server's memory begins, then loads the scripts, and never the other way round: nobody
    /// can be granted anything before both are done.
    async fn load(&self, connection: &Connection) -> RedisResult<()> {
        tracing::info!("Redis has no limiter scripts: it is new or was restarted; its memory of permits begins now");
        let begin = cmd("EVAL").arg(&self.begin).arg(1).arg(&self.complete_since).to_owned();
        let _: i64 = connection.query(&begin).await?;
        for script in [&self.take, &self.hold] {
            let _: String = connection.query(cmd("SCRIPT").arg("LOAD").arg(&script.text)).await?;
        }
        Ok(())
    }
}

impl Script {
    fn new(text: String) -> Self {
        let digest = redis::Script::new(&text).get_hash().to_owned();
        Self { text, digest }
    }
}
