//! What events leave on the guest.

use crate::database::{Database, NOW, cart, event, on_both_databases};
use bellhop_domain::{CustomerId, Money, Timestamp};
use bellhop_store::GuestBase;
use bellhop_store::events::Burn;
use serde_json::json;

on_both_databases!(
    a_registration_writes_the_card,
    the_latest_cart_stands,
    a_balance_and_what_burns_are_as_last_known,
    of_reviews_about_one_order_the_latest_stands,
    a_guest_may_be_known_by_phone_alone,
    what_lies_ahead_counts_as_now,
);

fn minutes(n: i64) -> Timestamp {
    Timestamp(NOW.0 - 3_600_000 + n * 60_000)
}

async fn a_registration_writes_the_card(database: Database) {
    let guest = json!({"name": "Анна", "birthday": "1990-02-28", "locale": "ru", "timezone": "Asia/Omsk",
                       "restaurant": "Arbat", "source": "app", "email": "anna@brand.example"});
    let registered = event(
        "1",
        "guest.registered",
        json!({"phone": "8 916 123-45-67", "at": minutes(1), "guest": guest}),
    );
    database.happens(json!([registered])).await;
    let id = database.id("c1").await;
    let card = database.store.guest(database.org, id).await.unwrap();
    assert_eq!(
        (card.name.as_deref(), card.timezone.as_str()),
        (Some("Анна"), "Asia/Omsk")
    );
    assert_eq!(card.attributes.get("registered_by").map(String::as_str), Some("app"));
    let facts = database.store.facts(database.org, id).await.unwrap();
    assert_eq!(facts.home_restaurant.as_deref(), Some("Arbat"));
    let row = format!(
        "SELECT COUNT(*) FROM customers WHERE birthday = '1990-02-28' AND birth_month_day = 228
            AND registered_at = {} AND email = 'anna@brand.example'",
        minutes(1).0
    );
    assert_eq!(database.number(&row).await, 1);
    let phone = "SELECT COUNT(*) FROM endpoints WHERE address = '+79161234567' AND kind = 4";
    assert_eq!(database.number(phone).await, 1);
    // A later event that leaves out the name leaves it.
    let again = event(
        "2",
        "guest.registered",
        json!({"at": minutes(2), "guest": {"locale": "en"}}),
    );
    database.happens(json!([again])).await;
    let card = database.store.guest(database.org, id).await.unwrap();
    assert_eq!(
        (card.name.as_deref(), card.locale.as_deref()),
        (Some("Анна"), Some("en"))
    );
}

async fn the_latest_cart_stands(database: Database) {
    database
        .happens(json!([cart("2", minutes(2), 200), cart("1", minutes(1), 100)]))
        .await;
    database.happens(json!([cart("0", minutes(0), 50)])).await;
    let known = database.reported("c1").await.cart.unwrap();
    assert_eq!((known.total, known.changed_at), (Money(2_000_000), minutes(2)));
    assert_eq!(known.cart["items"][0]["dish"], "Борщ");
    // Of two at one instant the one told last stands.
    database.happens(json!([cart("3", minutes(2), 300)])).await;
    let empty = event("4", "cart.changed", json!({"at": minutes(3), "cart": {"total": 0}}));
    assert_eq!(database.reported("c1").await.cart.unwrap().total, Money(3_000_000));
    database.happens(json!([empty])).await;
    let known = database.reported("c1").await.cart.unwrap();
    assert_eq!((known.total, known.cart.get("items")), (Money(0), None));
    assert_eq!(database.told().await.len(), 5, "programs hear of each");
}

