//! Senders: what a message goes out from (PRODUCT.md §8).

use crate::SharedProvider;
use bellhop_domain::quiet_hours::QuietHours;
use bellhop_domain::{EndpointKind, OrgId};
use bellhop_rate_limits::people::Portfolio;
use bellhop_rate_limits::warm_up::Ramp;
use bellhop_rate_limits::{Pacing, RateSpec};
use bellhop_store::guests::Settings;
use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU32;
use std::sync::Arc;

/// One configured sender of one organisation with its present settings. If they change, another value takes its
/// place.
pub struct Sender {
    pub org: OrgId,
    /// Its name in the settings, unique within the organisation.
    pub name: String,
    pub provider: SharedProvider,
    pub rate: RateSpec,
    /// Senders of one kind in the same pool share its messages; `None` for a sender that stands alone.
    pub pool: Option<String>,
    /// The account at the provider, if the settings name it; it overrides what the provider says.
    pub account: Option<String>,
    /// The daily ceilings of a new number; `None` for one that needs no warm-up.
    pub warm_up: Option<Ramp>,
    /// How its marketing is spread over time.
    pub pacing: Pacing,
}

/// All senders that are in force at one instant. What every task asks for is computed once.
#[derive(Clone, Default)]
pub struct Senders(Arc<SenderIndex>);

/// The senders, found by whatever tasks ask for.
#[derive(Default)]
struct SenderIndex {
    all: Vec<Arc<Sender>>,
    of: HashMap<OrgId, Own>,
    /// How many senders of each kind really send messages.
    sending: BTreeMap<EndpointKind, usize>,
}

/// The senders of one organisation.
#[derive(Default)]
struct Own {
    by_name: HashMap<String, Arc<Sender>>,
    kinds: Vec<EndpointKind>,
    pools: HashMap<EndpointKind, Vec<Arc<Sender>>>,
    /// The senders of the same account, by sender name.
    peers: HashMap<String, Vec<String>>,
}

impl Own {
    /// From an organisation's senders, in their order.
    fn of(senders: &[Arc<Sender>]) -> Self {
        let mut own = Self::default();
        for sender in senders {
            let kind = sender.provider.kind();
            own.kinds.push(kind);
            own.pools.entry(kind).or_insert_with(|| pool(senders, kind));
            own.by_name.insert(sender.name.clone(), sender.clone());
            own.peers.insert(sender.name.clone(), peers(senders, sender));
        }
        own
    }
}

/// The senders for a kind of address: the first one, and those in its pool.
fn pool(senders: &[Arc<Sender>], kind: EndpointKind) -> Vec<Arc<Sender>> {
    let mut able = senders.iter().filter(|s| s.provider.kind() == kind);
    let Some(first) = able.next() else {
        return Vec::new();
    };
    let others = able.filter(|s| s.pool.is_some() && s.pool == first.pool);
    [first].into_iter().chain(others).cloned().collect()
}

fn peers(senders: &[Arc<Sender>], of: &Sender) -> Vec<String> {
    let account = account(of);
    let shares = |other: &Sender| {
        let same_kind = other.provider.kind() == of.provider.kind();
        other.name == of.name || same_kind && account.is_some() && self::account(other) == account
    };
    let peers = senders.iter().filter(|other| shares(other));
    peers.map(|other| other.name.clone()).collect()
}

fn account(of: &Sender) -> Option<String> {
    let named = of.account.as_ref().map(|name| format!("named {name}"));
    named.or_else(|| of.provider.account())
}

impl Senders {
    /// The senders of all organisations, those of each in the order of preference.
    pub fn new(senders: impl IntoIterator<Item = impl Into<Arc<Sender>>>) -> Self {
        let all: Vec<Arc<Sender>> = senders.into_iter().map(Into::into).collect();
        let mut by_org: BTreeMap<OrgId, Vec<Arc<Sender>>> = BTreeMap::new();
        for sender in &all {
            by_org.entry(sender.org).or_default().push(sender.clone());
        }
        let of: HashMap<OrgId, Own> = by_org.iter().map(|(org, its)| (*org, Own::of(its))).collect();
        let mut sending: BTreeMap<EndpointKind, usize> = BTreeMap::new();
        for (kind, pool) in of.values().flat_map(|own| &own.pools) {
            *sending.entry(*kind).or_default() += pool.len();
        }
        Self(Arc::new(SenderIndex { all, of, sending }))
    }

    /// An organisation's sender of this name.
    pub fn named(&self, org: OrgId, name: &str) -> Option<&Arc<Sender>> {
        self.0.of.get(&org)?.by_name.get(name)
    }

