//! The limiter of a fleet: one atomic call to Redis for each batch of permits.
//!
//! Time is Redis' own `TIME`, so machines need no common clock. A sender is one key of about a hundred bytes.
//! Redis may be restarted, lose its newest writes or all its data, or hand over to a replica: whoever finds it without
//! scripts notes that its memory begins now, before loading them, and what it may have forgotten counts as the worst
//! possible (see `rule`). That needs scripts to be neither persisted nor replicated, which is so from Redis 7 on.
//! One server or a failover pair is meant, not Redis Cluster: a call touches two keys.

mod connection;
mod script;

use std::time::Duration;

use async_trait::async_trait;
use bellhop_domain::Timestamp;
use redis::cmd;

use crate::rule::{Decision, Pace};
use crate::{Grant, Limiter, LimiterError, RateSpec, SenderKey};
use connection::Connection;
use script::Scripts;

/// Where and how to reach Redis.
#[derive(Debug, Clone)]
pub struct RedisOptions {
    /// Starts every key, so that several systems can share a server.
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
    scripts: Scripts,
    prefix: String,
}

impl Redis {
    /// Connects at the first call, and again whenever the connection is lost. `rediss:` addresses use TLS.
    ///
    /// # Errors
    /// When the address cannot be read. A server that does not answer is found out by [`Limiter::ping`].
    pub fn new(url: &str, options: RedisOptions) -> Result<Self, LimiterError> {
        let connection = Connection::new(url, &options)?;
        let scripts = Scripts::new(format!("{}:limits:complete_since", options.prefix));
        Ok(Self {
            connection,
            scripts,
            prefix: options.prefix,
        })
    }

    fn sender(&self, key: &SenderKey) -> String {
        format!("{}:limits:sender:{key}", self.prefix)
    }
}

#[async_trait]
impl Limiter for Redis {
    async fn take(&self, key: &SenderKey, spec: &RateSpec, wanted: u32, now: Timestamp) -> Result<Grant, LimiterError> {
        let keys = [self.sender(key), self.scripts.complete_since().to_owned()];
        let (permits, wait_us) = self
            .scripts
            .take(&self.connection, &keys, &arguments(spec, wanted))
            .await?;
        Ok(Decision { permits, wait_us }.grant(now))
    }

    async fn hold_until(&self, key: &SenderKey, until: Timestamp, now: Timestamp) -> Result<(), LimiterError> {
        let span_us = until.since(now).as_micros().to_string();
        self.scripts
            .hold(&self.connection, &[self.sender(key)], &[span_us])
            .await
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

/// What `rule.lua` reads.
fn arguments(spec: &RateSpec, wanted: u32) -> Vec<String> {
    let paces = spec.limits().iter().map(|limit| Pace::of(*limit));
    let numbers = paces.flat_map(|pace| [pace.period_us, pace.permits, pace.slack_us]);
    [spec.to_string(), wanted.to_string()]
        .into_iter()
        .chain(numbers.map(|number| number.to_string()))
        .collect()
}

#[cfg(test)]
mod tests;
