//! What new numbers may do today (PRODUCT.md §8), as this process last heard from the ledger.

use crate::Worker;
use bellhop_campaigns::{InForce, Sender};
use bellhop_domain::warm_up::Progress;
use bellhop_domain::{OrgId, Timestamp};
use bellhop_rate_limits::warm_up::Stage;
use bellhop_store::StoreError;
use bellhop_store::ledger::SentLately;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// How long an answer is believed.
const KNOWN_FOR: Duration = Duration::from_secs(60);

pub(crate) struct WarmUps {
    ledger: Arc<dyn SentLately>,
    known: Mutex<HashMap<(OrgId, String), (Progress, Instant)>>,
}

impl WarmUps {
    pub fn new(ledger: Arc<dyn SentLately>) -> Self {
        Self {
            ledger,
            known: Mutex::default(),
        }
    }

    /// What the number may do now.
    pub async fn stage(&self, sender: &Sender, now: Timestamp) -> Result<Stage, StoreError> {
        match self.last_known(sender, now) {
            Some(stage) => Ok(stage),
            None => self.asked(sender, now).await,
        }
    }

    /// What it may do according to the last answer; `None` if that is old or its day is over. Costs nothing for a
    /// number without a ramp.
    pub fn last_known(&self, sender: &Sender, now: Timestamp) -> Option<Stage> {
        let Some(ramp) = &sender.warm_up else {
            return Some(Stage::Full);
        };
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (progress, heard) = known.get(&key(sender))?;
        let holds = heard.elapsed() < KNOWN_FOR && progress.at(now) == *progress;
        holds.then(|| ramp.stage(*progress))
    }

    /// How many permits to ask for at once. Of the few that a day has, none must be left over, because each counts
    /// for the day.
    pub fn at_once(&self, sender: &Sender, now: Timestamp) -> u32 {
        match self.last_known(sender, now) {
            Some(Stage::Full) => u32::MAX,
            _ => 1,
        }
    }

    async fn asked(&self, sender: &Sender, now: Timestamp) -> Result<Stage, StoreError> {
        let Some(ramp) = &sender.warm_up else {
            return Ok(Stage::Full);
        };
        let heard = Instant::now();
        let progress = self.ledger.warm_up(sender.org, &sender.name, now).await?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(key(sender), (progress, heard));
        Ok(ramp.stage(progress))
    }
}

impl Worker {
    /// Asks about new numbers from the start, so that their first day begins when they are configured and not with
    /// their first mailing. Then it asks often enough that a mailing never has to.
    pub(crate) async fn watch_warm_ups(self: Arc<Self>, stop: CancellationToken) {
        let mut tick = tokio::time::interval(KNOWN_FOR / 2);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = tick.tick() => {}
            }
            self.look_at_warm_ups(&self.live.now()).await;
        }
    }

    pub(crate) async fn look_at_warm_ups(&self, in_force: &InForce) {
        for sender in in_force.senders.iter() {
            if let Err(error) = self.permits.warm_ups.asked(sender, self.now()).await {
                warn!(sender = %sender.name, %error, "cannot read how far the number's warm-up is");
            }
        }
    }
}

fn key(sender: &Sender) -> (OrgId, String) {
    (sender.org, sender.name.clone())
}
