//! From the settings in the database to what is in force.

use super::made::{Made, Recipe, guest_keys};
use crate::opening::Parts;
use crate::wiring;
use anyhow::{Context, Result};
use bellhop_api::{GuestKeys, Served};
use bellhop_campaigns::{InForce, OrgInForce, Senders};
use bellhop_domain::OrgId;
use bellhop_settings::sealed::Keys;
use bellhop_settings::{SenderSection, SettingsError, reach};
use bellhop_store::guests::Organisation;
use std::collections::HashMap;
use std::sync::Arc;

/// Turns one snapshot after the other into what is in force, and keeps from each what the next needs.
pub(super) struct Making {
    keys: Keys,
    senders: HashMap<(OrgId, String), Made>,
    guest_keys: HashMap<OrgId, Arc<GuestKeys>>,
    /// What could not be made the last time and stays as it was before. Each text says whose it is and what to do.
    pub troubles: Vec<String>,
    /// The troubles that have been logged.
    told: Vec<String>,
}

impl Making {
    pub fn new(keys: Keys) -> Self {
        Self {
            keys,
            senders: HashMap::new(),
            guest_keys: HashMap::new(),
            troubles: Vec::new(),
            told: Vec::new(),
        }
    }

    /// What is in force under these settings.
    ///
    /// # Errors
    /// When the settings as a whole are unusable; then nothing changes. A single sender that cannot be made is not an
    /// error but one of the troubles.
    pub fn next(&mut self, parts: &Parts) -> Result<Served> {
        let organisations = organisations(parts)?;
        self.told = std::mem::take(&mut self.troubles);
        let mut made = HashMap::new();
        let mut in_order = Vec::new();
        for section in &parts.sections.senders {
            let Some(organisation) = parts.organisations.iter().find(|it| it.slug == section.organisation) else {
                continue;
            };
            if let Some(one) = self.sender(parts, section, organisation) {
                in_order.push(one.sender.clone());
                made.insert((organisation.id, section.name.clone()), one);
            }
        }
        self.senders = made;
        self.guest_keys = self.all_guest_keys(parts);
        let in_force = InForce {
            version: parts.version.0,
            organisations,
            senders: Senders::new(in_order),
        };
        Ok(Served {
            in_force: Arc::new(in_force),
            guest_keys: self.guest_keys.clone(),
        })
    }

    /// The sender of a section; as it was before if it cannot be made.
    fn sender(&mut self, parts: &Parts, section: &SenderSection, organisation: &Organisation) -> Option<Made> {
        let before = self.senders.get(&(organisation.id, section.name.clone()));
        let version = parts.version_of(&section.key());
        let made = Recipe::of(section, version, &parts.sections.marketing, organisation)
            .and_then(|recipe| recipe.make(organisation, before, &self.keys));
        match made {
            Ok(made) => Some(made),
            Err(problem) => {
                let kept = before.cloned();
                let stays = if kept.is_some() {
                    "stays as it was"
                } else {
                    "is not there"
                };
                let (org, name) = (&section.organisation, &section.name);
                self.trouble(format!("sender {org}/{name} {stays}"), &problem);
                kept
            }
        }
    }

    fn all_guest_keys(&mut self, parts: &Parts) -> HashMap<OrgId, Arc<GuestKeys>> {
        let mut all = HashMap::new();
        for organisation in &parts.organisations {
            let Some(section) = parts.sections.organisation(Some(&organisation.slug)) else {
                continue;
            };
            let made = match guest_keys(&self.keys, section) {
                Ok(made) => made.map(Arc::new),
                Err(problem) => {
                    self.trouble(
                        format!("organisation {}: its guest token keys stay as they were", section.slug),
                        &problem,
                    );
                    self.guest_keys.get(&organisation.id).cloned()
                }
            };
            all.extend(made.map(|keys| (organisation.id, keys)));
        }
        all
    }

    fn trouble(&mut self, what: String, problem: &SettingsError) {
        let words = format!("{what}: {problem}");
        if !self.told.contains(&words) {
            tracing::error!(%problem, "{what}; correct it and apply its settings again, or wait for the next try (`bellhop doctor` tries it)");
        }
        self.troubles.push(words);
    }
}

fn organisations(parts: &Parts) -> Result<HashMap<OrgId, OrgInForce>> {
    let mut defaults = wiring::defaults(&parts.sections, &parts.organisations)?;
    let mut all = HashMap::new();
    for organisation in &parts.organisations {
        let section = parts.sections.organisation(Some(&organisation.slug));
        let section = section.with_context(|| format!("organisation {:?} has no settings", organisation.slug))?;
        let Some(defaults) = defaults.remove(&organisation.id) else {
            continue;
        };
        let own = OrgInForce {
            slug: organisation.slug.clone(),
            defaults,
            holding: organisation.settings.holding(),
            question: reach::ask_back(&parts.sections.marketing, section)?,
        };
        all.insert(organisation.id, own);
    }
    Ok(all)
}
