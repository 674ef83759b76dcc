//! Permits: asked for before the claim. What a batch turns out not to need serves the sender's next batch.

use crate::Sender;
use bellhop_domain::Timestamp;
use bellhop_rate_limits::{Grant, Limiter, LimiterError, SenderKey};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// How long a permit may be kept. Longer, and a sender could send twice its rate in one span.
const KEPT: Duration = Duration::from_secs(1);

/// The limiter as the tasks of one process share it.
pub(crate) struct Permits {
    limiter: Arc<dyn Limiter>,
    left: Mutex<HashMap<SenderKey, Left>>,
    /// Something was given back.
    pub returned: Notify,
}

/// Permits that were granted and not used.
struct Left {
    permits: u32,
    until: Timestamp,
}

impl Permits {
    pub fn new(limiter: Arc<dyn Limiter>) -> Self {
        Self {
            limiter,
            left: Mutex::default(),
            returned: Notify::new(),
        }
    }

    /// Up to `wanted` permits to be used at once: what is left over from before, else the limiter's.
    pub async fn take(&self, sender: &Sender, wanted: u32, now: Timestamp) -> Result<Grant, LimiterError> {
        let key = key(sender);
        let permits = self.take_left(&key, wanted, now);
        if permits > 0 {
            return Ok(Grant {
                permits,
                ask_again: None,
            });
        }
        self.limiter.take(&key, &sender.rate, wanted, now).await
    }

    fn take_left(&self, key: &SenderKey, wanted: u32, now: Timestamp) -> u32 {
        let mut left = self.left();
        let Some(mine) = left.get_mut(key) else { return 0 };
        let taken = if now < mine.until { mine.permits.min(wanted) } else { 0 };
        mine.permits -= taken;
        if taken == 0 || mine.permits == 0 {
            left.remove(key);
        }
        taken
    }

    /// Keeps permits of a grant that were not needed. Worth nothing for a sender without limits.
    pub fn give_back(&self, sender: &Sender, permits: u32, now: Timestamp) {
        if permits == 0 || sender.rate.is_unlimited() {
            return;
        }
        let mut left = self.left();
        let mine = left.entry(key(sender)).or_insert(Left { permits: 0, until: now });
        if mine.until <= now {
            *mine = Left {
                permits: 0,
                until: now.plus(KEPT),
            };
        }
        mine.permits = mine.permits.saturating_add(permits);
        self.returned.notify_waiters();
    }

    /// Holds the sender on every machine; what is left over here is void.
    pub async fn hold_until(&self, sender: &Sender, until: Timestamp, now: Timestamp) -> Result<(), LimiterError> {
        let key = key(sender);
        self.left().remove(&key);
        self.limiter.hold_until(&key, until, now).await
    }

    fn left(&self) -> MutexGuard<'_, HashMap<SenderKey, Left>> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(sender: &Sender) -> SenderKey {
    SenderKey::new(sender.org, &sender.name)
}
