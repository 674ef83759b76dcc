//! Settings over HTTP: an organisation's own are read and changed, checked as by the command line, and nobody else's.

use crate::brand::{organisation, restaurant, sms};
use crate::settings_caller::{SettingsCaller, audit};
use crate::world::{NOW, World, places};
use bellhop_domain::setting::{SettingKey, SettingsVersion};
use bellhop_store::guests::Organisations;
use bellhop_store::settings::{Change, Changes, PastOf, SettingsBook};
use serde_json::{Value, json};

const ORGANISATION: &str = "/v1/settings/organisation";
const SMSC: &str = "/v1/settings/senders/smsc";

#[tokio::test]
async fn an_organisation_reads_what_is_its_own() {
    let world = World::new().await;
    let caller = SettingsCaller::of(&world).await;
    let smsc = json!({ "setting": "sender", "sender": "smsc", "version": 1, "document": sms("brand", "smsc", "10/s") });
    let own = json!({ "setting": "organisation", "version": 1, "document": organisation() });
    let arbat = json!({ "setting": "restaurant", "restaurant": "Arbat", "version": 1, "document": restaurant() });
    // Neither what holds for all, nor what is another's.
    assert_eq!(
        caller.get("/v1/settings").await,
        (200, json!({ "settings": [own, arbat, smsc] }))
    );
    assert_eq!(caller.get(ORGANISATION).await, (200, own));
    assert_eq!(caller.get("/v1/settings/restaurants/Arbat").await, (200, arbat));
    assert_eq!(caller.get(SMSC).await, (200, smsc));
    for unknown in ["nobody", "kitchen", "marketing", "a%2Fb", "%00"] {
        let answer = caller.get(&format!("/v1/settings/senders/{unknown}")).await;
        assert_eq!(answer.1["code"], "setting_unknown", "{unknown}");
        places(404, &answer);
    }
}

