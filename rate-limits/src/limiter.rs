//! The seam: what a worker sees of a limiter.

use std::fmt;

use async_trait::async_trait;
use bellhop_domain::{OrgId, Timestamp};

use crate::RateSpec;

/// Whose limit it is: one sender (a number, a gateway account, an app's push credentials) of one organisation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SenderKey(String);

impl SenderKey {
    /// `sender` is the sender's name in the configuration, unique within its organisation.
    pub fn new(org: OrgId, sender: &str) -> Self {
        Self(format!("{org}:{sender}"))
    }
}

impl fmt::Display for SenderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What [`Limiter::take`] gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "permits that are not used are lost"]
pub struct Grant {
    /// How many messages may be sent now, at most as many as wanted.
    pub permits: u32,
    /// When it makes sense to ask again; `None` if all that was wanted was granted. On the caller's clock.
    pub ask_again: Option<Timestamp>,
}

/// Keeps every sender within its rates. Cheap to share behind an `Arc`; all methods may run at the same time.
///
/// `now` is the caller's clock. A limiter shared by many machines counts by a clock of its own and uses the caller's
/// only to translate instants.
#[async_trait]
pub trait Limiter: Send + Sync {
    /// Takes up to `wanted` permits, to be used at once. Ask for no more than there is to send: permits cannot be
    /// given back, because others may have been refused or delayed on their account meanwhile.
    ///
    /// # Errors
    /// When the limiter cannot be asked. Nothing may be sent then; ask again after a pause.
    async fn take(&self, key: &SenderKey, spec: &RateSpec, wanted: u32, now: Timestamp) -> Result<Grant, LimiterError>;

    /// Grants this sender nothing before `until`, on any machine: a provider's `Retry-After` for the whole sender.
    /// The latest of several holds counts.
    ///
    /// # Errors
    /// When the limiter cannot be told.
    async fn hold_until(&self, key: &SenderKey, until: Timestamp, now: Timestamp) -> Result<(), LimiterError>;

    /// Whether the limiter answers now.
    ///
    /// # Errors
    /// When it does not, with the reason.
    async fn ping(&self) -> Result<(), LimiterError>;
}

/// Why a limiter did not answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LimiterError {
    #[error("the address of Redis is unusable: {0}; write it like rediss://user:password@host:6379/0")]
    Address(String),
    #[error(
        "Redis cannot be asked for permits: {0}; check that it runs and that its address and credentials in the configuration are right"
    )]
    Unavailable(String),
}
