//! Several who tell of the same events at once.

use crate::database::{Database, NOW, cart, merge, on_both_databases, order};
use bellhop_domain::Timestamp;
use bellhop_domain::phone::Region;
use bellhop_store::events::{End, tell};
use serde_json::{Value, json};
use std::collections::BTreeMap;

on_both_databases!(
    the_same_keys_are_taken_by_one_of_several,
    of_one_key_with_several_bodies_one_is_taken,
);

const EVENTS: usize = 60;

fn events() -> Vec<Value> {
    let one = |n: usize| {
        let at = Timestamp(NOW.0 - 100_000 + n as i64);
        let mut event = match n % 2 {
            0 => cart(&format!("e{n}"), at, n as i64),
            _ => order(&format!("e{n}"), "order.placed", &format!("o{n}"), json!({})),
        };
        merge(
            &mut event,
            json!({"customer_id": format!("g{}", n % 7), "phone": format!("+7916000000{}", n % 5)}),
        );
        event
    };
    (0..EVENTS).map(one).collect()
}

async fn the_same_keys_are_taken_by_one_of_several(database: Database) {
    let mut tellers = tokio::task::JoinSet::new();
    for teller in 0..4 {
        let (store, org, mut events) = (database.store.clone(), database.org, events());
        // Each in another order, and in other calls.
        events.rotate_left(teller * 17);
        if teller % 2 == 1 {
            events.reverse();
        }
        tellers.spawn(async move {
            let mut ends = Vec::new();
            for some in events.chunks(13 + teller) {
                ends.extend(tell(&store, org, Region::RU, some.to_vec(), NOW).await.unwrap());
            }
            ends
        });
    }
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    for outcome in tellers.join_all().await.into_iter().flatten() {
        assert!(!matches!(outcome.end, End::Refused(_)), "{outcome:?}");
        *taken.entry(outcome.id.unwrap()).or_default() += usize::from(outcome.end == End::Taken);
    }
    assert_eq!(taken.len(), EVENTS);
    assert!(taken.values().all(|times| *times == 1), "{taken:?}");
    assert_eq!(database.told().await.len(), EVENTS);
    assert_eq!(database.number("SELECT COUNT(*) FROM events").await, EVENTS as i64);
    assert_eq!(database.number("SELECT COUNT(*) FROM orders").await, EVENTS as i64 / 2);
}

async fn of_one_key_with_several_bodies_one_is_taken(database: Database) {
    let mut tellers = tokio::task::JoinSet::new();
    for teller in 0..4 {
        let (store, org) = (database.store.clone(), database.org);
        let event = cart("one", NOW, teller);
        tellers.spawn(async move {
            let outcomes = tell(&store, org, Region::RU, vec![event], NOW).await.unwrap();
            (teller, outcomes.into_iter().next().unwrap().end)
        });
    }
    let ends = tellers.join_all().await;
    let taken: Vec<_> = ends.iter().filter(|(_, end)| *end == End::Taken).collect();
    assert_eq!(taken.len(), 1, "{ends:?}");
    assert!(ends.iter().all(|(_, end)| *end != End::Known), "{ends:?}");
    let total = database.reported("c1").await.cart.unwrap().total;
    assert_eq!(total.0, taken[0].0 * 10_000, "what stands is what was taken");
}
