//! How often one guest's forms are taken. A link may be in anybody's hands.

use bellhop_domain::{CustomerId, Timestamp};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Forms of one guest within the time.
const MOST: u32 = 40;
const WITHIN_MS: i64 = 600_000;
/// Guests who are remembered; beyond that the past is forgotten.
const GUESTS: usize = 10_000;

/// The forms that this process has lately taken.
#[derive(Debug, Default)]
pub(crate) struct Posts(Mutex<HashMap<CustomerId, (Timestamp, u32)>>);

impl Posts {
    /// Counts one; `false` if there were too many.
    pub fn has_room(&self, guest: CustomerId, now: Timestamp) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = |(since, _): &(Timestamp, u32)| now.0 - since.0 >= WITHIN_MS;
        if all.len() >= GUESTS {
            all.retain(|_, it| !is_over(it));
        }
        if all.len() >= GUESTS {
            all.clear();
        }
        let it = all.entry(guest).or_insert((now, 0));
        if is_over(it) {
            *it = (now, 0);
        }
        it.1 = it.1.saturating_add(1);
        it.1 <= MOST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_has_so_many_in_ten_minutes() {
        let posts = Posts::default();
        let (one, other) = (CustomerId(1), CustomerId(2));
        for _ in 0..MOST {
            assert!(posts.has_room(one, Timestamp(5)));
        }
        assert!(!posts.has_room(one, Timestamp(6)));
        assert!(posts.has_room(other, Timestamp(6)));
        assert!(posts.has_room(one, Timestamp(5 + WITHIN_MS)));
        for guest in 0..GUESTS as i64 + 10 {
            posts.has_room(CustomerId(guest), Timestamp(7));
        }
        assert!(posts.0.lock().unwrap().len() <= GUESTS);
    }
}
