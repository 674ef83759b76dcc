//! Makes senders and guest keys from settings. What has not changed stays the same object.

use crate::secrets::environment;
use bellhop_api::GuestKeys;
use bellhop_campaigns::{Sender, SharedProvider, pacing};
use bellhop_domain::phone::Region;
use bellhop_domain::setting::SettingsVersion;
use bellhop_rate_limits::Pacing;
use bellhop_rate_limits::warm_up::Ramp;
use bellhop_settings::sealed::{Keys, Opened};
use bellhop_settings::{MarketingSection, OrganisationSection, SenderSection, SettingsError, reach};
use bellhop_store::guests::Organisation;
use std::sync::Arc;

/// Everything that a sender is made from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Recipe {
    section: SenderSection,
    /// The version of its document; a document that is written again has a new one.
    version: SettingsVersion,
    region: Region,
    pacing: Pacing,
    warm_up: Option<Ramp>,
}

/// A sender and what it was made from.
#[derive(Clone)]
pub(super) struct Made {
    recipe: Recipe,
    pub sender: Arc<Sender>,
}

impl Recipe {
    pub fn of(
        section: &SenderSection,
        version: SettingsVersion,
        marketing: &MarketingSection,
        organisation: &Organisation,
    ) -> Result<Self, SettingsError> {
        Ok(Self {
            section: section.clone(),
            version,
            region: organisation.settings.phone_region,
            pacing: pacing(&organisation.settings),
            warm_up: reach::warm_up(marketing, section)?,
        })
    }

    /// Whether this recipe needs another provider than that one: its settings differ, or the same document was
    /// written again, so that its secrets must be read again.
    fn has_other_provider(&self, than: &Recipe) -> bool {
        let same = self.section.provider == than.section.provider
            && self.section.settings == than.section.settings
            && self.region == than.region;
        let put_anew = self.version != than.version && self.section == than.section;
        !same || put_anew
    }

    /// Makes the sender, or reuses the one before or its provider if nothing relevant has changed. This reads files
    /// and the environment, but makes no connection.
    pub fn make(self, organisation: &Organisation, before: Option<&Made>, keys: &Keys) -> Result<Made, SettingsError> {
        if let Some(before) = before.filter(|it| it.recipe == self) {
            return Ok(before.clone());
        }
        let kept = before.filter(|it| !self.has_other_provider(&it.recipe));
        let provider = match kept {
            Some(kept) => kept.sender.provider.clone(),
            None => SharedProvider::new(bellhop_settings::provider(
                &self.section,
                self.region,
                keys,
                &environment,
            )?),
        };
        let sender = Arc::new(Sender {
            org: organisation.id,
            name: self.section.name.clone(),
            provider,
            rate: bellhop_settings::rate(&self.section)?,
            pool: self.section.pool.clone(),
            account: self.section.account.clone(),
            warm_up: self.warm_up.clone(),
            pacing: self.pacing,
        });
        Ok(Made { recipe: self, sender })
    }
}

/// The keys that verify an organisation's guest tokens; `None` if it has none.
pub(super) fn guest_keys(keys: &Keys, section: &OrganisationSection) -> Result<Option<GuestKeys>, SettingsError> {
    if section.guest_token_keys.is_empty() {
        return Ok(None);
    }
    let document = serde_json::json!({ "guest_token_keys": section.guest_token_keys });
    let opened = Opened::of(keys, &section.key(), &document)?;
    let environment = opened.over(&environment);
    let secrets = section.guest_token_keys.iter().map(|source| source.read(&environment));
    let made = secrets
        .collect::<Result<Vec<_>, _>>()
        .and_then(|secrets| GuestKeys::new(&section.slug, &secrets));
    let refused = |problem| SettingsError::Organisation {
        slug: section.slug.clone(),
        key: "guest_token_keys",
        problem,
    };
    made.map(Some).map_err(refused)
}
