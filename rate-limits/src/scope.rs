//! The scopes in whose limits a message counts, and how a request for permits names them.

use std::fmt;
use std::time::Duration;

use bellhop_domain::{Lane, OrgId, Timestamp};

use crate::rule::Parameters;
use crate::{Pacing, RateSpec};

/// The key of a scope. All keys of one organisation share a hash tag, so that one call to Redis reaches them all.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeKey {
    org: OrgId,
    name: String,
}

impl ScopeKey {
    /// All that an organisation sends.
    pub fn organisation(org: OrgId) -> Self {
        Self::new(org, "organisation".to_owned())
    }

    /// An account at a provider, shared by several senders.
    pub fn account(org: OrgId, name: &str) -> Self {
        Self::new(org, format!("account:{name}"))
    }

    /// A portfolio of WhatsApp numbers (PRODUCT.md §8: its ceiling is shared by all its numbers).
    pub fn portfolio(org: OrgId, name: &str) -> Self {
        Self::new(org, format!("portfolio:{name}"))
    }

    /// One sender: a number, a gateway account, an app's push credentials. `name` is its name in the settings,
    /// unique within its organisation.
    pub fn sender(org: OrgId, name: &str) -> Self {
        Self::new(org, format!("sender:{name}"))
    }

    /// One sender and one guest.
    pub fn pair(org: OrgId, sender: &str, guest: &str) -> Self {
        Self::new(org, format!("pair:{sender}:{guest}"))
    }

    fn new(org: OrgId, name: String) -> Self {
        Self { org, name }
    }

    pub fn org(&self) -> OrgId {
        self.org
    }

    /// The kind and the name, as in `sender:gateway`.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for ScopeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.org, self.name)
    }
}

/// Who goes first, declared in that order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// An operator's reply in a chat.
    Reply,
    Transactional,
    Marketing,
}

impl Urgency {
    pub const ALL: [Urgency; 3] = [Urgency::Reply, Urgency::Transactional, Urgency::Marketing];

    /// The rank; a smaller one goes first.
    pub(crate) fn rank(self) -> i64 {
        self as i64
    }
}

impl From<Lane> for Urgency {
    fn from(lane: Lane) -> Self {
        match lane {
            Lane::Transactional => Urgency::Transactional,
            Lane::Marketing => Urgency::Marketing,
        }
    }
}

/// One scope with its rates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitScope {
    key: ScopeKey,
    rates: RateSpec,
    parameters: Parameters,
}

impl LimitScope {
    /// A scope whose past the ledger knows: after a loss of memory it is closed until [`crate::Limiter::restore`].
    pub fn new(key: ScopeKey, rates: RateSpec, pacing: Pacing) -> Self {
        let parameters = Parameters::new(&rates, pacing, false);
        Self { key, rates, parameters }
    }

    /// A scope that is one of very many and has short windows, like a pair of number and guest: after a loss of
    /// memory it is closed for its longest window, and if it is silent for that long it is forgotten.
    pub fn passing(key: ScopeKey, rates: RateSpec, pacing: Pacing) -> Self {
        let parameters = Parameters::new(&rates, pacing, true);
        Self { key, rates, parameters }
    }

    pub fn key(&self) -> &ScopeKey {
        &self.key
    }

    pub fn rates(&self) -> &RateSpec {
        &self.rates
    }

    /// How long a permit of this scope lives.
    pub fn permit_life(&self) -> Duration {
        micros(self.parameters.life)
    }

    /// The mean span between two marketing messages; zero if nothing limits them.
    pub fn spacing(&self) -> Duration {
        micros(self.parameters.pace.map_or(0, |pace| pace.cost(1)))
    }

    /// How far back [`crate::Limiter::restore`] must know the past; `None` if it need not.
    pub fn look_back(&self) -> Option<Duration> {
        self.parameters.look_back().map(micros)
    }

    pub(crate) fn parameters(&self) -> &Parameters {
        &self.parameters
    }
}

fn micros(span: i64) -> Duration {
    Duration::from_micros(u64::try_from(span).unwrap_or(0))
}

/// A request for permits. Each permit counts in all scopes, or in none.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// No key may occur twice.
    pub scopes: &'a [LimitScope],
    pub urgency: Urgency,
    /// Ask for no more than there is to send: a permit cannot be given back, because others may have been refused
    /// because of it.
    pub wanted: u32,
    /// A random number below 1000: how far the next marketing message is moved behind its place in the pace.
    pub jitter: u16,
}

/// A message of the past, as the ledger knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Past {
    /// When its request was about to be made, on the clock of whoever made it.
    pub at: Timestamp,
    pub permits: u32,
}
