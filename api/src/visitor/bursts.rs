//! Recognises scanners that read a whole mailbox at once: they fetch many guests' links within a second, from one
//! address and under one name.

use bellhop_domain::{MessageId, Timestamp};
use std::collections::VecDeque;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// The time within which many guests' links from one address make a burst, in milliseconds. Behind one address of a
/// mobile operator there are thousands of people, but not with the same browser within one second.
const WITHIN_MS: i64 = 1_000;
const GUESTS: usize = 8;
/// How many fetches are remembered: more than come within a second.
const REMEMBERED: usize = 4_096;

/// The latest fetches of this process.
#[derive(Debug, Default)]
pub(crate) struct Bursts {
    latest: Mutex<VecDeque<Fetch>>,
    hasher: RandomState,
}

#[derive(Debug, Clone, Copy)]
struct Fetch {
    /// A hash of the address and the name; neither is kept itself.
    who: u64,
    message: MessageId,
    at: Timestamp,
}

impl Bursts {
    /// Remembers a fetch; returns whether it is part of a burst.
    pub(super) fn is_one(&self, client: IpAddr, agent: &str, message: MessageId, at: Timestamp) -> bool {
        let who = self.hasher.hash_one((client, agent));
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let old = |fetch: &Fetch| (at.0 - fetch.at.0).abs() >= WITHIN_MS;
        while latest.len() >= REMEMBERED || latest.front().is_some_and(old) {
            latest.pop_front();
        }
        latest.push_back(Fetch { who, message, at });
        let mut guests: Vec<MessageId> = Vec::with_capacity(GUESTS);
        for fetch in latest.iter().filter(|fetch| fetch.who == who) {
            if !guests.contains(&fetch.message) {
                guests.push(fetch.message);
            }
            if guests.len() >= GUESTS {
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_guests_in_a_second_are_one_robots() {
        let client: IpAddr = "93.184.216.34".parse().unwrap();
        let other: IpAddr = "93.184.216.35".parse().unwrap();
        let bursts = Bursts::default();
        let at = |ms: i64| Timestamp(1_000_000 + ms);
        for guest in 0..7 {
            assert!(!bursts.is_one(client, "browser", MessageId(guest), at(guest as i64)));
        }
        assert!(
            !bursts.is_one(client, "browser", MessageId(3), at(10)),
            "the same guest again"
        );
        assert!(!bursts.is_one(client, "another", MessageId(7), at(10)), "another phone");
        assert!(
            !bursts.is_one(other, "browser", MessageId(7), at(10)),
            "another address"
        );
        assert!(bursts.is_one(client, "browser", MessageId(8), at(20)));
        assert!(!bursts.is_one(client, "browser", MessageId(9), at(2_000)), "later");
    }

    #[test]
    fn no_more_is_remembered_than_has_room() {
        let bursts = Bursts::default();
        for guest in 0..(REMEMBERED as u64 + 100) {
            bursts.is_one(
                "93.184.216.34".parse().unwrap(),
                &guest.to_string(),
                MessageId(guest),
                Timestamp(5),
            );
        }
        assert_eq!(bursts.latest.lock().unwrap().len(), REMEMBERED);
    }
}
