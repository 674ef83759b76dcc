//! When to try again: exponential backoff with full jitter, never before `Retry-After`, never past the expiry.

use crate::Timestamp;
use std::time::Duration;

/// The first retry waits up to `base`, each following one up to twice as long as the one before, and none longer than
/// `cap`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    pub base: Duration,
    pub cap: Duration,
    /// After this many tries the message fails.
    pub max_tries: u16,
}

impl Backoff {
    /// The instant of the next try, or `None` when the tries or the message's life are used up.
    ///
    /// `tries` counts those already made (1 after the first); `jitter` is uniform in [0, 1);
    /// the provider's `retry_after` is a lower bound on which the jitter is added.
    pub fn next(
        &self,
        now: Timestamp,
        tries: u16,
        retry_after: Option<Duration>,
        expires: Timestamp,
        jitter: f64,
    ) -> Option<Timestamp> {
        if tries >= self.max_tries {
            return None;
        }
        let doubled = self
            .base
            .saturating_mul(2u32.saturating_pow(u32::from(tries.saturating_sub(1))))
            .min(self.cap);
        let wait = doubled
            .mul_f64(jitter.clamp(0.0, 1.0))
            .saturating_add(retry_after.unwrap_or_default());
        let at = now.plus(wait);
        (at < expires).then_some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RULE: Backoff = Backoff {
        base: Duration::from_secs(10),
        cap: Duration::from_secs(600),
        max_tries: 8,
    };

    proptest! {
        #[test]
        fn a_retry_obeys_retry_after_the_cap_and_the_expiry(tries in 1u16..12, after in 0u64..900, life in 0i64..2_000_000, jitter in 0.0f64..1.0) {
            let (now, expires) = (Timestamp(0), Timestamp(life));
            match RULE.next(now, tries, Some(Duration::from_secs(after)), expires, jitter) {
                Some(at) => {
                    prop_assert!(at < expires && tries < RULE.max_tries);
                    prop_assert!(at.0 >= after as i64 * 1000);
                    prop_assert!(at.0 <= (after as i64 + 600) * 1000);
                }
                None => prop_assert!(tries >= RULE.max_tries || life < (after as i64 + 600) * 1000),
            }
        }
    }

    #[test]
    fn no_wait_is_too_long_to_add() {
        for after in [Duration::MAX, Duration::from_secs(u64::MAX)] {
            assert_eq!(RULE.next(Timestamp(5), 1, Some(after), Timestamp(i64::MAX), 0.9), None);
        }
    }

    #[test]
    fn waits_double_up_to_the_cap() {
        let wait = |tries| {
            RULE.next(Timestamp(0), tries, None, Timestamp(i64::MAX), 1.0)
                .map(|t| t.0 / 1000)
        };
        assert_eq!(
            [1, 2, 3, 7, 8].map(wait),
            [Some(10), Some(20), Some(40), Some(600), None]
        );
    }
}
