//! Resources that all requests of a process share and that no request may use up.

use crate::entrance::Hashing;
use crate::known_keys::KnownKeys;
use crate::live::Streams;
use crate::new_devices::NewDevices;
use crate::pages::{PageKeys, Posts};
use crate::rates::Rates;
use crate::room::Room;
use crate::server::{Bounds, Crowd};
use crate::visitor::Bursts;
use bellhop_domain::complaints::Complaints;
use std::sync::Arc;
use tokio::sync::{Semaphore, SemaphorePermit};

/// The most requests by guests' links and clicks that may ask the database at the same time. They need no key, so the
/// rest of the connections are kept for requests with one.
const PASSERS_BY: usize = 8;

/// Room for bodies, turns at the database, and the memory of keys.
#[derive(Clone)]
pub struct Bounded {
    /// Room for bodies of callers with a key.
    pub(crate) keyed: Room,
    /// Room for bodies of people who are to come in.
    pub(crate) entrance: Room,
    /// Turns at making hashes of passwords.
    pub(crate) hashing: Hashing,
    /// Room for providers' calls, whose signature can only be checked after they are read.
    pub(crate) calls: Room,
    /// Room for the forms of guests' pages, which are read once their link is known.
    pub(crate) forms: Room,
    pub(crate) keys: Arc<KnownKeys>,
    /// How often keys may ask.
    pub(crate) rates: Arc<Rates>,
    /// Streams that are open.
    pub(crate) streams: Arc<Streams>,
    /// By what guests' links are read.
    pub(crate) page_keys: Arc<PageKeys>,
    pub(crate) page_posts: Arc<Posts>,
    /// What apps' keys register that is new.
    pub(crate) new_devices: Arc<NewDevices>,
    passers_by: Arc<Semaphore>,
    /// Links of guests that were followed within the last second.
    pub(crate) bursts: Arc<Bursts>,
    /// Providers' calls that were refused for their signature: anybody can make these, as fast as they like.
    pub(crate) forged: Arc<Complaints>,
    /// Those that are genuine and cannot be read.
    pub(crate) unreadable: Arc<Complaints>,
}

impl Bounded {
    pub fn new(bounds: &Bounds) -> Self {
        Self {
            keyed: Room::new(bounds.body_memory, bounds.body),
            entrance: Room::new(bounds.body_memory / 16, bounds.body),
            hashing: Hashing::default(),
            calls: Room::new(bounds.body_memory / 4, bounds.body),
            forms: Room::new(bounds.body_memory / 2, bounds.body),
            keys: Arc::default(),
            rates: Arc::default(),
            // Half of the connections are kept for requests.
            streams: Arc::new(Streams::new(bounds.connections / 2)),
            page_keys: Arc::default(),
            page_posts: Arc::default(),
            new_devices: Arc::new(NewDevices::new(bounds.new_devices)),
            passers_by: Arc::new(Semaphore::new(PASSERS_BY)),
            bursts: Arc::default(),
            forged: Arc::default(),
            unreadable: Arc::default(),
        }
    }

    /// Connections whose bodies are still arriving; they make room when all connections are taken.
    pub fn slow(&self) -> Vec<Crowd> {
        vec![
            self.entrance.readers(),
            self.calls.readers(),
            self.forms.readers(),
            self.keyed.readers(),
        ]
    }

    /// Waits for a turn at the database for somebody without a key.
    pub(crate) async fn passer_by(&self) -> Option<SemaphorePermit<'_>> {
        self.passers_by.acquire().await.ok()
    }
}
