//! A secret that only another process can read is told apart from a wrong section, at every provider.
#![allow(clippy::unwrap_used, reason = "a test that meets an error fails")]

use bellhop_channels::config::Unusable;
use bellhop_channels::{ConfigError, registry};
use serde_json::{Value, json};

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
            json!({"phone_number_id": "106540352242922", "waba_id": "102290129340398", "access_token": there, "app_secret": there, "verify_token": there}),
        ),
        ("web_push", json!({"vapid_key": there, "subject": "mailto:a@b.example"})),
        ("telegram", json!({"token": there})),
        ("max_bot", json!({"contract": "No. 12", "token": there})),
    ]
}

fn unusable(provider: &str, section: &Value) -> Unusable {
    unusable_with(provider, section, None)
}

/// As [`unusable`], where every variable of the environment has this value.
fn unusable_with(provider: &str, section: &Value, secret: Option<&str>) -> Unusable {
    match registry::build(provider, section, &|_| secret.map(str::to_owned))
        .err()
        .unwrap()
    {
        ConfigError::Invalid { what, .. } => what,
        other @ ConfigError::UnknownProvider { .. } => panic!("{other}"),
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
        // Whatever words the section has.
        odd["is not set; set it"] = json!("check the path and its permissions");
        let wrong = unusable(provider, &odd);
        assert!(matches!(wrong, Unusable::Wrong(_)), "{provider}: {wrong:?}");
    }
}

#[test]
fn a_file_of_authorities_that_is_elsewhere_and_one_that_is_none_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let (elsewhere, none) = (folder.path().join("elsewhere.pem"), folder.path().join("none.pem"));
    std::fs::write(&none, "no certificate").unwrap();
    for (provider, section) in sections(&json!({"env": "SECRET"})) {
        let (options, secret) = match provider {
            "smpp" => ("tls", "password"),
            "telegram" => ("http", "1:bot"),
            // Their secrets are keys; they make their clients by the same function.
            "fcm" | "apns" | "web_push" => continue,
            _ => ("http", "password"),
        };
        let with = |file: &std::path::Path| {
            let mut section = section.clone();
            section[options] = json!({ "ca_file": file });
            unusable_with(provider, &section, Some(secret))
        };
        let (not_here, wrong) = (with(&elsewhere), with(&none));
        assert!(
            matches!(&not_here, Unusable::NotHere(why) if why.contains("ca_file: cannot read")),
            "{provider}: {not_here:?}"
        );
        assert!(
            matches!(&wrong, Unusable::Wrong(why) if why.contains("contains no PEM certificate")),
            "{provider}: {wrong:?}"
        );
    }
}

#[test]
fn a_bot_in_max_without_a_contract_is_off_everywhere() {
    let section = json!({"token": {"env": "MAX_TOKEN"}});
    assert!(matches!(unusable("max_bot", &section), Unusable::Wrong(_)));
}
