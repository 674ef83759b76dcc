use crate::world::{World, places};
use bellhop_store::GuestBase;
use serde_json::{Value, json};

fn order(id: &str, more: Value) -> Value {
    let mut order =
        json!({"order_id": id, "customer_id": "c1", "placed_at": "2026-03-01T08:00:00Z", "total": "1250.50"});
    let (Value::Object(order_keys), Value::Object(more)) = (&mut order, more) else {
        panic!("an object")
    };
    order_keys.extend(more);
    order
}

#[tokio::test]
async fn orders_are_written_once_and_facts_follow() {
    let world = World::new().await;
    let items = json!([{"dish": "Margherita", "category": "Pizza", "quantity": 2, "price": 600}]);
    let first = order(
        "o1",
        json!({"status": "cooking", "restaurant": "Arbat", "items": items}),
    );
    let second = order(
        "o2",
        json!({"customer_id": "new", "phone": "8 999 000-00-02", "promo": "BACK"}),
    );
    let body = json!({"orders": [first, second]});
    let written = |created, updated, unchanged, customers| json!({"created": created, "updated": updated, "unchanged": unchanged, "customers_created": customers});
    assert_eq!(world.send("/v1/orders", &body).await, (200, written(2, 0, 0, 1)));
    assert_eq!(world.send("/v1/orders", &body).await, (200, written(0, 0, 2, 0)));
    let guest = world.store.customer_id(world.org, "c1").await.unwrap().unwrap();
    let facts = world.store.facts(world.org, guest).await.unwrap();
    assert_eq!((facts.orders, facts.revenue.to_string().as_str()), (1, "1250.50"));
    let cancelled = json!({"orders": [order("o1", json!({"status": "cancelled"}))]});
    assert_eq!(world.send("/v1/orders", &cancelled).await, (200, written(0, 1, 0, 0)));
    // An old report does not bring it back.
    assert_eq!(world.send("/v1/orders", &body).await, (200, written(0, 0, 2, 0)));
    let facts = world.store.facts(world.org, guest).await.unwrap();
    assert_eq!(facts.orders, 0);
}

#[tokio::test]
async fn one_bad_order_and_nothing_is_written() {
    let world = World::new().await;
    let long = "x".repeat(201);
    for (bad, place) in [
        (json!({"order_id": " "}), "orders[1].order_id"),
        (json!({"total": -1}), "orders[1].total"),
        (json!({"total": "100000000001"}), "orders[1].total"),
        (json!({"customer_id": ""}), "orders[1].customer_id"),
        (json!({"customer_id": long}), "orders[1].customer_id"),
        (json!({"phone": "a phone"}), "orders[1].phone"),
        (json!({"phone": "8916123456O"}), "orders[1].phone"),
        (json!({"phone": "7.9161E+10"}), "orders[1].phone"),
        (json!({"promo": "a\u{0}b"}), "orders[1].promo"),
        (
            json!({"items": [{"price": 1}, {"price": 1, "quantity": 0}]}),
            "orders[1].items[1].quantity",
        ),
        (json!({"items": [{"price": -1}]}), "orders[1].items[0].price"),
        (json!({"items": vec![json!({"price": 1}); 1_001]}), "orders[1].items"),
    ] {
        let body = json!({"orders": [order("good", json!({})), order("bad", bad)]});
        assert_eq!(places(422, &world.send("/v1/orders", &body).await), [place]);
    }
    for (bad, place) in [
        (json!({"placed_at": "yesterday"}), "orders[1].placed_at"),
        (json!({"total": "many"}), "orders[1].total"),
        (json!({"status": "eaten"}), "orders[1].status"),
        (json!({"sum": 1}), "orders[1].sum"),
    ] {
        let body = json!({"orders": [order("good", json!({})), order("bad", bad)]});
        let answer = world.send("/v1/orders", &body).await;
        places(422, &answer);
        assert!(answer.1["detail"].as_str().unwrap().contains(place), "{answer:?}");
    }
    let good = json!({"orders": [order("good", json!({}))]});
    assert_eq!(
        world.send("/v1/orders", &good).await.1["created"],
        1,
        "it was not written before"
    );
}

#[tokio::test]
async fn every_fault_of_a_request_is_told_at_once() {
    let world = World::new().await;
    let bad = |id| order(id, json!({"total": -1}));
    let body = json!({"orders": [bad("a"), order("b", json!({})), bad("c")]});
    let places = places(422, &world.send("/v1/orders", &body).await);
    assert_eq!(places, ["orders[0].total", "orders[2].total"]);
}
