//! What events do to firings.

use super::desk::*;
use crate::world::*;
use bellhop_domain::Timestamp;
use bellhop_store::programs::*;

crate::on_both![
    a_replayed_event_fires_once,
    a_newer_event_restarts_the_clock_and_moves_no_entry_of_an_index,
    a_replay_of_a_restart_fires_nothing_new,
    an_event_cancels_what_is_older,
    events_of_one_call_are_taken_in_their_order,
    a_program_that_is_off_or_ending_fires_nothing,
];

const HOUR: i64 = 60 * MINUTE;

async fn a_replayed_event_fires_once(world: World) {
    world.guests(2).await;
    let it = world.program().await;
    let order = |event| {
        let effect = Effect::Fire {
            occasion: "order:A".to_owned(),
            due_at: world.now,
            given: None,
        };
        change(&it, 1, event, effect)
    };
    assert_eq!(world.change(&[order(5), fire(&it, 2, 6, world.now)]).await.fired, 2);
    // The same again, and another event of the same order.
    assert_eq!(
        world
            .change(&[order(5), fire(&it, 2, 6, world.now), order(7)])
            .await
            .fired,
        0
    );
    assert_eq!(world.let_all_go(&ByGuard::default()).await.sent, 2);
    assert_eq!(world.change(&[order(5), fire(&it, 2, 6, world.now)]).await.fired, 0);
    assert_eq!(world.let_all_go(&ByGuard::default()).await, LetGo::default());
    assert_eq!(world.messages().await, 2);
    assert_eq!(world.journal(&it).await, ["c1 order:A sent", "c2 event:6 sent"]);
}

async fn a_newer_event_restarts_the_clock_and_moves_no_entry_of_an_index(mut world: World) {
    world.guests(1).await;
    let it = world.program().await;
    let first = Timestamp(world.now.0 + HOUR);
    assert_eq!(world.change(&[restart(&it, 1, 5, first)]).await.fired, 1);
    world.later(HOUR / 2);
    let second = Timestamp(world.now.0 + HOUR);
    let done = world.change(&[restart(&it, 1, 6, second)]).await;
    assert_eq!((done.restarted, done.fired), (1, 0));
    let due = "SELECT due_at AS x FROM firings";
    assert_eq!(world.number(due).await, first.0, "the index is left alone");
    // Told late, it does not make the message go sooner.
    world.change(&[restart(&it, 1, 7, first)]).await;
    world.later(HOUR / 2);
    let done = world.let_all_go(&ByGuard::default()).await;
    assert_eq!(
        (done.sent, done.waiting),
        (0, 1),
        "the first clock has run out, and the second has not"
    );
    assert_eq!(world.number(due).await, second.0);
    world.later(HOUR / 2);
    assert_eq!(world.let_all_go(&ByGuard::default()).await.sent, 1);
    let given = "SELECT given AS x FROM message_requests";
    assert_eq!(
        world.column(given).await,
        [r#"{"cart":"of 7"}"#],
        "the newest cart is told of"
    );
    assert_eq!(world.journal(&it).await, ["c1 event:5 sent"]);
}

async fn a_replay_of_a_restart_fires_nothing_new(mut world: World) {
    world.guests(1).await;
    let it = world.program().await;
    let at = |ms| Timestamp(world.now.0 + ms);
    let all = [restart(&it, 1, 5, at(HOUR)), restart(&it, 1, 6, at(2 * HOUR))];
    world.change(&all).await;
    assert_eq!(world.change(&all).await, Fired::default(), "while it waits");
    world.later(3 * HOUR);
    assert_eq!(world.let_all_go(&ByGuard::default()).await.sent, 1);
    assert_eq!(world.change(&all).await, Fired::default(), "when it was sent");
    // A new cart fires anew.
    let next = restart(&it, 1, 7, world.now);
    assert_eq!(world.change(&[next]).await.fired, 1);
    assert_eq!(world.let_all_go(&ByGuard::default()).await.sent, 1);
    assert_eq!(world.messages().await, 2);
}

async fn an_event_cancels_what_is_older(mut world: World) {
    world.guests(3).await;
    let it = world.program().await;
    let later = Timestamp(world.now.0 + HOUR);
    world
        .change(&[1, 2, 3].map(|customer| fire(&it, customer, 10 + customer, later)))
        .await;
    let order = [
        cancel(&it, 1, 20, None),
        // It tells of something before the cart.
        cancel(&it, 2, 4, None),
        cancel(&it, 3, 21, Some("order:other")),
    ];
    assert_eq!(world.change(&order).await.cancelled, 1);
    assert_eq!(world.change(&order).await, Fired::default());
    world.later(HOUR);
    assert_eq!(world.let_all_go(&ByGuard::default()).await.sent, 2);
    assert_eq!(
        world.journal(&it).await,
        ["c1 event:11 cancelled 9", "c2 event:12 sent", "c3 event:13 sent"]
    );
    // What went is not called back.
    assert_eq!(world.change(&[cancel(&it, 2, 30, None)]).await, Fired::default());
}

async fn events_of_one_call_are_taken_in_their_order(world: World) {
    world.guests(2).await;
    let it = world.program().await;
    let later = Timestamp(world.now.0 + HOUR);
    let all = [
        fire(&it, 1, 5, later),
        fire(&it, 2, 6, later),
        cancel(&it, 1, 7, None),
        fire(&it, 1, 8, later),
    ];
    let done = world.change(&all).await;
    assert_eq!((done.fired, done.cancelled), (3, 1));
    assert_eq!(
        world.change(&all).await,
        Fired::default(),
        "told again, nothing is different"
    );
    let mut journal = world.journal(&it).await;
    journal.sort();
    assert_eq!(
        journal,
        ["c1 event:5 cancelled 9", "c1 event:8 waiting", "c2 event:6 waiting"]
    );
}

async fn a_program_that_is_off_or_ending_fires_nothing(world: World) {
    world.guests(1).await;
    let it = world.draft().await;
    let later = Timestamp(world.now.0 + HOUR);
    assert_eq!(world.change(&[fire(&it, 1, 5, later)]).await, Fired::default());
    world.switch_on(&it).await;
    assert_eq!(world.change(&[fire(&it, 1, 6, later)]).await.fired, 1);
    let off = world.store.switch_off(ORG, it.id, None, "tester", world.now).await;
    assert_eq!(off.unwrap(), 0);
    assert_eq!(world.change(&[fire(&it, 1, 7, later)]).await, Fired::default());
    assert_eq!(
        world.change(&[cancel(&it, 1, 8, None)]).await.cancelled,
        1,
        "it still listens for what cancels"
    );
}
