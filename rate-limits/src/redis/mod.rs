//! The limiter of a fleet: one atomic call to Redis for each batch of permits.
//!
//! Time is Redis' own `TIME`, so machines need no common clock. Redis may be restarted, lose its newest writes or all
//! its data, or hand over to a replica and back: each of these changes its replication id, which is the limiter's
//! epoch; what a scope remembers from an earlier epoch is void, and the scope is closed until it is restored. This
//! protects against servers that take turns. Two servers that both believe they are the master can both grant:
//! `min-replicas-to-write 1` and `min-replicas-max-lag` keep a cut-off master from answering.
//!
//! All keys of an organisation share a hash tag, and all rolls of a portfolio (or, without one, of an organisation)
//! share another, so Redis Cluster works as well.

mod arguments;
mod connection;
mod people;
mod script;

use std::time::Duration;

use async_trait::async_trait;
use bellhop_domain::{OrgId, Timestamp};
use redis::cmd;

use crate::clock::{after, past_grants};
use crate::people::{Admission, PastPerson, PeopleRequest, Roll};
use crate::{Decision, LimitScope, Limiter, LimiterError, Past, Request, Restored, ScopeKey};
use connection::Connection;
use script::Script;

/// The longest hold.
const LONGEST_HOLD: Duration = Duration::from_secs(32 * 86_400);
/// Tells the script of holds to end them.
const RELEASED: i64 = -1;

/// Where and how to reach Redis.
#[derive(Debug, Clone)]
pub struct RedisOptions {
    /// Prefix of every key, so that several systems can share a server.
    pub prefix: String,
    /// How long one attempt to connect may take.
    pub connection_timeout: Duration,
    /// How long one answer may take.
    pub response_timeout: Duration,
}

impl Default for RedisOptions {
    fn default() -> Self {
        Self {
            prefix: "bellhop".to_owned(),
            connection_timeout: Duration::from_secs(2),
            response_timeout: Duration::from_secs(2),
        }
    }
}

/// Counts in Redis, for all processes that use the same server and prefix.
pub struct Redis {
    connection: Connection,
    take: Script,
    restore: Script,
    hold: Script,
    people: people::Scripts,
    prefix: String,
}

impl Redis {
    /// Connects at the first call, and again whenever the connection is lost. `rediss:` addresses use TLS.
    ///
    /// # Errors
    /// When the address cannot be read. Whether the server answers is checked by [`Limiter::ping`].
    pub fn new(url: &str, options: RedisOptions) -> Result<Self, LimiterError> {
        Ok(Self {
            connection: Connection::new(url, &options)?,
            take: Script::take(),
            restore: Script::restore(),
            hold: Script::hold(),
            people: people::Scripts::new(),
            prefix: options.prefix,
        })
    }

    /// The key that holds when the server's memory began.
    fn epoch(&self, org: OrgId) -> String {
        format!("{}:limits:{{{org}}}:epoch", self.prefix)
    }

    /// The keys of a scope and its log.
    fn scope(&self, key: &ScopeKey) -> [String; 2] {
        let scope = format!("{}:limits:{{{}}}:{}", self.prefix, key.org(), key.name());
        let log = format!("{scope}:log");
        [scope, log]
    }
}

#[async_trait]
impl Limiter for Redis {
    async fn take(&self, request: &Request<'_>, now: Timestamp) -> Result<Decision, LimiterError> {
        let Some(first) = request.scopes.first() else {
            return Ok(Decision::granted(
                request.wanted.into(),
                0,
                i64::MAX,
                request.wanted,
                now,
            ));
        };
        let scopes = request.scopes.iter().flat_map(|scope| self.scope(scope.key()));
        let keys: Vec<String> = [self.epoch(first.key().org())].into_iter().chain(scopes).collect();
        let arguments = arguments::take(request);
        let answer: Vec<i64> = self.take.call(&self.connection, &keys, &arguments).await?;
        arguments::decision(&answer, request, now)
    }

    async fn restore(&self, scope: &LimitScope, past: &[Past], now: Timestamp) -> Result<Restored, LimiterError> {
        let [key, log] = self.scope(scope.key());
        let keys = [self.epoch(scope.key().org()), key, log];
        let arguments = arguments::restore(scope.parameters(), &past_grants(past, now));
        match self.restore.call(&self.connection, &keys, &arguments).await? {
            0 => Ok(Restored::Open),
            wait => Ok(Restored::TooEarly(after(now, wait))),
        }
    }

    async fn hold_until(&self, key: &ScopeKey, until: Timestamp, now: Timestamp) -> Result<(), LimiterError> {
        // A longer hold would be forgotten before its end; up to this length Lua's numbers are exact.
        let span = until.since(now).min(LONGEST_HOLD);
        let span = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
        let _: i64 = self.hold.call(&self.connection, &self.scope(key), &[span]).await?;
        Ok(())
    }

    async fn admit(&self, request: &PeopleRequest<'_>, now: Timestamp) -> Result<Admission, LimiterError> {
        self.admit_people(request, now).await
    }

    async fn restore_roll(&self, roll: &Roll, past: &[PastPerson], now: Timestamp) -> Result<Restored, LimiterError> {
        self.restore_people(roll, past, now).await
    }

    async fn release(&self, key: &ScopeKey) -> Result<(), LimiterError> {
        let _: i64 = self.hold.call(&self.connection, &self.scope(key), &[RELEASED]).await?;
        Ok(())
    }

    async fn ping(&self) -> Result<(), LimiterError> {
        let _: String = self
            .connection
            .query(&cmd("PING"))
            .await
            .map_err(connection::unavailable)?;
        Ok(())
    }
}

#[cfg(test)]
mod people_tests;
#[cfg(test)]
mod tests;
