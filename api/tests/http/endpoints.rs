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
async fn what_is_no_address_is_refused() {
    let world = World::new().await;
    for (kind, address) in [
        ("fcm", ""),
        ("fcm", " "),
        ("fcm", "a\0b"),
        ("phone", "five"),
        ("fcm", &"x".repeat(2_001)),
    ] {
        let body = json!({"kind": kind, "address": address});
        assert_eq!(places(422, &world.send("/v1/endpoints", &body).await), ["address"]);
    }
    let body = json!({"kind": "fcm", "address": "t", "customer_id": "x".repeat(201)});
    assert_eq!(places(422, &world.send("/v1/endpoints", &body).await), ["customer_id"]);
    let body = json!({"kind": "pager", "address": "t"});
    assert!(places(422, &world.send("/v1/endpoints", &body).await).is_empty());
}
