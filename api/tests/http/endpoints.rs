use crate::world::{PHONE, World, places};
use bellhop_domain::EndpointKind;
use bellhop_store::GuestBase;
use serde_json::json;

#[tokio::test]
async fn a_token_follows_the_latest_login() {
    let world = World::new().await;
    let register = |customer: &str| json!({"kind": "fcm", "address": " token-1 ", "customer_id": customer});
    let (status, first) = world
        .send("/v1/endpoints", &json!({"kind": "fcm", "address": "token-1"}))
        .await;
    assert_eq!(status, 200);
    for customer in ["c1", "c1", "somebody-new"] {
        assert_eq!(
            world.send("/v1/endpoints", &register(customer)).await,
            (200, first.clone())
        );
    }
    let has_push = async |customer: &str| {
        let id = world.store.customer_id(world.org, customer).await.unwrap().unwrap();
        let facts = world.store.facts(world.org, id).await.unwrap();
        facts.addresses.iter().any(|(kind, _)| *kind == EndpointKind::Fcm)
    };
    assert_eq!((has_push("c1").await, has_push("somebody-new").await), (false, true));
    let muted = json!({"kind": "fcm", "address": "token-1", "muted": true});
    assert_eq!(world.send("/v1/endpoints", &muted).await, (200, first));
    assert!(!has_push("somebody-new").await);
}

#[tokio::test]
async fn a_phone_is_one_however_it_is_written() {
    let world = World::new().await;
    let register = |address: &str| json!({"kind": "phone", "address": address, "customer_id": "c1"});
    let (_, known) = world.send("/v1/endpoints", &register(PHONE)).await;
    for address in ["8 (999) 000-00-01", "79990000001"] {
        assert_eq!(
            world.send("/v1/endpoints", &register(address)).await,
            (200, known.clone())
        );
    }
}

#[tokio::test]
async fn a_number_that_is_written_in_two_ways_is_one() {
    let world = World::new().await;
    for ways in [
        ["+52 55 1234 5678", "+52 1 55 1234 5678"],
        ["+55 31 98888-7777", "+55 31 8888-7777"],
        ["+54 9 11 2345-6789", "+54 11 15 2345-6789"],
    ] {
        let register = |address: &str| json!({"kind": "whatsapp", "address": address});
        let (status, known) = world.send("/v1/endpoints", &register(ways[0])).await;
        assert_eq!(status, 200, "{known}");
        assert_eq!(world.send("/v1/endpoints", &register(ways[1])).await, (200, known));
    }
}

#[tokio::test]
async fn what_is_no_address_is_refused() {
    let world = World::new().await;
    for (kind, address) in [
        ("fcm", ""),
        ("fcm", " "),
        ("fcm", "a\0b"),
        ("phone", "five"),
        ("phone", "8916123456O"),
        ("whatsapp", "8916123456О"),
        ("whatsapp", "8 916 123-45-67 (8 916 123-45-68)"),
        ("telegram", "@someone"),
        ("telegram", "-100"),
        ("fcm", &"x".repeat(2_001)),
    ] {
        let body = json!({"kind": kind, "address": address});
        assert_eq!(places(422, &world.send("/v1/endpoints", &body).await), ["address"]);
    }
    let body = json!({"kind": "fcm", "address": "t1", "customer_id": "x".repeat(201)});
    assert_eq!(places(422, &world.send("/v1/endpoints", &body).await), ["customer_id"]);
    let body = json!({"kind": "pager", "address": "t"});
    assert!(places(422, &world.send("/v1/endpoints", &body).await).is_empty());
}

/// The kind and address that are stored for a registration.
async fn kept(world: &World, body: &serde_json::Value) -> (EndpointKind, String) {
    let (status, answer) = world.send("/v1/endpoints", body).await;
    assert_eq!(status, 200, "{answer}");
    let id = world.store.customer_id(world.org, "guest").await.unwrap().unwrap();
    let facts = world.store.facts(world.org, id).await.unwrap();
    let kind = serde_json::from_value(body["kind"].clone()).unwrap();
    facts.addresses.into_iter().find(|(k, _)| *k == kind).unwrap()
}

#[tokio::test]
async fn each_kind_has_one_form() {
    let world = World::new().await;
    let register = |kind: &str, address: serde_json::Value, more: serde_json::Value| {
        let mut body = json!({"kind": kind, "address": address, "customer_id": "guest"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let token = "AB".repeat(32);
    for (body, expected) in [
        (register("apns", json!(token), json!({})), token.to_lowercase()),
        (
            register("apns", json!(token), json!({"environment": "sandbox"})),
            format!("sandbox:{}", token.to_lowercase()),
        ),
        (
            register("whatsapp", json!("8 (999) 000-00-05"), json!({})),
            "+79990000005".to_owned(),
        ),
        (register("whatsapp", json!("RU.1349"), json!({})), "RU.1349".to_owned()),
    ] {
        assert_eq!(kept(&world, &body).await.1, expected);
    }
    for (kind, address, more, place) in [
        ("apns", json!("xyz"), json!({}), "address"),
        ("fcm", json!("t1"), json!({"environment": "sandbox"}), "environment"),
        ("fcm", json!({"endpoint": "https://push.example"}), json!({}), "address"),
        (
            "web_push",
            json!({"endpoint": "https://push.example"}),
            json!({}),
            "address",
        ),
    ] {
        let answer = world.send("/v1/endpoints", &register(kind, address, more)).await;
        assert_eq!(places(422, &answer), [place]);
    }
}

#[tokio::test]
async fn a_browser_that_subscribes_again_is_the_same() {
    let world = World::new().await;
    let subscription = |url: &str, key: char| {
        json!({"endpoint": url, "expirationTime": null,
               "keys": {"p256dh": key.to_string().repeat(87), "auth": "a".repeat(22)}})
    };
    let register = |address: serde_json::Value| json!({"kind": "web_push", "address": address, "customer_id": "guest"});
    let url = "https://push.example/send/a%_b";
    let (_, first) = world.send("/v1/endpoints", &register(subscription(url, 'A'))).await;
    let expected = |key: &str| {
        let keys = format!(
            r#""keys":{{"p256dh":"{}","auth":"{}"}}"#,
            key.repeat(87),
            "a".repeat(22)
        );
        (EndpointKind::WebPush, format!(r#"{{"endpoint":"{url}",{keys}}}"#))
    };
    // First as text, then as an object, then with other keys.
    let text = subscription(url, 'A').to_string();
    assert_eq!(kept(&world, &register(json!(text))).await, expected("A"));
    assert_eq!(kept(&world, &register(subscription(url, 'B'))).await, expected("B"));
    let (_, again) = world.send("/v1/endpoints", &register(subscription(url, 'B'))).await;
    assert_eq!(first, again);
    // Another browser, whose URL begins in the same way.
    let (_, other) = world
        .send("/v1/endpoints", &register(subscription(&format!("{url}c"), 'C')))
        .await;
    assert_ne!(first, other);
    let (_, again) = world.send("/v1/endpoints", &register(subscription(url, 'D'))).await;
    assert_eq!(first, again);
}
