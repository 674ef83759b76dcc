//! A base of an earlier version goes on: what it had computed is taken over and is what would be computed anew.

use crate::database::NOW;
use bellhop_domain::segment::Segment;
use bellhop_domain::tag::TagSource;
use bellhop_domain::{Channel, CustomerId, EndpointKind, OrgId};
use bellhop_store::guests::{GuestBase, GuestFacts, GuestTags};
use bellhop_store::{Audience, SqlStore, postgres, sqlite};
use serde_json::json;
use sqlx::{PgPool, SqlitePool};

/// The last migration before facts knew no list of channels.
const FOUR_CHANNELS: i64 = 3;
const ORG: OrgId = OrgId(1);
const GUESTS: std::ops::RangeInclusive<i64> = 1..=6;

/// Two cards share a phone, one of them has an app too and wants SMS only; one is marked; one is reached nowhere.
const BASE: &str = "
    INSERT INTO organisations (id, slug, name, currency, timezone, settings) VALUES (1, 'o', 'O', 'RUB', 'Europe/Moscow', '{}');
    INSERT INTO customers (id, org_id, external_id) VALUES (1, 1, 'c1'), (2, 1, 'c2'), (3, 1, 'c3'), (4, 1, 'c4'), (5, 1, 'c5');
    INSERT INTO customers (id, org_id, external_id, blacklisted_at) VALUES (6, 1, 'c6', 1);
    INSERT INTO endpoints (id, org_id, kind, address, state, state_since, registered_at) VALUES
        (11, 1, 1, 'fcm', 1, 0, 0), (12, 1, 4, '+79000000001', 1, 0, 0), (13, 1, 4, '+79000000002', 1, 0, 0),
        (14, 1, 3, 'site', 1, 0, 0), (15, 1, 5, '+79000000003', 1, 0, 0), (16, 1, 2, 'apns', 1, 0, 0),
        (17, 1, 4, '+79000000004', 1, 0, 0);
    INSERT INTO customer_endpoints (customer_id, endpoint_id) VALUES
        (1, 11), (1, 12), (2, 13), (2, 16), (3, 13), (4, 14), (4, 15), (6, 17);
    INSERT INTO consents (org_id, customer_id, channel, purpose, given, at, how)
        SELECT 1, c.id, n.channel, 1, TRUE, 0, 'test' FROM customers c CROSS JOIN
            (SELECT 0 AS channel UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3) n
        WHERE n.channel = 3 OR c.id IN (1, 4);
    INSERT INTO orders (id, org_id, external_id, customer_id, placed_at, status, total) VALUES (1, 1, 'o1', 1, 86400000, 4, 990000);
    INSERT INTO tags (id, org_id, ordinal, name) VALUES (1, 1, 1, 'vip'), (2, 1, 2, 'late');
    INSERT INTO customer_tags (tag_id, customer_id) VALUES (1, 1), (2, 1), (2, 4);
    INSERT INTO customer_facts (customer_id, org_id, orders_count, revenue, first_at, last_at, live_mask, consent_mask,
        blacklisted, shares_endpoint, push_endpoint, push_kind, web_push_endpoint, whatsapp_endpoint, phone_endpoint) VALUES
        (1, 1, 1, 990000, 86400000, 86400000, 9, 15, FALSE, FALSE, 11, 1, NULL, NULL, 12),
        (2, 1, 0, 0, NULL, NULL, 9, 8, FALSE, TRUE, 16, 2, NULL, NULL, 13),
        (3, 1, 0, 0, NULL, NULL, 8, 8, FALSE, TRUE, NULL, NULL, NULL, NULL, 13),
        (4, 1, 0, 0, NULL, NULL, 6, 15, FALSE, FALSE, NULL, NULL, 14, 15, NULL),
        (5, 1, 0, 0, NULL, NULL, 0, 8, FALSE, FALSE, NULL, NULL, NULL, NULL, NULL),
        (6, 1, 0, 0, NULL, NULL, 8, 8, TRUE, FALSE, NULL, NULL, NULL, NULL, 17);";
const TAG_BITS: &str = "
    UPDATE customer_facts SET tag_mask = 3 WHERE customer_id = 1;
    UPDATE customer_facts SET tag_mask = 2 WHERE customer_id = 4;";
const ALL_STALE: &str = "INSERT INTO stale_customers (customer_id, org_id) SELECT id, org_id FROM customers";

