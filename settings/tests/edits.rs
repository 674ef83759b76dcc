//! Edits of settings in a database: they are checked as a whole, sealed, and never overwrite somebody else's.
#![allow(clippy::unwrap_used, reason = "a test that meets an error fails")]

use bellhop_channels::config::SecretSource;
use bellhop_domain::Timestamp;
use bellhop_domain::setting::{SettingKey, SettingsVersion};
use bellhop_settings::sealed::Keys;
use bellhop_settings::{Edit, Edited, Ground, Plan, Sections, SettingsError, edit, provider, rehearse};
use bellhop_store::guests::Organisations;
use bellhop_store::settings::{Change, PastOf, SettingsBook};
use bellhop_store::{SqlStore, sqlite};
use serde_json::{Value, json};

const PASSWORD: &str = "hunter2-hunter2";

async fn store() -> (SqlStore, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = sqlite::open(&folder.path().join("bellhop.db")).await.unwrap();
    store.migrate().await.unwrap();
    (store, folder)
}

fn environment(name: &str) -> Option<String> {
    (name == "KEY").then(|| "ab".repeat(32))
}

fn marketing() -> Value {
    json!({ "quiet_hours": "off", "release_minutes": 30, "frequency_cap": "off", "stop_covers": "channel",
            "ask_back": { "en": "" }, "warm_up": [] })
}

fn pizza() -> Value {
    json!({ "slug": "pizza", "name": "Pizza", "currency": "RUB", "timezone": "Europe/Moscow", "region": "RU",
            "locale": "ru", "attribution_hours": 72 })
}

fn sms(rate: &str, password: Value) -> Value {
    json!({ "organisation": "pizza", "name": "sms", "provider": "sms_http", "rate": rate,
            "settings": { "preset": "smsc_ru", "values": { "login": "b" }, "secrets": { "password": password } } })
}

/// Makes an edit; returns the new version.
async fn make(
    store: &SqlStore,
    key: SettingKey,
    expected: Option<i64>,
    body: Option<Value>,
) -> Result<i64, SettingsError> {
    let keys = Keys::read(&[SecretSource::Env("KEY".to_owned())], &environment).unwrap();
    let on = Ground {
        keys: &keys,
        environment: &environment,
        who: "anna",
        now: Timestamp(1),
    };
    let expected = expected.map(SettingsVersion);
    let mut n = 0;
    let nonce = move || {
        n += 1;
        [n; 12]
    };
    let made = edit(store, on, &Edit { key, expected, body }, nonce).await;
    made.map(|edited| edited.version.map_or(0, |version| version.0))
}

/// The marketing section alone is not enough, so the organisation comes with it in one change.
async fn begun(store: &SqlStore) {
    let put = |key, body| Change { key, body: Some(body) };
    let changes = [
        put(SettingKey::Marketing, marketing()),
        put(SettingKey::Organisation("pizza".to_owned()), pizza()),
    ];
    let keys = Keys::default();
    let on = Ground {
        keys: &keys,
        environment: &environment,
        who: "anna",
        now: Timestamp(1),
    };
    let base = store.load_settings().await.unwrap();
    bellhop_settings::change(store, on, &base, &changes, None)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_given_secret_is_stored_sealed_and_opens_for_the_sender() {
    let (store, _folder) = store().await;
    begun(&store).await;
    let key = SettingKey::sender("pizza", "sms");
    let body = sms("1/s", json!({ "secret": PASSWORD }));
    assert_eq!(make(&store, key.clone(), None, Some(body)).await.unwrap(), 2);
    let snapshot = store.load_settings().await.unwrap();
    let kept = snapshot.get(&key).unwrap().body.to_string();
    assert!(kept.contains("sealed") && !kept.contains(PASSWORD), "{kept}");
    let history = format!(
        "{:?}",
        store
            .settings_history(PastOf::OrganisationAndAll("pizza"), 10)
            .await
            .unwrap()
    );
    assert!(!history.contains("v1."), "{history}");

    let sections = Sections::of(&snapshot).unwrap();
    let keys = Keys::read(&[SecretSource::Env("KEY".to_owned())], &environment).unwrap();
    let region = "RU".parse().unwrap();
    provider(&sections.senders[0], region, &keys, &environment).unwrap();
    let refused = provider(&sections.senders[0], region, &Keys::default(), &environment)
        .err()
        .unwrap();
    assert!(refused.to_string().contains("[settings] keys"), "{refused}");
    // If it is copied to a field of another sender, it is refused before anything is written.
    let mut stolen = snapshot.get(&key).unwrap().body.clone();
    stolen["name"] = json!("thief");
    let refused = make(&store, SettingKey::sender("pizza", "thief"), None, Some(stolen))
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("another place"), "{refused}");
    assert_eq!(store.settings_version().await.unwrap().0, 2);
}

