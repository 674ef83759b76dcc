//! Mailings rehearsed over a time, and what a check says of one that starts by itself.

use crate::sms;
use crate::stage::{NOW, ORG, Stage};
use bellhop_campaigns::check::check;
use bellhop_campaigns::forecast::{ForecastAnswer, foresee};
use bellhop_campaigns::rehearsal::{MailingRehearsal, rehearse_mailing};
use bellhop_campaigns::schedule::{ScheduleAnswer, schedule};
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::{MailingId, Timestamp, Zone};
use bellhop_programs::calendar::read;
use bellhop_store::guests::{CustomerCard, GuestBase};
use serde_json::{Value, json};

const DAY: i64 = 86_400_000;

async fn scheduled(stage: &Stage, how: Value) -> (MailingId, Option<u64>) {
    let id = stage.mailing(&sms("Lunch")).await;
    let answer = schedule(&stage.brand(), id, &read(&how).unwrap(), "tester", NOW)
        .await
        .unwrap();
    let ScheduleAnswer::Made { past_own_time, .. } = answer else {
        panic!("{answer:?}")
    };
    (id, past_own_time)
}

async fn rehearsed(stage: &Stage, id: MailingId, days: i64) -> MailingRehearsal {
    let time = (NOW, Timestamp(NOW.0 + days * DAY));
    rehearse_mailing(&stage.brand(), &stage.rendering, id, time, 10, NOW)
        .await
        .unwrap()
}

async fn lives_in(stage: &Stage, guest: &str, zone: &str) {
    let card = CustomerCard {
        external_id: guest.to_owned(),
        timezone: Some(Zone::named(zone).unwrap()),
        ..CustomerCard::default()
    };
    stage.store.put_customers(ORG, &[card], "import", NOW).await.unwrap();
}

#[tokio::test]
async fn starts_count_for_each_others_rest_and_caps() {
    let stage = Stage::new().await;
    let every_day = |rest: Value| {
        json!({"recurring": {"from": "2026-03-03", "rule": "FREQ=DAILY", "time": "12:00", "zone": "Europe/Moscow",
                             "rest_days": rest}})
    };
    let (id, _) = scheduled(&stage, every_day(json!(3))).await;
    let told = rehearsed(&stage, id, 7).await;
    let planned: Vec<_> = told.starts.iter().map(|it| it.planned).collect();
    assert_eq!(planned, [2, 0, 0, 2, 0, 0], "{told:?}");
    assert_eq!(told.starts[1].excluded[&Exclusion::Resting], 2);
    // Three a week at most: by default that is the cap.
    let (id, _) = scheduled(&stage, every_day(Value::Null)).await;
    let told = rehearsed(&stage, id, 7).await;
    let leaving: Vec<_> = told.starts.iter().map(|it| it.leaving).collect();
    assert_eq!(leaving, [2, 2, 2, 0, 0, 0], "{told:?}");
    assert_eq!(told.starts[3].not_sent["frequency_cap"].messages, 2);
    let row = &told.starts[3].rows[0];
    assert_eq!(
        (row.customer.as_deref(), row.reason.as_deref()),
        (Some("vera"), Some("no_consent"))
    );
}

#[tokio::test]
async fn guests_who_are_past_their_own_time_are_counted_before() {
    let stage = Stage::new().await;
    // It is noon in Moscow, five in the afternoon in Almaty and not one in the morning in Vancouver.
    lives_in(&stage, "anna", "Asia/Almaty").await;
    lives_in(&stage, "boris", "America/Vancouver").await;
    for (past, planned, excluded) in [("skip", 1, 1), ("send_now", 2, 0), ("next_day", 2, 0)] {
        let how = json!({"local": {"date": "2026-03-02", "time": "10:00", "past": past}});
        let (id, over) = scheduled(&stage, how).await;
        assert_eq!(over, Some(1), "{past}");
        let report = check(&stage.brand(), &stage.rendering, id, NOW).await.unwrap();
        let audience = report.audience.unwrap();
        assert_eq!((audience.past_own_time, audience.planned), (Some(1), planned), "{past}");
        let skipped = audience.excluded.get(&Exclusion::OwnTimePast).copied().unwrap_or(0);
        assert_eq!(skipped, excluded, "{past}");
        let ForecastAnswer::Foreseen(forecast) =
            foresee(&stage.brand(), &stage.rendering, id, None, NOW).await.unwrap()
        else {
            panic!("it is a good mailing")
        };
        assert_eq!(forecast.past_own_time, Some(1), "{past}");
        let vancouver = Zone::named("America/Vancouver")
            .unwrap()
            .parse("2026-03-02T10:00:00")
            .unwrap();
        assert!(forecast.finish.unwrap() >= vancouver, "{past}: {forecast:?}");
        let told = rehearsed(&stage, id, 3).await;
        assert_eq!(told.starts.len(), 1);
        let boris = told.starts[0]
            .rows
            .iter()
            .find(|it| it.customer.as_deref() == Some("boris"))
            .unwrap();
        assert_eq!(boris.at, Some(vancouver), "{past}");
    }
    // Of a start to come it is past for nobody, and nothing is said of a launch now.
    let (_, over) = scheduled(
        &stage,
        json!({"local": {"date": "2026-03-09", "time": "10:00", "past": "skip"}}),
    )
    .await;
    assert_eq!(over, Some(0));
    let id = stage.mailing(&sms("Lunch")).await;
    let report = check(&stage.brand(), &stage.rendering, id, NOW).await.unwrap();
    assert_eq!(report.audience.unwrap().past_own_time, None);
}
