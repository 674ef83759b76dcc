//! The limiter of one process: the embedded default.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bellhop_domain::Timestamp;

use crate::rule::{self, Memory};
use crate::{Grant, Limiter, LimiterError, RateSpec, SenderKey};

/// Counts in memory, by the caller's clock. Never fails.
#[derive(Debug, Default)]
pub struct Local {
    senders: Mutex<HashMap<SenderKey, Option<Memory>>>,
}

impl Local {
    pub fn new() -> Self {
        Self::default()
    }

    fn senders(&self) -> MutexGuard<'_, HashMap<SenderKey, Option<Memory>>> {
        // The rule replaces a sender's memory in one assignment: a panic cannot leave it half changed.
        self.senders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Limiter for Local {
    async fn take(&self, key: &SenderKey, spec: &RateSpec, wanted: u32, now: Timestamp) -> Result<Grant, LimiterError> {
        let mut senders = self.senders();
        let memory = senders.entry(key.clone()).or_default();
        let decision = rule::take(memory, spec, wanted, micros(now), 0);
        Ok(decision.grant(now))
    }

    async fn hold_until(&self, key: &SenderKey, until: Timestamp, _now: Timestamp) -> Result<(), LimiterError> {
        rule::hold(self.senders().entry(key.clone()).or_default(), micros(until));
        Ok(())
    }

    async fn ping(&self) -> Result<(), LimiterError> {
        Ok(())
    }
}

fn micros(at: Timestamp) -> i64 {
    at.0.saturating_mul(1000)
}
