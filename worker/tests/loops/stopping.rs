//! Pause, cancel, stop, and sudden death.

use crate::stage::*;
use bellhop_domain::RunId;
use bellhop_domain::message::RunState;
use bellhop_domain::receipt::{AttemptKey, Receipt, ReceiptFor, ReceiptStatus};
use bellhop_store::ledger::{Commanding, Reading, Recording};
use bellhop_test_services::Stopwatch;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

const SLOW: Duration = Duration::from_millis(20);

/// A run of 600 pushes, somewhere in the middle.
async fn halfway(stage: &Stage) -> RunId {
    *stage.push.latency.lock().unwrap() = SLOW;
    stage.guests(600, 600).await;
    stage.start();
    let run = stage.launch(&spec(&[PUSH])).await;
    until("a part is sent", async || stage.push.count() > 100).await;
    run
}

/// Nothing started later than half a second after the command, plus the time that the machine kept us waiting.
async fn stopped_in_time(stage: &Stage, told: (Instant, Stopwatch)) {
    let (told, watch) = told;
    stage.nothing_leased().await;
    let latest = stage.push.calls().iter().map(|c| c.at).max().unwrap();
    let promised = Duration::from_millis(500) + watch.delayed();
    assert!(latest < told + promised, "{:?} late", latest - told);
    assert!(stage.push.count() < 600, "there was nothing left to stop");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_stops_within_half_a_second_and_resume_goes_on_exactly() {
    let stage = Stage::on_sqlite().await;
    let run = halfway(&stage).await;
    stage
        .store
        .pause(ORG, run, "enough", "tester", stage.now())
        .await
        .unwrap();
    stopped_in_time(&stage, (Instant::now(), Stopwatch::start())).await;
    stage.store.resume(ORG, run, "tester", stage.now()).await.unwrap();
    stage.run_is(run, RunState::Finished).await;
    let calls = stage.push.calls();
    assert_eq!(calls.len(), 600);
    assert_eq!(calls.iter().map(|c| c.message).collect::<HashSet<_>>().len(), 600);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_ends_the_rest() {
    let stage = Stage::on_sqlite().await;
    let run = halfway(&stage).await;
    stage.store.cancel(ORG, run, "tester", stage.now()).await.unwrap();
    stopped_in_time(&stage, (Instant::now(), Stopwatch::start())).await;
    until("the run has ended", async || {
        stage.store.run(run).await.unwrap().finished_at.is_some()
    })
    .await;
    let sent = stage.push.count() as i64;
    assert_eq!(
        stage.states(run).await,
        [("sent", sent), ("cancelled", 600 - sent)].into()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_graceful_stop_drains_and_another_worker_goes_on() {
    let stage = Stage::on_sqlite().await;
    *stage.sms.latency.lock().unwrap() = SLOW;
    stage.guests(300, 0).await;
    stage.start_dispatcher();
    let (worker, stop) = stage.start_worker();
    let run = stage.launch(&spec(&[SMS])).await;
    until("a part is sent", async || stage.sms.count() > 40).await;
    stop.cancel();
    let told = Instant::now();
    worker.await.unwrap();
    assert!(told.elapsed() < stage.worker.drain, "it did not drain but was cut off");
    let leased = "SELECT COUNT(*) AS x FROM batches WHERE lease_until IS NOT NULL";
    assert_eq!(stage.number(leased).await, 0, "leases are given back");
    assert!(stage.sms.count() < 300);
    stage.start_worker();
    // Tasks that the first worker had in hand and dropped have vanished.
    stage.later(MINUTE);
    stage.run_is(run, RunState::Finished).await;
    assert_eq!(stage.states(run).await, [("sent", 300)].into());
    assert_eq!(stage.sms.count(), 300, "no SMS went out twice");
}

/// How many hold the providers.
fn holders(stage: &Stage) -> usize {
    Arc::strong_count(&stage.push)
}

/// Ends a worker in the middle of whatever it does; `before` is how many held the providers before it came.
async fn kill(stage: &Stage, worker: JoinHandle<()>, before: usize) {
    worker.abort();
    let _ = worker.await;
    // The sinks that they speak into hold the settings, and so the providers.
    stage.push.hang_up();
    stage.sms.hang_up();
    // Its tasks end one after the other; the last takes the providers with it.
    until("the worker is gone", async || holders(stage) == before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_of_a_dead_worker_is_sent_again_with_the_same_key() {
    let stage = Stage::on_sqlite().await;
    stage.push.close_gate();
    stage.guests(30, 30).await;
    stage.start_dispatcher();
    let before = holders(&stage);
    let (worker, _) = stage.start_worker();
    let run = stage.launch(&spec(&[PUSH])).await;
    until("ten are under way", async || stage.push.count() == 10).await;
    kill(&stage, worker, before).await;
    stage.push.open_gate();
    stage.start_worker();
    stage.later(2 * MINUTE);
    stage.run_is(run, RunState::Finished).await;
    let calls = stage.push.calls();
    assert_eq!(calls.len(), 40);
    assert_eq!(calls.iter().map(|c| &c.collapse_key).collect::<HashSet<_>>().len(), 1);
    assert_eq!(stage.states(run).await, [("sent", 30)].into());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_sms_of_a_dead_worker_is_in_doubt_and_never_sent_again() {
    let stage = Stage::on_sqlite().await;
    stage.sms.close_gate();
    stage.guests(20, 0).await;
    stage.start_dispatcher();
    let before = holders(&stage);
    let (worker, _) = stage.start_worker();
    let run = stage.launch(&spec(&[SMS])).await;
    until("two are under way", async || stage.sms.count() == 2).await;
    kill(&stage, worker, before).await;
    stage.sms.open_gate();
    stage.start_worker();
    stage.later(2 * MINUTE);
    until("only the doubtful are left", async || {
        stage.states(run).await == [("sent", 18), ("waiting", 2)].into()
    })
    .await;
    let known = &stage.sms.calls()[0];
    let receipt = Receipt {
        attempt: ReceiptFor::Ours(AttemptKey {
            message: known.message,
            lease: known.lease,
        }),
        status: ReceiptStatus::Delivered,
        at: None,
        cost: None,
    };
    let source = bellhop_store::incoming::Source {
        org: ORG,
        sender: "sms",
        kind: bellhop_domain::EndpointKind::Phone,
        peers: &[],
    };
    stage.store.receipt(&source, &receipt, stage.now()).await.unwrap();
    stage.later(24 * HOUR);
    stage.run_is(run, RunState::Finished).await;
    let ends = [("delivered", 1), ("sent", 18), ("unknown", 1)];
    assert_eq!(stage.states(run).await, ends.into());
    assert_eq!(stage.sms.count(), 20, "nothing in doubt went out again");
}
