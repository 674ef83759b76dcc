//! Reports that a content is refused for everybody pause the run, as such answers do.

use crate::world::*;
use bellhop_domain::breaker::Threshold;
use bellhop_domain::message::RunState;
use bellhop_domain::receipt::{AttemptKey, Receipt, ReceiptFor, ReceiptStatus};
use bellhop_domain::*;
use bellhop_store::ledger::{Commanding, Finishing, Reading, Recording};

crate::on_both![
    five_reports_pause_the_run,
    what_arrives_at_most_goes_on,
    a_resumed_run_is_judged_anew,
    reports_before_the_record_count,
    what_has_ended_stays_ended,
];

async fn report(world: &World, held: &Held, message: usize, status: ReceiptStatus) {
    let key = AttemptKey {
        message: held.messages[message].id,
        lease: held.lease,
    };
    let receipt = Receipt {
        attempt: ReceiptFor::Ours(key),
        status,
        at: None,
        cost: None,
    };
    let taken = world
        .store
        .receipt(&source(EndpointKind::Phone), &receipt, world.now)
        .await;
    taken.unwrap();
}

async fn refuse(world: &World, held: &Held, messages: std::ops::Range<usize>) {
    for message in messages {
        let why = "status 30007: filtered as spam".to_owned();
        report(world, held, message, ReceiptStatus::ContentRefused { why }).await;
    }
}

/// The number is configuration.
fn two_are_enough(world: &mut World) {
    let breaker = Threshold {
        rejections: 2,
        ..Threshold::default()
    };
    world.store = world.store.clone().with_breaker(breaker);
}

async fn state(world: &World, run: RunId) -> RunState {
    world.store.run(run).await.unwrap().state
}

/// So many SMS that their gateway took, in a run that has one to send still.
async fn sent(world: &World, count: usize) -> (RunId, Held) {
    world.guests(count as i64 + 1).await;
    let run = world.planned(&[SMS]).await;
    let held = world.hold(EndpointKind::Phone).await;
    world.start(&held).await;
    world.record(run, &held, &held.messages[..count], &accepted()).await;
    (run, held)
}

async fn five_reports_pause_the_run(world: World) {
    let (run, held) = sent(&world, 6).await;
    refuse(&world, &held, 0..4).await;
    // Told twice, it counts once.
    refuse(&world, &held, 0..4).await;
    assert_eq!(state(&world, run).await, RunState::Running);
    refuse(&world, &held, 4..5).await;
    let paused = world.store.run(run).await.unwrap();
    assert_eq!(paused.state, RunState::Paused);
    assert_eq!(
        paused.paused_reason.as_deref(),
        Some("the provider refuses this content for everybody: status 30007: filtered as spam")
    );
    assert_eq!(
        world.states(run).await,
        states_of([("failed", 5), ("sent", 1), ("in_flight", 1)])
    );
    let audit = "SELECT COUNT(*) AS x FROM audit_log WHERE action = 'run.pause' AND who = 'bellhop'";
    assert_eq!(world.number(audit).await, 1);
    // The sixth finds it paused.
    refuse(&world, &held, 5..6).await;
    assert_eq!(world.number(audit).await, 1);
}

async fn what_arrives_at_most_goes_on(mut world: World) {
    two_are_enough(&mut world);
    let (run, held) = sent(&world, 5).await;
    for message in 0..2 {
        report(&world, &held, message, ReceiptStatus::Delivered).await;
    }
    refuse(&world, &held, 2..4).await;
    assert_eq!(state(&world, run).await, RunState::Running, "as many have arrived");
    refuse(&world, &held, 4..5).await;
    assert_eq!(state(&world, run).await, RunState::Paused);
}

async fn a_resumed_run_is_judged_anew(mut world: World) {
    two_are_enough(&mut world);
    let (run, held) = sent(&world, 4).await;
    refuse(&world, &held, 0..2).await;
    assert_eq!(state(&world, run).await, RunState::Paused);
    world.store.resume(ORG, run, "anna", world.now).await.unwrap();
    refuse(&world, &held, 2..3).await;
    assert_eq!(state(&world, run).await, RunState::Running);
    refuse(&world, &held, 3..4).await;
    assert_eq!(state(&world, run).await, RunState::Paused);
}

async fn reports_before_the_record_count(world: World) {
    let (run, held) = sent(&world, 4).await;
    refuse(&world, &held, 0..5).await;
    assert_eq!(state(&world, run).await, RunState::Running, "the fifth has no end yet");
    world.record(run, &held, &held.messages[4..], &accepted()).await;
    assert_eq!(world.store.settle_receipts(world.now).await.unwrap(), 1);
    assert_eq!(state(&world, run).await, RunState::Paused);
}

async fn what_has_ended_stays_ended(world: World) {
    let (run, held) = sent(&world, 5).await;
    world.record(run, &held, &held.messages[5..], &accepted()).await;
    assert_eq!(world.store.finish_runs(world.now).await.unwrap(), [run]);
    refuse(&world, &held, 0..5).await;
    assert_eq!(state(&world, run).await, RunState::Finished);
}