#[tokio::test]
async fn on_sqlite() {
    let folder = bellhop_test_services::folder().unwrap();
    let file = folder.path().join("bellhop.db");
    let store = sqlite::open(&file).await.unwrap();
    let pool = SqlitePool::connect(&format!("sqlite:{}", file.display()))
        .await
        .unwrap();
    sqlx::migrate!("migrations/sqlite")
        .run_to(FOUR_CHANNELS, &pool)
        .await
        .unwrap();
    sqlx::raw_sql(BASE).execute(&pool).await.unwrap();
    sqlx::raw_sql(TAG_BITS).execute(&pool).await.unwrap();
    store.migrate().await.unwrap();
    let taken_over = told(&store).await;
    sqlx::raw_sql(ALL_STALE).execute(&pool).await.unwrap();
    assert_eq!(told(&store).await, taken_over);
    is_right(&taken_over);
    all_tags_are_imported(&store).await;
}

#[tokio::test]
async fn on_postgres() {
    let database = bellhop_test_services::fresh_database().await.unwrap();
    let store = postgres::open(database.url(), 4).await.unwrap();
    let pool = PgPool::connect(database.url()).await.unwrap();
    sqlx::migrate!("migrations/postgres")
        .run_to(FOUR_CHANNELS, &pool)
        .await
        .unwrap();
    sqlx::raw_sql(BASE).execute(&pool).await.unwrap();
    sqlx::raw_sql(TAG_BITS).execute(&pool).await.unwrap();
    store.migrate().await.unwrap();
    let taken_over = told(&store).await;
    sqlx::raw_sql(ALL_STALE).execute(&pool).await.unwrap();
    assert_eq!(told(&store).await, taken_over);
    is_right(&taken_over);
    all_tags_are_imported(&store).await;
}

type Told = (Vec<GuestFacts>, serde_json::Value);

/// What the facts say of each guest, and of all.
async fn told(store: &SqlStore) -> Told {
    let mut facts = Vec::new();
    for guest in GUESTS {
        facts.push(store.facts(ORG, CustomerId(guest)).await.unwrap());
    }
    let count = store.count(ORG, &Segment::everybody(), NOW).await.unwrap();
    // A hundred years: asked of the latest orders, where they are kept.
    let big = json!({ "orders": { "between": { "last_days": 36_500 }, "total": { "min": "99" } } });
    let big = Segment::parse(&big).unwrap();
    assert_eq!(store.size(ORG, &big, NOW).await.unwrap(), 1);
    (facts, serde_json::to_value(count).unwrap())
}

fn is_right((facts, count): &Told) {
    let addresses = |guest: usize| {
        let addresses = facts[guest - 1].addresses.iter();
        addresses
            .map(|(kind, address)| (*kind, address.as_str()))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        addresses(1),
        [(EndpointKind::Fcm, "fcm"), (EndpointKind::Phone, "+79000000001")]
    );
    assert_eq!(
        addresses(2),
        [(EndpointKind::Apns, "apns"), (EndpointKind::Phone, "+79000000002")]
    );
    assert_eq!(
        addresses(4),
        [
            (EndpointKind::WebPush, "site"),
            (EndpointKind::WhatsApp, "+79000000003")
        ]
    );
    assert_eq!(addresses(5), []);
    assert_eq!((facts[0].orders, facts[0].revenue.to_string().as_str()), (1, "99.00"));
    assert!(
        !facts[0].consents.contains(&Channel::Telegram),
        "nobody was asked about a channel that was not there"
    );
    let excluded =
        json!({"blacklisted": 1, "no_consent": 0, "no_live_endpoint": 1, "duplicate_endpoint": 1, "frequency_cap": 0});
    assert_eq!(
        (&count["count"], &count["reachable"], &count["excluded"]),
        (&json!(6), &json!(3), &excluded)
    );
}

async fn all_tags_are_imported(store: &SqlStore) {
    for (guest, expected) in [(1, vec!["late", "vip"]), (4, vec!["late"]), (5, vec![])] {
        let tags = store.tags(ORG, CustomerId(guest)).await.unwrap();
        let names: Vec<_> = tags.iter().map(|tag| tag.name.as_str()).collect();
        assert_eq!(names, expected, "{guest}");
        assert!(tags.iter().all(|tag| tag.sources == [TagSource::Import]), "{tags:?}");
    }
}
