//! What many ask at once is read once in a while for all of them.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The most that is remembered before what nobody has asked for lately is forgotten.
const MOST: usize = 256;
/// What was not asked for in so long is not asked for any more.
const LATELY: Duration = Duration::from_secs(60);
/// How much of the time may go into reading one value, however long that takes.
const SHARE: u32 = 10;

/// Values by what they are of, each read when the one before is too old.
#[derive(Debug)]
pub(super) struct Freshly<K, V> {
    entries: Mutex<HashMap<K, Arc<Entry<V>>>>,
}

type Entry<V> = tokio::sync::Mutex<Option<Known<V>>>;

#[derive(Debug)]
struct Known<V> {
    read: Instant,
    took: Duration,
    value: V,
}

impl<K, V> Default for Freshly<K, V> {
    fn default() -> Self {
        Self {
            entries: Mutex::new(HashMap::new()),
        }
    }
}

impl<K: Eq + Hash + Copy, V: Clone> Freshly<K, V> {
    /// The value of `key`, not older than `age`, or than ten times what it takes to read. Others who ask meanwhile wait for it.
    pub async fn of<E, F, Reading>(&self, key: K, age: Duration, read: F) -> Result<V, E>
    where
        F: FnOnce(Option<V>) -> Reading,
        Reading: Future<Output = Result<V, E>>,
    {
        let entry = self.entry(key);
        let mut known = entry.lock().await;
        if let Some(it) = known.as_ref()
            && is_fresh(it.read.elapsed(), it.took, age)
        {
            return Ok(it.value.clone());
        }
        let begun = Instant::now();
        let value = read(known.as_ref().map(|it| it.value.clone())).await?;
        *known = Some(Known {
            read: Instant::now(),
            took: begun.elapsed(),
            value: value.clone(),
        });
        Ok(value)
    }

    fn entry(&self, key: K) -> Arc<Entry<V>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MOST && !entries.contains_key(&key) {
            // One that is locked is being read.
            entries.retain(|_, entry| match entry.try_lock() {
                Ok(known) => known.as_ref().is_some_and(|it| it.read.elapsed() < LATELY),
                Err(_) => true,
            });
        }
        entries.entry(key).or_default().clone()
    }
}

/// Whether what was read so long ago, and took so long to read, is not read again.
fn is_fresh(ago: Duration, took: Duration, age: Duration) -> bool {
    ago < age.max(took * SHARE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    const SECOND: Duration = Duration::from_secs(1);

    /// Reads slowly enough for others to come meanwhile.
    async fn next(before: Option<u32>) -> Result<u32, Infallible> {
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        Ok(before.unwrap_or(0) + 1)
    }

    #[tokio::test]
    async fn many_ask_and_one_reads() {
        let freshly = Freshly::default();
        let hour = SECOND * 3_600;
        let both = tokio::join!(freshly.of(1, hour, next), freshly.of(1, hour, next));
        assert_eq!(both, (Ok(1), Ok(1)));
        assert_eq!(freshly.of(1, hour, next).await, Ok(1));
        assert_eq!(freshly.of(2, hour, next).await, Ok(1), "another is another");
    }

    #[test]
    fn what_takes_long_is_read_seldom() {
        for (ago, took, fresh) in [
            (999, 10, true),
            (1_000, 10, false),
            (9_999, 1_000, true),
            (10_000, 1_000, false),
        ] {
            let of = |ms| Duration::from_millis(ms);
            assert_eq!(is_fresh(of(ago), of(took), SECOND), fresh, "{ago} {took}");
        }
    }

    #[tokio::test]
    async fn the_memory_is_bounded_by_what_is_asked_for_lately() {
        let freshly: Freshly<usize, u32> = Freshly::default();
        for key in 0..MOST {
            freshly.of(key, SECOND, next).await.unwrap();
        }
        let long_ago = Instant::now().checked_sub(LATELY).unwrap();
        for entry in freshly.entries.lock().unwrap().values() {
            if let Some(known) = entry.try_lock().unwrap().as_mut() {
                known.read = long_ago;
            }
        }
        freshly.of(MOST, SECOND, next).await.unwrap();
        assert_eq!(freshly.entries.lock().unwrap().len(), 1);
    }
}
