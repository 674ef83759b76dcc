//! Attempts in doubt: providers that answer questions are asked what became of them.

use crate::turns::Turn;
use crate::{Dispatcher, Trouble};
use bellhop_channels::{AttemptKey, LookUpAnswer, Provider};
use bellhop_domain::outcome::LONGEST_WAIT;
use bellhop_domain::{OrgId, Timestamp};
use bellhop_store::incoming::Source;
use bellhop_store::ledger::Doubt;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
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
const QUESTIONS: usize = 20;
/// Attempts in doubt that are looked through for those to ask about.
const DOUBTS: u32 = 10_000;

/// When each attempt may be asked about again, in this process.
#[derive(Default)]
pub(crate) struct Asked(Mutex<HashMap<AttemptKey, Timestamp>>);

impl Asked {
    /// Whether it is time for a question: not before the provider's interval has passed since the attempt, nor again
    /// before it has passed since the last question.
    fn is_due(&self, attempt: AttemptKey, since: Timestamp, interval: Duration, now: Timestamp) -> bool {
        let asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = asked.get(&attempt).copied().unwrap_or(since.plus(interval));
        due <= now
    }

    fn again(&self, attempt: AttemptKey, at: Timestamp) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(attempt, at);
    }

    /// Forgets what is no longer in doubt.
    fn keep_only(&self, doubts: &[Doubt]) {
        let open: HashSet<AttemptKey> = doubts.iter().map(key).collect();
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        asked.retain(|attempt, _| open.contains(attempt));
    }
}

impl Dispatcher {
    pub(crate) async fn look_up_doubts(&self) -> Result<Turn, Trouble> {
        if self.look_ups.0.is_empty() {
            return Ok(Turn::Idle);
        }
        let doubts = self.ledger.doubts(DOUBTS).await?;
        metrics::gauge!("bellhop_attempts_in_doubt").set(doubts.len() as f64);
        self.asked.keep_only(&doubts);
        let mut questions = 0;
        for doubt in &doubts {
            if questions < QUESTIONS && self.look_up(doubt).await? {
                questions += 1;
            }
        }
        Ok(Turn::Idle)
    }

    /// Asks about one attempt, if it can be asked and it is time; whether it was.
    async fn look_up(&self, doubt: &Doubt) -> Result<bool, Trouble> {
        let provider = self.look_ups.0.get(&(doubt.org, doubt.sender.clone()));
        let Some(look_up) = provider.and_then(|provider| provider.look_up()) else {
            return Ok(false);
        };
        let (attempt, now, interval) = (key(doubt), self.now(), look_up.interval());
        if !self.asked.is_due(attempt, doubt.since, interval, now) {
            return Ok(false);
        }
        let mut again = interval;
        let answer = match look_up.look_up(attempt, &doubt.address, now).await {
            LookUpAnswer::Found(receipt) => {
                let source = Source {
                    org: doubt.org,
                    sender: &doubt.sender,
                    kind: doubt.kind,
                    peers: &[],
                };
                self.ledger.receipt(&source, &receipt, now).await?;
                "found"
            }
            LookUpAnswer::NotFound => "not_found",
            LookUpAnswer::NoAnswer { after, why } => {
                debug!(message = %doubt.message, %why, "no answer to a look-up");
                again = after.map_or(interval, |after| after.min(LONGEST_WAIT));
                "no_answer"
            }
        };
        metrics::counter!("bellhop_look_ups_total", "answer" => answer).increment(1);
        self.asked.again(attempt, now.plus(again));
        Ok(true)
    }
}

fn key(doubt: &Doubt) -> AttemptKey {
    AttemptKey {
        message: doubt.message,
        lease: doubt.lease,
    }
}
