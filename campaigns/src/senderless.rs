//! Kinds of address that no sender serves.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Within this time every process hears of changed settings.
pub const HEARD_WITHIN: Duration = Duration::from_secs(2);

/// Since when messages without a sender have been seen. The process that planned them may have heard of a new sender
/// before this process did, so their lack of a sender is not believed at once.
pub struct Senderless<K>(Mutex<HashMap<K, Instant>>);

impl<K> Default for Senderless<K> {
    fn default() -> Self {
        Self(Mutex::new(HashMap::new()))
    }
}

impl<K: Eq + Hash> Senderless<K> {
    /// Notes one more; returns whether the lack of a sender is certain by now.
    pub fn is_certain(&self, key: K, now: Instant) -> bool {
        let mut met = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        now.duration_since(*met.entry(key).or_insert(now)) >= HEARD_WITHIN
    }

    /// Forgets those for which `still` is false.
    pub fn retain(&self, still: impl Fn(&K) -> bool) {
        let mut met = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        met.retain(|key, _| still(key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_without_sender_is_believed_once_everybody_would_have_heard_of_one() {
        let (senderless, begun) = (Senderless::default(), Instant::now());
        let met = |after| senderless.is_certain("sms", begun + after);
        assert!(!met(Duration::ZERO));
        assert!(!met(HEARD_WITHIN / 2));
        assert!(met(HEARD_WITHIN));
        senderless.retain(|_| false);
        assert!(!met(HEARD_WITHIN * 2), "it had a sender meanwhile");
    }
}
