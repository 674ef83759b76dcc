//! What is due becomes a message, or says why not: in one transaction.

use super::desk::*;
use crate::world::*;
use bellhop_domain::message::RunState;
use bellhop_domain::*;
use bellhop_store::ledger::*;
use bellhop_store::programs::*;
use std::collections::BTreeSet;

crate::on_both![
    two_dispatchers_let_go_each_firing_once,
    who_withdrew_meanwhile_gets_nothing,
    the_guard_is_asked_when_it_is_let_go,
    a_guest_without_a_card_gets_nothing,
    a_restarted_clock_runs_on_whoever_the_guest_is,
    what_was_sent_lately_counts_even_in_the_same_page,
    off_at_once_ends_what_waits_and_off_after_does_not,
    an_edit_keeps_the_text_of_what_has_fired,
    the_messages_of_a_day_are_one_run_which_ends_by_itself,
    a_message_says_what_its_event_gave,
    a_message_has_a_life_of_its_own,
];

async fn two_dispatchers_let_go_each_firing_once(world: World) {
    world.guests(40).await;
    let it = world.program().await;
    let all: Vec<Change> = (1..=40)
        .map(|customer| fire(&it, customer, 100 + customer, world.now))
        .collect();
    world.change(&all).await;
    let rule = ByGuard::default();
    let (one, two) = tokio::join!(world.let_all_go(&rule), world.let_all_go(&rule));
    assert_eq!(one.sent + two.sent, 40);
    assert_eq!((one.skipped, two.skipped), (0, 0));
    assert_eq!(world.messages().await, 40);
    let guests = world.column("SELECT customer_id AS x FROM messages").await;
    assert_eq!(guests.into_iter().collect::<BTreeSet<_>>().len(), 40);
    assert_eq!(
        world.number("SELECT COUNT(*) AS x FROM runs").await,
        1,
        "both have one run"
    );
    let told =
        "SELECT COUNT(*) AS x FROM firings f JOIN messages m ON m.id = f.message_id AND m.customer_id = f.customer_id";
    assert_eq!(world.number(told).await, 40);
}

/// It is moved without a look at its guest, and the firings of other guests in the same page go.
async fn a_restarted_clock_runs_on_whoever_the_guest_is(mut world: World) {
    world.guests(2).await;
    let it = world.program().await;
    let first = Timestamp(world.now.0 + MINUTE);
    world
        .change(&[restart(&it, 1, 5, first), restart(&it, 2, 6, first)])
        .await;
    let second = Timestamp(world.now.0 + 60 * MINUTE);
    world.change(&[restart(&it, 1, 7, second)]).await;
    world.exec("DELETE FROM customer_facts WHERE customer_id = 1").await;
    world.later(MINUTE);
    let done = world.let_all_go(&ByGuard::default()).await;
    assert_eq!((done.sent, done.skipped, done.waiting), (1, 0, 1));
    world.later(60 * MINUTE);
    let done = world.let_all_go(&ByGuard::default()).await;
    assert_eq!(
        (done.sent, done.skipped, done.waiting),
        (0, 1, 0),
        "now the guest is asked about"
    );
}

async fn who_withdrew_meanwhile_gets_nothing(mut world: World) {
    world.guests(3).await;
    let it = world.program().await;
    let later = Timestamp(world.now.0 + MINUTE);
    world
        .change(&[1, 2, 3].map(|customer| fire(&it, customer, 10 + customer, later)))
        .await;
    world
        .exec("UPDATE customer_facts SET consent_mask = 0 WHERE customer_id = 1")
        .await;
    world
        .exec("UPDATE customer_facts SET blacklisted = TRUE WHERE customer_id = 2")
        .await;
    world.later(MINUTE);
    let done = world.let_all_go(&ByGuard::default()).await;
    assert_eq!((done.sent, done.skipped), (1, 2));
    assert_eq!(
        world.journal(&it).await,
        ["c1 event:11 skipped 2", "c2 event:12 skipped 5", "c3 event:13 sent"]
    );
    assert_eq!(world.messages().await, 1);
}

