//! The providers by the name that a sender's section gives: one line each.

use crate::Provider;
use crate::config::{ConfigError, Environment, Unusable};
use bellhop_domain::phone::Region;
use serde_json::Value;
use std::sync::Arc;

/// Makes a provider from its section; the error says what to correct, without the provider's name.
type Build = fn(&Value, Environment<'_>) -> Result<Arc<dyn Provider>, Unusable>;

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
    ("max_bot", crate::max_bot::build),
];

/// The providers that may give guests' numbers in national notation.
const WITH_REGION: &[&str] = &["smpp", "sms_http"];

/// A sender's section with the country of its organisation, if the provider needs one and the section names none.
pub fn in_region(name: &str, section: &Value, region: Region) -> Value {
    let mut section = section.clone();
    if let Some(keys) = section.as_object_mut().filter(|_| WITH_REGION.contains(&name)) {
        keys.entry("region").or_insert_with(|| Value::from(region.code()));
    }
    section
}

/// The names a configuration may use.
pub fn names() -> impl Iterator<Item = &'static str> {
    PROVIDERS.iter().map(|(name, _)| *name)
}

/// Makes the provider `name` from a sender's settings. This reads the files and secrets that the section
/// refers to, but makes no connection. Call once per process and share the result: it holds the connections.
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
    use serde_json::json;

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

    #[test]
    fn a_section_gets_its_organisations_country_unless_it_names_one() {
        let serbia: Region = "RS".parse().unwrap();
        for (name, section, expected) in [
            ("smpp", json!({}), json!({"region": "RS"})),
            ("smpp", json!({"region": "KZ"}), json!({"region": "KZ"})),
            (
                "sms_http",
                json!({"preset": "twilio"}),
                json!({"preset": "twilio", "region": "RS"}),
            ),
            ("waha", json!({}), json!({})),
            ("smpp", json!("odd"), json!("odd")),
        ] {
            assert_eq!(in_region(name, &section, serbia), expected, "{name}");
        }
    }
}