#[tokio::test]
async fn an_edit_of_what_others_changed_is_refused_and_of_anything_else_made() {
    let (store, _folder) = store().await;
    begun(&store).await;
    let (org, sender) = (
        SettingKey::Organisation("pizza".to_owned()),
        SettingKey::sender("pizza", "sms"),
    );
    let password = || json!({ "env": "KEY" });
    make(&store, sender.clone(), None, Some(sms("1/s", password())))
        .await
        .unwrap();
    let mut renamed = pizza();
    renamed["name"] = json!("Pizza!");
    // The edit was based on version 1. That is still the organisation's version, although the settings as a whole
    // have a newer one.
    assert_eq!(
        make(&store, org.clone(), Some(1), Some(renamed.clone())).await.unwrap(),
        3
    );
    assert_eq!(store.organisation("pizza").await.unwrap().unwrap().name, "Pizza!");
    for (key, expected, body) in [
        (org.clone(), Some(1), Some(renamed)),
        (sender.clone(), None, Some(sms("2/s", password()))),
        (sender.clone(), Some(1), None),
        (SettingKey::sender("pizza", "app"), Some(2), None),
    ] {
        let refused = make(&store, key.clone(), expected, body).await.unwrap_err();
        assert!(matches!(refused, SettingsError::Moved { .. }), "{key}: {refused}");
    }
    assert_eq!(make(&store, sender, Some(2), None).await.unwrap(), 0);
    assert_eq!(store.settings_version().await.unwrap().0, 4);
    assert!(
        Sections::of(&store.load_settings().await.unwrap())
            .unwrap()
            .senders
            .is_empty()
    );
}

#[tokio::test]
async fn what_cannot_be_worked_by_is_not_written() {
    let (store, _folder) = store().await;
    begun(&store).await;
    let sender = || SettingKey::sender("pizza", "sms");
    let with = |field: &str, value: Value| {
        let mut section = sms("1/s", json!({ "env": "KEY" }));
        section[field] = value;
        section
    };
    for (body, word) in [
        (with("rate", json!("much")), "rate"),
        (with("provider", json!("pigeons")), "pigeons"),
        (with("organisation", json!("sushi")), "names never change"),
        (with("ratee", json!("1/s")), "ratee"),
        (with("settings", json!({ "preset": "none" })), "sms"),
        (sms("1/s", json!(PASSWORD)), "not a reference to a secret"),
        (
            with(
                "settings",
                json!({ "preset": "smsc_ru", "base_url": format!("http://anna:{PASSWORD}@gate.example") }),
            ),
            "settings.base_url: the address has a user or a password",
        ),
    ] {
        let refused = make(&store, sender(), None, Some(body)).await.unwrap_err().to_string();
        assert!(
            refused.contains(word) && !refused.contains(PASSWORD),
            "{word}: {refused}"
        );
    }
    // A secret that only another process may be able to read does not prevent the write.
    let elsewhere = sms("1/s", json!({ "env": "UNSET" }));
    assert_eq!(make(&store, sender(), None, Some(elsewhere)).await.unwrap(), 2);
    let mut odd = pizza();
    odd["quiet_hours"] = json!("22-9");
    let org = SettingKey::Organisation("pizza".to_owned());
    let refused = make(&store, org.clone(), Some(1), Some(odd))
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains("quiet_hours"), "{refused}");
    let refused = make(&store, org, Some(1), None).await.unwrap_err();
    assert!(matches!(refused, SettingsError::NothingYet), "{refused}");
    assert_eq!(store.settings_version().await.unwrap().0, 2);
}

#[tokio::test]
async fn a_rehearsed_edit_says_what_it_would_come_to_and_writes_nothing() {
    let (store, _folder) = store().await;
    begun(&store).await;
    let keys = Keys::default();
    let on = Ground {
        keys: &keys,
        environment: &environment,
        who: "anna",
        now: Timestamp(1),
    };
    let of = |body: Value| Edit {
        key: SettingKey::Organisation("pizza".to_owned()),
        expected: Some(SettingsVersion(1)),
        body: Some(body),
    };
    let mut renamed = pizza();
    renamed["name"] = json!("Pizza!");
    let foreseen = rehearse(&store, on, &of(renamed.clone()), || [0; 12]).await.unwrap();
    assert_eq!(
        foreseen.plan.to_string(),
        "~ organisation pizza\n    name: Pizza → Pizza!\n"
    );
    assert_eq!(foreseen.version, Some(SettingsVersion(1)));
    let mut odd = renamed.clone();
    odd["currency"] = json!("roubles");
    rehearse(&store, on, &of(odd), || [0; 12]).await.unwrap_err();
    assert_eq!(store.settings_version().await.unwrap().0, 1);
    let made = edit(&store, on, &of(renamed), || [0; 12]).await.unwrap();
    assert_eq!(
        (made.plan.lines, made.version),
        (foreseen.plan.lines, Some(SettingsVersion(2)))
    );
    // What is so already is not written again.
    let again = Edit {
        expected: made.version,
        ..of(json!(store.load_settings().await.unwrap().settings[1].body))
    };
    let nothing = Edited {
        version: Some(SettingsVersion(2)),
        plan: Plan {
            based_on: SettingsVersion(2),
            lines: Vec::new(),
        },
        untried: Vec::new(),
    };
    assert_eq!(edit(&store, on, &again, || [0; 12]).await.unwrap(), nothing);
    assert_eq!(store.settings_version().await.unwrap().0, 2);
}
