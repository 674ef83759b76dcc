//! Quiet hours (PRODUCT.md §8), over the whole fleet.

use crate::stage::*;
use bellhop_domain::message::RunState;
use bellhop_domain::{Timestamp, Zone};
use std::time::Duration;

const NIGHT: &str =
    r#"{"quiet_hours":"22:00-09:00","release_minutes":1,"frequency_cap":{"per_day":null,"per_week":null}}"#;
const GUESTS: i64 = 800;

/// Sets the clock to this long before ten in the evening in Moscow; returns that instant.
async fn evening(stage: &Stage, before: Duration) -> Timestamp {
    stage
        .exec(&format!("UPDATE organisations SET settings = '{NIGHT}'"))
        .await;
    let (moscow, now) = (Zone::named("Europe/Moscow").unwrap(), stage.now().plus(before));
    let (date, time) = (moscow.local(now).unwrap().date(), "22:00:00".parse().unwrap());
    let mut ten = moscow.instant(date.to_datetime(time)).unwrap();
    if ten < now {
        ten = ten.plus(24 * HOUR);
    }
    stage.later(ten.since(now));
    ten
}

async fn stopped_and_let_go(stage: Stage, steps: &[&str], apps: i64) {
    stage.guests(GUESTS, apps).await;
    // Nearer than a lease is long: a jump of the clock beyond its end would have batches sent again from where they are.
    let night = evening(&stage, MINUTE / 2).await;
    for provider in [&stage.push, &stage.sms] {
        *provider.latency.lock().unwrap() = Duration::from_millis(500);
    }
    stage.start();
    let file = spec(steps).replace(r#""expires_after_minutes":600"#, r#""expires_after_minutes":2880"#);
    let run = stage.launch(&file).await;
    let count = || stage.push.count() + stage.sms.count();
    until("the first are out", async || count() > 0).await;
    // The last seconds of the evening pass in real time, while everything is at work.
    stage.later(night.since(stage.now().plus(Duration::from_secs(3))));
    until("the night has come", async || {
        stage.now() >= night.plus(Duration::from_secs(1))
    })
    .await;
    stage.nothing_leased().await;
    let night_states = async || {
        let sent = count() as i64;
        stage.states(run).await == [("pending", GUESTS - sent), ("sent", sent)].into()
    };
    until("what was under way is recorded", night_states).await;
    let sent = count();
    assert!(sent > 0 && sent < GUESTS as usize, "{sent}");
    let late = format!("SELECT COUNT(*) AS x FROM attempts WHERE started_at >= {}", night.0);
    assert_eq!(stage.number(&late).await, 0, "sent in the night");
    assert_eq!(
        stage.states(run).await,
        [("pending", GUESTS - sent as i64), ("sent", sent as i64)].into()
    );
    for provider in [&stage.push, &stage.sms] {
        *provider.latency.lock().unwrap() = Duration::ZERO;
    }
    stage.later(11 * HOUR + MINUTE);
    stage.run_is(run, RunState::Finished).await;
    assert_eq!(stage.states(run).await, [("sent", GUESTS)].into());
    assert_eq!(stage.push.count() + stage.sms.count(), GUESTS as usize);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_night_stops_pushes_under_way_and_the_morning_lets_them_go() {
    stopped_and_let_go(Stage::on_sqlite().await, &[PUSH], GUESTS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_night_stops_sms_under_way_and_the_morning_lets_them_go() {
    stopped_and_let_go(Stage::on_postgres().await, &[SMS], 0).await;
}
