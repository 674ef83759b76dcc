//! What opens, and what must not open.

use super::*;
use bellhop_channels::config::SecretSource;
use serde_json::json;

fn keys(of: &[u8]) -> Keys {
    let sources: Vec<_> = of.iter().map(|n| SecretSource::Env(n.to_string())).collect();
    let environment = |name: &str| Some(format!("{:0>2}", name).repeat(32));
    Keys::read(&sources, &environment).unwrap()
}

fn sms() -> SettingKey {
    SettingKey::sender("pizza", "sms")
}

/// A different one each time.
fn nonces() -> impl FnMut() -> [u8; 12] {
    let mut n = 0;
    move || {
        n += 1;
        [n; 12]
    }
}

fn location<'a>(key: &'a SettingKey, field: &'a str) -> SecretLocation<'a> {
    SecretLocation { key, field }
}

fn opened(keys: &Keys, at: SecretLocation<'_>, text: &str) -> Result<String, &'static str> {
    keys.open(at, text).map(|secret| secret.expose_secret().to_owned())
}

#[test]
fn a_secret_opens_in_its_place_only() {
    let (keys, sms) = (keys(&[1]), sms());
    let text = keys
        .seal(location(&sms, "settings.password"), "hunter2", [7; 12])
        .unwrap();
    assert!(!text.contains("hunter2"));
    assert_eq!(
        opened(&keys, location(&sms, "settings.password"), &text).as_deref(),
        Ok("hunter2")
    );
    for (key, field) in [
        (sms.clone(), "settings.token"),
        (SettingKey::sender("pizza", "sms2"), "settings.password"),
        (SettingKey::sender("sushi", "sms"), "settings.password"),
        (SettingKey::sender("pizz", "asms"), "settings.password"),
        (SettingKey::Organisation("pizza".to_owned()), "settings.password"),
    ] {
        let refused = opened(&keys, location(&key, field), &text).unwrap_err();
        assert!(refused.contains("another place"), "{key} {field}: {refused}");
    }
}

#[test]
fn a_webhooks_secret_opens_for_its_organisation_only() {
    let (keys, secret) = (keys(&[1]), SecretString::from("whsec_hunter2"));
    let sealed = seal_webhook(&keys, "pizza", &secret, [7; 12]).unwrap();
    assert!(!sealed.contains("hunter2"));
    let opened = open_webhook(&keys, "pizza", &sealed).unwrap();
    assert_eq!(opened.expose_secret(), "whsec_hunter2");
    let refused = open_webhook(&keys, "sushi", &sealed).unwrap_err().to_string();
    assert!(refused.contains("another place"), "{refused}");
    let refused = seal_webhook(&Keys::default(), "pizza", &secret, [7; 12])
        .unwrap_err()
        .to_string();
    assert!(refused.contains("no key to seal with"), "{refused}");
}

#[test]
fn what_was_tampered_with_does_not_open() {
    let (keys, sms) = (keys(&[1]), sms());
    let at = location(&sms, "settings.password");
    let text = keys.seal(at, "hunter2", [7; 12]).unwrap();
    let from = text.rfind('.').unwrap() + 1;
    for i in from..text.len() {
        let other = if &text[i..=i] == "A" { "B" } else { "A" };
        let tampered = format!("{}{other}{}", &text[..i], &text[i + 1..]);
        assert!(opened(&keys, at, &tampered).is_err(), "{i}");
    }
    for odd in [
        "",
        "v1",
        "v1.",
        "v2.x.y",
        "hunter2",
        &text[..from + 8],
        &text.replace("v1", "v0"),
    ] {
        let refused = opened(&keys, at, odd).unwrap_err();
        assert!(!refused.contains("hunter2"), "{refused}");
    }
}

#[test]
fn a_key_is_changed_without_a_secret_being_lost() {
    let (old, both, new, other) = (keys(&[1]), keys(&[2, 1]), keys(&[2]), keys(&[3]));
    let document = json!({ "settings": { "password": { "secret": "hunter2" }, "values": { "login": "b" } },
                           "list": [{ "secret": "one" }, { "secret": "two" }, { "file": "/x" }] });
    let (sms, mut nonce) = (sms(), nonces());
    assert!(has_given(&document));
    let sealed = given(&old, &sms, &document, &mut nonce).unwrap();
    assert!(
        !has_given(&sealed) && !sealed.to_string().contains("hunter2"),
        "{sealed}"
    );
    assert_eq!(sealed["list"][2], json!({ "file": "/x" }));
    let mut fields: Vec<_> = sealed_secrets(&sealed).into_iter().map(|(field, _)| field).collect();
    fields.sort();
    assert_eq!(fields, ["list", "list", "settings.password"]);

    assert_eq!(resealed(&old, &sms, &sealed, &mut nonce).unwrap(), None);
    let renewed = resealed(&both, &sms, &sealed, &mut nonce).unwrap().unwrap();
    for (keys, document, opens) in [
        (&old, &sealed, true),
        (&both, &sealed, true),
        (&both, &renewed, true),
        (&new, &renewed, true),
        (&new, &sealed, false),
        (&old, &renewed, false),
        (&other, &renewed, false),
    ] {
        let all = Opened::of(keys, &sms, document);
        assert_eq!(all.is_ok(), opens, "{keys:?}");
        let Ok(all) = all else { continue };
        let nothing = |_: &str| None;
        let environment = all.over(&nothing);
        let mut read: Vec<_> = sealed_secrets(document)
            .into_iter()
            .filter_map(|(_, text)| environment(&sealed_name(&text)))
            .collect();
        read.sort();
        assert_eq!(read, ["hunter2", "one", "two"]);
    }
    let told = Opened::of(&other, &sms, &renewed).err().unwrap().to_string();
    assert!(
        told.contains("sender pizza/sms: ") && told.contains("[settings] keys"),
        "{told}"
    );
}

#[test]
fn what_is_no_key_is_refused_without_being_told() {
    let environment = |_: &str| Some("hunter2".to_owned());
    let told = Keys::read(&[SecretSource::Env("K".to_owned())], &environment).unwrap_err();
    assert!(
        told.contains("number 1") && told.contains("openssl rand") && !told.contains("hunter2"),
        "{told}"
    );
    let none = Keys::default();
    assert!(none.is_empty());
    let document = json!({ "password": { "secret": "hunter2" } });
    let told = given(&none, &sms(), &document, nonces()).unwrap_err().to_string();
    assert!(told.contains("password") && !told.contains("hunter2"), "{told}");
}
