//! Reports that want a message sent again: within its tries and its life, and never beside one that arrived.

use crate::world::*;
use bellhop_domain::attempt::AttemptState;
use bellhop_domain::message::{MessageState, RunState};
use bellhop_domain::receipt::{Again, AttemptKey, Receipt, ReceiptFor, ReceiptStatus};
use bellhop_domain::*;
use bellhop_store::ledger::{Commanding, Finishing, Planning, Reading, Recording};
use std::time::Duration;

crate::on_both![
    what_did_not_arrive_for_now_is_sent_once_more,
    the_second_failure_is_the_last,
    an_arrival_told_late_stops_the_second_sms,
    an_arrival_told_last_of_all_stops_it_at_its_start,
    no_third_sms_beside_one_that_arrived,
    a_report_before_the_record_is_not_forgotten,
    nothing_of_a_cancelled_run_goes_again,
    without_time_for_another_try_it_fails,
];

const AFTER: i64 = 15 * MINUTE;

fn not_now(times: u16) -> ReceiptStatus {
    ReceiptStatus::NotNow {
        why: "status 30003: the phone cannot be reached".into(),
        again: Again {
            after: Duration::from_millis(AFTER as u64),
            times,
        },
    }
}

async fn report(world: &World, held: &Held, status: ReceiptStatus) {
    let key = AttemptKey {
        message: held.messages[0].id,
        lease: held.lease,
    };
    let receipt = Receipt {
        attempt: ReceiptFor::Ours(key),
        status,
        at: None,
        cost: None,
    };
    world
        .store
        .receipt(&source(EndpointKind::Phone), &receipt, world.now)
        .await
        .unwrap();
}

/// One SMS that its gateway took; its run has nothing left to do.
async fn sent(world: &World) -> (RunId, Held) {
    world.guests(1).await;
    let run = world.planned(&[SMS]).await;
    let held = again(world, run).await;
    assert_eq!(world.store.finish_runs(world.now).await.unwrap(), [run]);
    (run, held)
}

/// Sends what is ready.
async fn again(world: &World, run: RunId) -> Held {
    let held = world.hold(EndpointKind::Phone).await;
    assert_eq!(world.start(&held).await.len(), 1);
    world.record_all(run, &held, &accepted()).await;
    held
}

/// The dispatchers' turn when twice the wait, jitter included, is over; how many messages moved on.
async fn in_time(world: &mut World) -> u64 {
    assert_eq!(world.store.finish_runs(world.now).await.unwrap(), []);
    world.later(AFTER - 1);
    let early = world.store.promote_due(10, world.now).await.unwrap();
    assert_eq!(early, 0, "not before the provider's wait");
    world.later(AFTER + 1);
    world.store.promote_due(10, world.now).await.unwrap()
}

async fn what_did_not_arrive_for_now_is_sent_once_more(mut world: World) {
    let (run, first) = sent(&world).await;
    for _ in 0..2 {
        report(&world, &first, not_now(1)).await;
    }
    let story = world.story(first.messages[0].id).await;
    assert_eq!((story.state, story.sent_at), (MessageState::Waiting, None));
    assert_eq!(
        story.reason.as_deref(),
        Some("status 30003: the phone cannot be reached")
    );
    assert_eq!(in_time(&mut world).await, 1);
    assert_eq!(world.store.run(run).await.unwrap().state, RunState::Running);
    let second = again(&world, run).await;
    assert_eq!((second.messages[0].tries, second.messages[0].sent_before), (1, false));
    assert_eq!(world.states(run).await, states_of([("sent", 1)]));
    report(&world, &second, ReceiptStatus::Delivered).await;
    let attempts = world.story(first.messages[0].id).await.attempts;
    let states: Vec<_> = attempts.iter().map(|attempt| attempt.state).collect();
    assert_eq!(states, [AttemptState::Undelivered, AttemptState::Delivered]);
    assert_eq!(world.states(run).await, states_of([("delivered", 1)]));
    assert_eq!(world.store.finish_runs(world.now).await.unwrap(), [run]);
}

async fn the_second_failure_is_the_last(mut world: World) {
    let (run, first) = sent(&world).await;
    report(&world, &first, not_now(1)).await;
    assert_eq!(in_time(&mut world).await, 1);
    let second = again(&world, run).await;
    report(&world, &second, not_now(1)).await;
    assert_eq!(world.states(run).await, states_of([("failed", 1)]));
    let dead = world
        .number("SELECT COUNT(*) AS x FROM endpoints WHERE state = 3")
        .await;
    assert_eq!(dead, 0, "the address stays");
    assert_eq!(world.store.finish_runs(world.now).await.unwrap(), [run]);
}

async fn an_arrival_told_late_stops_the_second_sms(mut world: World) {
    let (run, first) = sent(&world).await;
    report(&world, &first, not_now(1)).await;
    report(&world, &first, ReceiptStatus::Delivered).await;
    assert_eq!(world.states(run).await, states_of([("delivered", 1)]));
    world.later(2 * AFTER);
    assert_eq!(world.store.promote_due(10, world.now).await.unwrap(), 0);
    assert!(world.take(EndpointKind::Phone).await.is_empty());
}

async fn an_arrival_told_last_of_all_stops_it_at_its_start(mut world: World) {
    let (_, first) = sent(&world).await;
    report(&world, &first, not_now(1)).await;
    assert_eq!(in_time(&mut world).await, 1);
    let ready = world.hold(EndpointKind::Phone).await;
    report(&world, &first, ReceiptStatus::Delivered).await;
    assert!(world.start(&ready).await.is_empty());
}

async fn no_third_sms_beside_one_that_arrived(mut world: World) {
    world.guests(1).await;
    // Its push is waited for, whatever has arrived.
    let run = world.planned(&[SMS, PUSH]).await;
    let first = again(&world, run).await;
    report(&world, &first, not_now(5)).await;
    assert_eq!(in_time(&mut world).await, 1);
    let second = again(&world, run).await;
    report(&world, &first, ReceiptStatus::Delivered).await;
    report(&world, &second, not_now(5)).await;
    world.later(2 * AFTER);
    assert_eq!(world.store.promote_due(10, world.now).await.unwrap(), 1);
    assert!(world.take(EndpointKind::Phone).await.is_empty());
    assert_eq!(world.take(EndpointKind::Fcm).await.len(), 1, "the push follows");
}

async fn a_report_before_the_record_is_not_forgotten(mut world: World) {
    world.guests(1).await;
    let run = world.planned(&[SMS]).await;
    let held = world.hold(EndpointKind::Phone).await;
    world.start(&held).await;
    report(&world, &held, not_now(1)).await;
    world.record_all(run, &held, &accepted()).await;
    assert_eq!(world.store.settle_receipts(world.now).await.unwrap(), 1);
    assert_eq!(world.states(run).await, states_of([("waiting", 1)]));
    assert_eq!(in_time(&mut world).await, 1);
}

async fn nothing_of_a_cancelled_run_goes_again(world: World) {
    world.guests(1).await;
    let run = world.planned(&[SMS]).await;
    let held = again(&world, run).await;
    world.store.cancel(ORG, run, "anna", world.now).await.unwrap();
    report(&world, &held, not_now(1)).await;
    assert_eq!(world.states(run).await, states_of([("failed", 1)]));
}

async fn without_time_for_another_try_it_fails(mut world: World) {
    let (run, held) = sent(&world).await;
    world.later(600 * MINUTE - AFTER);
    report(&world, &held, not_now(1)).await;
    assert_eq!(world.states(run).await, states_of([("failed", 1)]));
}
