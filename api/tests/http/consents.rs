//! `POST /v1/consents`: words about marketing and notifications.

use crate::world::{World, places};
use bellhop_domain::{Channel, CustomerId};
use bellhop_store::GuestBase;
use serde_json::{Value, json};

async fn guest(world: &World) -> CustomerId {
    world.store.customer_id(world.org, "c1").await.unwrap().unwrap()
}

fn word(purpose: &str, channel: Option<&str>, given: bool, by: &str) -> Value {
    json!({"customer_id": "c1", "purpose": purpose, "channel": channel, "given": given, "by": by, "how": "page"})
}

#[tokio::test]
async fn notifications_are_switched_off_by_channel_and_altogether() {
    let world = World::new().await;
    let (_, answer) = world
        .send("/v1/consents", &word("notification", Some("sms"), false, "guest"))
        .await;
    let rest = ["push", "whatsapp", "telegram", "web_push", "max"];
    let mut allowed: Vec<_> = answer["allowed"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    allowed.sort_unstable();
    let mut expected = rest.to_vec();
    expected.sort_unstable();
    assert_eq!(allowed, expected);
    let may = world.store.permission(world.org, guest(&world).await).await.unwrap();
    assert_eq!(may.silenced, Channel::Sms.bit());
    // A system's yes does not overrule the guest's no; the guest's own does.
    world
        .send("/v1/consents", &word("notification", None, true, "api"))
        .await;
    let may = world.store.permission(world.org, guest(&world).await).await.unwrap();
    assert_eq!(may.silenced, Channel::Sms.bit());
    world
        .send("/v1/consents", &word("notification", None, true, "guest"))
        .await;
    let may = world.store.permission(world.org, guest(&world).await).await.unwrap();
    assert_eq!(may.silenced, 0);
    assert_eq!(
        world
            .send("/v1/consents", &word("notification", None, false, "guest"))
            .await,
        (200, json!({"allowed": []}))
    );
}

#[tokio::test]
async fn marketing_is_allowed_and_withdrawn() {
    let world = World::new().await;
    assert_eq!(
        world.send("/v1/consents", &word("marketing", None, false, "api")).await,
        (200, json!({"allowed": []}))
    );
    let (status, answer) = world
        .send("/v1/consents", &word("marketing", Some("push"), true, "guest"))
        .await;
    assert_eq!((status, answer), (200, json!({"allowed": ["push"]})));
}

#[tokio::test]
async fn what_cannot_be_said_is_refused_with_its_place() {
    let world = World::new().await;
    let mut stranger = word("notification", None, false, "api");
    stranger["customer_id"] = json!("nobody");
    let mut unproven = word("notification", None, false, "api");
    unproven["how"] = json!(" ");
    for (body, status, place) in [
        (stranger, 422, "customer_id"),
        (unproven, 422, "how"),
        (word("code", None, false, "api"), 422, "purpose"),
    ] {
        assert_eq!(
            places(status, &world.send("/v1/consents", &body).await),
            [place],
            "{body}"
        );
    }
    let (status, unread) = world
        .send("/v1/consents", &word("notification", Some("pigeon"), false, "api"))
        .await;
    assert_eq!((status, unread["place"].as_str()), (422, Some("channel")), "{unread}");
    assert_eq!(unread["code"], "body_value_unknown");
    let may = world.store.permission(world.org, guest(&world).await).await.unwrap();
    assert_eq!(may.silenced, 0);
}
