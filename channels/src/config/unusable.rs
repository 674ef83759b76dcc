//! Why something of the configuration cannot be used, and whether that is so everywhere.

/// Why a section, or a secret that it refers to, cannot be used. The text says what to correct.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// It is wrong, whichever process reads it.
    #[error("{0}")]
    Wrong(String),
    /// This process cannot read a secret or a file that it refers to; another process may be able to.
    #[error("{0}")]
    NotHere(String),
}

impl Unusable {
    /// The same with the place in front, as in `token: …`.
    #[must_use]
    pub fn at(self, place: &str) -> Self {
        match self {
            Unusable::Wrong(what) => Unusable::Wrong(format!("{place}: {what}")),
            Unusable::NotHere(what) => Unusable::NotHere(format!("{place}: {what}")),
        }
    }
}

impl From<String> for Unusable {
    fn from(what: String) -> Self {
        Unusable::Wrong(what)
    }
}

impl From<&str> for Unusable {
    fn from(what: &str) -> Self {
        Unusable::Wrong(what.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry;
    use serde_json::{Value, json};

    #[test]
    fn a_place_changes_the_words_and_not_the_kind() {
        for (unusable, expected) in [
            (
                Unusable::from("is empty").at("token"),
                Unusable::Wrong("token: is empty".to_owned()),
            ),
            (
                Unusable::NotHere("A is not set".to_owned()).at("token").at("telegram"),
                Unusable::NotHere("telegram: token: A is not set".to_owned()),
            ),
        ] {
            assert_eq!(unusable, expected);
            assert!(expected.to_string().contains("token: "));
        }
    }

    /// A section of each provider whose secrets are references to what `there` says.
    fn sections(there: &Value) -> [(&'static str, Value); 10] {
        let file = there["file"].as_str().unwrap_or("/nowhere/key.json");
        [
            ("fcm", json!({"key_file": file})),
            (
                "apns",
                json!({"key": there, "key_id": "ABC123DEFG", "team_id": "DEF123GHIJ", "topic": "example.brand"}),
            ),
            (
                "smpp",
                json!({"host": "127.0.0.1", "system_id": "brand", "password": there, "source": "PIZZA"}),
            ),
            (
                "sms_http",
                json!({"preset": "smsc_ru", "values": {"login": "brand"}, "secrets": {"password": there}}),
            ),
            ("waha", json!({"base_url": "http://127.0.0.1", "api_key": there})),
            (
                "green_api",
                json!({"instance": "1101", "token": there, "base_url": "https://a.example"}),
            ),
            (
                "whatsapp_cloud",
                json!({"phone_number_id": "1", "waba_id": "2", "access_token": there, "app_secret": there, "verify_token": there}),
            ),
            ("web_push", json!({"vapid_key": there, "subject": "mailto:a@b.example"})),
            ("telegram", json!({"token": there})),
            ("max_bot", json!({"contract": "No. 12", "token": there})),
        ]
    }

    fn unusable(provider: &str, section: &Value) -> Unusable {
        match registry::build(provider, section, &|_| None).err().unwrap() {
            crate::ConfigError::Invalid { what, .. } => what,
            other @ crate::ConfigError::UnknownProvider { .. } => panic!("{other}"),
        }
    }

    #[test]
    fn a_secret_that_is_elsewhere_and_a_wrong_section_are_told_apart_at_every_provider() {
        let all = sections(&json!({"file": "/nowhere/at/all"}));
        let names: Vec<_> = registry::names().collect();
        assert_eq!(all.each_ref().map(|(name, _)| *name), names[..]);
        for (provider, section) in all {
            let elsewhere = unusable(provider, &section);
            assert!(matches!(elsewhere, Unusable::NotHere(_)), "{provider}: {elsewhere:?}");
            let mut odd = section;
            // Even if it says what a secret's absence is told by.
            odd["is not set; set it"] = json!("check the path and its permissions");
            let wrong = unusable(provider, &odd);
            assert!(matches!(wrong, Unusable::Wrong(_)), "{provider}: {wrong:?}");
        }
    }
}
