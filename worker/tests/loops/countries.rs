//! A country that one number of a pool may not send to.

use crate::provider::{Call, accepted};
use crate::stage::*;
use bellhop_domain::Outcome;
use bellhop_domain::message::RunState;
use bellhop_store::ledger::SenderStates;
use std::collections::BTreeSet;

const AMERICANS: i64 = 30;
const GUESTS: i64 = 40;

/// Those up to [`AMERICANS`] have a phone in the United States, the others one in Russia. All know the first number,
/// so that it is tried first.
async fn guests(stage: &Stage) {
    stage.guests(GUESTS, GUESTS).await;
    stage
        .exec(&format!(
            "UPDATE endpoints SET address = CASE WHEN id / 2 <= {AMERICANS} THEN '+14155550' || (100 + id / 2)
                                                 ELSE '+79990000' || (100 + id / 2) END WHERE kind = 4"
        ))
        .await;
    stage
        .exec(
            "INSERT INTO conversations (org_id, sender, endpoint_id, last_inbound_at, started_at)
             SELECT 1, 'sms', id, 1, 1 FROM endpoints WHERE kind = 4",
        )
        .await;
}

fn refused(call: &Call) -> Outcome {
    match call.address.starts_with("+1") {
        true => Outcome::CountryStopped {
            why: "not permitted".into(),
        },
        false => accepted(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_number_sends_what_this_one_may_not() {
    let mut stage = Stage::on_sqlite().await;
    let second = stage.second_number();
    guests(&stage).await;
    stage.sms.answer(refused);
    stage.start();
    let run = stage.launch(&spec(&[SMS])).await;
    until("all but those whom the first number asked have left", async || {
        let states = stage.states(run).await;
        stage.later(MINUTE / 60);
        states.get("sent") == Some(&GUESTS)
    })
    .await;
    stage.run_is(run, RunState::Finished).await;
    let all = stage
        .sms
        .calls()
        .into_iter()
        .filter(|call| !call.address.starts_with("+1"));
    let all: Vec<_> = all.chain(second.calls()).map(|call| call.address).collect();
    assert_eq!(all.len() as i64, GUESTS, "nobody heard twice");
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len() as i64, GUESTS);
    // The first number was refused only as many messages as were under way, and was then not tried again.
    let told = stage
        .sms
        .calls()
        .iter()
        .filter(|call| call.address.starts_with("+1"))
        .count() as i64;
    assert!((1..AMERICANS).contains(&told), "{told} were refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_neither_may_the_push_behind_it_goes() {
    let mut stage = Stage::on_sqlite().await;
    let second = stage.second_number();
    guests(&stage).await;
    stage.sms.answer(refused);
    second.answer(refused);
    stage.start();
    let run = stage.launch(&spec(&[SMS, PUSH])).await;
    until("all have left", async || {
        stage.later(MINUTE / 60);
        stage.push.count() as i64 == AMERICANS
    })
    .await;
    until("nothing is on its way", async || {
        stage
            .states(run)
            .await
            .keys()
            .all(|state| !matches!(*state, "pending" | "in_flight"))
    })
    .await;
    let stopped = stage.store.stopped_countries().await.unwrap();
    let stopped: Vec<_> = stopped
        .iter()
        .map(|it| (it.sender.as_str(), it.country.as_str()))
        .collect();
    assert_eq!(stopped, [("sms", "US"), ("sms-2", "US")]);
    let burnt = (stage.sms.calls().iter().chain(&second.calls()))
        .filter(|call| call.address.starts_with("+1"))
        .count();
    assert!(burnt < 2 * AMERICANS as usize, "{burnt} refusals");
}
