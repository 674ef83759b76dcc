//! Senders are stopped and resumed over HTTP, in the key's name.

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
