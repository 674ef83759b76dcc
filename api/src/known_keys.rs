//! A memory of API keys, so that wrong ones cost the database little.
//!
//! Nobody is let in because of this memory: a key is looked up at each request, so that a revoked key stops working
//! at once. A key that was right before is looked up without waiting. All others share a few places, and a key that
//! was wrong is refused for some seconds without another look-up.

use bellhop_domain::Timestamp;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::{Semaphore, SemaphorePermit};

/// The most simultaneous look-ups of keys that were not right before.
const STRANGERS: usize = 4;
/// How long a wrong key is not looked up again; it may be up to twice as long.
const WRONG_MS: i64 = 5_000;
/// How many keys of one kind are remembered; it may be up to twice as many.
const MOST: usize = 4_096;

type Hash = [u8; 32];

/// The memory of one process.
#[derive(Debug)]
pub(crate) struct KnownKeys {
    right: Mutex<AgingSet>,
    wrong: Mutex<AgingSet>,
    strangers: Semaphore,
}

/// How to look up a key.
#[derive(Debug)]
pub(crate) enum LookUp<'a> {
    /// Not at all, because it was wrong just now.
    Wrong,
    AtOnce,
    /// As one of a few strangers, while this permit is held.
    Stranger(#[allow(dead_code, reason = "its end is its use")] Option<SemaphorePermit<'a>>),
}

/// A set that forgets: when there are many young entries they become the old ones, and the previous old ones are
/// dropped.
#[derive(Debug, Default)]
struct AgingSet {
    young: HashSet<Hash>,
    old: HashSet<Hash>,
    since: i64,
}

impl Default for KnownKeys {
    fn default() -> Self {
        Self {
            right: Mutex::default(),
            wrong: Mutex::default(),
            strangers: Semaphore::new(STRANGERS),
        }
    }
}

impl KnownKeys {
    pub(crate) async fn look_up(&self, key: &str, now: Timestamp) -> LookUp<'_> {
        let hash = hash(key);
        if locked(&self.wrong).has(&hash, now, WRONG_MS) {
            return LookUp::Wrong;
        }
        if locked(&self.right).has(&hash, now, i64::MAX) {
            return LookUp::AtOnce;
        }
        LookUp::Stranger(self.strangers.acquire().await.ok())
    }

    pub(crate) fn learn(&self, key: &str, is_right: bool, now: Timestamp) {
        let hash = hash(key);
        let (knows, forgets, life) = match is_right {
            true => (&self.right, &self.wrong, i64::MAX),
            false => (&self.wrong, &self.right, WRONG_MS),
        };
        locked(forgets).forget(&hash);
        locked(knows).add(hash, now, life);
    }
}

impl AgingSet {
    fn has(&mut self, hash: &Hash, now: Timestamp, life: i64) -> bool {
        self.grow_old(now, life);
        self.young.contains(hash) || self.old.contains(hash)
    }

    fn add(&mut self, hash: Hash, now: Timestamp, life: i64) {
        self.grow_old(now, life);
        self.young.insert(hash);
    }

    fn forget(&mut self, hash: &Hash) {
        self.young.remove(hash);
        self.old.remove(hash);
    }

    fn grow_old(&mut self, now: Timestamp, life: i64) {
        let age = now.0.saturating_sub(self.since);
        if age < life && self.young.len() < MOST {
            return;
        }
        self.old = std::mem::take(&mut self.young);
        if age >= life.saturating_mul(2) {
            self.old.clear();
        }
        self.since = now.0;
    }
}

fn hash(key: &str) -> Hash {
    Sha256::digest(key.as_bytes()).into()
}

fn locked(set: &Mutex<AgingSet>) -> MutexGuard<'_, AgingSet> {
    set.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_772_355_600_000);

    #[tokio::test]
    async fn a_wrong_key_is_looked_up_once_in_a_while_and_a_right_one_waits_for_nobody() {
        let keys = KnownKeys::default();
        keys.learn("right", true, NOW);
        keys.learn("wrong", false, NOW);
        let strangers: Vec<_> = [keys.look_up("1", NOW).await, keys.look_up("2", NOW).await].into();
        let more = [keys.look_up("3", NOW).await, keys.look_up("4", NOW).await];
        // All places for strangers are taken.
        assert!(matches!(keys.look_up("right", NOW).await, LookUp::AtOnce));
        assert!(matches!(keys.look_up("wrong", NOW).await, LookUp::Wrong));
        let fifth = tokio::time::timeout(std::time::Duration::from_millis(20), keys.look_up("5", NOW));
        assert!(fifth.await.is_err());
        drop((strangers, more));
        let later = NOW.plus(std::time::Duration::from_millis(WRONG_MS as u64 * 2));
        assert!(matches!(keys.look_up("wrong", later).await, LookUp::Stranger(_)));
        // Revoked.
        keys.learn("right", false, later);
        assert!(matches!(keys.look_up("right", later).await, LookUp::Wrong));
    }

    #[test]
    fn the_memory_is_bounded() {
        let keys = KnownKeys::default();
        for i in 0..MOST * 5 {
            keys.learn(&i.to_string(), false, NOW);
        }
        let wrong = locked(&keys.wrong);
        assert!(wrong.young.len() + wrong.old.len() <= MOST * 2);
    }
}
