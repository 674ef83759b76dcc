//! Attempts in doubt: providers that answer questions are asked what became of them.

use crate::turns::Turn;
use crate::{Dispatcher, Trouble};
use bellhop_channels::{AttemptKey, LookUpAnswer};
use bellhop_domain::Timestamp;
use bellhop_domain::outcome::LONGEST_WAIT;
use bellhop_store::incoming::Source;
use bellhop_store::ledger::Doubt;
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tracing::debug;

/// The most questions in one turn, because gateways limit them (PROVIDERS.md §4.7).
const QUESTIONS: usize = 20;
/// The most attempts in doubt that are looked through in one turn.
const DOUBTS: u32 = 10_000;

/// When each attempt may be asked about again, in this process.
#[derive(Default)]
pub(crate) struct LookUpTimes(Mutex<HashMap<AttemptKey, Timestamp>>);

impl LookUpTimes {
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
        let in_force = self.live.now();
        if !in_force.senders.iter().any(|it| it.provider.look_up().is_some()) {
            return Ok(Turn::Idle);
        }
        drop(in_force);
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

    /// Asks about one attempt if its provider can be asked and it is time; returns whether it did.
    async fn look_up(&self, doubt: &Doubt) -> Result<bool, Trouble> {
        let sender = self.live.now().senders.named(doubt.org, &doubt.sender).cloned();
        let Some(look_up) = sender.as_ref().and_then(|sender| sender.provider.look_up()) else {
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
