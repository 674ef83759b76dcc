//! Connections that wait for their peer, or are busy. When there is no more room, the one that has done so longest goes.
//!
//! A guest's phone or a brand's server sends its request at once; only a peer that opens a connection and says
//! nothing, or stops in the middle, waits. So it is strangers' idle connections that make room for each other.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Those that wait, in the order in which they began.
#[derive(Debug, Clone, Default)]
pub struct Crowd(Arc<Mutex<Members>>);

#[derive(Debug, Default)]
struct Members {
    next: u64,
    waiting: BTreeMap<u64, Member>,
}

#[derive(Debug)]
struct Member {
    since: Instant,
    goes: CancellationToken,
}

/// Being one of the crowd; whoever drops it leaves.
#[derive(Debug)]
pub(crate) struct Membership {
    crowd: Crowd,
    number: u64,
}

impl Crowd {
    /// Joins the crowd now; `goes` is cancelled when the connection must go.
    pub(crate) fn join(&self, goes: CancellationToken) -> Membership {
        let mut members = self.members();
        members.next += 1;
        let number = members.next;
        let since = Instant::now();
        members.waiting.insert(number, Member { since, goes });
        drop(members);
        Membership {
            crowd: self.clone(),
            number,
        }
    }

    /// Makes the one that has waited longest go; returns whether there was one.
    pub(crate) fn make_room(&self) -> bool {
        let first = self.members().waiting.pop_first();
        first.inspect(|(_, member)| member.goes.cancel()).is_some()
    }

    /// Makes all go that have waited for at least this long.
    pub(crate) fn end_those_waiting(&self, at_least: Duration) {
        let mut members = self.members();
        while let Some(first) = members.waiting.first_entry()
            && first.get().since.elapsed() >= at_least
        {
            first.remove().goes.cancel();
        }
    }

    fn members(&self) -> MutexGuard<'_, Members> {
        // Nothing done under the lock can leave the map half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.crowd.members().waiting.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_waited_longest_goes_first_and_who_has_left_is_left_alone() {
        let crowd = Crowd::default();
        let tokens: Vec<_> = (0..4).map(|_| CancellationToken::new()).collect();
        let mut memberships: Vec<_> = tokens.iter().map(|token| crowd.join(token.clone())).collect();
        drop(memberships.remove(0));
        let gone = || tokens.iter().map(CancellationToken::is_cancelled).collect::<Vec<_>>();
        assert!(crowd.make_room());
        assert_eq!(gone(), [false, true, false, false]);
        crowd.end_those_waiting(Duration::from_secs(60));
        assert_eq!(gone(), [false, true, false, false]);
        crowd.end_those_waiting(Duration::ZERO);
        assert_eq!(gone(), [false, true, true, true]);
        assert!(!crowd.make_room());
    }
}
