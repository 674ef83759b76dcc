//! A batch under a lease of this process.

use crate::run::RunInHand;
use crate::run_states::Held;
use bellhop_campaigns::Sender;
use bellhop_domain::{EndpointKind, Timestamp};
use bellhop_rate_limits::Urgency;
use bellhop_store::ledger::TaskOf;
use std::sync::Arc;
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
    /// How long it waits for more permits.
    pub patience: Duration,
    pub held: Held<'a>,
    /// Its guests' quiet hours begin then.
    pub quiet_from: Option<Timestamp>,
    /// Its sender's portfolio has no place for further guests before: those go who need none, the others stay in the batch.
    pub full: Option<Timestamp>,
    pub stop: &'a CancellationToken,
    /// Cancelled when this process sees the sender throttled or its credentials fail.
    pub standstill: CancellationToken,
    /// Cancelled when the lease is another's.
    pub lost: CancellationToken,
}

impl InHand<'_> {
    /// Whether only those go who need no place in a portfolio.
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
