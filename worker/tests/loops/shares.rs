//! Organisations share the fleet, however many mailings one of them has (PRODUCT.md §8).

use crate::stage::*;
use bellhop_domain::OrgId;
use bellhop_domain::message::RunState;
use std::time::Duration;

const OTHER: OrgId = OrgId(2);
const ALONE: &str = r#"{"channel":"push","success":"accepted"}"#;
const RUNS: i64 = 10;

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_of_many_mailings_gets_no_more_than_one_of_a_single() {
    let mut stage = Stage::on_sqlite().await;
    *stage.push.latency.lock().unwrap() = Duration::from_millis(20);
    stage.dispatcher.outstanding = 8;
    stage.guests(3_000, 3_000).await;
    let other = stage.another_organisation(OTHER, 1_000).await;
    *other.latency.lock().unwrap() = Duration::from_millis(20);
    stage.start_dispatcher();
    for _ in 0..RUNS {
        stage.launch(&spec(&[ALONE])).await;
    }
    let small = stage.launch_of(OTHER, &spec(&[ALONE])).await;
    // Plan everything before anything goes: shares are of what waits, and how fast it is planned depends on the
    // machine.
    until("all of both are planned", async || {
        stage
            .number("SELECT COUNT(*) AS x FROM runs WHERE planned_at IS NOT NULL")
            .await
            == RUNS + 1
    })
    .await;
    stage.start_worker();
    stage.run_is(small, RunState::Finished).await;
    assert_eq!(other.count(), 1_000);
    // While both have batches left to publish, which is so until half of the smaller one has gone: its last batches
    // stand among everything that the larger one may publish once the other has nothing left.
    let mut went: Vec<_> = other.calls().iter().map(|call| call.at).collect();
    went.sort();
    let shared = went[0]..=went[499];
    let large: Vec<_> = stage.push.calls().iter().map(|call| call.at).collect();
    let meanwhile = large.iter().filter(|at| shared.contains(*at)).count();
    assert!(
        large.iter().any(|at| *at > *shared.end()) || large.len() < 3_000 * RUNS as usize,
        "there was nothing left to share"
    );
    // About the same number, except for what stood in the queue before; a share by runs would give 5,000.
    assert!(meanwhile < 1_500, "{meanwhile} of the other's went meanwhile");
}