async fn the_guard_is_asked_when_it_is_let_go(world: World) {
    world.guests(3).await;
    let it = world.program().await;
    world
        .change(&[1, 2, 3].map(|customer| fire(&it, customer, 10 + customer, world.now)))
        .await;
    // An order since then: facts and orders, as the guest base would have them.
    let at = world.now.0 - 1;
    world
        .exec(&format!(
            "UPDATE customer_facts SET orders_count = 1, first_at = {at}, last_at = {at} WHERE customer_id = 2"
        ))
        .await;
    let never = ByGuard::of(r#"{"not":{"last_order":{"last_days":1}}}"#);
    let done = world.let_all_go(&never).await;
    assert_eq!((done.sent, done.skipped), (2, 1));
    assert_eq!(
        world.journal(&it).await,
        ["c1 event:11 sent", "c2 event:12 skipped 1", "c3 event:13 sent"]
    );
}

async fn a_guest_without_a_card_gets_nothing(world: World) {
    world.guests(1).await;
    let it = world.program().await;
    world
        .change(&[fire(&it, 1, 5, world.now), fire(&it, 77, 6, world.now)])
        .await;
    let done = world.let_all_go(&ByGuard::default()).await;
    assert_eq!((done.sent, done.skipped), (1, 1));
    assert_eq!(world.journal(&it).await, ["c1 event:5 sent", " event:6 skipped 11"]);
}

async fn what_was_sent_lately_counts_even_in_the_same_page(mut world: World) {
    world.guests(1).await;
    let it = world.program().await;
    let rule = ByGuard::resting(10 * MINUTE);
    world
        .change(&[fire(&it, 1, 5, world.now), fire(&it, 1, 6, world.now)])
        .await;
    assert_eq!(world.let_all_go(&rule).await.sent, 1);
    world.later(9 * MINUTE);
    world.change(&[fire(&it, 1, 7, world.now)]).await;
    assert_eq!(world.let_all_go(&rule).await.skipped, 1);
    world.later(MINUTE);
    world.change(&[fire(&it, 1, 8, world.now)]).await;
    assert_eq!(world.let_all_go(&rule).await.sent, 1);
    let expected = [
        "c1 event:5 sent",
        "c1 event:6 skipped 7",
        "c1 event:7 skipped 7",
        "c1 event:8 sent",
    ];
    assert_eq!(world.journal(&it).await, expected);
}

async fn off_at_once_ends_what_waits_and_off_after_does_not(mut world: World) {
    world.guests(2).await;
    let (at_once, after) = (world.program().await, world.program().await);
    let later = Timestamp(world.now.0 + MINUTE);
    for it in [&at_once, &after] {
        world.change(&[fire(it, 1, 5, later), fire(it, 2, 6, later)]).await;
    }
    let off = async |it: &Program, reason| {
        world
            .store
            .switch_off(ORG, it.id, reason, "tester", world.now)
            .await
            .unwrap()
    };
    assert_eq!(off(&at_once, Some(SWITCHED_OFF)).await, 2);
    assert_eq!(off(&after, None).await, 0);
    assert_eq!(off(&at_once, Some(SWITCHED_OFF)).await, 0);
    // Switched on again, it does not bring back what it has ended.
    world.switch_on(&at_once).await;
    world.later(MINUTE);
    assert_eq!(world.let_all_go(&ByGuard::default()).await.sent, 2);
    assert_eq!(
        world.journal(&at_once).await,
        ["c1 event:5 skipped 6", "c2 event:6 skipped 6"]
    );
    assert_eq!(world.journal(&after).await, ["c1 event:5 sent", "c2 event:6 sent"]);
    // What a command left that was killed in between says so when it is due.
    world.change(&[fire(&at_once, 1, 9, world.now)]).await;
    world
        .exec(&format!("UPDATE programs SET state = 1 WHERE id = {}", at_once.id))
        .await;
    assert_eq!(world.let_all_go(&ByGuard::default()).await.skipped, 1);
    let audited = world.column("SELECT action AS x FROM audit_log ORDER BY id").await;
    let of_programs: Vec<_> = audited.iter().filter(|it| it.starts_with("program.")).collect();
    let expected = ["create", "on", "create", "on", "off", "off", "on"].map(|it| format!("program.{it}"));
    assert_eq!(of_programs, expected.iter().collect::<Vec<_>>());
}

async fn an_edit_keeps_the_text_of_what_has_fired(world: World) {
    world.guests(2).await;
    let it = world.program().await;
    world.change(&[fire(&it, 1, 5, world.now)]).await;
    let mailing = texts("second");
    let new = NewVersion {
        name: "cart",
        definition: r#"{"second":2}"#,
        mailing: &mailing,
    };
    let version = world
        .store
        .edit_program(ORG, it.id, None, &new, "tester", world.now)
        .await
        .unwrap();
    let edited = world.store.program(ORG, it.id).await.unwrap();
    assert_eq!(
        (version, edited.version, edited.definition.as_str()),
        (Some(2), 2, r#"{"second":2}"#)
    );
    // Whoever read the first version is told so, and changes nothing.
    let late = world.store.edit_program(ORG, it.id, Some(1), &new, "tester", world.now);
    assert_eq!(late.await.unwrap(), None);
    assert_eq!(world.store.program(ORG, it.id).await.unwrap().version, 2);
    world.change(&[fire(&edited, 2, 6, world.now)]).await;
    let due = world.store.due_programs(world.now).await.unwrap();
    assert_eq!((due[0].version, due[0].definition.as_str()), (1, r#"{"first":1}"#));
    assert_eq!(world.let_all_go(&ByGuard::default()).await.sent, 2);
    let text = |customer: i64| {
        format!("SELECT r.spec AS x FROM messages m JOIN runs r ON r.id = m.run_id WHERE m.customer_id = {customer}")
    };
    assert!(world.column(&text(1)).await[0].contains("first"));
    assert!(world.column(&text(2)).await[0].contains("second"));
    let versions = world.store.versions(ORG, it.id).await.unwrap();
    assert_eq!(versions.iter().map(|it| it.version).collect::<Vec<_>>(), [2, 1]);
}

async fn the_messages_of_a_day_are_one_run_which_ends_by_itself(mut world: World) {
    const DAY: i64 = 24 * 60 * MINUTE;
    world.guests(3).await;
    let it = world.program().await;
    let let_go = async |world: &World, customer: i64| {
        world.change(&[fire(&it, customer, customer, world.now)]).await;
        assert_eq!(world.let_all_go(&ByGuard::default()).await.sent, 1);
        RunId(
            world
                .number(&format!(
                    "SELECT run_id AS x FROM messages WHERE customer_id = {customer}"
                ))
                .await,
        )
    };
    let run = let_go(&world, 1).await;
    let read = world.store.run(run).await.unwrap();
    assert_eq!(
        (read.origin, read.purpose, read.state),
        (Origin::Program, Purpose::Marketing, RunState::Running)
    );
    world.later(MINUTE);
    assert_eq!(let_go(&world, 2).await, run);
    assert_eq!(world.store.unplanned().await.unwrap(), [], "there is nothing to plan");
    for batch in world.take(EndpointKind::Fcm).await {
        let held = world.lease(batch.id, EndpointKind::Fcm).await;
        world.record_all(run, &held, &accepted()).await;
    }
    assert_eq!(
        world.store.finish_runs(world.now).await.unwrap(),
        [],
        "the day is not over"
    );
    // Moscow is three hours ahead of UTC; a day and a margin later its day is over anywhere.
    world.later(DAY);
    let next = let_go(&world, 3).await;
    assert_ne!(next, run);
    assert_eq!(world.store.finish_runs(world.now).await.unwrap(), [run]);
    assert_eq!(world.store.run(run).await.unwrap().state, RunState::Finished);
    // The next day's has something left, until its message's life is over.
    world.later(DAY);
    assert_eq!(world.store.finish_runs(world.now).await.unwrap(), [next]);
    assert_eq!(world.states(next).await, states_of([("expired", 1)]));
}

async fn a_message_says_what_its_event_gave(world: World) {
    world.guests(1).await;
    let it = world.program().await;
    world.change(&[fire(&it, 1, 5, world.now)]).await;
    world.let_all_go(&ByGuard::default()).await;
    let given = "SELECT COUNT(*) AS x FROM firings WHERE given IS NOT NULL";
    assert_eq!(world.number(given).await, 0, "it is the message's now");
    let ready = world.take(EndpointKind::Fcm).await;
    let needs = RenderNeeds {
        given: true,
        ..RenderNeeds::default()
    };
    let claim = world
        .store
        .claim(&wish(world.task(ready[0].id).await, &needs), world.now)
        .await
        .unwrap();
    let Claim::Leased { messages, .. } = claim else {
        panic!("{claim:?}")
    };
    assert_eq!(messages[0].profile.attributes["cart"], "of 5");
}

async fn a_message_has_a_life_of_its_own(mut world: World) {
    world.guests(1).await;
    let it = world.program().await;
    world.change(&[fire(&it, 1, 5, world.now)]).await;
    world.let_all_go(&ByGuard::default()).await;
    world.later(59 * MINUTE);
    world.store.finish_runs(world.now).await.unwrap();
    let run = RunId(world.number("SELECT id AS x FROM runs").await);
    assert_eq!(world.states(run).await, states_of([("pending", 1)]));
    world.later(MINUTE);
    world.store.finish_runs(world.now).await.unwrap();
    assert_eq!(world.states(run).await, states_of([("expired", 1)]));
    let entry = &world.store.journal(ORG, it.id, None, None, 1).await.unwrap()[0];
    assert_eq!(entry.message_state.map(|state| state.name()), Some("expired"));
}
