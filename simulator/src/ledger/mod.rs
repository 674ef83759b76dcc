//! What the simulated providers accepted: from whom, which message, how often, when.
//!
//! It promises that a message is counted at the moment the provider accepts it, before the reply leaves, so that a
//! reset or a lost reply after that moment leaves a trace here. A message costs about its texts plus 130 bytes.

mod book;
mod record;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

pub use crate::channel::{ByChannel, Channel};
pub(crate) use book::{Acceptance, Book, Cursor};
pub(crate) use record::Received;

use crate::faults::Fault;

/// The books of all lanes and the counters beside them.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    books: [Book; Channel::ALL.len()],
    /// The lanes that are served.
    served: Mutex<BTreeSet<Channel>>,
    token_fetches: AtomicU64,
    /// The keys of a gateway's look-ups, and when the message was accepted, in ms UTC.
    look_up_keys: Mutex<HashMap<u64, i64>>,
    injected: Mutex<BTreeMap<(Channel, Fault), u64>>,
}

/// The answer of `GET /_sim/summary`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub channels: ByChannel<ChannelSummary>,
}

/// The counts of one lane since the start or the last reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ChannelSummary {
    /// Accepted messages, including repeats. A message whose reply was lost or reset counts here.
    pub accepted: u64,
    /// Requests answered with an error. A request that was reset before it was accepted has no answer and is not
    /// counted.
    pub refused: u64,
    /// Different addresses among the accepted.
    pub unique_recipients: u64,
    /// How often a message id that had been accepted was accepted again.
    pub duplicates: u64,
}

impl Ledger {
    pub(crate) fn book(&self, channel: Channel) -> &Book {
        &self.books[channel as usize]
    }

    /// Marks the lane as served, so that it shows in figures by lane.
    pub(crate) fn serve(&self, channel: Channel) {
        lock(&self.served).insert(channel);
    }

    /// The value of `of` for each lane that is served.
    pub(crate) fn by_channel<T>(&self, of: impl Fn(Channel) -> T) -> ByChannel<T> {
        let served = lock(&self.served).clone();
        served.into_iter().map(|channel| (channel, of(channel))).collect()
    }

    pub(crate) fn summary(&self) -> Summary {
        Summary {
            channels: self.by_channel(|channel| self.book(channel).summary()),
        }
    }

    /// Counts an injected fault.
    pub(crate) fn note_fault(&self, channel: Channel, fault: Fault) {
        *lock(&self.injected).entry((channel, fault)).or_default() += 1;
    }

    /// How often each fault was injected on a lane.
    pub(crate) fn injected(&self, wanted: Channel) -> BTreeMap<Fault, u64> {
        let injected = lock(&self.injected);
        injected
            .iter()
            .filter(|((channel, _), _)| *channel == wanted)
            .map(|((_, fault), count)| (*fault, *count))
            .collect()
    }

    pub(crate) fn note_token_fetch(&self) {
        self.token_fetches.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn token_fetches(&self) -> u64 {
        self.token_fetches.load(Ordering::Relaxed)
    }

    /// Lets a look-up find an accepted message.
    pub(crate) fn note_look_up_key(&self, key: u64, at_ms: i64) {
        lock(&self.look_up_keys).insert(key, at_ms);
    }

    /// When the message was accepted, in ms UTC; `None` if it was not.
    pub(crate) fn look_up(&self, key: u64) -> Option<i64> {
        lock(&self.look_up_keys).get(&key).copied()
    }

    /// Forgets everything that was counted or accepted.
    pub(crate) fn reset(&self) {
        lock(&self.look_up_keys).clear();
        self.books.iter().for_each(Book::reset);
        self.token_fetches.store(0, Ordering::Relaxed);
        lock(&self.injected).clear();
    }
}

/// Locks a mutex whose critical sections leave the value consistent even if a panic cut one short.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
