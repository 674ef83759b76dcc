//! Senders are stopped and resumed over HTTP, in the key's name.

use crate::brand::sms;
use crate::mailings::file;
use crate::program::Program;
use crate::settings_caller::{SettingsCaller, audit};
use crate::world::{World, places};
use bellhop_store::ledger::SenderStates;
use serde_json::json;

#[tokio::test]
async fn a_sender_is_paused_and_resumed_in_the_keys_name() {
    let world = World::new().await;
    let caller = SettingsCaller::of(&world).await;
    let pause = "/v1/senders/smsc/pause";
    let (status, paused) = caller.post(pause, json!({ "reason": "the gateway is ill" })).await;
    let reason = "the gateway is ill, by API key site";
    assert_eq!(
        (status, &paused["paused"], &paused["reason"]),
        (200, &json!(true), &json!(reason))
    );
    // The pause that is in force stays.
    let (_, again) = caller.post(pause, json!({ "reason": "lunch" })).await;
    assert_eq!(again, paused);
    let told = world.store.paused_senders().await.unwrap();
    assert_eq!(
        (told[0].0, told[0].1.as_str(), told[0].2.as_str()),
        (world.org, "smsc", reason)
    );

    let resume = "/v1/senders/smsc/resume";
    for _ in 0..2 {
        assert_eq!(caller.post(resume, json!({})).await, (200, json!({ "paused": false })));
    }
    assert!(world.store.paused_senders().await.unwrap().is_empty());
    let deeds = audit(&world).await;
    let of_senders: Vec<_> = deeds.iter().filter(|it| it.2 == "sender smsc").collect();
    let told: Vec<_> = of_senders.iter().map(|it| (it.0.as_str(), it.1.as_str())).collect();
    assert_eq!(
        told,
        [("API key site", "sender.pause"), ("API key site", "sender.resume")]
    );
}

#[tokio::test]
async fn only_own_senders_and_with_a_reason() {
    let world = World::new().await;
    let caller = SettingsCaller::of(&world).await;
    for sender in ["kitchen", "nobody"] {
        for verb in ["pause", "resume"] {
            let answer = caller
                .post(&format!("/v1/senders/{sender}/{verb}"), json!({ "reason": "x" }))
                .await;
            places(404, &answer);
        }
    }
    let answer = caller.post("/v1/senders/smsc/pause", json!({ "reason": " " })).await;
    assert_eq!(places(422, &answer), ["reason"]);
    assert!(world.store.paused_senders().await.unwrap().is_empty());
}

#[tokio::test]
async fn senders_are_listed_as_they_are_and_only_ones_own() {
    let world = World::new().await;
    let caller = SettingsCaller::of(&world).await;
    let (status, all) = caller.get("/v1/senders").await;
    assert_eq!(status, 200, "{all}");
    let senders = all["senders"].as_array().unwrap();
    assert_eq!(senders.len(), 1, "{all}");
    assert_eq!(
        (
            &senders[0]["name"],
            &senders[0]["rate"],
            &senders[0]["channel"],
            &senders[0]["sends"]
        ),
        (&json!("smsc"), &json!("10/s"), &json!("sms"), &json!(true))
    );
    assert!(!all.to_string().contains("password"), "no secret is told");
    caller.post("/v1/senders/smsc/pause", json!({ "reason": "ill" })).await;
    let (_, all) = caller.get("/v1/senders").await;
    assert_eq!(all["senders"][0]["sends"], false, "{all}");
    assert_eq!(all["senders"][0]["paused"]["reason"], "ill, by API key site");
}

#[tokio::test]
async fn the_load_of_the_coming_days_counts_what_waits_and_what_starts() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    let (status, load) = program.get("/v1/senders/load?days=3").await;
    assert_eq!(status, 200, "{load}");
    let smsc = |load: &serde_json::Value| {
        let all = load["numbers"].as_array().unwrap();
        all.iter().find(|it| it["sender"] == "smsc").unwrap()["days"].clone()
    };
    let loads = |load: &serde_json::Value| -> Vec<u64> {
        let days = smsc(load);
        days.as_array()
            .unwrap()
            .iter()
            .map(|it| it["load"].as_u64().unwrap())
            .collect()
    };
    assert_eq!(loads(&load), [1, 0, 0], "the world's message waits: {load}");
    program.post("/v1/mailings", &file("Tuesday")).await;
    let at = json!({ "at": { "date": "2026-03-03", "time": "13:00", "zone": "Europe/Moscow" } });
    assert_eq!(program.put("/v1/mailings/3/schedule", &at).await.0, 200);
    let (_, load) = program.get("/v1/senders/load?days=3").await;
    assert_eq!(loads(&load), [1, 0, 1], "{load}");
    assert_eq!(load["starts"][0]["mailing"], 3);
    places(422, &program.get("/v1/senders/load?days=61").await);
    let rival = Program::of_rival(&world).await;
    assert_eq!(rival.get("/v1/senders/load").await.1["starts"], json!([]));
}

#[tokio::test]
async fn a_sender_is_tried_before_it_is_saved() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    let mut section = sms("brand", "new", "5/s");
    section["settings"]["secrets"]["password"] = json!({ "secret": "a password" });
    let tried = program
        .post("/v1/senders/new/test", &json!({ "document": section }))
        .await;
    assert_eq!(tried.0, 200, "{}", tried.1);
    assert!(
        tried.1["findings"].is_array() && tried.1["works"].is_boolean(),
        "{}",
        tried.1
    );
    section["rate"] = json!("often");
    let refused = program
        .post("/v1/senders/new/test", &json!({ "document": section }))
        .await;
    places(422, &refused);
    assert_eq!(
        program.get("/v1/settings/senders/new").await.0,
        404,
        "nothing was saved"
    );
    // Another's section is not one's own to try.
    let foreign = program
        .post(
            "/v1/senders/new/test",
            &json!({ "document": sms("rival", "new", "5/s") }),
        )
        .await;
    assert!((400..500).contains(&foreign.0), "{foreign:?}");
}

#[tokio::test]
async fn a_number_says_how_it_is_connected() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    // The world's provider finds nothing wrong with itself.
    assert_eq!(
        program.get("/v1/senders/smsc/link").await,
        (200, json!({ "works": true, "findings": [] }))
    );
    for foreign in ["kitchen", "nobody"] {
        places(404, &program.get(&format!("/v1/senders/{foreign}/link")).await);
    }
}
