//! Push → wait → SMS.

use crate::provider::{Scripted, accepted};
use crate::stage::*;
use bellhop_domain::message::RunState;
use bellhop_domain::{MessageId, Outcome};

fn message_to(provider: &Scripted, address: &str) -> MessageId {
    let calls = provider.calls();
    calls.iter().find(|c| c.address == address).unwrap().message
}

#[tokio::test(flavor = "multi_thread")]
async fn sms_goes_to_whom_push_did_not_reach() {
    let stage = Stage::on_sqlite().await;
    // 1 opens, 2 does not, 3 has a dead token, 4 has no app.
    stage.guests(4, 3).await;
    stage.push.answer(|call| match call.address.as_str() {
        "t3" => Outcome::RecipientGone {
            since: None,
            why: "UNREGISTERED".into(),
        },
        _ => accepted(),
    });
    stage.start();
    let run = stage.launch(&spec(&[PUSH, SMS])).await;
    until("who has no app or a dead token got the SMS", async || {
        stage.sms.count() == 2
    })
    .await;
    assert_eq!(stage.sms.addresses(), ["+73", "+74"]);
    assert_eq!(stage.push.addresses(), ["t1", "t2", "t3"]);
    until("two wait for an open", async || {
        stage.states(run).await.get("waiting") == Some(&2)
    })
    .await;
    stage.open(message_to(&stage.push, "t1")).await;
    stage.later(2 * HOUR);
    stage.run_is(run, RunState::Finished).await;
    assert_eq!(stage.sms.addresses(), ["+72", "+73", "+74"]);
    assert_eq!(stage.states(run).await, [("opened", 1), ("sent", 3)].into());
    let dead = "SELECT COUNT(*) AS x FROM endpoints WHERE address = 't3' AND state <> 1";
    assert_eq!(stage.number(dead).await, 1, "the dead token is retired");
}

/// Two SMS one after the other; the second is claimed and not started while the first is under way.
async fn second_sms_waits(stage: &mut Stage) -> bellhop_domain::RunId {
    stage.worker.careful_requests_per_batch = 1;
    stage.guests(2, 2).await;
    stage.start();
    let run = stage.launch(&spec(&[PUSH, SMS])).await;
    until("both wait for an open", async || {
        stage.states(run).await.get("waiting") == Some(&2)
    })
    .await;
    stage.sms.close_gate();
    stage.later(2 * HOUR);
    until("the first SMS is under way", async || stage.sms.count() == 1).await;
    run
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_between_claim_and_start_stops_the_sms() {
    let mut stage = Stage::on_sqlite().await;
    let run = second_sms_waits(&mut stage).await;
    let first = stage.sms.calls()[0].message;
    let second = stage.push.calls().into_iter().find(|c| c.message != first).unwrap();
    stage.open(second.message).await;
    stage.sms.open_gate();
    stage.run_is(run, RunState::Finished).await;
    assert_eq!(stage.sms.count(), 1);
    assert_eq!(stage.states(run).await, [("opened", 1), ("sent", 1)].into());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_while_the_sms_is_under_way_is_marked_as_raced() {
    let mut stage = Stage::on_sqlite().await;
    let run = second_sms_waits(&mut stage).await;
    stage.open(stage.sms.calls()[0].message).await;
    stage.sms.open_gate();
    stage.run_is(run, RunState::Finished).await;
    assert_eq!(stage.sms.count(), 2);
    assert_eq!(stage.states(run).await, [("opened", 1), ("sent", 1)].into());
    assert_eq!(stage.number("SELECT COUNT(*) AS x FROM attempts WHERE raced").await, 1);
}
