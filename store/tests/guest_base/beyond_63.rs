//! The facts have bits for the first 63 tags, categories and restaurants of an organisation; the later ones are right as well.

use crate::database::{Database, NOW, on_both_databases};
use bellhop_domain::Timestamp;
use bellhop_domain::order::OrderStatus;
use bellhop_domain::segment::Segment;
use bellhop_store::Audience;
use bellhop_store::guests::{CustomerCard, GuestBase, LiveOrder, OrderItem};
use serde_json::{Value, json};

on_both_databases!(
    the_64th_and_later_are_asked_as_the_first,
    facts_name_the_later_ones,
    explanations_agree_with_counts,
);

/// So many, of which the last two have no bit.
const MANY: usize = 66;

fn name(kind: &str, n: usize) -> String {
    format!("{kind}{n:02}")
}

impl Database {
    /// A guest for each number, with that one's tag, category and restaurant alone.
    async fn many(&self) {
        let card = |n| CustomerCard {
            external_id: name("c", n),
            tags: vec![name("tag", n)],
            ..CustomerCard::default()
        };
        let (store, org) = (&self.store, self.org.id);
        let cards: Vec<_> = (1..=MANY).map(card).collect();
        store.put_customers(org, &cards, "crm", NOW).await.unwrap();
        let orders: Vec<_> = (1..=MANY).map(order).collect();
        store.put_orders(org, &orders, NOW).await.unwrap();
    }

    async fn size(&self, filter: Value) -> u64 {
        let segment = Segment::parse(&filter).unwrap();
        self.store.size(self.org.id, &segment, NOW).await.unwrap()
    }
}

fn order(n: usize) -> LiveOrder {
    LiveOrder {
        external_id: name("o", n),
        customer: Some(name("c", n)),
        phone: None,
        restaurant: Some(name("restaurant", n)),
        placed_at: Timestamp(NOW.0 - 1_000),
        status: OrderStatus::Delivered,
        total: bellhop_domain::Money(10_000),
        delivery: None,
        source: None,
        promo: None,
        items: Some(vec![OrderItem {
            dish: None,
            category: Some(name("category", n)),
            quantity: 1,
            price: bellhop_domain::Money(10_000),
        }]),
    }
}

/// Each kind of question that the facts' bits answer.
fn questions(names: &[usize]) -> [(Value, u64); 5] {
    let of = |kind: &str| names.iter().map(|n| name(kind, *n)).collect::<Vec<_>>();
    let (found, all) = (names.len() as u64, MANY as u64);
    [
        (json!({ "tags": { "any": of("tag") } }), found),
        (json!({ "tags": { "none": of("tag") } }), all - found),
        (json!({ "orders": { "category": of("category") } }), found),
        (
            json!({ "orders": { "category": of("category"), "count": { "max": 0 } } }),
            all - found,
        ),
        (json!({ "restaurants": of("restaurant") }), found),
    ]
}

async fn the_64th_and_later_are_asked_as_the_first(database: Database) {
    database.many().await;
    for names in [&[1][..], &[63], &[64], &[65], &[63, 64], &[1, 65, 66]] {
        for (filter, expected) in questions(names) {
            assert_eq!(database.size(filter.clone()).await, expected, "{filter}");
        }
    }
    // All of several: nobody has both.
    let both = json!({ "tags": { "all": [name("tag", 63), name("tag", 64)] } });
    assert_eq!(database.size(both).await, 0);
}

async fn facts_name_the_later_ones(database: Database) {
    database.many().await;
    for n in [1, 63, 64, MANY] {
        let facts = database.facts(&name("c", n)).await;
        let told = (facts.tags, facts.categories, facts.restaurants, facts.home_restaurant);
        let of = |kind| vec![name(kind, n)];
        let expected = (of("tag"), of("category"), of("restaurant"), Some(name("restaurant", n)));
        assert_eq!(told, expected, "{n}");
    }
    // Cancelled, it counts no more, wherever its bit is.
    let (store, org) = (&database.store, database.org.id);
    for n in [63, 64] {
        let cancelled = LiveOrder {
            status: OrderStatus::Cancelled,
            ..order(n)
        };
        store.put_orders(org, &[cancelled], NOW).await.unwrap();
        let facts = database.facts(&name("c", n)).await;
        assert_eq!((facts.categories.len(), facts.restaurants.len()), (0, 0), "{n}");
    }
}

async fn explanations_agree_with_counts(database: Database) {
    database.many().await;
    for (filter, _) in questions(&[64]) {
        let segment = Segment::parse(&filter).unwrap();
        for n in [63, 64] {
            let (store, org) = (&database.store, database.org.id);
            let told = store.explain(org, &segment, NOW, &name("c", n)).await.unwrap();
            let listed = json!({ "all": [filter, { "customers": [name("c", n)] }] });
            let is_in = database.size(listed.clone()).await == 1;
            assert_eq!(told.matches, is_in, "{listed}");
        }
    }
}
