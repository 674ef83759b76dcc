//! A new number warms up (PRODUCT.md §8), over the whole fleet and its restarts.

use crate::stage::*;
use bellhop_domain::Timestamp;
use bellhop_domain::message::RunState;
use bellhop_store::ledger::SentLately;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// When the requests were made, oldest first.
async fn went(stage: &Stage) -> Vec<Timestamp> {
    let mut went: Vec<Timestamp> = stage.sms.calls().iter().map(|call| call.now).collect();
    went.sort_unstable();
    went
}

async fn a_number_rests_climbs_and_arrives(mut stage: Stage) {
    stage.warm_up = Some(serde_json::from_str("[2, 4]").unwrap());
    stage.guests(12, 0).await;
    let connected = stage.now();
    stage.start_dispatcher();
    let (mut worker, mut stop) = stage.start_worker();
    until("its first day has begun", async || {
        stage.store.known_warm_up(ORG, "sms").await.unwrap().is_some()
    })
    .await;
    let file = spec(&[SMS]).replace(r#""expires_after_minutes":600"#, r#""expires_after_minutes":14400"#);
    let mailing = stage.launch(&file).await;

    // Its first day is for chats.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(stage.sms.count(), 0, "a mailing left on the first day");
    let (codes, _) = stage.on_demand(&[SMS]).await;
    for guest in 1..=12 {
        stage.ask(codes, guest, "4711").await;
    }
    until("transactional messages go", async || stage.sms.count() == 12).await;
    // A week passes in jumps of two hours, and the fleet is started anew every day.
    stage.later(DAY);
    let mut before = stage.sms.count();
    for hours in 0..84 {
        if hours == 11 || hours == 23 {
            // A busy machine may not have got to it when the day ends. Time goes on meanwhile, by an hour and a half at
            // most: a batch whose worker a jump has cut off is put off until later.
            until("messages of the day go", async || {
                stage.later(Duration::from_millis(300));
                stage.sms.count() > before
            })
            .await;
            before = stage.sms.count();
        }
        stage.later(2 * HOUR);
        if hours % 12 == 5 {
            stop.cancel();
            worker.await.unwrap();
            (worker, stop) = stage.start_worker();
        }
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    stage.later(DAY);
    stage.run_is(mailing, RunState::Finished).await;
    let went = went(&stage).await;
    let mailed = &went[12..];
    assert_eq!(mailed.len(), 12);
    let on_day = |day: u32| {
        let (from, to) = (connected.plus(DAY * day), connected.plus(DAY * (day + 1)));
        mailed.iter().filter(|at| (from..to).contains(*at)).count()
    };
    let days: Vec<usize> = (0..9).map(on_day).collect();
    assert_eq!(days[0], 0, "{days:?}");
    assert!(days[1] <= 2 && days[2] <= 4, "{days:?}");
    assert!(days[1] > 0 && days[2] > 0, "{days:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_rests_climbs_and_arrives_sqlite() {
    a_number_rests_climbs_and_arrives(Stage::on_sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_rests_climbs_and_arrives_postgres() {
    a_number_rests_climbs_and_arrives(Stage::on_postgres().await).await;
}
