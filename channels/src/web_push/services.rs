//! What this process keeps for each push service it talks to: a signed token, and what its recent answers say about
//! it.

use super::history::ServiceHistory;
use super::outcome::Meaning;
use super::vapid::{Signer, Token};
use bellhop_domain::Timestamp;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

/// Microsoft has many hosts, but fewer than this. Beyond this number, all are forgotten.
const KNOWN_AT_MOST: usize = 1_000;

/// All push services by their origin.
#[derive(Default)]
pub(super) struct PushServices(RwLock<HashMap<String, Arc<PushService>>>);

/// One push service.
#[derive(Default)]
pub(super) struct PushService {
    token: Mutex<Option<Arc<Token>>>,
    history: Mutex<ServiceHistory>,
}

impl PushServices {
    pub fn of(&self, origin: &str) -> Arc<PushService> {
        if let Some(known) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(origin) {
            return Arc::clone(known);
        }
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= KNOWN_AT_MOST {
            all.clear();
        }
        Arc::clone(all.entry(origin.to_owned()).or_default())
    }
}

impl PushService {
    /// The token to send with: signed once and reused for hours. Others wait for the 0.1 ms of signing.
    pub fn token(&self, signer: &Signer, origin: &str, now: Timestamp) -> Result<Arc<Token>, String> {
        let mut kept = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = kept.as_ref().filter(|token| token.serves(now)) {
            return Ok(Arc::clone(token));
        }
        let token = Arc::new(signer.sign(origin, now)?);
        *kept = Some(Arc::clone(&token));
        Ok(token)
    }

    /// Counts an answer; returns what is known with it.
    pub fn note(&self, meaning: Meaning, wait: Duration, now: Timestamp) -> ServiceHistory {
        let mut history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        history.note(meaning, wait, now);
        *history
    }

    pub fn pause_left(&self, now: Timestamp) -> Option<Duration> {
        self.history
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pause_left(now)
    }
}
