//! Secrets of outgoing webhooks, which are rows of their own rather than fields of a document.

use super::key::Keys;
use super::location::SecretLocation;
use crate::SettingsError;
use bellhop_domain::setting::SettingKey;
use secrecy::{ExposeSecret, SecretString};

const FIELD: &str = "webhooks.secret";

/// # Errors
/// When there is no key to seal by.
pub fn seal_webhook(
    keys: &Keys,
    organisation: &str,
    secret: &SecretString,
    nonce: [u8; 12],
) -> Result<String, SettingsError> {
    let key = SettingKey::Organisation(organisation.to_owned());
    let location = SecretLocation {
        key: &key,
        field: FIELD,
    };
    let sealed = keys.seal(location, secret.expose_secret(), nonce);
    sealed.map_err(|problem| location.refused(problem))
}

/// # Errors
/// When it was sealed by a key that is missing, for another organisation, or was tampered with.
pub fn open_webhook(keys: &Keys, organisation: &str, sealed: &str) -> Result<SecretString, SettingsError> {
    let key = SettingKey::Organisation(organisation.to_owned());
    let location = SecretLocation {
        key: &key,
        field: FIELD,
    };
    keys.open(location, sealed).map_err(|problem| location.refused(problem))
}
