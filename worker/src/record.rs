//! Recording outcomes, and what follows from them for the sender and the run.

use crate::Worker;
use crate::in_hand::InHand;
use crate::outcome::{Ended, label, recorded};
use crate::send::Made;
use bellhop_campaigns::Sender;
use bellhop_domain::Outcome;
use bellhop_domain::breaker::{Trip, refused_by_all};
use bellhop_domain::masking;
use bellhop_domain::outcome::ThrottleScope;
use bellhop_store::StoreError;
use bellhop_store::ledger::{Claimed, Recorded};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tracing::{debug, info, warn};

/// The first and the longest wait between two tries to record the same outcomes.
const AGAIN: Duration = Duration::from_millis(200);
const AGAIN_AT_MOST: Duration = Duration::from_secs(5);

/// Within this time a process hears of changed settings.
const HEARD: Duration = Duration::from_secs(1);

impl Worker {
    pub(crate) async fn record(
        &self,
        batch: &InHand<'_>,
        messages: &[Claimed],
        made: &[Made],
    ) -> Result<(), StoreError> {
        let outcomes: Vec<Recorded> = made
            .iter()
            .map(|m| self.to_record(batch, &messages[m.message], m))
            .collect();
        if self.write(batch, &outcomes).await? {
            batch.done.store(true, Ordering::Relaxed);
        }
        for m in made {
            metrics::counter!("bellhop_attempts_total", "kind" => batch.kind.name(), "outcome" => label(&m.outcome))
                .increment(1);
        }
        let stopped = made.iter().find_map(|m| match &m.outcome {
            Outcome::CountryStopped { why } => Some(why),
            _ => None,
        });
        if let Some(why) = stopped {
            info!(sender = %batch.sender.name, why = masking::words(why), "it may not send to a country; `bellhop sender list` says which");
        }
        // A refusal of credentials that were changed meanwhile says nothing about the new ones.
        let changed = !self.is_in_force(&batch.sender);
        let speaks = |outcome: &Outcome| !(changed && matches!(outcome, Outcome::Misconfigured { .. }));
        let outcomes = made.iter().filter(|m| speaks(&m.outcome));
        let outcomes = outcomes.map(|m| (messages[m.message].id, &m.outcome));
        let sender = (batch.run.org, batch.sender.name.as_str());
        match self.breakers.count(batch.run.id, batch.kind, sender, outcomes) {
            None => Ok(()),
            Some(trip) => self.trip(batch, trip).await,
        }
    }

    /// Writes outcomes down. They are known only here, so while the database does not answer they are kept and tried
    /// again for as long as a lease lasts. An outcome reaches its own attempt however late it is. Tells whether the batch is
    /// done.
    async fn write(&self, batch: &InHand<'_>, outcomes: &[Recorded]) -> Result<bool, StoreError> {
        let (begun, sender) = (Instant::now(), &batch.sender.name);
        let mut wait = AGAIN;
        loop {
            let recorded = self
                .ledger
                .record(batch.of.batch, batch.lease, sender, outcomes, self.now())
                .await;
            match recorded {
                Err(StoreError::Database(error)) if begun.elapsed() < self.options.lease => {
                    if let Some(untold) = self.store_complaints.tell(Instant::now()) {
                        warn!(batch = %batch.of.batch, %error, untold, "outcomes cannot be recorded yet; trying again");
                    }
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(AGAIN_AT_MOST);
                }
                recorded => return recorded,
            }
        }
    }

    fn to_record(&self, batch: &InHand<'_>, claimed: &Claimed, made: &Made) -> Recorded {
        let ended = Ended {
            claimed,
            outcome: &made.outcome,
            started_at: made.started_at,
            ended_at: made.ended_at,
            kind: batch.kind,
            waterfall: &batch.run.waterfall,
            expires: batch.run.expires(claimed),
            another_number: matches!(made.outcome, Outcome::CountryStopped { .. })
                && !self.other_numbers(batch).is_empty(),
        };
        recorded(&ended, &self.options.rules, rand::random())
    }

    /// A provider's `Retry-After` for the whole sender: no further request of it starts here, and every worker of the
    /// fleet waits.
    pub(crate) async fn obey_throttle(&self, sender: &Sender, outcome: &Outcome) {
        let Outcome::Throttled {
            scope: ThrottleScope::Sender,
            after,
            ..
        } = outcome
        else {
            return;
        };
        let (now, wait) = (self.now(), after.unwrap_or(self.options.rules.throttle));
        debug!(sender = %sender.name, seconds = wait.as_secs(), "throttled by the provider");
        if let Err(error) = self.permits.hold_until(sender, now.plus(wait), now).await {
            warn!(sender = %sender.name, %error, "the fleet could not be told to wait");
        }
        self.standstills.stop(sender.org, &sender.name);
    }

    /// Whether the sender turns out to be changed once this process has heard of the latest settings. Somebody who
    /// changes a secret and resumes the sender at once must not find it stopped by a request that still used the old
    /// secret. Meanwhile nothing of the sender begins.
    async fn is_about_to_change(&self, sender: &Arc<Sender>) -> bool {
        let now = self.now();
        // Held for longer than this waits, so that nothing slips through before the pause.
        if let Err(error) = self.permits.hold_until(sender, now.plus(HEARD * 2), now).await {
            warn!(sender = %sender.name, %error, "the fleet could not be told to wait");
        }
        tokio::time::sleep(HEARD).await;
        let changed = !self.is_in_force(sender);
        if changed && let Err(error) = self.permits.release(sender).await {
            debug!(sender = %sender.name, %error, "its hold ends by itself");
        }
        changed
    }

    async fn trip(&self, batch: &InHand<'_>, trip: Trip) -> Result<(), StoreError> {
        match trip {
            Trip::Run { why } => {
                info!(run = %batch.run.id, mailing = %batch.run.mailing, why = masking::words(&why), "paused: the content is refused for all");
                self.pause(&batch.of, &refused_by_all(&why), "circuit breaker").await
            }
            Trip::Sender { why } => {
                self.standstills.stop(batch.run.org, &batch.sender.name);
                // Read the version before asking whether the sender is in force, because a later version may have
                // another one.
                let version = self.live.now().version;
                if self.is_about_to_change(&batch.sender).await {
                    return Ok(());
                }
                let (org, name) = (batch.run.org, &batch.sender.name);
                let stands = self
                    .ledger
                    .pause_failing_sender(org, name, version, &why, self.now())
                    .await?;
                if stands {
                    info!(sender = %name, why = masking::words(&why), "sender stopped: its credentials or account fail");
                    metrics::counter!("bellhop_breaker_trips_total", "of" => "sender").increment(1);
                }
                Ok(())
            }
        }
    }
}
