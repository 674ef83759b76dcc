//! Retries, throttles, expiry, and the circuit breakers.

use crate::provider::accepted;
use crate::settings::without;
use crate::stage::*;
use bellhop_campaigns::Live;
use bellhop_domain::message::RunState;
use bellhop_domain::outcome::ThrottleScope;
use bellhop_domain::{Outcome, RunId};
use bellhop_store::ledger::{Commanding, Reading, SenderStates};
use std::collections::HashSet;
use std::time::Duration;

async fn all_waiting(stage: &Stage, run: RunId, n: i64) {
    until("all wait", async || stage.states(run).await.get("waiting") == Some(&n)).await;
    stage.nothing_leased().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_comes_not_before_retry_after_and_replaces_the_first() {
    let stage = Stage::on_sqlite().await;
    stage.guests(3, 3).await;
    stage.push.answer(|_| Outcome::Retry {
        after: Some(5 * MINUTE),
        why: "503".into(),
    });
    stage.start();
    let run = stage.launch(&spec(&[PUSH])).await;
    all_waiting(&stage, run, 3).await;
    let due = stage.number("SELECT MIN(due_at) AS x FROM messages").await;
    assert!(due >= stage.push.calls()[0].now.plus(5 * MINUTE).0);
    stage.push.answer(|_| accepted());
    stage.later(6 * MINUTE);
    stage.run_is(run, RunState::Finished).await;
    let calls = stage.push.calls();
    assert_eq!(calls.len(), 6);
    assert_eq!(calls.iter().map(|c| &c.collapse_key).collect::<HashSet<_>>().len(), 1);
    assert_eq!(stage.states(run).await, [("sent", 3)].into());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_go_out_in_its_life_expires() {
    let stage = Stage::on_sqlite().await;
    stage.guests(2, 2).await;
    stage.push.answer(|_| Outcome::Retry {
        after: Some(25 * MINUTE),
        why: "503".into(),
    });
    stage.start();
    let run = stage.launch(&spec(&[PUSH])).await;
    all_waiting(&stage, run, 2).await;
    // In its last quarter of an hour, the next wait would end after its life.
    stage.later(10 * HOUR - 15 * MINUTE);
    stage.run_is(run, RunState::Finished).await;
    assert_eq!(stage.states(run).await, [("expired", 2)].into());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throttled_sender_waits_as_a_whole() {
    let mut stage = Stage::on_sqlite().await;
    (stage.worker.requests_per_batch, stage.worker.batches_at_once) = (1, 1);
    stage.guests(150, 150).await;
    stage.push.answer(|_| Outcome::Throttled {
        scope: ThrottleScope::Sender,
        after: Some(2 * MINUTE),
        why: "429".into(),
    });
    stage.start();
    let run = stage.launch(&spec(&[PUSH])).await;
    until("one waits for its retry", async || {
        stage.states(run).await.get("waiting") == Some(&1)
    })
    .await;
    let throttled = stage.push.calls()[0].now;
    stage.nothing_leased().await;
    assert_eq!(stage.push.count(), 1, "the rest of the batch stays");
    stage.push.answer(|_| accepted());
    stage.later(3 * MINUTE);
    stage.run_is(run, RunState::Finished).await;
    assert_eq!(stage.push.count(), 151);
    assert!(
        stage.push.calls()[1..]
            .iter()
            .all(|c| c.now >= throttled.plus(2 * MINUTE))
    );
}

/// Nobody waits a year because a provider says so, and somebody who looks into it and resumes the sender does not
/// wait at all.
async fn a_throttle_without_reason_is_bounded_and_ends_with_a_resume(mut stage: Stage) {
    (stage.worker.requests_per_batch, stage.worker.batches_at_once) = (1, 1);
    stage.guests(30, 30).await;
    let throttled = |seconds: u64| Outcome::Throttled {
        scope: ThrottleScope::Sender,
        after: Some(Duration::from_secs(seconds)),
        why: "429".into(),
    };
    stage.push.answer(move |_| throttled(u64::MAX));
    stage.start();
    let run = stage.launch(&spec(&[PUSH])).await;
    let one_waits = async || stage.states(run).await.get("waiting") == Some(&1);
    until("one waits for its retry", one_waits).await;
    stage.nothing_leased().await;
    let told = stage.push.calls()[0].now;
    let due = stage.number("SELECT MAX(due_at) AS x FROM messages").await - told.0;
    assert!((30 * 60_000..31 * 60_000).contains(&due), "{due} ms");
    stage.push.answer(|_| accepted());
    let now = stage.now();
    stage.store.resume_sender(ORG, "app", "tester", now).await.unwrap();
    stage.run_is(run, RunState::Finished).await;
    assert_eq!(stage.push.count(), 31);
    assert!(stage.now().since(told) < Duration::from_secs(60));
    let reasons = stage
        .number("SELECT COUNT(*) AS x FROM attempts WHERE reason LIKE '%18446744073709551615 s, waits 1800 s%'")
        .await;
    assert_eq!(reasons, 1, "the reason keeps what was asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throttle_without_reason_is_bounded_and_ends_with_a_resume_on_sqlite() {
    a_throttle_without_reason_is_bounded_and_ends_with_a_resume(Stage::on_sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throttle_without_reason_is_bounded_and_ends_with_a_resume_on_postgres() {
    a_throttle_without_reason_is_bounded_and_ends_with_a_resume(Stage::on_postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_sender_keeps_its_rate_and_is_not_slower_than_it() {
    let mut stage = Stage::on_sqlite().await;
    stage.rate = "60/s".parse().unwrap();
    stage.guests(150, 0).await;
    stage.start();
    let run = stage.launch(&spec(&[SMS])).await;
    stage.run_is(run, RunState::Finished).await;
    let calls = stage.sms.calls();
    let took = calls[149].at - calls[0].at;
    // The limiter itself gives 150 permits in 2.5 s; waiting for a dispatcher's tick per permit takes far longer.
    assert!(
        took > Duration::from_millis(2_000) && took < Duration::from_millis(9_000),
        "{took:?}"
    );
    let leases: HashSet<_> = calls.iter().map(|c| c.lease).collect();
    assert!(leases.len() < 20, "{} leases for two batches", leases.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn content_refused_for_all_pauses_the_run_with_the_reason() {
    let stage = Stage::on_sqlite().await;
    stage.guests(4_000, 4_000).await;
    stage.push.answer(|_| Outcome::Rejected { why: "too big".into() });
    stage.start();
    let run = stage.launch(&spec(&[PUSH])).await;
    stage.run_is(run, RunState::Paused).await;
    let reason = stage.store.run(run).await.unwrap().paused_reason.unwrap();
    assert!(
        reason.contains("refuses this content") && reason.contains("too big"),
        "{reason}"
    );
    stage.nothing_leased().await;
    // What was in hand when the first batch was recorded, four batches, and what was taken before all had heard of the pause.
    assert!(stage.push.count() < 2_500, "{} burnt", stage.push.count());
    stage.push.answer(|_| accepted());
    stage.later(MINUTE);
    stage.store.resume(ORG, run, "tester", stage.now()).await.unwrap();
    stage.run_is(run, RunState::Finished).await;
    assert_eq!(stage.states(run).await, [("sent", 4_000)].into());
}

#[tokio::test(flavor = "multi_thread")]
async fn failing_credentials_stop_the_sender_and_lose_nothing() {
    let stage = Stage::on_sqlite().await;
    *stage.sms.latency.lock().unwrap() = Duration::from_millis(5);
    stage.guests(300, 0).await;
    stage.sms.answer(|_| Outcome::Misconfigured { why: "password".into() });
    stage.start();
    let run = stage.launch(&spec(&[SMS])).await;
    until("the sender stands still", async || {
        !stage.store.paused_senders().await.unwrap().is_empty()
    })
    .await;
    let (_, sender, reason, _) = stage.store.paused_senders().await.unwrap().remove(0);
    assert_eq!((sender.as_str(), reason.as_str()), ("sms", "password"));
    stage.nothing_leased().await;
    let burnt = stage.sms.count();
    assert!(burnt <= 24, "{burnt} were tried with a wrong password");
    stage.sms.answer(|_| accepted());
    stage
        .store
        .resume_sender(ORG, "sms", "tester", stage.now())
        .await
        .unwrap();
    stage.later(MINUTE);
    stage.run_is(run, RunState::Finished).await;
    assert_eq!(stage.states(run).await, [("sent", 300)].into());
    assert_eq!(stage.sms.count(), 300 + burnt);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_text_that_cannot_be_filled_in_fails_alone() {
    let stage = Stage::on_sqlite().await;
    stage.guests(3, 0).await;
    stage.exec("UPDATE customers SET name = NULL WHERE id = 2").await;
    stage.start();
    let run = stage.launch(&spec_with("{{ name }}, hello", &[SMS])).await;
    stage.run_is(run, RunState::Finished).await;
    assert_eq!(stage.states(run).await, [("failed", 1), ("sent", 2)].into());
    assert_eq!(
        stage.sms.calls()[0].text.replace(char::is_numeric, "N"),
        "Guest N, hello"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_sender_the_run_is_paused_and_says_so() {
    let stage = Stage::on_sqlite().await;
    // There was a sender when it was planned.
    stage.guests(2, 2).await;
    stage.push.answer(|_| Outcome::Failed { why: "no".into() });
    stage.start_dispatcher_by(Live::new(without(&stage.in_force(), "sms")));
    stage.start_worker();
    let run = stage.launch(&spec(&[PUSH, SMS])).await;
    stage.run_is(run, RunState::Paused).await;
    let reason = stage.store.run(run).await.unwrap().paused_reason.unwrap();
    assert_eq!(reason, "no sender is configured for phone; add one and resume");
}