    /// Whether this very sender is in force: neither removed nor changed.
    pub fn has(&self, sender: &Arc<Sender>) -> bool {
        self.named(sender.org, &sender.name)
            .is_some_and(|it| Arc::ptr_eq(it, sender))
    }

    /// The senders that use the same account at a provider, including this one: a receipt for one may arrive through
    /// another. Empty if there is no such sender.
    pub fn peers(&self, org: OrgId, name: &str) -> &[String] {
        let own = self.0.of.get(&org);
        own.and_then(|own| own.peers.get(name)).map_or(&[], Vec::as_slice)
    }

    /// The organisation's senders for a kind of address: the first configured one, and those in its pool.
    pub fn pool(&self, org: OrgId, kind: EndpointKind) -> &[Arc<Sender>] {
        let own = self.0.of.get(&org);
        own.and_then(|own| own.pools.get(&kind)).map_or(&[], Vec::as_slice)
    }

    /// How many senders of a kind really send messages.
    pub fn sending(&self, kind: EndpointKind) -> usize {
        self.0.sending.get(&kind).copied().unwrap_or_default()
    }

    /// Senders that share a pool with another.
    pub fn pooled(&self) -> impl Iterator<Item = &Arc<Sender>> {
        let shares = |one: &Sender, other: &Sender| {
            let same = one.org == other.org && one.provider.kind() == other.provider.kind() && one.pool == other.pool;
            same && one.pool.is_some() && one.name != other.name
        };
        let all = &self.0.all;
        all.iter().filter(move |one| all.iter().any(|other| shares(one, other)))
    }

    /// The kinds of address that there are senders for.
    pub fn kinds(&self) -> Vec<EndpointKind> {
        self.0.sending.keys().copied().collect()
    }

    /// The kinds of address that an organisation has a sender for.
    pub fn kinds_of(&self, org: OrgId) -> &[EndpointKind] {
        self.0.of.get(&org).map_or(&[], |own| &own.kinds)
    }

    /// The portfolio that a sender shares, if its ceiling is known. If its senders know different limits, the lowest.
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
    pub fn of_portfolio<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Arc<Sender>> {
        self.iter().filter(move |it| it.provider.portfolio() == Some(name))
    }

    pub fn iter(&self) -> impl Iterator<Item = &Arc<Sender>> {
        self.0.all.iter()
    }
}

/// How an organisation's marketing is spread over time: daily limits are spread over the part of the day that quiet
/// hours leave open.
pub fn pacing(settings: &Settings) -> Pacing {
    let pacing = Pacing::default();
    Pacing {
        open_per_day: settings
            .quiet_hours
            .map_or(pacing.open_per_day, QuietHours::open_per_day),
        ..pacing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use bellhop_channels::{Finding, OutgoingMessage, Provider};
    use bellhop_domain::Outcome;

    struct Gateway(EndpointKind, Option<&'static str>);

    #[async_trait]
    impl Provider for Gateway {
        fn kind(&self) -> EndpointKind {
            self.0
        }

        fn account(&self) -> Option<String> {
            self.1.map(str::to_owned)
        }

        async fn send(&self, _: &OutgoingMessage<'_>) -> Outcome {
            Outcome::Failed { why: String::new() }
        }

        async fn check(&self) -> Vec<Finding> {
            Vec::new()
        }
    }

    #[test]
    fn the_senders_of_one_account_are_peers_and_nobody_else() {
        use EndpointKind::{Phone, WhatsApp};
        let sender = |org: i32, name: &str, kind, account| Sender {
            org: OrgId(org),
            name: name.to_owned(),
            provider: Arc::new(Gateway(kind, account)).into(),
            rate: RateSpec::UNLIMITED,
            pool: None,
            account: ["north", "south"].contains(&name).then(|| "operator".to_owned()),
            warm_up: None,
            pacing: Pacing::default(),
        };
        let senders = Senders::new(vec![
            sender(1, "a", Phone, Some("x")),
            sender(1, "b", Phone, Some("x")),
            sender(1, "c", Phone, Some("y")),
            sender(1, "d", Phone, None),
            sender(1, "e", Phone, None),
            sender(1, "f", WhatsApp, Some("x")),
            sender(2, "a", Phone, Some("x")),
            sender(1, "north", Phone, Some("10.0.0.1")),
            sender(1, "south", Phone, Some("10.0.0.2")),
        ]);
        let peers = |place: usize| {
            let of = senders.iter().nth(place).unwrap();
            senders.peers(of.org, &of.name).join(" ")
        };
        let expected = ["a b", "a b", "c", "d", "e", "f", "a", "north south", "north south"];
        assert_eq!([0, 1, 2, 3, 4, 5, 6, 7, 8].map(peers), expected);
    }
}
