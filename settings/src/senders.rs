//! The order of senders, and their providers.

use crate::sealed::{Keys, Opened};
use crate::{OrganisationSection, SenderSection, SettingsError};
use bellhop_channels::config::{ConfigError, Environment};
use bellhop_channels::{Provider, registry};
use bellhop_domain::phone::Region;
use std::sync::Arc;

/// Senders in the order in which they are considered for an address: as their organisation lists them, then by name.
pub fn in_order(organisations: &[OrganisationSection], mut senders: Vec<SenderSection>) -> Vec<SenderSection> {
    senders.sort_by_cached_key(|sender| {
        let organisation = organisations.iter().position(|it| it.slug == sender.organisation);
        let named = organisation.map(|at| &organisations[at].senders);
        let place = named.and_then(|names| names.iter().position(|name| *name == sender.name));
        (
            organisation.unwrap_or(usize::MAX),
            place.unwrap_or(usize::MAX),
            sender.name.clone(),
        )
    });
    senders
}

/// Makes the provider of a sender. This reads files and the environment and opens sealed secrets, but makes no
/// connection.
///
/// # Errors
/// What to correct in its section, or which secret cannot be read.
pub fn provider(
    section: &SenderSection,
    region: Region,
    keys: &Keys,
    environment: Environment<'_>,
) -> Result<Arc<dyn Provider>, SettingsError> {
    let key = section.key();
    // The path of a field is the same as in the document, because a sealed secret is bound to it.
    let document = serde_json::json!({ "settings": section.settings });
    let opened = Opened::of(keys, &key, &document)?;
    let settings = registry::in_region(&section.provider, &section.settings, region);
    let made = registry::build(&section.provider, &settings, &opened.over(environment));
    made.map_err(|problem| SettingsError::Sender {
        name: section.name.clone(),
        field: match problem {
            ConfigError::UnknownProvider { .. } => "provider",
            ConfigError::Invalid { .. } => "settings",
        },
        problem: problem.to_string(),
    })
}
