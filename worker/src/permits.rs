//! Permits, which are taken before the claim. Permits that a batch turns out not to need serve the sender's next
//! batch. A limiter that has lost its past gets it from the ledger.

use crate::warm_ups::WarmUps;
use bellhop_campaigns::Sender;
use bellhop_domain::Timestamp;
use bellhop_rate_limits::warm_up::Stage;
use bellhop_rate_limits::{Decision, LimitScope, Limiter, LimiterError, Past, RateSpec, Request, ScopeKey, Urgency};
use bellhop_store::StoreError;
use bellhop_store::ledger::SentLately;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// The limiter as the tasks of one process share it.
pub(crate) struct Permits {
    limiter: Arc<dyn Limiter>,
    ledger: Arc<dyn SentLately>,
    pub warm_ups: WarmUps,
    left: Mutex<HashMap<ScopeKey, Grant>>,
    /// Held while the ledger is read for a limiter, so that only one task of this process does it.
    telling: tokio::sync::Mutex<()>,
    /// Notified when permits are given back.
    pub returned: Notify,
}

/// The time that a claim and the rendering may take. Permits that are gathered must still live for this long.
const USED_WITHIN: Duration = Duration::from_millis(150);
/// The time that a request may take to reach the provider, because the window is counted where messages arrive.
pub(crate) const ARRIVES_WITHIN: Duration = Duration::from_millis(100);
/// The longest that unlimited permits are kept.
pub(crate) const FOR_EVER: Duration = Duration::from_secs(24 * 3600);

/// Permits in hand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grant {
    pub permits: u32,
    /// No request that uses them starts later. Measured with a monotonic clock from before the question, so that
    /// setting the clock cannot make a permit live longer.
    pub use_before: Instant,
    /// When to ask again; `None` if all that was wanted was granted.
    pub ask_again: Option<Timestamp>,
}

impl Grant {
    pub fn none(ask_again: Timestamp) -> Self {
        Self {
            permits: 0,
            use_before: Instant::now(),
            ask_again: Some(ask_again),
        }
    }

    /// Both grants together; they live as long as the one that ends first.
    pub fn and(self, more: Grant) -> Self {
        match (self.permits, more.permits) {
            (0, _) => more,
            (_, 0) => Self {
                ask_again: more.ask_again,
                ..self
            },
            (mine, theirs) => Self {
                permits: mine.saturating_add(theirs),
                use_before: self.use_before.min(more.use_before),
                ask_again: more.ask_again,
            },
        }
    }

    /// Whether these can still be used after a wait.
    pub fn outlives(&self, wait: Duration) -> bool {
        Instant::now() + wait + USED_WITHIN < self.use_before
    }

    pub fn is_alive(&self) -> bool {
        self.permits > 0 && Instant::now() + ARRIVES_WITHIN < self.use_before
    }
}

