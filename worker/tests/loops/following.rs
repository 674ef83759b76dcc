//! What follows commits: the dispatchers fetch it, and remove it behind those who read it.

use crate::stage::*;
use bellhop_store::Outbox;
use bellhop_store::base::outbox::KEPT;
use bellhop_store::ledger::Commanding;
use std::time::Duration;

/// Both would tell it; one does, and nothing stays once streams have had their time.
async fn the_audit_is_told_and_removed(stage: Stage) {
    stage.guests(1, 1).await;
    let dispatchers = [stage.start_dispatcher(), stage.start_dispatcher()];
    let run = stage.launch(&spec(&[PUSH])).await;
    stage.store.cancel(ORG, run, "tester", stage.now()).await.unwrap();
    let audited = stage.number("SELECT COUNT(*) AS x FROM audit_log").await;
    assert!(audited >= 3, "a mailing, its launch and its end: {audited}");
    until("the log knows all of it", async || {
        let lags = stage.store.lags().await.unwrap();
        lags.iter().any(|lag| lag.reader == "log" && lag.rows == 0)
    })
    .await;
    // What streams of the API may ask for again is kept for them.
    assert!(stage.number("SELECT COUNT(*) AS x FROM outbox").await > 0);
    stage.later(KEPT + Duration::from_secs(1));
    until("nothing of it is kept", async || {
        stage.number("SELECT COUNT(*) AS x FROM outbox").await == 0
    })
    .await;
    stage.stop.cancel();
    for dispatcher in dispatchers {
        tokio::time::timeout(Duration::from_secs(60), dispatcher)
            .await
            .unwrap()
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite() {
    the_audit_is_told_and_removed(Stage::on_sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres() {
    the_audit_is_told_and_removed(Stage::on_postgres().await).await;
}
