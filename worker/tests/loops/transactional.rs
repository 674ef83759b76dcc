//! Messages on demand, over the whole fleet.

use crate::stage::*;
use bellhop_rate_limits::Local;
use std::collections::BTreeSet;
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread")]
async fn each_says_what_its_own_request_gave() {
    let stage = Stage::on_sqlite().await;
    stage.guests(2, 2).await;
    stage.start();
    let (mailing, run) = stage.on_demand(&[PUSH]).await;
    for (guest, code) in [(1, "1111"), (2, "2222"), (1, "3333")] {
        stage.ask(mailing, guest, code).await;
    }
    until("all three are out", async || stage.push.count() == 3).await;
    let calls = stage.push.calls();
    let said: BTreeSet<_> = calls.iter().map(|call| (&*call.address, &*call.text)).collect();
    assert_eq!(said, [("t1", "1111"), ("t2", "2222"), ("t1", "3333")].into());
    // The second code must not replace the first on the phone; only a repeat of the same message may.
    let keys: BTreeSet<_> = calls.iter().map(|call| &*call.collapse_key).collect();
    assert_eq!(keys.len(), 3, "{keys:?}");
    let expires = "SELECT COUNT(*) AS x FROM messages WHERE expires_at IS NOT NULL";
    assert_eq!(stage.number(expires).await, 3);
    until("they wait for their opens", async || {
        stage.states(run).await.get("sent").copied().unwrap_or(0) == 3
    })
    .await;
}

/// Permits for a batch are taken before its size is known. Taking five for its single message would keep the next
/// guest waiting for a minute.
#[tokio::test(flavor = "multi_thread")]
async fn a_code_takes_one_permit_of_a_slow_number() {
    let mut stage = Stage::on_sqlite().await;
    stage.rate = "5/min".parse().unwrap();
    stage.limiter = Some(Arc::new(Local::new()));
    stage.guests(5, 0).await;
    stage.start_dispatcher();
    let (mailing, _) = stage.on_demand(&[SMS]).await;
    for guest in 1..=5 {
        // Each is sent by another worker, so that permits left over by one are of no use to the next.
        let (worker, stop) = stage.start_worker();
        stage.ask(mailing, guest, "4711").await;
        until("the code is out", async || stage.sms.count() == guest as usize).await;
        stop.cancel();
        worker.await.unwrap();
    }
}
