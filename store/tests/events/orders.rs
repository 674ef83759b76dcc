//! Events of orders: made of what reports change, whichever way they come.

use crate::database::{Database, NOW, ends, on_both_databases, order};
use bellhop_domain::event::EventKind::*;
use bellhop_domain::event::{Event, text_of};
use bellhop_domain::order::OrderStatus;
use bellhop_domain::time::DAY_MS;
use bellhop_domain::{Money, Timestamp};
use bellhop_store::GuestBase;
use bellhop_store::guests::{LiveOrder, OrderItem};
use bellhop_store::import::ImportOptions;
use serde_json::json;

on_both_databases!(
    a_report_of_an_order_tells_what_the_order_became,
    each_status_is_told_once_whatever_is_repeated,
    an_event_says_the_whole_order,
    a_batch_tells_of_every_step,
    history_is_told_as_of_then,
    an_import_tells_nothing,
);

pub fn report(id: &str, status: OrderStatus) -> LiveOrder {
    LiveOrder {
        external_id: id.to_owned(),
        customer: Some("c1".to_owned()),
        phone: None,
        restaurant: None,
        placed_at: Timestamp(NOW.0 - 60_000),
        status,
        total: Money(7_000_000),
        delivery: None,
        source: None,
        promo: None,
        items: None,
    }
}

async fn a_report_of_an_order_tells_what_the_order_became(database: Database) {
    let (store, org) = (&database.store, database.org);
    for status in [OrderStatus::Placed, OrderStatus::Cooking, OrderStatus::Delivered] {
        store.put_orders(org, &[report("A-1", status)], NOW).await.unwrap();
    }
    store
        .put_orders(org, &[report("A-2", OrderStatus::Cancelled)], NOW)
        .await
        .unwrap();
    let told = database.told().await;
    let kinds: Vec<_> = told.iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [OrderPlaced, OrderCooking, OrderDelivered, OrderCancelled]);
    assert_eq!((told[0].at, told[1].at), (Timestamp(NOW.0 - 60_000), NOW));
    let guest = database.id("c1").await;
    assert!(told.iter().all(|it| it.customer == guest));
    assert_eq!(
        database
            .number("SELECT COUNT(*) FROM events WHERE event_id IS NULL")
            .await,
        4
    );
}

async fn each_status_is_told_once_whatever_is_repeated(database: Database) {
    let (store, org) = (&database.store, database.org);
    let delivered = || json!([order("e1", "order.delivered", "A-1", json!({}))]);
    assert_eq!(ends(&database.tell(delivered()).await), ["taken"]);
    assert_eq!(ends(&database.tell(delivered()).await), ["known"]);
    // The same by another way, under another id, and an older word.
    let reports = [
        report("A-1", OrderStatus::Delivered),
        report("A-1", OrderStatus::Cooking),
    ];
    store.put_orders(org, &reports, NOW).await.unwrap();
    let others = json!([
        order("e2", "order.delivered", "A-1", json!({})),
        order("e3", "order.placed", "A-1", json!({})),
    ]);
    assert_eq!(
        ends(&database.tell(others).await),
        ["taken", "taken"],
        "they may be known, or not"
    );
    assert_eq!(database.kinds().await, [OrderDelivered]);
    assert_eq!(
        database.number("SELECT COUNT(*) FROM events WHERE NOT is_news").await,
        2
    );
    assert_eq!(database.number("SELECT COUNT(*) FROM orders").await, 1);
}

async fn an_event_says_the_whole_order(database: Database) {
    let items = Some(vec![OrderItem {
        dish: Some("Борщ".to_owned()),
        category: Some("Супы".to_owned()),
        quantity: 2,
        price: Money(3_500_000),
    }]);
    let first = LiveOrder {
        restaurant: Some("Arbat".to_owned()),
        source: Some("site".to_owned()),
        items,
        ..report("A-1", OrderStatus::Placed)
    };
    let (store, org) = (&database.store, database.org);
    store.put_orders(org, &[first], NOW).await.unwrap();
    // The later report says less.
    store
        .put_orders(org, &[report("A-1", OrderStatus::Delivered)], NOW)
        .await
        .unwrap();
    let told = database.told().await;
    let whole = json!({"order": {
        "number": "A-1", "placed_at": Timestamp(NOW.0 - 60_000), "total": "700", "restaurant": "Arbat", "source": "site",
        "items": [{"dish": "Борщ", "category": "Супы", "quantity": 2, "price": "350"}],
    }});
    assert_eq!(json!(told[1].data), whole);
    assert_eq!(told[0].data, told[1].data);
}

async fn a_batch_tells_of_every_step(database: Database) {
    let events = json!([
        order("1", "order.placed", "A-1", json!({})),
        order("2", "order.placed", "A-2", json!({})),
        order("3", "order.on_its_way", "A-1", json!({})),
        order("4", "order.cooking", "A-1", json!({})),
        order("5", "order.delivered", "A-1", json!({})),
    ]);
    database.happens(events).await;
    let told = database.told().await;
    let step = |it: &Event| (it.kind, text_of(&it.data, "order.number").unwrap());
    let steps: Vec<_> = told.iter().map(step).collect();
    let of = |kind, number: &str| (kind, number.to_owned());
    let (one, two) = ("A-1", "A-2");
    assert_eq!(
        steps,
        [
            of(OrderPlaced, one),
            of(OrderPlaced, two),
            of(OrderOnItsWay, one),
            of(OrderDelivered, one)
        ]
    );
}

async fn history_is_told_as_of_then(database: Database) {
    let long_ago = Timestamp(NOW.0 - 100 * DAY_MS);
    let old = LiveOrder {
        placed_at: long_ago,
        ..report("A-1", OrderStatus::Delivered)
    };
    database.store.put_orders(database.org, &[old], NOW).await.unwrap();
    let told = Timestamp(NOW.0 - 1_000);
    let mut with_its_time = order("1", "order.delivered", "A-2", json!({"placed_at": long_ago}));
    with_its_time["at"] = json!(told);
    database.happens(json!([with_its_time])).await;
    let at: Vec<_> = database.told().await.iter().map(|it| it.at).collect();
    assert_eq!(at, [long_ago, told]);
}

async fn an_import_tells_nothing(database: Database) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("orders.csv");
    let rows = "order_id,customer_id,placed_at,total,status\nA-1,c1,2026-03-01 12:00,100,delivered\n";
    std::fs::write(&file, rows).unwrap();
    let options = ImportOptions {
        by_hand: Default::default(),
        dry_run: false,
        errors: None,
        language: bellhop_domain::words::Language::En,
        progress: &|_| {},
    };
    let organisation = database.organisation().await;
    let done = database
        .store
        .import_orders(&organisation, &file, options, NOW)
        .await
        .unwrap();
    assert_eq!(done.created, 1);
    assert!(database.told().await.is_empty());
    // Nor does a live report that repeats what was imported.
    database
        .store
        .put_orders(database.org, &[report("A-1", OrderStatus::Delivered)], NOW)
        .await
        .unwrap();
    assert!(database.told().await.is_empty());
}
