//! The key of a setting and how it is shown. A setting is a section of a configuration file, kept in the database as
//! a document (PRODUCT.md §17).

use crate::masking;
use serde::Serialize;
use serde_json::{Value, json};
use std::fmt;

/// The version of all settings together; every change increments it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
#[serde(transparent)]
pub struct SettingsVersion(pub i64);

impl fmt::Display for SettingsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The key of a setting, declared in the order in which settings depend on each other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SettingKey {
    /// The defaults for organisations that have no value of their own.
    Marketing,
    /// An organisation, by its slug.
    Organisation(String),
    /// A restaurant whose time zone somebody has set.
    Restaurant {
        organisation: String,
        name: String,
    },
    Sender {
        organisation: String,
        name: String,
    },
}

impl SettingKey {
    pub fn restaurant(organisation: impl Into<String>, name: impl Into<String>) -> Self {
        SettingKey::Restaurant {
            organisation: organisation.into(),
            name: name.into(),
        }
    }

    pub fn sender(organisation: impl Into<String>, name: impl Into<String>) -> Self {
        SettingKey::Sender {
            organisation: organisation.into(),
            name: name.into(),
        }
    }

    /// The stored number of the setting's kind.
    pub fn code(&self) -> i16 {
        match self {
            SettingKey::Marketing => 1,
            SettingKey::Organisation(_) => 2,
            SettingKey::Sender { .. } => 3,
            SettingKey::Restaurant { .. } => 4,
        }
    }

    /// The slug of the organisation that it belongs to; `None` for a setting that holds for all.
    pub fn organisation(&self) -> Option<&str> {
        match self {
            SettingKey::Marketing => None,
            SettingKey::Organisation(slug) => Some(slug),
            SettingKey::Restaurant { organisation, .. } | SettingKey::Sender { organisation, .. } => Some(organisation),
        }
    }

    /// The name of a restaurant or sender; empty for the others.
    pub fn name(&self) -> &str {
        match self {
            SettingKey::Restaurant { name, .. } | SettingKey::Sender { name, .. } => name,
            SettingKey::Marketing | SettingKey::Organisation(_) => "",
        }
    }

    /// The setting of a stored row.
    pub fn stored(code: i16, organisation: String, name: String) -> Option<Self> {
        match code {
            1 => Some(SettingKey::Marketing),
            2 => Some(SettingKey::Organisation(organisation)),
            3 => Some(SettingKey::Sender { organisation, name }),
            4 => Some(SettingKey::Restaurant { organisation, name }),
            _ => None,
        }
    }
}

impl fmt::Display for SettingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SettingKey::Marketing => f.write_str("marketing"),
            SettingKey::Organisation(slug) => write!(f, "organisation {slug}"),
            SettingKey::Restaurant { organisation, name } => write!(f, "restaurant {organisation}/{name}"),
            SettingKey::Sender { organisation, name } => write!(f, "sender {organisation}/{name}"),
        }
    }
}

/// The key in a document under which a secret stands sealed, so that only the engineer's key opens it.
pub const SEALED: &str = "sealed";

/// A document as logs, histories and people may see it: sealed values are replaced by a mark, and an address has no
/// user, password or query.
pub fn without_secrets(document: &Value) -> Value {
    match document {
        Value::Object(keys) if keys.contains_key(SEALED) => json!({ SEALED: "***" }),
        Value::Object(keys) => {
            let shown = keys.iter().map(|(key, value)| (key.clone(), without_secrets(value)));
            Value::Object(shown.collect())
        }
        Value::Array(list) => Value::Array(list.iter().map(without_secrets).collect()),
        Value::String(text) if masking::is_url(text) => masking::url(text).into(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_what_its_row_says() {
        let sender = SettingKey::sender("pizza", "sms");
        for key in [
            SettingKey::Marketing,
            SettingKey::Organisation("pizza".to_owned()),
            SettingKey::restaurant("pizza", "Arbat"),
            sender.clone(),
        ] {
            let organisation = key.organisation().unwrap_or_default().to_owned();
            let stored = SettingKey::stored(key.code(), organisation, key.name().to_owned());
            assert_eq!(stored, Some(key));
        }
        assert_eq!(SettingKey::stored(5, String::new(), String::new()), None);
        assert_eq!(sender.to_string(), "sender pizza/sms");
    }

    #[test]
    fn what_is_sealed_is_shown_as_that_wherever_it_stands() {
        let document = json!({
            "name": "sms",
            "settings": { "secrets": { "password": { "sealed": "v1.k.hunter2" } }, "key": { "file": "/etc/key" } },
            "guest_token_keys": [{ "sealed": "v1.k.hunter2" }, { "env": "OLD" }],
        });
        let shown = without_secrets(&document);
        assert!(!shown.to_string().contains("hunter2"), "{shown}");
        assert_eq!(shown["settings"]["key"], json!({ "file": "/etc/key" }));
        assert_eq!(shown["guest_token_keys"][1], json!({ "env": "OLD" }));
        let document = json!({
            "settings": { "base_url": "http://anna:hunter2@gate.example/sms?key=hunter2" },
            "list": ["a://b:hunter2@c"],
        });
        let shown = without_secrets(&document);
        assert!(!shown.to_string().contains("hunter2"), "{shown}");
        assert_eq!(shown["settings"]["base_url"], "http://…@gate.example/sms?…");
        // What an older version has written is covered when it is read, and may have been covered before.
        assert_eq!(without_secrets(&shown), shown);
    }
}
