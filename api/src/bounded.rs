//! What all requests of a process share and none may use up.

use crate::known_keys::KnownKeys;
use crate::room::Room;
use crate::server::{Bounds, Crowd};
use crate::visitor::Bursts;
use std::sync::Arc;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Guests' links and clicks that ask the database at once. They need no key, so what has one keeps connections for itself.
const PASSERS_BY: usize = 8;

/// Room for bodies, turns at the database, and what is remembered of keys.
#[derive(Clone)]
pub struct Bounded {
    /// For bodies of callers with a key.
    pub(crate) keyed: Room,
    /// For providers' calls, which are believed only when they are read.
    pub(crate) calls: Room,
    pub(crate) keys: Arc<KnownKeys>,
    passers_by: Arc<Semaphore>,
    /// Guests' links that were followed in the last second.
    pub(crate) bursts: Arc<Bursts>,
}

impl Bounded {
    pub fn new(bounds: &Bounds) -> Self {
        Self {
            keyed: Room::new(bounds.body_memory, bounds.body),
            calls: Room::new(bounds.body_memory / 4, bounds.body),
            keys: Arc::default(),
            passers_by: Arc::new(Semaphore::new(PASSERS_BY)),
            bursts: Arc::default(),
        }
    }

    /// Those whose bodies are on their way: they make room when all connections are taken.
    pub fn slow(&self) -> Vec<Crowd> {
        vec![self.calls.readers(), self.keyed.readers()]
    }

    /// A turn at the database for somebody without a key.
    pub(crate) async fn passer_by(&self) -> Option<SemaphorePermit<'_>> {
        self.passers_by.acquire().await.ok()
    }
}
