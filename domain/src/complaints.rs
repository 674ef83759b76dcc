//! Complaints that come in floods are logged only once in a while: a database that is down fails every batch, and a
//! stranger may forge any number of calls.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The least time between two complaints of the same kind.
const APART: Duration = Duration::from_secs(5);

/// One kind of complaint.
#[derive(Debug, Default)]
pub struct Complaints(Mutex<(Option<Instant>, u64)>);

impl Complaints {
    /// Counts one more; `Some` if it should be logged, with the number of those since the last that were not.
    pub fn tell(&self, now: Instant) -> Option<u64> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.0.is_some_and(|last| now.duration_since(last) < APART) {
            kept.1 += 1;
            return None;
        }
        kept.0 = Some(now);
        Some(std::mem::take(&mut kept.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_told_once_and_counted() {
        let (complaints, start) = (Complaints::default(), Instant::now());
        assert_eq!(complaints.tell(start), Some(0));
        assert_eq!(complaints.tell(start + APART / 2), None);
        assert_eq!(complaints.tell(start + APART), Some(1));
        assert_eq!(complaints.tell(start + APART * 2), Some(0));
    }
}
