//! Secrets that are kept in the database: sealed by AES-256-GCM with a key that only the engineer's file names.
//!
//! A sealed secret belongs to its place: organisation, sender and field are authenticated with it, so that it does
//! not open if it is copied to another place. The first key seals and every key opens. To change the key, put a new
//! one in front and seal again (`bellhop settings reseal`).

mod key;
mod location;
mod locations;
mod people;
#[cfg(test)]
mod tests;
mod webhooks;

pub use key::Keys;
pub use location::SecretLocation;
pub(crate) use locations::GIVEN;
pub use locations::{given, has_given, replace, sealed_secrets};
pub use people::{open_totp, seal_totp};
pub use webhooks::{open_webhook, seal_webhook};

use bellhop_channels::config::sealed_name;
use bellhop_domain::setting::SettingKey;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::collections::HashMap;

/// The opened secrets of a document, by their sealed texts.
#[derive(Default)]
pub struct Opened(HashMap<String, SecretString>);

impl Opened {
    /// Opens all that is sealed in a document.
    ///
    /// # Errors
    /// When something was sealed by a key that is missing, was sealed for another place, or was tampered with.
    pub fn of(keys: &Keys, key: &SettingKey, document: &Value) -> Result<Self, crate::SettingsError> {
        let mut opened = HashMap::new();
        for (field, text) in sealed_secrets(document) {
            let location = SecretLocation { key, field: &field };
            let secret = keys
                .open(location, &text)
                .map_err(|problem| location.refused(problem))?;
            opened.insert(sealed_name(&text), secret);
        }
        Ok(Self(opened))
    }

    /// Where a reference to a secret is looked up: in these secrets, and in the environment for all other names.
    pub fn over<'a>(&'a self, environment: &'a dyn Fn(&str) -> Option<String>) -> impl Fn(&str) -> Option<String> + 'a {
        move |name| match self.0.get(name) {
            Some(secret) => Some(secret.expose_secret().to_owned()),
            None => environment(name),
        }
    }
}

/// A document whose sealed secrets are all under the newest key; `None` if they already are.
///
/// # Errors
/// As [`Opened::of`].
pub fn resealed(
    keys: &Keys,
    key: &SettingKey,
    document: &Value,
    mut nonce: impl FnMut() -> [u8; 12],
) -> Result<Option<Value>, crate::SettingsError> {
    let old: Vec<_> = sealed_secrets(document)
        .into_iter()
        .filter(|(_, text)| !keys.is_newest(text))
        .collect();
    if old.is_empty() {
        return Ok(None);
    }
    let mut renewed = document.clone();
    for (field, text) in old {
        let location = SecretLocation { key, field: &field };
        let refused = |problem| location.refused(problem);
        let secret = keys.open(location, &text).map_err(refused)?;
        let again = keys.seal(location, secret.expose_secret(), nonce()).map_err(refused)?;
        replace(&mut renewed, &text, &again);
    }
    Ok(Some(renewed))
}
