//! No secret of a setting comes out over HTTP, and none goes where it did not go before.

use crate::brand::{PASSWORD, sms};
use crate::settings_caller::SettingsCaller;
use crate::world::{World, places};
use bellhop_domain::setting::SettingKey;
use bellhop_store::settings::SettingsBook;
use serde_json::{Value, json};

const NEW: &str = "n3w-swordfish";
const SMSC: &str = "/v1/settings/senders/smsc";

async fn kept(world: &World) -> Value {
    let there = world.store.load_settings().await.unwrap();
    there.get(&SettingKey::sender("brand", "smsc")).unwrap().body.clone()
}

#[tokio::test]
async fn a_secret_is_given_sealed_kept_and_never_told() {
    let world = World::new().await;
    let caller = SettingsCaller::of(&world).await;
    let mut change = caller.read(SMSC).await;
    change["document"]["settings"]["secrets"]["password"] = json!({ "secret": NEW });
    let (status, made) = caller.put(SMSC, change).await;
    assert_eq!(status, 200, "{made}");
    let mut told = vec![made];
    let sealed = kept(&world).await["settings"]["secrets"]["password"]["sealed"].clone();
    let sealed = sealed.as_str().unwrap();
    assert!(sealed.starts_with("v1.") && !sealed.contains(NEW), "{sealed}");

    // What was read is sent back with another rate, and the secret stays.
    let mut change = caller.read(SMSC).await;
    let mark = change["document"]["settings"]["secrets"]["password"]["sealed"].clone();
    assert_eq!(mark.as_str().map(str::len), Some(12), "{mark}");
    change["document"]["rate"] = json!("3/s");
    let (status, made) = caller.put(SMSC, change.clone()).await;
    assert_eq!(
        (status, &made["plan"][0]["fields"][0]["field"]),
        (200, &json!("rate")),
        "{made}"
    );
    assert_eq!(kept(&world).await["settings"]["secrets"]["password"]["sealed"], sealed);
    told.extend([made, change]);

    for path in ["/v1/settings", SMSC, "/v1/settings/history"] {
        told.push(caller.get(path).await.1);
    }
    for it in told {
        let text = it.to_string();
        assert!(!text.contains(NEW) && !text.contains(PASSWORD), "{text}");
        assert!(!text.contains("v1."), "{text}");
    }
}

#[tokio::test]
async fn a_secret_that_stays_goes_nowhere_else() {
    let world = World::new().await;
    let caller = SettingsCaller::of(&world).await;
    let place = "document.settings.secrets.password.env";
    for (field, value) in [
        ("base_url", json!("https://thief.example")),
        ("values", json!({ "login": "thief" })),
    ] {
        let mut change = caller.read(SMSC).await;
        change["document"]["settings"][field] = value;
        let answer = caller.put(SMSC, change.clone()).await;
        assert_eq!(places(422, &answer), [place], "{field}");
        assert_eq!(answer.1["errors"][0]["code"], "secret_carried");
        // With the secret given anew it is theirs to say.
        change["document"]["settings"]["secrets"]["password"] = json!({ "secret": NEW });
        change["dry_run"] = json!(true);
        assert_eq!(caller.put(SMSC, change).await.0, 200, "{field}");
    }
    assert_eq!(kept(&world).await, sms("brand", "smsc", "10/s"));
}

#[tokio::test]
async fn no_file_or_variable_of_the_machine_is_named_anew() {
    let world = World::new().await;
    let caller = SettingsCaller::of(&world).await;
    let of_sender = |password: Value| {
        let mut document = sms("brand", "thief", "1/s");
        document["settings"]["base_url"] = json!("https://thief.example");
        document["settings"]["secrets"]["password"] = password;
        json!({ "document": document })
    };
    let place = "document.settings.secrets.password";
    for (password, place, code) in [
        (
            json!({ "file": "/etc/bellhop/settings-key" }),
            format!("{place}.file"),
            "setting_reference",
        ),
        // Another sender of the organisation names it: this one does not.
        (
            json!({ "env": "SMSC_PASSWORD" }),
            format!("{place}.env"),
            "setting_reference",
        ),
        (
            json!({ "sealed": "v1.aaaaaaaa.bbbb" }),
            place.to_owned(),
            "secret_mark_unknown",
        ),
        (json!(PASSWORD), "document.settings".to_owned(), "setting_unfit"),
    ] {
        let answer = caller.put("/v1/settings/senders/thief", of_sender(password)).await;
        assert_eq!(places(422, &answer), [place.as_str()], "{}", answer.1);
        assert_eq!(answer.1["errors"][0]["code"], code);
        assert!(!answer.1.to_string().contains(PASSWORD), "{}", answer.1);
    }
    let push = json!({ "document": { "organisation": "brand", "name": "push", "provider": "fcm",
                                     "settings": { "key_file": "/etc/bellhop/firebase.json" } } });
    let answer = caller.put("/v1/settings/senders/push", push).await;
    assert_eq!(places(422, &answer), ["document.settings.key_file"]);
    let mut change = caller.read("/v1/settings/organisation").await;
    change["document"]["guest_token_keys"] = json!([{ "env": "KEY" }]);
    let answer = caller.put("/v1/settings/organisation", change.clone()).await;
    assert_eq!(places(422, &answer), ["document.guest_token_keys[0].env"]);
    change["document"]["guest_token_keys"] = json!([{ "secret": "a backend's own secret of 40 characters." }]);
    assert_eq!(caller.put("/v1/settings/organisation", change).await.0, 200);
}
