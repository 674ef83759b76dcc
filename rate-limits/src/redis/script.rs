//! Lua on the server: called by digest, loaded again when the server does not know it.

use redis::{ErrorKind, FromRedisValue, RedisResult, ServerErrorKind, cmd};

use super::connection::{Connection, unavailable};
use crate::LimiterError;

const CLOCK: &str = include_str!("clock.lua");
pub(super) const RULE: &str = include_str!("rule.lua");
const HOLD: &str = include_str!("hold.lua");
const BEGIN: &str = include_str!("begin.lua");

/// The scripts of the limiter and the key that says since when its memory is complete.
pub(super) struct Scripts {
    pub(super) take: Script,
    pub(super) hold: Script,
    begin: String,
    complete_since: String,
}

pub(super) struct Script {
    text: String,
    digest: String,
}

impl Scripts {
    pub(super) fn new(complete_since: String) -> Self {
        Self {
            take: Script::new(format!("{CLOCK}{RULE}")),
            hold: Script::new(format!("{CLOCK}{HOLD}")),
            begin: format!("{CLOCK}{BEGIN}"),
            complete_since,
        }
    }

    pub(super) fn complete_since(&self) -> &str {
        &self.complete_since
    }

    /// First notes that the server's memory begins, then gives it the script, and never the other way round:
    /// nobody can be granted anything before both are done.
    async fn load(&self, connection: &Connection, script: &Script) -> RedisResult<()> {
        tracing::info!("Redis has no limiter scripts: it is new or was restarted; its memory of permits begins now");
        let begin = cmd("EVAL").arg(&self.begin).arg(1).arg(&self.complete_since).to_owned();
        let _: i64 = connection.query(&begin).await?;
        let _: String = connection.query(cmd("SCRIPT").arg("LOAD").arg(&script.text)).await?;
        Ok(())
    }
}

impl Script {
    pub(super) fn new(text: String) -> Self {
        let digest = redis::Script::new(&text).get_hash().to_owned();
        Self { text, digest }
    }

    pub(super) async fn call<T: FromRedisValue>(
        &self,
        connection: &Connection,
        scripts: &Scripts,
        keys: &[String],
        arguments: &[String],
    ) -> Result<T, LimiterError> {
        let evaluate = cmd("EVALSHA")
            .arg(&self.digest)
            .arg(keys.len())
            .arg(keys)
            .arg(arguments)
            .to_owned();
        let answer = match connection.query(&evaluate).await {
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                scripts.load(connection, self).await.map_err(unavailable)?;
                connection.query(&evaluate).await
            }
            answer => answer,
        };
        answer.map_err(unavailable)
    }
}
