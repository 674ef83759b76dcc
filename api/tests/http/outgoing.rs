//! Outgoing webhooks over HTTP: made once with a secret that is shown once, switched, rotated, replayed and removed.

use crate::program::Program;
use crate::world::{NOW, World, answer, places};
use bellhop_domain::tag::TagSource;
use bellhop_domain::{CustomerId, Timestamp};
use bellhop_store::base::outbox::{Notice, What};
use bellhop_store::webhooks::TellingWebhooks;
use serde_json::{Value, json};

fn hook() -> Value {
    json!({ "url": "https://loyalty.example/hook", "kinds": ["guest.tagged"] })
}

/// Tells the webhooks of a tag of the world's guest.
pub async fn tag(world: &World) {
    let notice = Notice {
        org: world.org,
        at: Timestamp(NOW.0 + 3_600_000),
        what: What::Tagged {
            customer: CustomerId(1),
            set: vec!["vip".to_owned()],
            removed: Vec::new(),
            source: TagSource::Hand,
        },
    };
    let id = || "msg_1".to_owned();
    let told = world.store.tell_webhooks(&[notice], &[1], &id, NOW).await.unwrap();
    assert_eq!(told, 1, "there is a delivery");
}

#[tokio::test]
async fn a_webhook_is_made_once_and_shows_its_secret_to_whoever_made_it() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    let make = || {
        let request = world.post("/v1/webhooks").header("idempotency-key", "k-1");
        answer(request.bearer_auth(&program.key).json(&hook()))
    };
    let (status, made) = make().await;
    assert_eq!(
        (status, &made["id"], &made["name"]),
        (201, &json!(1), &json!("loyalty.example")),
        "{made}"
    );
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"), "{made}");
    assert_eq!(make().await, (201, made.clone()), "a repeat is answered the same");
    let (_, all) = program.get("/v1/webhooks").await;
    assert_eq!(all["webhooks"].as_array().unwrap().len(), 1);
    assert!(all["webhooks"][0].get("secret").is_none(), "{all}");

    let (_, off) = program
        .post("/v1/webhooks/1/switch", &json!({ "enabled": false }))
        .await;
    assert_eq!(off["enabled"], false, "{off}");
    let (status, rotated) = program.post("/v1/webhooks/1/rotate", &json!({ "hours": 2 })).await;
    assert_eq!(status, 200, "{rotated}");
    let (_, all) = program.get("/v1/webhooks").await;
    assert_eq!(all["webhooks"][0]["old_secret_until"], rotated["old_secret_until"]);
    assert_eq!(program.delete("/v1/webhooks/1").await, (200, json!({ "removed": 1 })));
    places(404, &program.delete("/v1/webhooks/1").await);
}

#[tokio::test]
async fn what_is_not_called_says_why() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    for (url, code) in [
        ("http://loyalty.example/hook", "called_url_unencrypted"),
        ("https://user:word@loyalty.example/", "called_url_names_user"),
        ("https://127.0.0.1/hook", "called_url_private"),
        ("https://[::1]/hook", "called_url_private"),
        ("loyalty", "called_url_unreadable"),
    ] {
        let mut hook = hook();
        hook["url"] = url.into();
        let refused = program.post("/v1/webhooks", &hook).await;
        assert_eq!(places(422, &refused), ["url"], "{url}");
        assert_eq!(refused.1["errors"][0]["code"], code, "{url}");
    }
    let mut of_nothing = hook();
    of_nothing["kinds"] = json!([]);
    assert_eq!(places(422, &program.post("/v1/webhooks", &of_nothing).await), ["kinds"]);
    let mut long = hook();
    long["name"] = "n".repeat(101).into();
    assert_eq!(places(422, &program.post("/v1/webhooks", &long).await), ["name"]);
    assert_eq!(program.get("/v1/webhooks").await.1, json!({ "webhooks": [] }));
}

#[tokio::test]
async fn deliveries_are_looked_at_and_replayed_by_their_own_organisation() {
    let world = World::new().await;
    let (program, rival) = (Program::of(&world).await, Program::of_rival(&world).await);
    program.post("/v1/webhooks", &hook()).await;
    tag(&world).await;
    let (_, told) = program.get("/v1/webhooks/1/deliveries").await;
    let delivery = &told["deliveries"][0];
    assert_eq!(
        (&delivery["kind"], &delivery["state"]),
        (&json!("guest.tagged"), &json!("waiting")),
        "{told}"
    );
    assert_eq!(
        program.get("/v1/webhooks/1/deliveries?state=dead").await.1,
        json!({ "deliveries": [] })
    );
    let replayed = program.post("/v1/deliveries/1/replay", &json!({})).await;
    assert_eq!(replayed, (200, json!({ "delivery": 1, "state": "waiting" })));
    places(404, &rival.get("/v1/webhooks/1/deliveries").await);
    places(404, &rival.post("/v1/deliveries/1/replay", &json!({})).await);
    places(404, &rival.post("/v1/webhooks/1/rotate", &json!({})).await);
    places(
        404,
        &rival.post("/v1/webhooks/1/switch", &json!({ "enabled": false })).await,
    );
    places(404, &rival.delete("/v1/webhooks/1").await);
    assert_eq!(program.get("/v1/webhooks").await.1["webhooks"][0]["enabled"], true);
}
