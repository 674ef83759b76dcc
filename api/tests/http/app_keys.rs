//! Keys that ship inside an app: anybody can read them, but nobody can get a victim's messages with one.

use crate::world::{LINK, NOW, PHONE, SIGNING_SECRET, World, answer, places};
use bellhop_api::Bounds;
use bellhop_domain::EndpointKind;
use bellhop_store::GuestBase;
use bellhop_store::guests::{KeyKind, Scope};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

const APP: [Scope; 2] = [Scope::Opens, Scope::Endpoints];

/// A guest token as a backend makes it.
fn token(secret: &str, audience: &str, customer: &str, lives_s: i64) -> String {
    let claims = json!({"sub": customer, "aud": audience, "exp": NOW.0 / 1_000 + lives_s});
    let key = EncodingKey::from_secret(secret.as_bytes());
    encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap()
}

async fn register(world: &World, key: &str, body: &Value) -> (u16, Value) {
    answer(world.post("/v1/endpoints").bearer_auth(key).json(body)).await
}

async fn devices(world: &World, customer: &str) -> usize {
    let Some(id) = world.store.customer_id(world.org, customer).await.unwrap() else {
        return 0;
    };
    let facts = world.store.facts(world.org, id).await.unwrap();
    facts
        .addresses
        .iter()
        .filter(|(kind, _)| *kind == EndpointKind::Fcm)
        .count()
}