/// Why there are no permits.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoPermits {
    #[error(transparent)]
    Limiter(#[from] LimiterError),
    #[error("the ledger cannot be read for the limiter's past or the number's warm-up: {0}")]
    Ledger(#[from] StoreError),
}

impl Permits {
    pub fn new(limiter: Arc<dyn Limiter>, ledger: Arc<dyn SentLately>) -> Self {
        Self {
            limiter,
            warm_ups: WarmUps::new(ledger.clone()),
            ledger,
            left: Mutex::default(),
            telling: tokio::sync::Mutex::default(),
            returned: Notify::new(),
        }
    }

    /// Up to `wanted` permits to be used at once: what is left over from before, else the limiter's.
    pub async fn take(
        &self,
        sender: &Sender,
        urgency: Urgency,
        wanted: u32,
        now: Timestamp,
    ) -> Result<Grant, NoPermits> {
        let rates = match self.warm_ups.stage(sender, now).await? {
            Stage::Rests { until } if urgency == Urgency::Marketing => return Ok(Grant::none(until)),
            // Chats are unlimited on its first day.
            Stage::Rests { .. } => sender.rate.clone(),
            stage => stage.rates(&sender.rate).unwrap_or_default(),
        };
        let scopes = [scope(sender, rates)];
        if let Some(left) = self.take_left(scopes[0].key(), wanted) {
            return Ok(left);
        }
        let request = Request {
            scopes: &scopes,
            urgency,
            wanted,
            jitter: rand::random_range(0..1000),
        };
        let (asked, decision) = (Instant::now(), self.limiter.take(&request, now).await?);
        let Decision::Lost(lost) = decision else {
            return Ok(granted(decision, asked, now));
        };
        let read_from = lost.iter().map(|lost| lost.read_from).max().unwrap_or(now);
        if read_from > now {
            return Ok(Grant::none(read_from));
        }
        let _alone = self.telling.lock().await;
        let (asked, decision) = (Instant::now(), self.limiter.take(&request, now).await?);
        if !matches!(decision, Decision::Lost(_)) {
            return Ok(granted(decision, asked, now));
        }
        self.tell(sender, &scopes[0], now).await?;
        let (asked, decision) = (Instant::now(), self.limiter.take(&request, now).await?);
        Ok(granted(decision, asked, now))
    }

    /// Tells the limiter what the ledger knows of a sender.
    async fn tell(&self, sender: &Sender, scope: &LimitScope, now: Timestamp) -> Result<(), NoPermits> {
        let Some(look_back) = scope.look_back() else {
            return Ok(());
        };
        let kind = sender.provider.kind();
        let attempts = self
            .ledger
            .recent_attempts(sender.org, &sender.name, kind, now.minus(look_back))
            .await?;
        tracing::info!(sender = %sender.name, attempts = attempts.len(), "the limiter has lost its past and is told it");
        let past: Vec<Past> = attempts.into_iter().map(|at| Past { at, permits: 1 }).collect();
        let _ = self.limiter.restore(scope, &past, now).await?;
        Ok(())
    }

    fn take_left(&self, key: &ScopeKey, wanted: u32) -> Option<Grant> {
        let mut left = self.left();
        let mine = left.get_mut(key)?;
        let taken = if mine.is_alive() { mine.permits.min(wanted) } else { 0 };
        let grant = Grant {
            permits: taken,
            ask_again: None,
            ..*mine
        };
        mine.permits -= taken;
        if taken == 0 || mine.permits == 0 {
            left.remove(key);
        }
        (taken > 0).then_some(grant)
    }

    /// Keeps permits of a grant that were not needed, for as long as they live. Worth nothing for a sender without
    /// limits.
    pub fn give_back(&self, sender: &Sender, unused: Grant) {
        if !unused.is_alive() || sender.rate.is_unlimited() {
            return;
        }
        let mut left = self.left();
        let mine = left.entry(key(sender)).or_insert(Grant { permits: 0, ..unused });
        let kept = if mine.is_alive() {
            *mine
        } else {
            Grant { permits: 0, ..unused }
        };
        *mine = kept.and(unused);
        self.returned.notify_waiters();
    }

    /// Discards permits that are left over, because they were granted under other rates.
    pub fn drop_left(&self, sender: &Sender) {
        self.left().remove(&key(sender));
        // Tasks that wait for a slow number ask again.
        self.returned.notify_waiters();
    }

    /// Holds the sender on every machine and discards the permits that are left over here.
    pub async fn hold_until(&self, sender: &Sender, until: Timestamp, now: Timestamp) -> Result<(), LimiterError> {
        let key = key(sender);
        self.left().remove(&key);
        self.limiter.hold_until(&key, until, now).await
    }

    /// Ends all holds of the sender, on every machine.
    pub async fn release(&self, sender: &Sender) -> Result<(), LimiterError> {
        self.limiter.release(&key(sender)).await?;
        self.returned.notify_waiters();
        Ok(())
    }

    fn left(&self) -> MutexGuard<'_, HashMap<ScopeKey, Grant>> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn granted(decision: Decision, asked: Instant, now: Timestamp) -> Grant {
    match decision {
        Decision::Granted {
            permits,
            use_before,
            ask_again,
        } => Grant {
            permits,
            use_before: asked + use_before.since(now).min(FOR_EVER),
            ask_again,
        },
        Decision::NotBefore(again) => Grant::none(again),
        // It was lost again meanwhile.
        Decision::Lost(_) => Grant::none(now),
    }
}

fn key(sender: &Sender) -> ScopeKey {
    ScopeKey::sender(sender.org, &sender.name)
}

fn scope(sender: &Sender, rates: RateSpec) -> LimitScope {
    LimitScope::new(key(sender), rates, sender.pacing)
}
