//! Frequency caps (PRODUCT.md §8), over the whole fleet.

use crate::stage::*;
use bellhop_domain::frequency_cap::FrequencyCap;
use bellhop_domain::message::RunState;
use bellhop_domain::{Origin, Purpose, RunId};
use bellhop_store::ledger::{Commanding, Launch};

async fn test(stage: &Stage) -> RunId {
    let (now, spec) = (stage.now(), spec(&[PUSH, SMS]));
    let mailing = stage
        .store
        .create_mailing(ORG, "m", &spec, "tester", now)
        .await
        .unwrap();
    let launch = Launch {
        mailing,
        start_at: now,
        purpose: Purpose::Marketing,
        origin: Origin::Audience,
        test: true,
        spec,
    };
    stage.store.launch(ORG, launch, "tester", now).await.unwrap()
}

async fn one_marketing_message_a_day(mut stage: Stage) {
    stage.cap = FrequencyCap::default();
    // The last two have no app.
    stage.guests(6, 4).await;
    stage.start();
    let first = stage.launch(&spec(&[PUSH, SMS])).await;
    until("the first mailing is out", async || {
        stage.states(first).await == [("sent", 2), ("waiting", 4)].into()
    })
    .await;
    // The SMS behind the push is the same message.
    stage.later(2 * HOUR);
    stage.run_is(first, RunState::Finished).await;
    assert_eq!(stage.states(first).await, [("sent", 6)].into());
    assert_eq!((stage.push.count(), stage.sms.count()), (4, 6));

    let second = stage.launch(&spec(&[PUSH, SMS])).await;
    stage.run_is(second, RunState::Finished).await;
    assert_eq!(stage.states(second).await, [("suppressed", 6)].into());
    let told = format!(
        "SELECT COUNT(*) AS x FROM messages WHERE run_id = {second} AND reason = 'frequency_cap' AND next_possible_at > {}",
        stage.now().0
    );
    assert_eq!(stage.number(&told).await, 6);
    let (mailing, codes) = stage.on_demand(&[PUSH, SMS]).await;
    for guest in 1..=6 {
        stage.ask(mailing, guest, "4711").await;
    }
    for run in [codes, test(&stage).await] {
        until("it goes at once", async || {
            stage.states(run).await == [("sent", 2), ("waiting", 4)].into()
        })
        .await;
        stage.store.cancel(ORG, run, "tester", stage.now()).await.unwrap();
    }
    // A bonus on demand would be one marketing message too many.
    let (bonus, bonuses) = stage.on_demand_for(Purpose::Marketing, &[PUSH, SMS]).await;
    for guest in 1..=6 {
        stage.ask(bonus, guest, "4711").await;
    }
    until("it is suppressed", async || {
        stage.states(bonuses).await == [("suppressed", 6)].into()
    })
    .await;
    stage.store.cancel(ORG, bonuses, "tester", stage.now()).await.unwrap();
    stage.later(22 * HOUR);
    let third = stage.launch(&spec(&[PUSH])).await;
    stage.run_is(third, RunState::Finished).await;
    assert_eq!(
        stage.states(third).await,
        [("sent", 4)].into(),
        "notifications and tests do not count"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_marketing_message_a_day_sqlite() {
    one_marketing_message_a_day(Stage::on_sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_marketing_message_a_day_postgres() {
    one_marketing_message_a_day(Stage::on_postgres().await).await;
}
