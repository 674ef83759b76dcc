//! Limits that depend on whom a message is for (PRODUCT.md §8), over the whole fleet and its restarts.

use crate::provider::Call;
use crate::stage::*;
use bellhop_channels::PeopleLimit;
use bellhop_domain::message::{MessageState, RunState};
use bellhop_domain::{MessageId, MessageKey, RunId, Timestamp};
use bellhop_rate_limits::Local;
use bellhop_store::ledger::{HELD_BY_PAIR, HELD_BY_QUOTA, Reading};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);
const SIX_SECONDS: Duration = Duration::from_secs(6);

fn portfolio(people: u32) -> PeopleLimit {
    PeopleLimit {
        people,
        shared_by: "506914307656634".to_owned(),
    }
}

/// The largest number of different guests in any day.
fn most_guests(calls: &[Call]) -> usize {
    let within = |first: &Call| {
        let day = calls
            .iter()
            .filter(|it| first.now <= it.now && it.now < first.now.plus(DAY));
        day.map(|it| &it.address).collect::<BTreeSet<_>>().len()
    };
    calls.iter().map(within).max().unwrap_or(0)
}

/// The messages of a run that have not gone out.
async fn waiting(stage: &Stage, run: RunId) -> Vec<MessageId> {
    let ids = stage
        .numbers(&format!(
            "SELECT id AS x FROM messages WHERE run_id = {run} AND state IN (1, 3)"
        ))
        .await;
    let of = stage.store.message_ids().await.unwrap();
    ids.into_iter().map(|key| of.id(MessageKey(key))).collect()
}

/// Why a message waits, and until when.
async fn held(stage: &Stage, message: MessageId) -> Option<(String, Timestamp)> {
    let story = stage.store.story(ORG, message).await.unwrap();
    assert!(story.attempts.is_empty(), "an attempt was used: {story:?}");
    Some((story.reason?, story.due_at.or(story.next_possible_at)?))
}

