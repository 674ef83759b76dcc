use crate::world::{NOW, World, answer, places};
use bellhop_domain::Timestamp;
use bellhop_domain::message::MessageState;
use bellhop_store::guests::{ApiKeys, KeyKind, OrganisationSpec, OrganisationsOfTests, Scope, Settings};
use secrecy::ExposeSecret;
use serde_json::json;

#[tokio::test]
async fn the_first_tap_ends_the_message_and_a_repeat_changes_nothing() {
    let world = World::new().await;
    let tap = json!({"message_id": world.message.to_string(), "at": "2026-03-01T08:59:00Z"});
    assert_eq!(world.send("/v1/opens", &tap).await, (200, json!({"first": true})));
    assert_eq!(world.send("/v1/opens", &tap).await, (200, json!({"first": false})));
    let story = world.story().await;
    assert_eq!(story.state, MessageState::Opened);
    assert_eq!(story.opened_at, Some(Timestamp(NOW.0 - 60_000)));
}

#[tokio::test]
async fn a_clock_ahead_of_ours_is_not_believed() {
    let world = World::new().await;
    let tap = json!({"message_id": world.message.to_string(), "at": "2027-01-01T00:00:00Z"});
    assert_eq!(world.send("/v1/opens", &tap).await.0, 200);
    let opened = world.story().await.opened_at.unwrap();
    assert!((NOW.0..NOW.0 + 1_000).contains(&opened.0), "{opened}");
}

#[tokio::test]
async fn unknown_messages_and_those_of_others_are_not_found() {
    let world = World::new().await;
    let unknown = json!({"message_id": "00000000001"});
    assert!(places(404, &world.send("/v1/opens", &unknown).await).is_empty());
    places(422, &world.send("/v1/opens", &json!({"message_id": "short"})).await);
    let other = OrganisationSpec {
        slug: "other".into(),
        name: "Other".into(),
        currency: "RUB".into(),
        timezone: bellhop_domain::Zone::utc(),
        settings: Settings::default(),
    };
    let other = world.store.put_organisation(&other).await.unwrap().id;
    let key = world
        .store
        .create_api_key(other, "site", KeyKind::Backend, &Scope::ALL, [7; 32], NOW)
        .await
        .unwrap();
    let tap = json!({"message_id": world.message.to_string()});
    let request = world.post("/v1/opens").bearer_auth(key.expose_secret()).json(&tap);
    assert!(places(404, &answer(request).await).is_empty());
    assert!(world.opens().await.is_empty());
}
