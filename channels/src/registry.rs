//! The providers by the name they have in the configuration: one line each.

use crate::Provider;
use crate::config::{ConfigError, Environment};
use serde_json::Value;
use std::sync::Arc;

/// Makes a provider from its section; the error says what to mend, without the provider's name.
type Build = fn(&Value, Environment<'_>) -> Result<Arc<dyn Provider>, String>;

const PROVIDERS: &[(&str, Build)] = &[
    ("fcm", crate::fcm::build),
    ("apns", crate::apns::build),
    ("smpp", crate::smpp::build),
    ("sms_http", crate::sms_http::build),
    ("waha", crate::waha::build),
    ("green_api", crate::green_api::build),
    ("whatsapp_cloud", crate::whatsapp_cloud::build),
    ("web_push", crate::web_push::build),
    ("telegram", crate::telegram::build),
];

/// The names a configuration may use.
pub fn names() -> impl Iterator<Item = &'static str> {
    PROVIDERS.iter().map(|(name, _)| *name)
}

/// Makes the provider `name` from its section of the configuration. Reads the files the section names and the
/// secrets it refers to; connects to nobody. Call once per process and share the result: it holds the connections.
pub fn build(name: &str, section: &Value, environment: Environment<'_>) -> Result<Arc<dyn Provider>, ConfigError> {
    let (provider, build) =
        PROVIDERS
            .iter()
            .find(|(known, _)| *known == name)
            .ok_or_else(|| ConfigError::UnknownProvider {
                name: name.to_owned(),
                known: names().collect::<Vec<_>>().join(", "),
            })?;
    build(section, environment).map_err(|what| ConfigError::Invalid { provider, what })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::process_environment;

    #[test]
    fn an_unknown_name_is_told_the_known_ones() {
        let error = build("fmc", &Value::Null, &process_environment)
            .err()
            .unwrap()
            .to_string();
        let known = names().collect::<Vec<_>>().join(", ");
        assert!(known.starts_with("fcm, "), "{known}");
        assert_eq!(error, format!("there is no provider \"fmc\"; known are {known}"));
    }
}