async fn a_portfolios_ceiling_holds_over_its_numbers_and_restarts(mut stage: Stage) {
    let second = stage.second_number();
    // One of the numbers does not know the limit that they share.
    stage.sms.rules.set_limit(portfolio(10));
    second.rules.set_portfolio("506914307656634");
    stage.limiter = Some(Arc::new(Local::new()));
    stage.guests(13, 0).await;
    stage.start_dispatcher();
    let (one, stop_one) = stage.start_worker();
    let (two, stop_two) = stage.start_worker();
    let mailing = stage
        .launch(&spec(&[SMS]).replace(r#""expires_after_minutes":600"#, r#""expires_after_minutes":14400"#))
        .await;
    let all = || [stage.sms.calls(), second.calls()].concat();
    until("marketing has used what is its own", async || all().len() == 9).await;
    until("the others say why they wait, and until when", async || {
        let mut told = 0;
        for message in waiting(&stage, mailing).await {
            let (reason, until) = held(&stage, message).await.unwrap_or_default();
            let in_a_day = until > stage.now().plus(DAY - HOUR) && until < stage.now().plus(DAY + MINUTE);
            told += usize::from(reason == HELD_BY_QUOTA && in_a_day);
        }
        told == 4
    })
    .await;
    stop_one.cancel();
    stop_two.cancel();
    one.await.unwrap();
    two.await.unwrap();
    // The limiter is a new one, which remembers nothing.
    stage.limiter = Some(Arc::new(Local::new()));
    stage.start_worker();
    stage.start_worker();
    let sent: BTreeSet<String> = all().into_iter().map(|call| call.address).collect();
    let fresh: Vec<i64> = (1..=13).filter(|guest| !sent.contains(&format!("+7{guest}"))).collect();
    let known = (1..=13).find(|guest| sent.contains(&format!("+7{guest}"))).unwrap();
    let (codes, _) = stage.on_demand(&[SMS]).await;
    stage.ask(codes, fresh[0], "reserve").await;
    until("the reserve is a code's", async || all().len() == 10).await;
    let over = stage.ask(codes, fresh[1], "over").await;
    stage.ask(codes, known, "known").await;
    until("who was written to costs nothing", async || all().len() == 11).await;
    until("the other code waits", async || {
        held(&stage, over)
            .await
            .is_some_and(|(reason, _)| reason == HELD_BY_QUOTA)
    })
    .await;
    assert_eq!(all().len(), 11);
    stage.later(DAY + 10 * Duration::from_secs(1));
    // The code's life of ten hours is over.
    until("there is room after a day", async || {
        stage.later(MINUTE);
        all().len() == 11 + 4
    })
    .await;
    stage.run_is(mailing, RunState::Finished).await;
    assert_eq!(most_guests(&all()), 10, "guests of the busiest day");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portfolios_ceiling_holds_over_its_numbers_and_restarts_sqlite() {
    a_portfolios_ceiling_holds_over_its_numbers_and_restarts(Stage::on_sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portfolios_ceiling_holds_over_its_numbers_and_restarts_postgres() {
    a_portfolios_ceiling_holds_over_its_numbers_and_restarts(Stage::on_postgres().await).await;
}

async fn who_is_counted_waits_for_no_place(stage: Stage) {
    stage.sms.rules.set_limit(portfolio(10));
    stage.guests(13, 0).await;
    stage.start_dispatcher();
    stage.start_worker();
    let first = stage.launch(&spec(&[SMS])).await;
    until("marketing has used what is its own", async || stage.sms.count() == 9).await;
    let second = stage.launch(&spec(&[SMS])).await;
    until("the same guests get the second mailing", async || {
        stage.sms.count() == 18
    })
    .await;
    for run in [first, second] {
        until("the others wait", async || {
            let mut held_by_quota = 0;
            for message in waiting(&stage, run).await {
                let reason = held(&stage, message).await;
                held_by_quota += usize::from(reason.is_some_and(|(reason, _)| reason == HELD_BY_QUOTA));
            }
            held_by_quota == 4
        })
        .await;
    }
    let guests: BTreeSet<String> = stage.sms.calls().into_iter().map(|call| call.address).collect();
    assert_eq!(guests.len(), 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_counted_waits_for_no_place_sqlite() {
    who_is_counted_waits_for_no_place(Stage::on_sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_counted_waits_for_no_place_postgres() {
    who_is_counted_waits_for_no_place(Stage::on_postgres().await).await;
}

async fn guests_in_an_open_window_are_not_counted(stage: Stage) {
    stage.sms.rules.set_limit(portfolio(1));
    stage.sms.rules.set_window(DAY);
    stage.guests(4, 0).await;
    // The third has just written, the fourth nearly a day ago.
    let (now, nearly) = (stage.now().0, stage.now().minus(DAY - MINUTE / 2).0);
    for (guest, wrote) in [(3, now), (4, nearly)] {
        let endpoint = guest * 2 + 1;
        stage
            .exec(&format!(
                "INSERT INTO conversations (org_id, sender, endpoint_id, last_inbound_at, started_at)
                 VALUES (1, 'sms', {endpoint}, {wrote}, {wrote})"
            ))
            .await;
    }
    stage.start_dispatcher();
    let (worker, stop) = stage.start_worker();
    let (codes, _) = stage.on_demand(&[SMS]).await;
    stage.ask(codes, 3, "inside").await;
    until("it goes", async || stage.sms.count() == 1).await;
    // Nor does it after a loss of memory.
    stop.cancel();
    worker.await.unwrap();
    stage.start_worker();
    stage.ask(codes, 1, "first").await;
    until("the first place is free", async || stage.sms.count() == 2).await;
    for guest in [2, 4] {
        let over = stage.ask(codes, guest, "over").await;
        until("it waits", async || {
            held(&stage, over)
                .await
                .is_some_and(|(reason, _)| reason == HELD_BY_QUOTA)
        })
        .await;
    }
    stage.ask(codes, 3, "inside again").await;
    until("it goes though the ceiling is reached", async || stage.sms.count() == 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_in_an_open_window_are_not_counted_sqlite() {
    guests_in_an_open_window_are_not_counted(Stage::on_sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_in_an_open_window_are_not_counted_postgres() {
    guests_in_an_open_window_are_not_counted(Stage::on_postgres().await).await;
}

async fn one_guest_gets_one_message_in_six_seconds(stage: Stage) {
    stage.sms.rules.set_apart(SIX_SECONDS);
    stage.guests(3, 0).await;
    stage.start_dispatcher();
    let (worker, stop) = stage.start_worker();
    let (codes, _) = stage.on_demand(&[SMS]).await;
    stage.ask(codes, 1, "one").await;
    until("the first goes", async || stage.sms.count() == 1).await;
    let next = stage.ask(codes, 1, "two").await;
    stage.ask(codes, 2, "another").await;
    until("another guest does not wait", async || stage.sms.count() == 2).await;
    until("the next says why it waits", async || {
        held(&stage, next)
            .await
            .is_some_and(|(reason, until)| reason == HELD_BY_PAIR && until < stage.now().plus(2 * SIX_SECONDS))
    })
    .await;
    until("it goes when it may", async || {
        stage.later(Duration::from_millis(100));
        stage.sms.count() == 3
    })
    .await;
    stop.cancel();
    worker.await.unwrap();
    // A limiter that remembers nothing is told by the ledger.
    stage.start_worker();
    stage.ask(codes, 1, "three").await;
    stage.ask(codes, 3, "a third").await;
    until("the third guest does not wait", async || stage.sms.count() == 4).await;
    until("and again", async || {
        stage.later(Duration::from_millis(100));
        stage.sms.count() == 5
    })
    .await;
    let to_first: Vec<Timestamp> = (stage.sms.calls().iter().filter(|call| call.address == "+71"))
        .map(|call| call.now)
        .collect();
    let gaps: Vec<Duration> = to_first.windows(2).map(|pair| pair[1].since(pair[0])).collect();
    assert_eq!(gaps.len(), 2);
    assert!(gaps.iter().all(|gap| *gap >= SIX_SECONDS), "{gaps:?}");
    let sent = format!(
        "SELECT COUNT(*) AS x FROM messages WHERE state = {} AND tries = 1",
        MessageState::Sent.code()
    );
    until("each is recorded, with one try", async || {
        stage.number(&sent).await == 5
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_guest_gets_one_message_in_six_seconds_sqlite() {
    one_guest_gets_one_message_in_six_seconds(Stage::on_sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_guest_gets_one_message_in_six_seconds_postgres() {
    one_guest_gets_one_message_in_six_seconds(Stage::on_postgres().await).await;
}
