//! Each event is taken, known or refused, once and for all.

use crate::database::{Database, NOW, cart, ends, event, on_both_databases, organisation};
use bellhop_domain::Timestamp;
use bellhop_domain::phone::Region;
use bellhop_domain::time::DAY_MS;
use bellhop_store::events::{End, tell};
use bellhop_store::{LiveEvents, Pruning};
use serde_json::{Value, json};

on_both_databases!(
    a_repeat_replays_its_answer_and_changes_nothing,
    one_id_says_one_thing,
    an_event_that_cannot_be_is_refused_by_itself,
    thousands_are_taken_at_once,
    ids_are_an_organisations_own,
    what_has_had_its_time_is_forgotten,
);

async fn a_repeat_replays_its_answer_and_changes_nothing(database: Database) {
    let events = json!([
        cart("1", NOW, 100),
        event("2", "custom", json!({"name": "quiz.passed", "score": 5})),
        event("3", "app.opened", json!({})),
    ]);
    assert_eq!(ends(&database.tell(events.clone()).await), ["taken"; 3]);
    let (before, told) = (database.reported("c1").await, database.told().await);
    assert_eq!(told.len(), 3);
    assert_eq!(told[1].name.as_deref(), Some("quiz.passed"));
    assert!(told.windows(2).all(|pair| pair[0].number < pair[1].number));
    let later = Timestamp(NOW.0 + 60_000);
    assert_eq!(ends(&database.tell_at(events, later).await), ["known"; 3]);
    assert_eq!(database.reported("c1").await, before);
    assert_eq!(database.told().await, told);
}

async fn one_id_says_one_thing(database: Database) {
    database.happens(json!([cart("1", NOW, 100)])).await;
    let mut reworded = cart("1", NOW, 100);
    reworded["cart"]["total"] = json!("100.00");
    let another = {
        let mut it = cart("1", NOW, 100);
        it["customer_id"] = json!("stranger");
        it
    };
    let outcomes = database
        .tell(json!([
            reworded,
            cart("1", NOW, 101),
            another,
            cart("2", NOW, 1),
            cart("2", NOW, 2)
        ]))
        .await;
    assert_eq!(ends(&outcomes), ["known", "refused", "refused", "taken", "refused"]);
    let End::Refused(faults) = &outcomes[1].end else {
        panic!("refused")
    };
    assert_eq!(
        (faults[0].place.as_str(), faults[0].why.code().as_str()),
        ("id", "event_id_taken")
    );
    let stranger = "SELECT COUNT(*) FROM customers WHERE external_id = 'stranger'";
    assert_eq!(database.number(stranger).await, 0, "what is refused makes no guest");
    assert_eq!(database.told().await.len(), 2);
}

async fn an_event_that_cannot_be_is_refused_by_itself(database: Database) {
    let bad = event("2", "cart.changed", json!({"cart": {"total": -1}}));
    let outcomes = database
        .tell(json!([cart("1", NOW, 100), bad.clone(), "?", cart("3", NOW, 300)]))
        .await;
    assert_eq!(ends(&outcomes), ["taken", "refused", "refused", "taken"]);
    assert_eq!(database.told().await.len(), 2);
    // Corrected, it may come under the same id.
    let outcomes = database.tell(json!([cart("2", NOW, 200)])).await;
    assert_eq!(ends(&outcomes), ["taken"]);
}

async fn thousands_are_taken_at_once(database: Database) {
    let one = |n: usize| {
        let customer = format!("g{}", n % 1_700);
        let at = Timestamp(NOW.0 - 10_000 + n as i64);
        match n % 4 {
            0 => json!({"id": format!("e{n}"), "type": "cart.changed", "customer_id": customer, "at": at,
                        "cart": {"total": n}}),
            1 => json!({"id": format!("e{n}"), "type": "bonuses.changed", "customer_id": customer, "at": at,
                        "balance": n, "burns": [{"amount": 1, "at": "2026-12-01T00:00:00Z"}]}),
            2 => json!({"id": format!("e{n}"), "type": "order.placed", "customer_id": customer, "at": at,
                        "order": {"number": format!("o{n}"), "placed_at": at, "total": n}}),
            _ => json!({"id": format!("e{n}"), "type": "guest.registered", "customer_id": customer, "at": at,
                        "phone": format!("+7916{:07}", n % 1_700), "guest": {"name": format!("Anna {n}")}}),
        }
    };
    let events: Vec<Value> = (0..5_000).map(one).collect();
    let outcomes = database.tell(json!(events)).await;
    assert!(outcomes.iter().all(|it| it.end == End::Taken));
    assert_eq!(database.told().await.len(), 5_000);
    assert_eq!(database.number("SELECT COUNT(*) FROM orders").await, 1_250);
    assert_eq!(
        database.number("SELECT COUNT(*) FROM stale_customers").await,
        0,
        "facts are true"
    );
    let again = database.tell(json!(events)).await;
    assert!(again.iter().all(|it| it.end == End::Known));
    assert_eq!(database.told().await.len(), 5_000);
}

async fn ids_are_an_organisations_own(database: Database) {
    let west = organisation(&database.store, "west").await;
    database.happens(json!([cart("1", NOW, 100)])).await;
    let same = vec![cart("1", NOW, 200)];
    let outcomes = tell(&database.store, west, Region::RU, same, NOW).await.unwrap();
    assert_eq!(ends(&outcomes), ["taken"]);
    let (total, known) = (
        database.reported("c1").await.cart.unwrap().total,
        database.id("c1").await,
    );
    assert_eq!(total.to_string(), "100.00");
    let of_another = database.store.reported(west, known).await.unwrap();
    assert!(of_another.cart.is_none(), "nothing crosses organisations");
}

async fn what_has_had_its_time_is_forgotten(database: Database) {
    database.happens(json!([cart("1", NOW, 100)])).await;
    let (before, after) = (Timestamp(NOW.0 + 30 * DAY_MS), Timestamp(NOW.0 + 30 * DAY_MS + 1));
    while database.store.remove_piece(before).await.unwrap().is_some() {}
    assert_eq!(database.number("SELECT COUNT(*) FROM events").await, 1);
    let would_go = database.store.outlived(after).await.unwrap();
    let rows: u64 = would_go
        .iter()
        .filter(|it| it.kind.name() == "events")
        .map(|it| it.rows)
        .sum();
    assert_eq!(rows, 1);
    while database.store.remove_piece(after).await.unwrap().is_some() {}
    assert_eq!(database.number("SELECT COUNT(*) FROM events").await, 0);
    assert!(database.reported("c1").await.cart.is_some(), "what it wrote stays");
}
