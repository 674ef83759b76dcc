//! Senders: what a message goes out from (PRODUCT.md §8).

use bellhop_channels::Provider;
use bellhop_domain::{EndpointKind, OrgId};
use bellhop_rate_limits::RateSpec;
use std::sync::Arc;

/// One configured sender of one organisation.
pub struct Sender {
    pub org: OrgId,
    /// Its name in the configuration, unique within the organisation.
    pub name: String,
    pub provider: Arc<dyn Provider>,
    pub rate: RateSpec,
}

/// All senders of this process.
#[derive(Clone, Default)]
pub struct Senders(Vec<Arc<Sender>>);

impl Senders {
    pub fn new(senders: Vec<Sender>) -> Self {
        Self(senders.into_iter().map(Arc::new).collect())
    }

    /// The organisation's sender for a kind of address: the first configured one.
    pub fn of(&self, org: OrgId, kind: EndpointKind) -> Option<&Arc<Sender>> {
        self.0.iter().find(|s| s.org == org && s.provider.kind() == kind)
    }

    /// The kinds of address there are senders for.
    pub fn kinds(&self) -> Vec<EndpointKind> {
        EndpointKind::ALL
            .into_iter()
            .filter(|k| self.0.iter().any(|s| s.provider.kind() == *k))
            .collect()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Arc<Sender>> {
        self.0.iter()
    }
}
