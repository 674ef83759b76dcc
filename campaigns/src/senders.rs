//! Senders: what a message goes out from (PRODUCT.md §8).

use bellhop_channels::Provider;
use bellhop_domain::quiet_hours::QuietHours;
use bellhop_domain::{EndpointKind, OrgId};
use bellhop_rate_limits::people::Portfolio;
use bellhop_rate_limits::warm_up::Ramp;
use bellhop_rate_limits::{Pacing, RateSpec};
use bellhop_store::guests::Settings;
use std::collections::{BTreeSet, HashMap};
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
pub struct Senders {
    all: Vec<Arc<Sender>>,
    /// The accounts that the configuration names, by organisation and sender.
    accounts: Arc<HashMap<(OrgId, String), String>>,
}

impl Senders {
    pub fn new(senders: Vec<Sender>) -> Self {
        Self {
            all: senders.into_iter().map(Arc::new).collect(),
            accounts: Arc::default(),
        }
    }

    /// With names of accounts, by organisation and sender, that stand above what the providers say.
    pub fn with_accounts(self, accounts: HashMap<(OrgId, String), String>) -> Self {
        Self {
            accounts: Arc::new(accounts),
            ..self
        }
    }

    /// The senders that use the same account at a provider, this one among them: a receipt of one may come by another.
    pub fn peers(&self, of: &Sender) -> Vec<String> {
        let account = self.account(of);
        let shares = |other: &Sender| {
            let same_side = other.org == of.org && other.provider.kind() == of.provider.kind();
            other.name == of.name && other.org == of.org
                || same_side && account.is_some() && self.account(other) == account
        };
        let peers = self.all.iter().filter(|other| shares(other));
        peers.map(|other| other.name.clone()).collect()
    }

    fn account(&self, of: &Sender) -> Option<String> {
        let named = self.accounts.get(&(of.org, of.name.clone()));
        named
            .map(|name| format!("named {name}"))
            .or_else(|| of.provider.account())
    }

    /// The organisation's senders for a kind of address: the first configured one, and those of its pool.
    pub fn pool(&self, org: OrgId, kind: EndpointKind) -> Vec<Arc<Sender>> {
        let mut able = self.all.iter().filter(|s| s.org == org && s.provider.kind() == kind);
        let Some(first) = able.next() else {
            return Vec::new();
        };
        let others = able.filter(|s| s.pool.is_some() && s.pool == first.pool);
        [first].into_iter().chain(others).cloned().collect()
    }

    /// How many of a kind there are that messages go out from.
    pub fn sending(&self, kind: EndpointKind) -> usize {
        let orgs: BTreeSet<OrgId> = self.all.iter().map(|sender| sender.org).collect();
        orgs.into_iter().map(|org| self.pool(org, kind).len()).sum()
    }

    /// Those that share a pool with another.
    pub fn pooled(&self) -> impl Iterator<Item = &Arc<Sender>> {
        let shares = |one: &Sender, other: &Sender| {
            let same = one.org == other.org && one.provider.kind() == other.provider.kind() && one.pool == other.pool;
            same && one.pool.is_some() && one.name != other.name
        };
        self.all
            .iter()
            .filter(move |one| self.all.iter().any(|other| shares(one, other)))
    }

    /// The kinds of address there are senders for.
    pub fn kinds(&self) -> Vec<EndpointKind> {
        EndpointKind::ALL
            .into_iter()
            .filter(|k| self.all.iter().any(|s| s.provider.kind() == *k))
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
    pub fn of_portfolio<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Arc<Sender>> {
        self.all.iter().filter(move |it| it.provider.portfolio() == Some(name))
    }

    pub fn iter(&self) -> impl Iterator<Item = &Arc<Sender>> {
        self.all.iter()
    }
}

/// How an organisation's marketing is spread: limits of a day over what the quiet hours leave of it.
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
    use bellhop_channels::{Finding, OutgoingMessage};
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
            provider: Arc::new(Gateway(kind, account)),
            rate: RateSpec::UNLIMITED,
            pool: None,
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
        let named = ["north", "south"].map(|name| ((OrgId(1), name.to_owned()), "operator".to_owned()));
        let senders = senders.with_accounts(named.into());
        let peers = |place: usize| {
            let of = senders.iter().nth(place).unwrap();
            senders.peers(of).join(" ")
        };
        let expected = ["a b", "a b", "c", "d", "e", "f", "a", "north south", "north south"];
        assert_eq!([0, 1, 2, 3, 4, 5, 6, 7, 8].map(peers), expected);
    }
}
