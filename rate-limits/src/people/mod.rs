//! Limits that depend on whom a message is for (PRODUCT.md §8): a Cloud API number sends the same guest at most one
//! message in six seconds, and all numbers of a portfolio together reach a limited number of different guests in 24
//! hours.
//!
//! A [`Roll`] remembers when each guest was written to last. For each message, the guest is admitted by all rolls of
//! the sender or by none.

mod rule;
pub(crate) mod words;

#[cfg(test)]
mod schedules;
#[cfg(test)]
mod tests;

use std::num::NonZeroU32;
use std::time::Duration;

use bellhop_domain::{OrgId, Timestamp};
use sha2::{Digest, Sha256};

use crate::Urgency;
pub(crate) use rule::{AdmitAnswer, LIFE, PastVisit, RestoreAnswer, RollMemory, RollParameters, Visit, admit, restore};

/// The key of a roll. Rolls that are asked together share a hash tag, so that one call to Redis reaches them all.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RollKey {
    tag: String,
    name: String,
}

impl RollKey {
    pub(crate) fn tag(&self) -> &str {
        &self.tag
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

/// Who was written to lately, and what that forbids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roll {
    key: RollKey,
    parameters: RollParameters,
}

impl Roll {
    pub fn key(&self) -> &RollKey {
        &self.key
    }

    /// Whether it is the portfolio's ceiling, which counts only messages outside the guest's open window.
    pub fn is_ceiling(&self) -> bool {
        self.parameters.ceiling.is_some()
    }

    /// How far back [`crate::Limiter::restore_roll`] must know the past.
    pub fn look_back(&self) -> Duration {
        Duration::from_micros(self.parameters.look_back().unsigned_abs())
    }

    pub(crate) fn parameters(&self) -> &RollParameters {
        &self.parameters
    }
}

/// A portfolio's ceiling of unique guests in any 24 hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Portfolio {
    /// All senders that name it share the ceiling, whatever organisation they belong to.
    pub name: String,
    pub people: NonZeroU32,
    /// The percentage of places that marketing leaves to everything else, rounded down to whole places.
    pub reserve_percent: u8,
}

impl Portfolio {
    /// How many of the guests marketing may reach: at least one.
    pub fn for_marketing(&self) -> NonZeroU32 {
        let all = self.people.get();
        let reserve = u64::from(all) * u64::from(self.reserve_percent.min(100)) / 100;
        let left = all - u32::try_from(reserve).unwrap_or(all);
        NonZeroU32::new(left).unwrap_or(NonZeroU32::MIN)
    }
}

const DAY: Duration = Duration::from_secs(24 * 3600);

/// The rolls of one sender: none, one or two.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PeopleRules {
    rolls: Vec<Roll>,
}

impl PeopleRules {
    /// At most one message to one guest in any `apart`, and the portfolio's ceiling. `sender` is the sender's name in the
    /// settings, unique within its organisation.
    pub fn new(org: OrgId, sender: &str, apart: Option<Duration>, portfolio: Option<&Portfolio>) -> Self {
        let tag = portfolio.map_or_else(|| org.to_string(), |it| format!("portfolio:{}", it.name));
        let roll = |name: String, parameters| Roll {
            key: RollKey { tag: tag.clone(), name },
            parameters,
        };
        let pair = apart.filter(|apart| !apart.is_zero());
        let pair = pair.map(|apart| roll(format!("pairs:{org}:{sender}"), RollParameters::apart(apart)));
        let ceiling = portfolio.map(|it| {
            let parameters = RollParameters::ceiling(DAY, it);
            roll("portfolio".to_owned(), parameters)
        });
        Self {
            rolls: pair.into_iter().chain(ceiling).collect(),
        }
    }

    /// The same rules with a ceiling over a shorter span, for tests.
    #[doc(hidden)]
    pub fn within(mut self, span: Duration) -> Self {
        for roll in self.rolls.iter_mut().filter(|roll| roll.is_ceiling()) {
            roll.parameters.span = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
        }
        self
    }

    pub fn rolls(&self) -> &[Roll] {
        &self.rolls
    }

    pub fn is_empty(&self) -> bool {
        self.rolls.is_empty()
    }

    pub fn ceiling(&self) -> Option<&Roll> {
        self.rolls.iter().find(|roll| roll.is_ceiling())
    }
}

/// A guest's address as a number that does not reveal it, so that Redis holds no phones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonId(pub(crate) i64);

impl PersonId {
    pub fn of(address: &str) -> Self {
        let digest = Sha256::digest(address.as_bytes());
        let first = digest
            .iter()
            .take(8)
            .fold(0u64, |all, byte| all << 8 | u64::from(*byte));
        Self(first.cast_signed())
    }
}

/// Whom one message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    pub id: PersonId,
    /// Whether the message counts in the portfolio's ceiling; it does unless the guest's window is open.
    pub counts: bool,
}

impl Person {
    pub(crate) fn visit(&self) -> Visit {
        Visit {
            person: self.id.0,
            counts: self.counts,
        }
    }
}

/// Asks to send one message to each of `people`, in their order. Without people it asks only how much room is left.
#[derive(Debug, Clone, Copy)]
pub struct PeopleRequest<'a> {
    pub rules: &'a PeopleRules,
    pub people: &'a [Person],
    pub urgency: Urgency,
}

/// The answer for one of the people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The message may go, and is counted.
    Go,
    /// Not before this instant, and nothing is counted. If asked again then, the answer is *go*, unless somebody else
    /// came first.
    NotBefore(Timestamp, HeldBy),
}

/// What holds a message back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldBy {
    /// Another message to the same guest.
    Pair,
    /// The portfolio's ceiling.
    Ceiling,
}

/// What is left of a portfolio's ceiling for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vacancy {
    /// Places for this many more guests, at least one.
    Places(u32),
    NotBefore(Timestamp),
}

/// What [`crate::Limiter::admit`] answers. All instants are on the caller's clock.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "who was admitted and is not written to is counted in vain"]
pub enum Admission {
    Told {
        /// One for each of the people.
        answers: Vec<Answer>,
        /// No request may start later. Measure the span with a monotonic clock that was started before asking.
        use_before: Timestamp,
        /// `None` if there is no ceiling.
        room: Option<Vacancy>,
    },
    /// The limiter does not know enough of the past and is closed until these rolls are restored, from a ledger that
    /// is not read before `read_from`.
    Lost { rolls: Vec<RollKey>, read_from: Timestamp },
}

/// A message of the past, as the ledger knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastPerson {
    pub id: PersonId,
    /// When its request was about to be made, on the clock of whoever made it.
    pub at: Timestamp,
}
