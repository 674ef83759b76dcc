//! Senders and guest keys made of settings, each once: what has not changed is what it was.

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

/// All that a sender is made of.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Recipe {
    section: SenderSection,
    /// Of its document: put anew, it has another.
    version: SettingsVersion,
    region: Region,
    pacing: Pacing,
    warm_up: Option<Ramp>,
}

/// A sender and what it was made of.
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

    /// Whether a provider of this recipe would be another than one of that: of other settings, or of the same document put
    /// anew, whose secrets are to be read again.
    fn has_other_provider(&self, than: &Recipe) -> bool {
        let same = self.section.provider == than.section.provider
            && self.section.settings == than.section.settings
            && self.region == than.region;
        let put_anew = self.version != than.version && self.section == than.section;
        !same || put_anew
    }

    /// The sender; the one before, or with its provider, where nothing else is called for. Reads files and the environment,
    /// connects to nobody.
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

/// What verifies an organisation's guest tokens; `None` if it has no keys.
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
