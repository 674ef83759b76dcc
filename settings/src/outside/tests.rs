//! What goes out and what comes back, by tables.

use super::{NotTaken, Stray, returned, shown};
use bellhop_domain::setting::SettingKey;
use serde_json::{Value, json};

fn sms() -> Value {
    json!({
        "organisation": "pizza", "name": "sms", "provider": "sms_http", "rate": "1/s",
        "settings": {
            "base_url": "https://anna:hunter2@gate.example/sms?key=hunter2",
            "values": { "login": "pizza" },
            "secrets": { "password": { "sealed": "v1.k.hunter2" }, "reports": { "env": "REPORTS" } },
            "http": { "ca_file": "/etc/ca.pem" },
        },
    })
}

fn key() -> SettingKey {
    SettingKey::sender("pizza", "sms")
}

#[test]
fn nothing_secret_is_shown_and_what_is_sent_back_is_what_was_there() {
    let seen = shown(&sms());
    assert!(!seen.to_string().contains("hunter2"), "{seen}");
    assert_eq!(seen["settings"]["base_url"], "https://…@gate.example/sms?…");
    assert_eq!(seen["settings"]["secrets"]["reports"], json!({ "env": "REPORTS" }));
    assert_eq!(returned(&key(), Some(&sms()), &seen), Ok(sms()));
    // What the history has covered stays covered.
    let covered = json!({ "password": { "sealed": "***" } });
    assert_eq!(shown(&covered), covered);
    let sentence = json!("Look at https://pizza.example?x or answer STOP");
    assert_eq!(shown(&sentence), sentence);
}

#[test]
fn what_says_nothing_of_secrets_changes_beside_them() {
    for (field, value) in [("rate", json!("9/s")), ("pool", json!("all")), ("warm", json!(true))] {
        let (mut seen, mut expected) = (shown(&sms()), sms());
        seen[field] = value.clone();
        expected[field] = value;
        assert_eq!(returned(&key(), Some(&sms()), &seen), Ok(expected), "{field}");
    }
    // One secret is new, and the others stay.
    let mut seen = shown(&sms());
    seen["settings"]["secrets"]["password"] = json!({ "secret": "new" });
    let back = returned(&key(), Some(&sms()), &seen).unwrap();
    assert_eq!(back["settings"]["secrets"]["reports"], json!({ "env": "REPORTS" }));
}

#[test]
fn a_secret_that_is_kept_goes_where_it_went() {
    let kept = [
        "settings.base_url",
        "settings.http.ca_file",
        "settings.secrets.password",
        "settings.secrets.reports.env",
    ];
    let elsewhere: [(&str, Value, &[&str]); 4] = [
        ("/settings/base_url", json!("https://thief.example"), &kept[1..]),
        ("/settings/values/login", json!("thief"), &kept),
        ("/settings/values/more", json!("x"), &kept),
        ("/provider", json!("waha"), &kept),
    ];
    for (pointer, value, places) in elsewhere {
        let mut seen = shown(&sms());
        let (parent, last) = pointer.rsplit_once('/').unwrap();
        seen.pointer_mut(parent).unwrap()[last] = value;
        let wrong = returned(&key(), Some(&sms()), &seen).unwrap_err();
        let mut told: Vec<_> = wrong.iter().map(|it| it.place.as_str()).collect();
        told.sort_unstable();
        assert_eq!(told, places, "{pointer}");
        assert!(wrong.iter().all(|it| it.why == Stray::Carried), "{wrong:?}");
        // If all of them are given anew, it may.
        seen["settings"]["base_url"] = json!("https://other.example");
        seen["settings"]["secrets"] = json!({ "password": { "secret": "a" }, "reports": { "secret": "b" } });
        seen["settings"]["http"] = json!({});
        assert!(returned(&key(), Some(&sms()), &seen).is_ok(), "{pointer}");
    }
}

#[test]
fn nothing_of_the_machine_is_named_that_was_not_named_there() {
    let wrong = |place: &str, why| NotTaken {
        place: place.to_owned(),
        why,
    };
    let organisation = json!({ "guest_token_keys": [{ "sealed": "v1.k.one" }, { "file": "/etc/token" }], "name": "P" });
    let org = SettingKey::Organisation("pizza".to_owned());
    // A list may change its order, and lose members.
    let seen = shown(&organisation);
    let turned = json!({ "guest_token_keys": [seen["guest_token_keys"][1], seen["guest_token_keys"][0]] });
    let back = returned(&org, Some(&organisation), &turned).unwrap();
    assert_eq!(
        back["guest_token_keys"],
        json!([{ "file": "/etc/token" }, { "sealed": "v1.k.one" }])
    );
    for (sent, place, why) in [
        (
            json!({ "guest_token_keys": [{ "file": "/etc/shadow" }] }),
            "guest_token_keys[0].file",
            Stray::Reference,
        ),
        (
            json!({ "guest_token_keys": [{ "env": "HOME" }] }),
            "guest_token_keys[0].env",
            Stray::Reference,
        ),
        (
            json!({ "name": { "file": "/etc/token" } }),
            "name.file",
            Stray::Reference,
        ),
        (
            json!({ "settings": { "key_file": "/etc/token" } }),
            "settings.key_file",
            Stray::Reference,
        ),
        (
            json!({ "guest_token_keys": [{ "sealed": "v1.k.one" }] }),
            "guest_token_keys[0]",
            Stray::Mark,
        ),
        (json!({ "other": seen["guest_token_keys"][0] }), "other", Stray::Mark),
        (json!({ "name": "a\0b" }), "name", Stray::Zero),
    ] {
        assert_eq!(
            returned(&org, Some(&organisation), &sent),
            Err(vec![wrong(place, why)]),
            "{sent}"
        );
        assert!(why == Stray::Zero || returned(&org, None, &sent).is_err(), "{sent}");
    }
}
