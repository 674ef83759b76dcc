//! Stops senders at once in this process when they are throttled, their credentials fail or their settings change.
//! The limiter and the ledger stop them in all other processes.

use bellhop_campaigns::Sender;
use bellhop_domain::OrgId;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio_util::sync::CancellationToken;

#[derive(Default)]
pub(crate) struct Standstills(Mutex<HashMap<(OrgId, String), CancellationToken>>);

impl Standstills {
    /// The token that ends what is in hand of this sender. Take it *before* the claim, which asks the ledger.
    pub fn watch(&self, sender: &Sender) -> CancellationToken {
        let key = (sender.org, sender.name.clone());
        self.tokens().entry(key).or_default().clone()
    }

    /// Ends what is in hand. Batches that are claimed later, when the sender may send again, are not affected.
    pub fn stop(&self, org: OrgId, sender: &str) {
        if let Some(token) = self.tokens().remove(&(org, sender.to_owned())) {
            token.cancel();
        }
    }

    fn tokens(&self) -> MutexGuard<'_, HashMap<(OrgId, String), CancellationToken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
