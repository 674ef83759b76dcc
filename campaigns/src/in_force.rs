//! What the settings come to, as one whole: what everything that plans, sends and answers goes by.

use crate::{OrgDefaults, Senders};
use bellhop_domain::held::Holding;
use bellhop_domain::{EndpointKind, OrgId};
use std::collections::HashMap;

/// All settings at one version.
#[derive(Clone, Default)]
pub struct InForce {
    /// The settings' version in the database that it was made of; 0 where they are not from there.
    pub version: i64,
    pub organisations: HashMap<OrgId, OrgInForce>,
    pub senders: Senders,
}

/// What one organisation's settings come to.
#[derive(Debug, Clone, PartialEq)]
pub struct OrgInForce {
    /// Its name in addresses and on the command line.
    pub slug: String,
    pub defaults: OrgDefaults,
    /// When its marketing waits; the ledger decides by its own copy, of the same version or a later one.
    pub holding: Option<Holding>,
    /// How it asks a guest what a doubtful answer meant; empty: it asks nobody.
    pub question: String,
}

impl InForce {
    /// The kinds of address that an organisation has a sender for; an address of another kind counts as none.
    pub fn kinds(&self, org: OrgId) -> &[EndpointKind] {
        self.senders.kinds_of(org)
    }

    /// The organisation of this name.
    pub fn organisation(&self, slug: &str) -> Option<OrgId> {
        let mut all = self.organisations.iter();
        all.find(|(_, it)| it.slug == slug).map(|(org, _)| *org)
    }

    /// How an organisation asks back; empty: it asks nobody.
    pub fn question(&self, org: OrgId) -> &str {
        self.organisations.get(&org).map_or("", |it| &it.question)
    }

    pub fn defaults(&self, org: OrgId) -> Option<&OrgDefaults> {
        self.organisations.get(&org).map(|it| &it.defaults)
    }
}
