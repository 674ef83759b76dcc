//! Mailings that start by themselves, over a year of virtual time.

use crate::sms;
use crate::stage::{NOW, ORG, Stage};
use bellhop_campaigns::CampaignError;
use bellhop_campaigns::schedule::{ScheduleAnswer, begin_due, schedule};
use bellhop_domain::fault::Why;
use bellhop_domain::{MailingId, Timestamp, Zone};
use bellhop_programs::calendar::{Schedule, read};
use bellhop_store::ledger::{Reading, Scheduling};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

fn weekly() -> Schedule {
    read(
        &json!({"recurring": {"from": "2026-03-02", "rule": "FREQ=WEEKLY;BYDAY=FR", "time": "12:00",
        "zone": "Europe/Berlin"}}),
    )
    .unwrap()
}

async fn made(stage: &Stage, mailing: MailingId, how: &Schedule) -> Result<ScheduleAnswer, CampaignError> {
    schedule(&stage.brand(), mailing, how, "tester", NOW).await
}

/// Fridays at noon in Berlin, counted on the wall clock.
fn fridays(until: Timestamp) -> Vec<Timestamp> {
    let berlin = Zone::named("Europe/Berlin").unwrap();
    let days = (0..400).map(|day| Timestamp(NOW.0 + day * DAY));
    let noons = days.map(|at| {
        let day = berlin.local(at).unwrap().date();
        (day.weekday(), berlin.parse(&format!("{day}T12:00:00")).unwrap())
    });
    let fridays = noons.filter(|(day, _)| *day == jiff::civil::Weekday::Friday);
    fridays
        .map(|(_, at)| at)
        .filter(|at| *at > NOW && *at <= until)
        .collect()
}

#[tokio::test]
async fn a_year_of_fridays_begins_each_once_or_says_that_it_was_missed() {
    let stage = Stage::new().await;
    let id = stage.mailing(&sms("Lunch")).await;
    let ScheduleAnswer::Made { starts: next, .. } = made(&stage, id, &weekly()).await.unwrap() else {
        panic!("it is a good mailing")
    };
    let told: Vec<_> = next.iter().map(|start| start.at).collect();
    assert_eq!(told, fridays(Timestamp(NOW.0 + 40 * DAY))[..5]);
    // Dispatchers look at odd times, and are sometimes all away for days.
    let (mut now, mut looks) = (NOW, Vec::new());
    let mut missed = BTreeSet::new();
    for pause in [3, 19, 11, 23, 5, 20, 9, 13, 17, 90].into_iter().cycle() {
        now.0 += pause * HOUR;
        if now.0 > NOW.0 + 365 * DAY {
            break;
        }
        looks.push(now);
        let (one, other) = tokio::join!(begin_due(&stage.store, now), begin_due(&stage.store, now));
        for begun in [one.unwrap(), other.unwrap()] {
            assert!(begun.trouble.is_empty(), "{:?}", begun.trouble);
            missed.extend(begun.missed.into_iter().map(|(_, _, at)| at));
        }
    }
    let runs = stage.store.runs_of(ORG, id).await.unwrap();
    let begun: BTreeSet<_> = runs.iter().map(|run| run.start_at).collect();
    assert_eq!(begun.len(), runs.len(), "a start began twice");
    let last = *looks.last().unwrap();
    for friday in fridays(last) {
        let first_look = looks.iter().find(|look| **look >= friday).unwrap();
        // The mailing lives for a day.
        let in_time = first_look.0 - friday.0 <= DAY;
        assert_eq!(
            (begun.contains(&friday), missed.contains(&friday)),
            (in_time, !in_time),
            "{friday}, first seen at {first_look}"
        );
    }
    assert!(
        begun.len() > 30 && missed.len() > 3,
        "{} and {}",
        begun.len(),
        missed.len()
    );
}

#[tokio::test]
async fn what_cannot_start_by_itself_is_refused() {
    let stage = Stage::new().await;
    let good = stage.mailing(&sms("Lunch")).await;
    let refusal = async |mailing: &Value, how: Value| {
        let id = stage.mailing(mailing).await;
        match made(&stage, id, &read(&how).unwrap()).await {
            Err(CampaignError::Refused(why)) => why.code(),
            other => panic!("{other:?}"),
        }
    };
    let at = |date: &str| json!({"at": {"date": date, "time": "10:00", "zone": "Europe/Moscow"}});
    let local = |date: &str| json!({"local": {"date": date, "time": "10:00", "past": "skip"}});
    let mut on_demand = sms("Code");
    on_demand.as_object_mut().unwrap().remove("audience");
    on_demand["on_demand"] = json!({});
    let mut recall = sms("Recall");
    recall["purpose"] = json!("notification");
    assert_eq!(refusal(&sms("x"), at("2026-03-02")).await, "schedule_over");
    assert_eq!(refusal(&sms("x"), local("2026-02-28")).await, "schedule_over");
    assert_eq!(refusal(&on_demand, at("2026-03-05")).await, "schedule_of_on_demand");
    assert_eq!(
        refusal(&recall, local("2026-03-05")).await,
        "own_time_without_quiet_hours"
    );
    // In the far west it is not ten o'clock yet.
    let today = read(&local("2026-03-02")).unwrap();
    assert!(matches!(
        made(&stage, good, &today).await,
        Ok(ScheduleAnswer::Made { .. })
    ));
    let begun = begin_due(&stage.store, NOW).await.unwrap();
    assert_eq!(begun.runs.len(), 1);
    assert_eq!(stage.store.schedule(ORG, good).await.unwrap().unwrap().next_at, None);
    let words = Why::ScheduleOver.to_string();
    assert!(words.contains("later"), "{words}");
}
