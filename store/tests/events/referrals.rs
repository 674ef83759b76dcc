//! Invitations, and the newcomer's first order.

use crate::database::{Database, NOW, event, merge, on_both_databases, order};
use crate::orders::report;
use bellhop_domain::Timestamp;
use bellhop_domain::event::Event;
use bellhop_domain::event::EventKind::{ReferralJoined, ReferralOrdered};
use bellhop_domain::order::OrderStatus;
use bellhop_store::GuestBase;
use bellhop_store::guests::LiveOrder;
use serde_json::{Value, json};

on_both_databases!(
    the_inviter_is_told_of_the_first_order_once,
    an_invitation_that_comes_after_the_order_counts_too,
    the_first_invitation_counts,
    a_guest_who_has_ordered_before_is_no_newcomer,
);

fn joined(id: &str, by: &str, at: Timestamp) -> Value {
    event(
        id,
        "referral.joined",
        json!({"at": at, "referral": {"by": by, "code": "ANNA"}}),
    )
}

fn before(ms: i64) -> Timestamp {
    Timestamp(NOW.0 - ms)
}

async fn ordered(database: &Database) -> Vec<Event> {
    let told = database.told().await.into_iter();
    told.filter(|it| it.kind == ReferralOrdered).collect()
}

async fn the_inviter_is_told_of_the_first_order_once(database: Database) {
    let (store, org) = (&database.store, database.org);
    database.happens(json!([joined("1", "anna", before(9_000_000))])).await;
    assert_eq!(database.reported("c1").await.inviter, Some(database.id("anna").await));
    store
        .put_orders(org, &[report("A-1", OrderStatus::Placed)], NOW)
        .await
        .unwrap();
    assert!(ordered(&database).await.is_empty(), "it is not delivered yet");
    for _ in 0..2 {
        store
            .put_orders(org, &[report("A-1", OrderStatus::Delivered)], NOW)
            .await
            .unwrap();
        store
            .put_orders(org, &[report("A-2", OrderStatus::Delivered)], NOW)
            .await
            .unwrap();
        database
            .happens(json!([order("2", "order.delivered", "A-3", json!({}))]))
            .await;
    }
    let told = ordered(&database).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].customer, database.id("anna").await);
    assert_eq!(
        json!(told[0].data),
        json!({"referral": {"customer_id": "c1", "code": "ANNA"}, "order": {"number": "A-1", "total": "700"}})
    );
}

async fn an_invitation_that_comes_after_the_order_counts_too(database: Database) {
    // In one call, and in two.
    let mut other = joined("4", "anna", before(1));
    merge(&mut other, json!({"customer_id": "c2"}));
    let mut delivered = order("3", "order.delivered", "B-1", json!({}));
    merge(&mut delivered, json!({"customer_id": "c2"}));
    database.happens(json!([delivered, other])).await;
    assert_eq!(ordered(&database).await.len(), 1);
    database
        .happens(json!([order("1", "order.delivered", "A-1", json!({}))]))
        .await;
    database.happens(json!([joined("2", "anna", before(2))])).await;
    assert_eq!(ordered(&database).await.len(), 2);
    database.happens(json!([joined("5", "vera", before(1))])).await;
    assert_eq!(ordered(&database).await.len(), 2);
}

async fn the_first_invitation_counts(database: Database) {
    database
        .happens(json!([
            joined("2", "vera", before(1_000)),
            joined("1", "anna", before(2_000))
        ]))
        .await;
    assert_eq!(database.reported("c1").await.inviter, Some(database.id("anna").await));
    database
        .happens(json!([
            joined("3", "olga", before(500)),
            joined("0", "ivan", before(3_000))
        ]))
        .await;
    assert_eq!(database.reported("c1").await.inviter, Some(database.id("ivan").await));
    assert_eq!(database.kinds().await, [ReferralJoined; 4]);
}

async fn a_guest_who_has_ordered_before_is_no_newcomer(database: Database) {
    let (store, org) = (&database.store, database.org);
    let earlier = LiveOrder {
        placed_at: before(90 * 86_400_000),
        ..report("A-0", OrderStatus::Placed)
    };
    store.put_orders(org, &[earlier], NOW).await.unwrap();
    database.happens(json!([joined("1", "anna", before(1_000))])).await;
    store
        .put_orders(org, &[report("A-1", OrderStatus::Delivered)], NOW)
        .await
        .unwrap();
    assert!(ordered(&database).await.is_empty());
}
