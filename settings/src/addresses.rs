//! A secret may not stand in an address: it would be stored and shown as it is.

use crate::SettingsError;
use bellhop_domain::masking::{has_user, is_url};
use bellhop_domain::setting::SettingKey;
use serde_json::Value;

const PROBLEM: &str = "the address has a user or a password in it, which is not shown here. Take it out: a secret is given as \
                       { env = \"NAME\" } or { file = \"/path\" }, or sealed, under the key that the provider's page in docs/channels \
                       names for it; a login of HTTP itself is basic_auth in the preset of an SMS gateway";

/// Refuses a sender's settings in which an address has a user or a password.
///
/// # Errors
/// [`SettingsError::Document`] at the first such field.
pub(crate) fn hold_no_user(key: &SettingKey, settings: &Value) -> Result<(), SettingsError> {
    match with_user(settings, "settings") {
        None => Ok(()),
        Some(field) => Err(SettingsError::Document {
            key: key.clone(),
            field,
            problem: PROBLEM.to_owned(),
        }),
    }
}

fn with_user(value: &Value, at: &str) -> Option<String> {
    match value {
        Value::String(text) => (is_url(text) && has_user(text)).then(|| at.to_owned()),
        Value::Array(list) => list.iter().find_map(|value| with_user(value, at)),
        Value::Object(keys) => keys
            .iter()
            .find_map(|(key, value)| with_user(value, &format!("{at}.{key}"))),
        _ => None,
    }
}