#[tokio::test]
async fn an_apps_key_attaches_nobody_without_the_backends_word() {
    let world = World::new().await;
    let app = world.key_of(KeyKind::App, &APP).await;
    let body = |more: Value| {
        let mut body = json!({"kind": "fcm", "address": "the-thiefs-own-device-1"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let right = || token(SIGNING_SECRET, "brand", "c1", 300);
    for (more, place) in [
        (json!({"customer_id": "c1"}), "customer_id"),
        (json!({"customer_id": "c1", "customer_token": right()}), "customer_id"),
        (json!({"customer_token": "c1"}), "customer_token"),
        (
            json!({"customer_token": token(&"guess".repeat(8), "brand", "c1", 300)}),
            "customer_token",
        ),
        (
            json!({"customer_token": token(SIGNING_SECRET, "other", "c1", 300)}),
            "customer_token",
        ),
        (
            json!({"customer_token": token(SIGNING_SECRET, "brand", "c1", -61)}),
            "customer_token",
        ),
        (
            json!({"customer_token": token(SIGNING_SECRET, "brand", "c1", 86_400)}),
            "customer_token",
        ),
    ] {
        let answer = register(&world, &app, &body(more)).await;
        assert_eq!(places(422, &answer), [place]);
    }
    // A device without a guest does no harm, and the backend's word attaches it.
    assert_eq!(register(&world, &app, &body(json!({}))).await.0, 200);
    assert_eq!(devices(&world, "c1").await, 0);
    assert_eq!(
        register(&world, &app, &body(json!({"customer_token": right()})))
            .await
            .0,
        200
    );
    assert_eq!(devices(&world, "c1").await, 1);
    // Somebody else logs in on it.
    let other = token(SIGNING_SECRET, "brand", "c2", 300);
    assert_eq!(
        register(&world, &app, &body(json!({"customer_token": other}))).await.0,
        200
    );
    assert_eq!((devices(&world, "c1").await, devices(&world, "c2").await), (0, 1));
}

#[tokio::test]
async fn an_apps_key_registers_devices_only_and_does_nothing_else() {
    let world = World::new().await;
    let app = world.key_of(KeyKind::App, &APP).await;
    let own = token(SIGNING_SECRET, "brand", "thief", 300);
    for (kind, address) in [
        ("phone", PHONE),
        ("whatsapp", PHONE),
        ("telegram", "4711"),
        ("max", "4711"),
    ] {
        let body = json!({"kind": kind, "address": address, "customer_token": own});
        assert_eq!(places(422, &register(&world, &app, &body).await), ["kind"], "{kind}");
    }
    for path in ["/v1/orders", "/v1/messages"] {
        let refused = answer(world.post(path).bearer_auth(&app).json(&json!({}))).await;
        assert!(places(403, &refused).is_empty(), "{path}");
    }
    let tap = json!({"message_id": world.message.to_string()});
    assert_eq!(
        answer(world.post("/v1/opens").bearer_auth(&app).json(&tap)).await.0,
        200
    );
}

#[tokio::test]
async fn a_backend_names_the_guest_itself_or_passes_its_token_on() {
    let world = World::new().await;
    let backend = world.key(&[Scope::Endpoints]).await;
    let passed = token(SIGNING_SECRET, "brand", "c2", 300);
    for body in [
        json!({"kind": "fcm", "address": "one-1", "customer_id": "c1"}),
        json!({"kind": "fcm", "address": "two-2", "customer_token": passed}),
    ] {
        assert_eq!(register(&world, &backend, &body).await.0, 200);
    }
    assert_eq!((devices(&world, "c1").await, devices(&world, "c2").await), (1, 1));
}

#[tokio::test]
async fn an_apps_key_registers_no_devices_without_end_for_its_own_guest() {
    let world = World::new().await;
    let app = world.key_of(KeyKind::App, &APP).await;
    let own = token(SIGNING_SECRET, "brand", "collector", 600);
    let body = |n: usize| json!({"kind": "fcm", "address": format!("device-{n}"), "customer_token": own});
    for n in 0..60 {
        assert_eq!(register(&world, &app, &body(n)).await.0, 200, "{n}");
        assert_eq!(devices(&world, "collector").await, 1, "the newest is written to");
    }
    let (status, said) = register(&world, &app, &body(60)).await;
    assert_eq!((status, said["code"].as_str()), (429, Some("guest_devices_too_many")));
    assert_eq!(said["params"]["most"], 60);
    // What is known goes on, and so do other guests and the backend.
    assert_eq!(register(&world, &app, &body(59)).await.0, 200);
    let other = token(SIGNING_SECRET, "brand", "guest", 600);
    let other = json!({"kind": "fcm", "address": "device-1000", "customer_token": other});
    assert_eq!(register(&world, &app, &other).await.0, 200);
    let backend = world.key(&[Scope::Endpoints]).await;
    let more = json!({"kind": "fcm", "address": "device-61", "customer_id": "collector"});
    assert_eq!(register(&world, &backend, &more).await.0, 200);
}

#[tokio::test]
async fn new_devices_have_a_rate_for_each_apps_key() {
    let bounds = Bounds {
        new_devices: 5,
        ..Bounds::default()
    };
    let world = World::bounded(LINK, None, bounds).await;
    let app = world.key_of(KeyKind::App, &APP).await;
    let body = |n: usize| json!({"kind": "fcm", "address": format!("device-{n}")});
    for n in 0..5 {
        assert_eq!(register(&world, &app, &body(n)).await.0, 200, "{n}");
        // The app starts again.
        assert_eq!(register(&world, &app, &body(n)).await.0, 200, "{n}");
    }
    let refused = world.post("/v1/endpoints").bearer_auth(&app).json(&body(5));
    let refused = refused.send().await.unwrap();
    assert_eq!(refused.headers()["retry-after"], "3600");
    assert_eq!(refused.status(), 429);
    let said: Value = refused.json().await.unwrap();
    assert_eq!(said["code"], "new_devices_too_fast");
    assert_eq!(register(&world, &app, &body(4)).await.0, 200, "it is known");
    let other = world.key_of(KeyKind::App, &APP).await;
    assert_eq!(register(&world, &other, &body(5)).await.0, 200, "another key");
    let backend = world.key(&[Scope::Endpoints]).await;
    for n in 6..12 {
        assert_eq!(register(&world, &backend, &body(n)).await.0, 200, "{n}");
    }
}
