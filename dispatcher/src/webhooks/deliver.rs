//! Deliveries: each webhook is called by a task of its own, so that one that does not answer keeps no other waiting.

use super::WebhookParts;
use crate::ledger::DispatcherLedger;
use crate::turns::Turn;
use crate::{Clock, Dispatcher, Trouble};
use bellhop_channels::outgoing_webhook::{Answer, Call, Signer};
use bellhop_domain::webhook::next_try;
use bellhop_domain::{Timestamp, WebhookId};
use bellhop_settings::sealed::open_webhook;
use bellhop_store::webhooks::{Answered, DueWebhook, InHand, Then};
use futures_util::future::join_all;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

/// Calls of one webhook at the same time.
const AT_ONCE: u32 = 16;
/// Longer than a call may take and its answer be recorded.
const LEASE: Duration = Duration::from_secs(30);

impl Dispatcher {
    /// Begins to call the webhooks that have something due and are not being called.
    pub(crate) async fn call_webhooks(&self, stop: &CancellationToken) -> Result<Turn, Trouble> {
        let Some(parts) = &self.webhooks.parts else {
            return Ok(Turn::Idle);
        };
        for due in self.ledger.due_webhooks(self.now()).await? {
            let Some(busy) = Busy::with(&self.webhooks.busy, due.id) else {
                continue;
            };
            let calling = Calling {
                ledger: self.ledger.clone(),
                parts: parts.clone(),
                clock: self.clock.clone(),
                due,
            };
            let stop = stop.clone();
            tokio::spawn(async move {
                tokio::select! {
                    // What is under way is called again when its lease ends.
                    () = stop.cancelled() => {}
                    () = calling.call_all() => {}
                }
                drop(busy);
            });
        }
        Ok(Turn::Idle)
    }
}

/// A webhook that is being called, until it is dropped.
struct Busy(Arc<Mutex<HashSet<WebhookId>>>, WebhookId);

impl Busy {
    fn with(all: &Arc<Mutex<HashSet<WebhookId>>>, id: WebhookId) -> Option<Self> {
        let mut busy = all.lock().unwrap_or_else(PoisonError::into_inner);
        busy.insert(id).then(|| Self(all.clone(), id))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
    }
}

/// All that calling one webhook takes.
pub(super) struct Calling {
    pub ledger: Arc<dyn DispatcherLedger>,
    pub parts: Arc<WebhookParts>,
    pub clock: Clock,
    pub due: DueWebhook,
}

impl Calling {
    /// Calls it until nothing is due.
    pub async fn call_all(&self) {
        let signer = match self.signer() {
            Ok(signer) => signer,
            Err(problem) => {
                warn!(webhook = %self.due.id, problem, "a webhook is not called, because its secret cannot be used");
                return;
            }
        };
        loop {
            match self.call_some(&signer).await {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) => {
                    warn!(webhook = %self.due.id, %error, "deliveries of a webhook are put off");
                    return;
                }
            }
        }
    }

    fn signer(&self) -> Result<Signer, String> {
        let open = |sealed: &String| open_webhook(&self.parts.keys, &self.due.organisation, sealed);
        let secrets = self.due.secrets.iter().map(open).collect::<Result<Vec<_>, _>>();
        Signer::new(&secrets.map_err(|error| error.to_string())?).map_err(|error| error.to_string())
    }

    /// Returns how many were called.
    async fn call_some(&self, signer: &Signer) -> Result<usize, Trouble> {
        let now = (self.clock)();
        let taken = self.ledger.take_deliveries(self.due.id, AT_ONCE, LEASE, now).await?;
        let calls = taken.iter().map(|it| self.call(it, signer));
        for done in join_all(calls).await {
            done?;
        }
        Ok(taken.len())
    }

    async fn call(&self, it: &InHand, signer: &Signer) -> Result<(), Trouble> {
        let call = Call {
            url: &self.due.url,
            id: &it.webhook_id,
            body: &it.body,
            now: (self.clock)(),
        };
        let answer = self.parts.caller.call(&call, signer).await;
        let now = (self.clock)();
        let then = then(it, &answer, now, rand::random());
        let what = match then {
            Then::Delivered => "delivered",
            Then::Again(_) => "failed",
            Then::Dead => "dead",
        };
        metrics::counter!("bellhop_webhook_deliveries_total", "what" => what).increment(1);
        debug!(webhook = %self.due.id, delivery = %it.id, status = answer.status, what, "called a webhook");
        if then == Then::Dead {
            warn!(webhook = %self.due.id, delivery = %it.id, status = answer.status, "a webhook has not taken a delivery for a day; `bellhop webhook replay` tries again");
        }
        let answered = Answered {
            id: it.id,
            tries: it.tries,
            began_at: it.began_at,
            status: answer.status,
            words: answer.words,
            then,
        };
        self.ledger.record_delivery(&answered, now).await?;
        Ok(())
    }
}

/// What becomes of a delivery.
fn then(it: &InHand, answer: &Answer, now: Timestamp, chance: f64) -> Then {
    if answer.is_taken() {
        return Then::Delivered;
    }
    next_try(it.tries, it.began_at, now, chance).map_or(Then::Dead, Then::Again)
}
