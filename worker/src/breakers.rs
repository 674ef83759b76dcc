//! The circuit breakers of this process: one tally per run and kind of address, one per sender.

use bellhop_domain::breaker::{Tally, Threshold, Trip};
use bellhop_domain::{EndpointKind, MessageId, OrgId, Outcome, RunId};
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Run(RunId, EndpointKind),
    Sender(OrgId, String),
}

/// More runs and senders than are ever under way at once; beyond this number the tallies start anew.
const KNOWN_AT_MOST: usize = 1_000;

/// More messages than ever wait for another try; beyond this number they are forgotten and may count again.
const REMEMBERED: usize = 10_000;

pub(crate) struct Breakers {
    threshold: Threshold,
    tallies: Mutex<HashMap<Key, Counted>>,
}

/// A tally, and the messages that it has counted as refused: a message that is tried again still concerns one guest
/// only.
#[derive(Default)]
struct Counted {
    tally: Tally,
    refused: HashSet<MessageId>,
}

impl Counted {
    fn count(&mut self, message: MessageId, outcome: &Outcome, threshold: &Threshold) -> Option<Trip> {
        if matches!(outcome, Outcome::Rejected { .. }) {
            if self.refused.len() >= REMEMBERED {
                self.refused.clear();
            }
            if !self.refused.insert(message) {
                return None;
            }
        }
        self.tally.count(outcome, threshold)
    }
}

impl Breakers {
    pub fn new(threshold: Threshold) -> Self {
        Self {
            threshold,
            tallies: Mutex::default(),
        }
    }

    /// Counts one batch's outcomes; returns the first trip. A tally that has tripped starts anew, for the time after
    /// a resume.
    pub fn count<'o>(
        &self,
        run: RunId,
        kind: EndpointKind,
        sender: (OrgId, &str),
        outcomes: impl Iterator<Item = (MessageId, &'o Outcome)> + Clone,
    ) -> Option<Trip> {
        let mut tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        if tallies.len() >= KNOWN_AT_MOST {
            tallies.clear();
        }
        for key in [Key::Sender(sender.0, sender.1.to_owned()), Key::Run(run, kind)] {
            let tally = tallies.entry(key.clone()).or_default();
            let trip = outcomes
                .clone()
                .filter_map(|(message, outcome)| tally.count(message, outcome, &self.threshold))
                .find(|trip| key.trips_by(trip));
            if trip.is_some() {
                tallies.remove(&key);
                return trip;
            }
        }
        None
    }
}

impl Breakers {
    /// Forgets what a sender did with other settings.
    pub fn forget(&self, org: OrgId, sender: &str) {
        let mut tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        tallies.remove(&Key::Sender(org, sender.to_owned()));
    }
}

impl Key {
    fn trips_by(&self, trip: &Trip) -> bool {
        matches!(
            (self, trip),
            (Key::Run(..), Trip::Run { .. }) | (Key::Sender(..), Trip::Sender { .. })
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_breaker_trips_on_its_own_kind_of_trouble() {
        let breakers = Breakers::new(Threshold {
            rejections: 2,
            misconfigurations: 2,
        });
        let mut message = 0;
        let mut count = |outcome: Outcome| {
            message += 1;
            let outcomes = [(MessageId(message), &outcome)];
            breakers.count(RunId(1), EndpointKind::Fcm, (OrgId(1), "app"), outcomes.into_iter())
        };
        let rejected = || Outcome::Rejected { why: "r".into() };
        let misconfigured = || Outcome::Misconfigured { why: "m".into() };
        assert_eq!(count(rejected()), None);
        assert_eq!(count(misconfigured()), None);
        assert_eq!(count(rejected()), Some(Trip::Run { why: "r".into() }));
        assert_eq!(count(misconfigured()), Some(Trip::Sender { why: "m".into() }));
        assert_eq!(count(rejected()), None, "a tripped breaker starts anew");
    }

    #[test]
    fn one_guests_message_that_is_refused_again_and_again_pauses_nothing() {
        let breakers = Breakers::new(Threshold::default());
        let rejected = Outcome::Rejected { why: "r".into() };
        let count = |message| {
            let outcomes = [(MessageId(message), &rejected)];
            breakers.count(RunId(1), EndpointKind::Fcm, (OrgId(1), "app"), outcomes.into_iter())
        };
        for _ in 0..20 {
            assert_eq!(count(1), None);
        }
        assert_eq!((2..5).find_map(count), None);
        assert_eq!(count(5), Some(Trip::Run { why: "r".into() }), "five guests' are");
    }
}
