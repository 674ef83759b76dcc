//! Senders that are throttled or whose credentials fail stop at once in this process; the limiter and the ledger stop
//! them in all others.

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
        self.tokens().entry(key(sender)).or_default().clone()
    }

    /// Ends what is in hand; what is claimed once the sender may go again goes.
    pub fn stop(&self, sender: &Sender) {
        if let Some(token) = self.tokens().remove(&key(sender)) {
            token.cancel();
        }
    }

    fn tokens(&self) -> MutexGuard<'_, HashMap<(OrgId, String), CancellationToken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(sender: &Sender) -> (OrgId, String) {
    (sender.org, sender.name.clone())
}