#[tokio::test]
async fn a_change_holds_by_its_version_and_is_told_like_a_diff() {
    let world = World::new().await;
    let caller = SettingsCaller::of(&world).await;
    let mut change = caller.read(ORGANISATION).await;
    change["document"]["quiet_hours"] = json!("21:00-10:00");
    let field = json!({ "field": "quiet_hours", "after": "21:00-10:00" });
    let line = json!({ "setting": "organisation", "what": "changed", "fields": [field] });

    change["dry_run"] = json!(true);
    let foreseen = caller.put(ORGANISATION, change.clone()).await;
    assert_eq!(
        foreseen,
        (200, json!({ "dry_run": true, "version": 1, "plan": [line] }))
    );
    assert_eq!(
        world.store.settings_version().await.unwrap().0,
        1,
        "nothing was written"
    );

    change["dry_run"] = json!(false);
    let made = caller.put(ORGANISATION, change.clone()).await;
    assert_eq!(made, (200, json!({ "dry_run": false, "version": 2, "plan": [line] })));
    let row = world.store.organisation("brand").await.unwrap().unwrap();
    assert_eq!(row.settings.quiet_hours.unwrap().to_string(), "21:00-10:00");
    // The same again is decided on a version that is gone, and then comes to nothing.
    let late = caller.put(ORGANISATION, change.clone()).await;
    places(409, &late);
    assert_eq!(
        (&late.1["code"], &late.1["params"]),
        (&json!("setting_moved"), &json!({ "version": 2 }))
    );
    change["version"] = json!(2);
    let nothing = caller.put(ORGANISATION, change).await;
    assert_eq!(nothing, (200, json!({ "dry_run": false, "version": 2, "plan": [] })));
    assert_eq!(world.store.settings_version().await.unwrap().0, 2);

    let who = "API key site";
    let (_, history) = caller.get("/v1/settings/history").await;
    let told: Vec<_> = history["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (&it["version"], &it["who"]))
        .collect();
    assert_eq!(
        told,
        [
            (&json!(2), &json!(who)),
            (&json!(1), &json!("anna")),
            (&json!(1), &json!("anna")),
            (&json!(1), &json!("anna"))
        ]
    );
    let last = audit(&world).await.pop().unwrap();
    let expected = (who, "setting.change", "organisation brand");
    assert_eq!((last.0.as_str(), last.1.as_str(), last.2.as_str()), expected);
}

#[tokio::test]
async fn what_cannot_be_worked_by_is_told_with_its_place_and_not_written() {
    let world = World::new().await;
    let caller = SettingsCaller::of(&world).await;
    for (path, field, value, place, code) in [
        (
            ORGANISATION,
            "quiet_hours",
            json!("22-9"),
            "document.quiet_hours",
            "quiet_hours_unfit",
        ),
        (
            ORGANISATION,
            "frequency_cap",
            json!("1/month"),
            "document.frequency_cap",
            "frequency_cap_unfit",
        ),
        (
            ORGANISATION,
            "stop_covers",
            json!("all"),
            "document.stop_covers",
            "stop_covers_unfit",
        ),
        (
            ORGANISATION,
            "timezone",
            json!("Moscow"),
            "document.timezone",
            "timezone_unknown",
        ),
        (
            ORGANISATION,
            "currency",
            json!("roubles"),
            "document.currency",
            "currency_unknown",
        ),
        (
            ORGANISATION,
            "locale",
            json!("русский"),
            "document.locale",
            "locale_unknown",
        ),
        (
            ORGANISATION,
            "region",
            json!("Russia"),
            "document.region",
            "region_unknown",
        ),
        (
            ORGANISATION,
            "quiet_hour",
            json!("off"),
            "document.quiet_hour",
            "body_key_unknown",
        ),
        (ORGANISATION, "slug", json!("rival"), "document", "body_value_unfit"),
        (ORGANISATION, "name", json!("a\0b"), "document.name", "text_holds_zero"),
        (SMSC, "rate", json!("much"), "document.rate", "rate_unfit"),
        (SMSC, "rate", json!(7), "document.rate", "body_type_unfit"),
        (SMSC, "name", json!("kitchen"), "document", "body_value_unfit"),
        (SMSC, "organisation", json!("rival"), "document", "body_value_unfit"),
        (
            SMSC,
            "provider",
            json!("pigeons"),
            "document.settings.secrets.password.env",
            "secret_carried",
        ),
        (SMSC, "settings", json!({}), "document.settings", "setting_unfit"),
    ] {
        let mut change = caller.read(path).await;
        change["document"][field] = value;
        let answer = caller.put(path, change).await;
        assert_eq!(places(422, &answer), [place], "{field}: {}", answer.1);
        assert_eq!(answer.1["errors"][0]["code"], code, "{}", answer.1);
    }
    let pigeons = json!({ "document": { "organisation": "brand", "name": "p", "provider": "pigeons" } });
    let answer = caller.put("/v1/settings/senders/p", pigeons).await;
    assert_eq!(answer.1["errors"][0]["code"], "provider_unknown", "{}", answer.1);
    for odd in ["%20p", "a%00b", "p%E2%80%8B"] {
        let body = json!({ "document": sms("brand", "p", "1/s") });
        let answer = caller.put(&format!("/v1/settings/senders/{odd}"), body).await;
        assert_eq!(places(422, &answer), ["sender"], "{odd}");
    }
    assert_eq!(world.store.settings_version().await.unwrap().0, 1);
}

#[tokio::test]
async fn a_sender_comes_and_goes() {
    let world = World::new().await;
    let caller = SettingsCaller::of(&world).await;
    let mut body = sms("brand", "spare", "1/s");
    body["settings"]["secrets"]["password"] = json!({ "secret": "s3cret" });
    let new = json!({ "document": body });
    let path = "/v1/settings/senders/spare";
    let (status, made) = caller.put(path, new.clone()).await;
    assert_eq!(
        (status, &made["version"], &made["plan"][0]["what"]),
        (200, &json!(2), &json!("added")),
        "{made}"
    );
    let again = caller.put(path, new.clone()).await;
    assert_eq!((again.0, &again.1["code"]), (409, &json!("setting_there")));

    let remove = format!("{path}/remove");
    let stale = caller.post(&remove, json!({ "version": 1 })).await;
    assert_eq!((stale.0, &stale.1["code"]), (409, &json!("setting_moved")));
    let (status, foreseen) = caller.post(&remove, json!({ "version": 2, "dry_run": true })).await;
    assert_eq!((status, &foreseen["plan"][0]["what"]), (200, &json!("removed")));
    assert_eq!(caller.get(path).await.0, 200);
    let (status, gone) = caller.post(&remove, json!({ "version": 2 })).await;
    assert_eq!((status, &gone["version"]), (200, &Value::Null), "{gone}");
    places(404, &caller.get(path).await);
    let mut late = new;
    late["version"] = json!(2);
    let late = caller.put(path, late).await;
    assert_eq!((late.0, &late.1["code"]), (409, &json!("setting_gone")));
}

#[tokio::test]
async fn a_bot_in_max_stays_off_until_a_contract_is_named() {
    let world = World::new().await;
    let caller = SettingsCaller::of(&world).await;
    let path = "/v1/settings/senders/max";
    let mut bot = json!({ "document": { "organisation": "brand", "name": "max", "provider": "max_bot", "rate": "25/s",
        "settings": { "token": { "secret": "t0ken" }, "webhook_secret": { "secret": "hook_secret" } } } });
    let answer = caller.put(path, bot.clone()).await;
    assert_eq!(places(422, &answer), ["document.settings"], "{}", answer.1);
    let fault = &answer.1["errors"][0];
    assert_eq!(fault["code"], "setting_unfit");
    assert!(
        fault["problem"]
            .as_str()
            .unwrap()
            .contains("unless a contract with MAX"),
        "{fault}"
    );
    assert_eq!(caller.get(path).await.0, 404);

    bot["document"]["settings"]["contract"] = json!("No. 12 of 2026-05-01");
    let (status, made) = caller.put(path, bot).await;
    assert_eq!((status, &made["version"]), (200, &json!(2)), "{made}");
    let shown = caller.read(path).await["document"]["settings"].clone();
    assert_eq!(shown["contract"], "No. 12 of 2026-05-01");
    for secret in ["token", "webhook_secret"] {
        let keys: Vec<_> = shown[secret].as_object().unwrap().keys().collect();
        assert_eq!(keys, ["sealed"], "{shown}");
    }
}

#[tokio::test]
async fn an_organisation_that_was_taken_out_does_not_come_back_by_its_key() {
    let world = World::new().await;
    let caller = SettingsCaller::of(&world).await;
    let gone = [
        SettingKey::sender("brand", "smsc"),
        SettingKey::Organisation("brand".to_owned()),
    ];
    let changes = gone.map(|key| Change { key, body: None });
    let changes = Changes {
        based_on: SettingsVersion(1),
        changes: &changes,
        organisations: &[],
        restaurants: &[],
        file: None,
        who: "anna",
        now: NOW,
    };
    world.store.change_settings(changes).await.unwrap();
    for (path, document) in [(ORGANISATION, organisation()), (SMSC, sms("brand", "smsc", "1/s"))] {
        places(404, &caller.get(path).await);
        places(404, &caller.put(path, json!({ "document": document })).await);
    }
    assert_eq!(world.store.settings_version().await.unwrap().0, 2);
}

#[tokio::test]
async fn another_organisations_settings_are_out_of_reach() {
    let world = World::new().await;
    let rival = SettingsCaller::of_rival(&world).await;
    let (_, seen) = rival.get("/v1/settings").await;
    let names: Vec<_> = seen["settings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["sender"])
        .collect();
    assert_eq!(names, [&Value::Null, &json!("kitchen"), &json!("smsc")]);
    let mut change = rival.read(SMSC).await;
    change["document"]["rate"] = json!("99/s");
    assert_eq!(rival.put(SMSC, change).await.0, 200);
    assert_eq!(
        rival.post(&format!("{SMSC}/remove"), json!({ "version": 2 })).await.0,
        200
    );
    // The sender of the same name is another organisation's.
    let there = world.store.load_settings().await.unwrap();
    let smsc = there.get(&SettingKey::sender("brand", "smsc")).unwrap();
    assert_eq!((&smsc.body["rate"], smsc.version.0), (&json!("10/s"), 1));
    let own = world
        .store
        .settings_history(PastOf::Organisation("brand"), 10)
        .await
        .unwrap();
    assert!(own.iter().all(|it| it.version.0 == 1), "{own:?}");
    let (_, history) = rival.get("/v1/settings/history").await;
    let changes = history["changes"].as_array().unwrap();
    let of = |it: &Value| ["before", "after"].map(|side| it[side]["organisation"].clone());
    assert!(changes.iter().all(|it| !of(it).contains(&json!("brand"))), "{history}");
    assert_eq!(changes.len(), 5, "nothing of what holds for all: {history}");
}
