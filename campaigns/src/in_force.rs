//! Everything that follows from the settings, as one value. Whatever plans, sends or answers works from it.

use crate::{OrgDefaults, Senders};
use bellhop_domain::held::Holding;
use bellhop_domain::{EndpointKind, OrgId};
use std::collections::HashMap;

/// Everything that is in force at one version of the settings.
#[derive(Clone, Default)]
pub struct InForce {
    /// The version of the settings in the database; 0 if they do not come from the database.
    pub version: i64,
    pub organisations: HashMap<OrgId, OrgInForce>,
    pub senders: Senders,
}

/// What is in force for one organisation.
#[derive(Debug, Clone, PartialEq)]
pub struct OrgInForce {
    /// Its name in addresses and on the command line.
    pub slug: String,
    pub defaults: OrgDefaults,
    /// When its marketing waits. The ledger decides by its own copy, which has the same version or a later one.
    pub holding: Option<Holding>,
    /// The question to a guest whose answer was doubtful; if empty, nobody is asked.
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

    /// The question that an organisation asks back; if empty, nobody is asked.
    pub fn question(&self, org: OrgId) -> &str {
        self.organisations.get(&org).map_or("", |it| &it.question)
    }

    pub fn defaults(&self, org: OrgId) -> Option<&OrgDefaults> {
        self.organisations.get(&org).map(|it| &it.defaults)
    }
}
