//! Attempts in doubt: providers that answer questions are asked what became of them.

use crate::{Dispatcher, Trouble};
use bellhop_channels::{AttemptKey, LookUpAnswer, Provider};
use bellhop_domain::OrgId;
use bellhop_store::ledger::Doubt;
use std::collections::HashMap;
use std::sync::Arc;
use tracing::debug;

/// The providers that can be asked, by organisation and sender.
#[derive(Clone, Default)]
pub struct LookUps(HashMap<(OrgId, String), Arc<dyn Provider>>);

impl LookUps {
    pub fn new(senders: impl IntoIterator<Item = (OrgId, String, Arc<dyn Provider>)>) -> Self {
        let able = senders
            .into_iter()
            .filter(|(_, _, provider)| provider.look_up().is_some());
        Self(able.map(|(org, name, provider)| ((org, name), provider)).collect())
    }
}

/// Questions in one turn: gateways limit them (PROVIDERS.md §4.7).
const QUESTIONS: u32 = 20;

impl Dispatcher {
    pub(crate) async fn look_up_doubts(&self) -> Result<(), Trouble> {
        if self.look_ups.0.is_empty() {
            return Ok(());
        }
        for doubt in self.ledger.doubts(QUESTIONS).await? {
            self.look_up(&doubt).await?;
        }
        Ok(())
    }

    async fn look_up(&self, doubt: &Doubt) -> Result<(), Trouble> {
        let Some(provider) = self.look_ups.0.get(&(doubt.org, doubt.sender.clone())) else {
            return Ok(());
        };
        let Some(look_up) = provider.look_up() else {
            return Ok(());
        };
        let attempt = AttemptKey {
            message: doubt.message,
            lease: doubt.lease,
        };
        let now = self.now();
        match look_up.look_up(attempt, &doubt.address, now).await {
            LookUpAnswer::Found(receipt) => {
                self.ledger.receipt(doubt.org, doubt.kind, &receipt, now).await?;
            }
            LookUpAnswer::NotFound => debug!(message = %doubt.message, "the provider does not know the attempt"),
            LookUpAnswer::NoAnswer { why, .. } => debug!(message = %doubt.message, %why, "no answer to a look-up"),
        }
        Ok(())
    }
}