async fn a_balance_and_what_burns_are_as_last_known(database: Database) {
    let changed = |id, at, balance, burns| {
        event(
            id,
            "bonuses.changed",
            json!({"at": at, "balance": balance, "burns": burns}),
        )
    };
    let burns =
        json!([{"amount": 70, "at": "2026-12-05T00:00:00Z"}, {"amount": "30.50", "at": "2026-12-01T00:00:00Z"}]);
    let accrued = event(
        "2",
        "bonuses.accrued",
        json!({"at": minutes(3), "bonus_amount": 20, "balance": 120.5}),
    );
    database
        .happens(json!([accrued, changed("1", minutes(2), json!(100.5), burns)]))
        .await;
    let bonuses = database.reported("c1").await.bonuses.unwrap();
    assert_eq!((bonuses.balance, bonuses.as_of), (Money(1_205_000), minutes(3)));
    let first = Burn {
        amount: Money(305_000),
        at: Timestamp(1_796_083_200_000),
    };
    assert_eq!((bonuses.burns.len(), bonuses.burns[0]), (2, first));
    assert_eq!(
        database.number("SELECT next_burn_at FROM reported_bonuses").await,
        first.at.0
    );
    // Older words change nothing, and one without burns says that nothing burns.
    let old = changed(
        "3",
        minutes(1),
        json!(7),
        json!([{"amount": 7, "at": "2026-11-01T00:00:00Z"}]),
    );
    database
        .happens(json!([
            old,
            event("4", "bonuses.accrued", json!({"at": minutes(9), "bonus_amount": 5}))
        ]))
        .await;
    assert_eq!(database.reported("c1").await.bonuses.unwrap(), bonuses);
    database
        .happens(json!([event(
            "5",
            "bonuses.changed",
            json!({"at": minutes(4), "balance": 0})
        )]))
        .await;
    let bonuses = database.reported("c1").await.bonuses.unwrap();
    assert_eq!((bonuses.balance, bonuses.burns.len()), (Money(0), 0));
    assert_eq!(
        database
            .number("SELECT COUNT(next_burn_at) FROM reported_bonuses")
            .await,
        0
    );
}

async fn of_reviews_about_one_order_the_latest_stands(database: Database) {
    let review = |id, at, stars, order: Option<&str>| {
        event(
            id,
            "review.left",
            json!({"at": at, "review": {"stars": stars, "text": "Вкусно", "order": order,
                                                             "photos": ["https://brand.example/1.jpg"]}}),
        )
    };
    database
        .happens(json!([
            review("2", minutes(2), 5, Some("A-1")),
            review("1", minutes(1), 2, Some("A-1")),
            review("3", minutes(3), 4, None),
            review("4", minutes(4), 3, None),
        ]))
        .await;
    database.happens(json!([review("0", minutes(0), 1, Some("A-1"))])).await;
    let reviews = database.reported("c1").await.reviews;
    let stars: Vec<_> = reviews.iter().map(|it| (it.order.as_deref(), it.stars)).collect();
    assert_eq!(stars, [(None, 3), (None, 4), (Some("A-1"), 5)]);
    assert_eq!(reviews[2].photos, ["https://brand.example/1.jpg"]);
    assert_eq!(reviews[2].words.as_deref(), Some("Вкусно"));
}

async fn a_guest_may_be_known_by_phone_alone(database: Database) {
    let by_phone = |id: &str, kind: &str, more| {
        let mut it = event(id, kind, more);
        it["customer_id"] = json!(null);
        it["phone"] = json!("+7 916 123-45-67");
        it
    };
    let registered = by_phone("1", "guest.registered", json!({"guest": {"name": "Анна"}}));
    database
        .happens(json!([
            registered,
            by_phone("2", "cart.changed", json!({"cart": {"total": 10}}))
        ]))
        .await;
    assert!(database.reported("+79161234567").await.cart.is_some());
    // A card with this phone is that guest.
    database
        .happens(json!([event("3", "app.opened", json!({"phone": "+79169999999"}))]))
        .await;
    let mut of_known = by_phone("4", "guest.registered", json!({"guest": {"name": "Вера"}}));
    of_known["phone"] = json!("+79169999999");
    database.happens(json!([of_known])).await;
    let card = database
        .store
        .guest(database.org, database.id("c1").await)
        .await
        .unwrap();
    assert_eq!(card.name.as_deref(), Some("Вера"));
    let guests: Vec<CustomerId> = database.told().await.iter().map(|it| it.customer).collect();
    assert_eq!((guests[0], guests[2]), (guests[1], guests[3]));
}

async fn what_lies_ahead_counts_as_now(database: Database) {
    let ahead = Timestamp(NOW.0 + 3_600_000);
    database
        .happens(json!([cart("1", ahead, 100), event("2", "app.opened", json!({}))]))
        .await;
    let told = database.told().await;
    assert_eq!((told[0].at, told[1].at), (NOW, NOW));
    assert_eq!(database.reported("c1").await.cart.unwrap().changed_at, NOW);
}
