//! Several who tell of the same events at once.

use crate::database::{Database, NOW, cart, merge, on_both_databases, order};
use bellhop_domain::Timestamp;
use bellhop_domain::event::Told;
use bellhop_domain::phone::Region;
use bellhop_store::LiveEvents;
use bellhop_store::events::{Answer, End, tell};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

on_both_databases!(
    the_same_keys_are_taken_by_one_of_several,
    of_one_key_with_several_bodies_one_is_taken,
    those_who_wait_are_taken_together,
    one_that_cannot_be_taken_spoils_nothing_for_those_beside_it,
    who_goes_away_takes_nobody_along,
);

const EVENTS: usize = 60;
/// So many who tell at once have a transaction each; the others wait.
const ALONE: usize = 2;

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

/// Requests that all come before the first of them is answered.
fn requests(count: usize) -> Vec<Vec<Told>> {
    let one = |n: usize| {
        let event = match n % 2 {
            0 => cart(&format!("e{n}"), NOW, n as i64),
            _ => order(&format!("e{n}"), "order.placed", &format!("o{n}"), json!({})),
        };
        vec![Told::read(event, Region::RU).unwrap()]
    };
    (0..count).map(one).collect()
}

async fn those_who_wait_are_taken_together(database: Database) {
    let mut requests = requests(12);
    // The last tells what the one before it has told.
    requests[11] = requests[10].clone();
    let asked = requests
        .iter()
        .map(|it| database.store.take_events(database.org, it, NOW));
    let answers = join_all(asked).await;
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    let mut expected = vec![vec![Answer::Taken]; 12];
    expected[11] = vec![Answer::Known];
    assert_eq!(answers, expected);
    assert_eq!(database.number("SELECT COUNT(*) FROM events").await, 11);
    assert_eq!(database.transactions_of_events().await.unwrap_or(3), ALONE as i64 + 1);
}

async fn one_that_cannot_be_taken_spoils_nothing_for_those_beside_it(database: Database) {
    let mut requests = requests(8);
    // No event that was read says so; the store refuses the whole request.
    requests[5][0]
        .data
        .insert("order".to_owned(), json!({"number": "o5", "total": "200000000000"}));
    let asked = requests
        .iter()
        .map(|it| database.store.take_events(database.org, it, NOW));
    let answers = join_all(asked).await;
    let refused: Vec<usize> = (0..8).filter(|n| answers[*n].is_err()).collect();
    assert_eq!(refused, [5]);
    assert_eq!(database.number("SELECT COUNT(*) FROM events").await, 7);
}

/// Whoever takes for all is dropped in the middle of it, as when a client hangs up.
async fn who_goes_away_takes_nobody_along(database: Database) {
    let requests = requests(8);
    let asked = requests
        .iter()
        .map(|it| database.store.take_events(database.org, it, NOW));
    let mut all: Vec<_> = asked.collect();
    for it in &mut all {
        assert!(polled(it).await.is_pending());
    }
    let waiting = all.split_off(ALONE);
    for taken in join_all(all).await {
        assert_eq!(taken.unwrap(), [Answer::Taken]);
    }
    let mut waiting = waiting.into_iter();
    let mut first = waiting.next().unwrap();
    assert!(polled(&mut first).await.is_pending(), "it takes for all who wait");
    drop(first);
    let answers = join_all(waiting).await;
    assert_eq!(answers.len(), 5);
    for taken in answers {
        assert_eq!(taken.unwrap(), [Answer::Taken]);
    }
    assert_eq!(database.number("SELECT COUNT(*) FROM events").await, 7);
}

/// Lets it go on as far as it can without waiting.
async fn polled<F: Future + Unpin>(it: &mut F) -> Poll<F::Output> {
    poll_fn(|context| Poll::Ready(Pin::new(&mut *it).poll(context))).await
}
