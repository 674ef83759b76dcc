//! Senders that are throttled, whose credentials fail or whose settings change stop at once in this process; the limiter and
//! the ledger stop them in all others.

use bellhop_campaigns::Sender;
use bellhop_domain::OrgId;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio_util::sync::CancellationToken;

#[derive(Default)]
pub(crate) struct Standstills(Mutex<HashMap<(OrgId, String), CancellationToken>>);

impl Standstills {
    /// The token that ends what is in hand of this sender. Call it *before* the claim, which asks the ledger.
    pub fn watch(&self, sender: &Sender) -> CancellationToken {
        let key = (sender.org, sender.name.clone());
        self.tokens().entry(key).or_default().clone()
    }

    /// Ends what is in hand; what is claimed once the sender may go again goes.
    pub fn stop(&self, org: OrgId, sender: &str) {
        if let Some(token) = self.tokens().remove(&(org, sender.to_owned())) {
            token.cancel();
        }
    }

    fn tokens(&self) -> MutexGuard<'_, HashMap<(OrgId, String), CancellationToken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
