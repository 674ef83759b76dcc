//! Senders: what a message goes out from (PRODUCT.md §8).

use bellhop_channels::Provider;
use bellhop_domain::{EndpointKind, OrgId};
use bellhop_rate_limits::people::Portfolio;
use bellhop_rate_limits::warm_up::Ramp;
use bellhop_rate_limits::{Pacing, RateSpec};
use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::Arc;

/// One configured sender of one organisation.
pub struct Sender {
    pub org: OrgId,
    /// Its name in the configuration, unique within the organisation.
    pub name: String,
    pub provider: Arc<dyn Provider>,
    pub rate: RateSpec,
    /// Senders of one kind with one pool share its messages; `None` stands alone.
    pub pool: Option<String>,
    /// The daily ceilings of a new number; `None` for one that needs no warm-up.
    pub warm_up: Option<Ramp>,
    /// How its marketing is spread.
    pub pacing: Pacing,
}

/// All senders of this process.
#[derive(Clone, Default)]
pub struct Senders(Vec<Arc<Sender>>);

impl Senders {
    pub fn new(senders: Vec<Sender>) -> Self {
        Self(senders.into_iter().map(Arc::new).collect())
    }

    /// The organisation's senders for a kind of address: the first configured one, and those of its pool.
    pub fn pool(&self, org: OrgId, kind: EndpointKind) -> Vec<Arc<Sender>> {
        let mut able = self.0.iter().filter(|s| s.org == org && s.provider.kind() == kind);
        let Some(first) = able.next() else {
            return Vec::new();
        };
        let others = able.filter(|s| s.pool.is_some() && s.pool == first.pool);
        [first].into_iter().chain(others).cloned().collect()
    }

    /// How many of a kind there are that messages go out from.
    pub(crate) fn sending(&self, kind: EndpointKind) -> usize {
        let orgs: BTreeSet<OrgId> = self.0.iter().map(|sender| sender.org).collect();
        orgs.into_iter().map(|org| self.pool(org, kind).len()).sum()
    }

    /// Those that share a pool with another.
    pub(crate) fn pooled(&self) -> impl Iterator<Item = &Arc<Sender>> {
        let shares = |one: &Sender, other: &Sender| {
            let same = one.org == other.org && one.provider.kind() == other.provider.kind() && one.pool == other.pool;
            same && one.pool.is_some() && one.name != other.name
        };
        self.0
            .iter()
            .filter(move |one| self.0.iter().any(|other| shares(one, other)))
    }

    /// The kinds of address there are senders for.
    pub fn kinds(&self) -> Vec<EndpointKind> {
        EndpointKind::ALL
            .into_iter()
            .filter(|k| self.0.iter().any(|s| s.provider.kind() == *k))
            .collect()
    }

    /// The portfolio that a sender shares, if its ceiling is known; of several limits that its senders know the least.
    pub fn portfolio(&self, sender: &Sender) -> Option<Portfolio> {
        let name = sender.provider.portfolio()?;
        let limits = self.of_portfolio(name).filter_map(|it| it.provider.people_limit());
        Some(Portfolio {
            people: limits.filter_map(|limit| NonZeroU32::new(limit.people)).min()?,
            name: name.to_owned(),
            reserve_percent: sender.pacing.reserve_percent,
        })
    }

    /// All numbers of a portfolio, of whichever organisation.
    pub(crate) fn of_portfolio<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Arc<Sender>> {
        self.0.iter().filter(move |it| it.provider.portfolio() == Some(name))
    }

    pub fn iter(&self) -> impl Iterator<Item = &Arc<Sender>> {
        self.0.iter()
    }
}
