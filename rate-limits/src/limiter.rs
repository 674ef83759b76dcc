//! The interface through which a worker uses a limiter.

use async_trait::async_trait;
use bellhop_domain::Timestamp;

use crate::clock::after;
use crate::people::{Admission, PastPerson, PeopleRequest, Roll};
use crate::{LimitScope, Past, Request, ScopeKey};

/// What [`Limiter::take`] answers. All instants are on the caller's clock.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "permits that are not used are lost"]
pub enum Decision {
    /// Permits: at least one, unless none was wanted, and at most as many as wanted.
    Granted {
        permits: u32,
        /// A request that starts later must not use them. A clock may be set, so measure the span with a monotonic
        /// clock that was started before asking.
        use_before: Timestamp,
        /// When to ask for the rest; `None` if all was granted.
        ask_again: Option<Timestamp>,
    },
    /// Nothing is granted now. If asked again at this instant, the limiter grants, unless somebody else came first.
    NotBefore(Timestamp),
    /// The limiter does not know enough of the past and is closed until each of these is restored.
    Lost(Vec<Lost>),
}

impl Decision {
    /// The rule's answer, in microseconds, in the caller's words.
    pub(crate) fn granted(permits: i64, wait: i64, life: i64, wanted: u32, now: Timestamp) -> Self {
        let again = after(now, wait);
        match u32::try_from(permits).unwrap_or(0) {
            0 if wanted > 0 => Decision::NotBefore(again),
            permits => Decision::Granted {
                permits,
                use_before: Timestamp(now.0.saturating_add(life / 1000)),
                ask_again: (permits < wanted).then_some(again),
            },
        }
    }
}

/// A scope that needs its past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    pub key: ScopeKey,
    /// The ledger must not be read before this instant, because permits granted before the loss may still be in use.
    pub read_from: Timestamp,
}

/// What [`Limiter::restore`] answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a scope that was not restored stays closed"]
pub enum Restored {
    /// The scope is open again, by this call or by somebody else's.
    Open,
    /// The ledger was read too early (see [`Lost::read_from`]); read it again at this instant.
    TooEarly(Timestamp),
}

/// Keeps every sender within its rates. Cheap to share behind an `Arc`; all methods may run at the same time.
///
/// `now` is the caller's clock. A limiter shared by many machines counts by its own clock and uses the caller's only
/// to translate instants.
#[async_trait]
pub trait Limiter: Send + Sync {
    /// Takes permits, in one atomic step over all scopes. Never waits.
    ///
    /// # Errors
    /// When the limiter cannot be asked. Nothing may be sent then; ask again after a pause.
    async fn take(&self, request: &Request<'_>, now: Timestamp) -> Result<Decision, LimiterError>;

    /// Tells a scope its past after [`Decision::Lost`]: everything in the ledger since `now` minus
    /// [`LimitScope::look_back`], in any order. A scope that knows its past ignores it. `now` is when the ledger was read.
    ///
    /// # Errors
    /// When the limiter cannot be told.
    async fn restore(&self, scope: &LimitScope, past: &[Past], now: Timestamp) -> Result<Restored, LimiterError>;

    /// Holds the scope: nothing is granted before `until`, on any machine: a provider's `Retry-After`, or a stop. The
    /// latest of several holds counts.
    ///
    /// # Errors
    /// When the limiter cannot be told.
    async fn hold_until(&self, key: &ScopeKey, until: Timestamp, now: Timestamp) -> Result<(), LimiterError>;

    /// Decides on one message to each of some guests, in one atomic step: each guest is admitted by all rolls or by
    /// none. An admission counts whether it is used or not. Never waits.
    ///
    /// # Errors
    /// When the limiter cannot be asked. Nothing may be sent then; ask again after a pause.
    async fn admit(&self, request: &PeopleRequest<'_>, now: Timestamp) -> Result<Admission, LimiterError>;

    /// Tells a roll its past after [`Admission::Lost`]: everything in the ledger since `now` minus
    /// [`Roll::look_back`], in any order. A roll that knows its past ignores it. `now` is when the ledger was read.
    ///
    /// # Errors
    /// When the limiter cannot be told.
    async fn restore_roll(&self, roll: &Roll, past: &[PastPerson], now: Timestamp) -> Result<Restored, LimiterError>;

    /// Ends the holds of this scope, on every machine; the memory of permits stays.
    ///
    /// # Errors
    /// When the limiter cannot be told.
    async fn release(&self, key: &ScopeKey) -> Result<(), LimiterError>;

    /// Checks that the limiter answers now.
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
