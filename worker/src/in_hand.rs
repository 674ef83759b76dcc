//! A batch under a lease of this process.

use crate::run::RunInHand;
use crate::run_states::Held;
use bellhop_campaigns::Sender;
use bellhop_domain::{EndpointKind, Timestamp};
use bellhop_rate_limits::Urgency;
use bellhop_store::ledger::TaskOf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A leased batch while it is being sent.
pub(crate) struct InHand<'a> {
    pub of: TaskOf,
    pub kind: EndpointKind,
    pub lease: i64,
    pub run: Arc<RunInHand>,
    pub sender: Arc<Sender>,
    pub urgency: Urgency,
    /// How long the batch waits for more permits.
    pub patience: Duration,
    pub held: Held<'a>,
    /// When the quiet hours of its guests begin.
    pub quiet_from: Option<Timestamp>,
    /// Until then the sender's portfolio has no place for further guests: messages that need no place go out, the
    /// others stay in the batch.
    pub full: Option<Timestamp>,
    pub stop: &'a CancellationToken,
    /// Cancelled when this process finds the sender throttled or its credentials failing.
    pub standstill: CancellationToken,
    /// Cancelled when somebody else has the lease.
    pub lost: CancellationToken,
    /// Set when its last outcome is recorded: there is no lease any more to be given back.
    pub done: AtomicBool,
}

impl InHand<'_> {
    /// Whether only messages go out that need no place in a portfolio.
    pub fn is_full(&self) -> bool {
        self.full.is_some()
    }

    /// Whether a new request may start.
    pub fn going(&self, now: Timestamp) -> bool {
        let quiet = self.quiet_from.is_some_and(|from| from <= now);
        let ended = [self.stop, &self.standstill, &self.lost];
        self.held.running() && !quiet && !ended.into_iter().any(CancellationToken::is_cancelled)
    }
}
