//! The providers by the name they have in the configuration: one line each.

use crate::Provider;
use crate::config::{ConfigError, Environment};
use serde_json::Value;
use std::sync::Arc;

/// Makes a provider from its section; the error says what to mend, without the provider's name.
type Build = fn(&Value, Environment<'_>) -> Result<Arc<dyn Provider>, String>;

const PROVIDERS: &[(&str, Build)] = &[
    ("apns", crate::apns::build),
    ("fcm", crate::fcm::build),
    ("sms_http", crate::sms_http::build),
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
        assert_eq!(error, "there is no provider \"fmc\"; known are apns, fcm, sms_http");
    }
}
