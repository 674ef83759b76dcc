//! Secrets of people's second factors, which are rows of their own. Each is sealed for its person, so that nobody's opens in
//! the place of another's.

use super::key::Keys;
use super::location::SecretLocation;
use crate::SettingsError;
use bellhop_domain::PersonId;
use bellhop_domain::setting::SettingKey;
use secrecy::ExposeSecret;

/// # Errors
/// When there is no key to seal by.
pub fn seal_totp(
    keys: &Keys,
    organisation: &str,
    person: PersonId,
    secret: &str,
    nonce: [u8; 12],
) -> Result<String, SettingsError> {
    let (key, field) = place(organisation, person);
    let location = SecretLocation {
        key: &key,
        field: &field,
    };
    let sealed = keys.seal(location, secret, nonce);
    sealed.map_err(|problem| location.refused(problem))
}

/// # Errors
/// When it was sealed by a key that is missing, for another person, or was tampered with.
pub fn open_totp(keys: &Keys, organisation: &str, person: PersonId, sealed: &str) -> Result<String, SettingsError> {
    let (key, field) = place(organisation, person);
    let location = SecretLocation {
        key: &key,
        field: &field,
    };
    let opened = keys
        .open(location, sealed)
        .map_err(|problem| location.refused(problem))?;
    Ok(opened.expose_secret().to_owned())
}

fn place(organisation: &str, person: PersonId) -> (SettingKey, String) {
    let key = SettingKey::Organisation(organisation.to_owned());
    (key, format!("people.{person}.second_factor"))
}
