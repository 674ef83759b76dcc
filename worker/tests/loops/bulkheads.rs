//! A slow sender slows neither another sender nor another lane (PRODUCT.md §8), over the whole fleet.

use crate::provider::Scripted;
use crate::stage::*;
use bellhop_domain::message::RunState;
use bellhop_domain::{EndpointKind, OrgId, RunId};
use std::time::Duration;

const OTHER: OrgId = OrgId(2);
/// How long the slow provider takes for an answer: longer than any of these tests waits.
const SLOW: Duration = Duration::from_secs(600);
const ALONE: &str = r#"{"channel":"push","success":"accepted"}"#;

/// A fleet whose app is slow and has in hand as much as it may have; returns the number of requests under way.
async fn stuck(stage: &Stage) -> (RunId, usize) {
    *stage.push.latency.lock().unwrap() = SLOW;
    let run = stage.launch(&spec(&[ALONE])).await;
    let all = usize::from(stage.worker.batches_at_once) * stage.worker.requests_per_batch;
    until("the slow one has all its slots", async || stage.push.count() >= all).await;
    (run, all)
}

async fn another_organisation_goes_meanwhile(mut stage: Stage) {
    stage.guests(3_000, 3_000).await;
    let other = stage.another_organisation(OTHER, 300).await;
    stage.start();
    let (slow, under_way) = stuck(&stage).await;
    let quick = stage.launch_of(OTHER, &spec(&[ALONE])).await;
    stage.run_is(quick, RunState::Finished).await;
    assert_eq!(stage.states(quick).await, [("sent", 300)].into());
    assert_eq!(other.count(), 300);
    assert_eq!(stage.push.count(), under_way, "the slow one has not answered once");
    assert!(!stage.states(slow).await.contains_key("sent"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_does_not_wait_for_anothers_slow_provider_sqlite() {
    another_organisation_goes_meanwhile(Stage::on_sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_does_not_wait_for_anothers_slow_provider_postgres() {
    another_organisation_goes_meanwhile(Stage::on_postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_numbers_of_a_pool_take_what_a_slow_one_has_no_room_for() {
    let mut stage = Stage::on_sqlite().await;
    let other = Scripted::new(EndpointKind::Phone);
    stage.pool = Some("numbers".to_owned());
    stage.others.push(Another {
        org: ORG,
        name: "second",
        provider: other.clone(),
    });
    *stage.sms.latency.lock().unwrap() = SLOW;
    stage.guests(1_500, 0).await;
    stage.start();
    stage.launch(&spec(&[SMS])).await;
    // Four batches of a hundred are in hand, with two requests of each under way.
    until("the rest has left from the other", async || other.count() >= 1_100).await;
    assert_eq!((stage.sms.count(), other.count()), (8, 1_100));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_mailing_does_not_delay_the_same_senders_transactional_messages() {
    let stage = Stage::on_sqlite().await;
    stage.guests(3_000, 3_000).await;
    stage.start();
    let (slow, under_way) = stuck(&stage).await;
    *stage.push.latency.lock().unwrap() = Duration::ZERO;
    let (mailing, urgent) = stage.on_demand(&[ALONE]).await;
    for guest in [1, 2] {
        stage.ask(mailing, guest, "4711").await;
    }
    let sent = [("sent", 2)].into();
    until("both codes are out", async || stage.states(urgent).await == sent).await;
    assert_eq!(stage.push.count(), under_way + 2);
    assert!(!stage.states(slow).await.contains_key("sent"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_put_off_goes_when_the_provider_is_well_again() {
    let mut stage = Stage::on_sqlite().await;
    stage.guests(3_000, 3_000).await;
    stage.another_organisation(OTHER, 1).await;
    stage.push.close_gate();
    stage.start();
    let run = stage.launch(&spec(&[ALONE])).await;
    until("batches are put off", async || {
        stage
            .number("SELECT COUNT(*) AS x FROM batches WHERE held_until IS NOT NULL")
            .await
            > 0
    })
    .await;
    stage.push.open_gate();
    stage.later(MINUTE / 2);
    stage.run_is(run, RunState::Finished).await;
    assert_eq!(stage.states(run).await, [("sent", 3_000)].into());
    assert_eq!(stage.push.count(), 3_000);
}
