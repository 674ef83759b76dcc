#![allow(clippy::unwrap_used, reason = "a test says what it expects by unwrap")]
//! Questions about a campaign without a process that runs it, on SQLite: answers are values, and only a launch
//! writes.

mod promos;
mod rehearsals;
mod schedules;
mod stage;

use bellhop_campaigns::CampaignError;
use bellhop_campaigns::check::check;
use bellhop_campaigns::forecast::{ForecastAnswer, foresee};
use bellhop_campaigns::launch::{LaunchAnswer, launch};
use bellhop_campaigns::preview::preview;
use bellhop_campaigns::test_send::{TestState, test_send};
use bellhop_domain::consent::WordSource;
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::fault::Why;
use bellhop_domain::launching::Meant;
use bellhop_domain::message::RunState;
use bellhop_domain::{Channel, MailingId, Purpose, Timestamp};
use bellhop_store::GuestBase;
use bellhop_store::guests::Consent;
use bellhop_store::ledger::{COUNTRY_CLOSED, Reading};
use serde_json::{Value, json};
use stage::{NOW, ORG, Stage};
use std::time::Duration;

fn sms(text: &str) -> Value {
    json!({"name": "m", "audience": {}, "contents": {"sms": {"text": text}}, "waterfall": [{"channel": "sms"}]})
}

#[tokio::test]
async fn a_check_counts_what_a_launch_would_send() {
    let stage = Stage::new().await;
    let id = stage.mailing(&sms("News of {{ city }}")).await;
    let report = check(&stage.brand(), &stage.rendering, id, NOW).await.unwrap();
    assert!(!report.has_errors());
    let told = serde_json::to_value(&report).unwrap();
    assert_eq!(
        told,
        json!({
            "problems": [{"severity": "warning", "place": "contents", "code": "messages_lack_value",
                "params": {"messages": 1, "planned": 2, "name": "city"},
                "problem": "1 of 2 planned messages would not be sent: `city` has no value for their guests; \
                            give it a fallback, like [city|…], or wrap it in {% if city %}"}],
            "audience": {
                "planned": 2, "leaving": 1, "excluded": {"no_consent": 1},
                "not_sent": {"`city` has no value for this recipient": {"messages": 1, "examples": ["boris"]}},
                "first_step": {"sms": 2}, "leaving_by": {"sms": 1}, "sms_parts": {"1": 1}
            }
        })
    );
}

#[tokio::test]
async fn a_check_says_how_many_sms_are_dearer_by_the_guests_own_letters() {
    let stage = Stage::new().await;
    stage.guest("Łukasz", "+79990000004").await;
    stage.guest("José", "+79990000005").await;
    let widened = async |text: &str| {
        let id = stage.mailing(&sms(text)).await;
        let report = check(&stage.brand(), &stage.rendering, id, NOW).await.unwrap();
        assert!(!report.has_errors());
        let warnings: Vec<_> = report.problems.iter().map(|it| it.fault.why.to_string()).collect();
        (report.audience.unwrap().widened, warnings.join("\n"))
    };
    let (short, warnings) = widened("Hello {name}!").await;
    assert_eq!((short.messages, short.more_parts), (1, 0));
    let said = "1 of 4 SMS are UCS-2 because of `Ł` in names or other values of their guests (for instance łukasz)";
    assert!(warnings.contains(said), "{warnings}");
    let (long, _) = widened(&format!("{} {{name}}!", "a".repeat(100))).await;
    assert_eq!((long.messages, long.more_parts), (1, 1));
    // Letters of the author's own are reported for the text, once.
    let (of_the_text, _) = widened("Привет, {name}!").await;
    assert!(of_the_text.is_none());
}

#[tokio::test]
async fn a_country_that_is_closed_to_the_number_is_counted() {
    let stage = Stage::new().await;
    stage.guest("Aigerim", "+77010000004").await;
    stage.closes("KZ").await;
    let id = stage.mailing(&sms("News")).await;
    let report = check(&stage.brand(), &stage.rendering, id, NOW).await.unwrap();
    let audience = report.audience.unwrap();
    assert_eq!((audience.planned, audience.leaving), (3, 2));
    let (reason, failing) = audience.not_sent.first_key_value().unwrap();
    assert_eq!(reason, COUNTRY_CLOSED);
    assert_eq!(
        (failing.messages, &failing.examples[..]),
        (1, &["aigerim".to_owned()][..])
    );
}

#[tokio::test]
async fn a_preview_shows_each_guest_the_text_of_their_own() {
    let stage = Stage::new().await;
    let (brand, id) = (stage.brand(), stage.mailing(&sms("{{ name }}, {{ city }}")).await);
    let of = async |customers: &[&str]| {
        let customers: Vec<_> = customers.iter().map(|it| (*it).to_owned()).collect();
        preview(brand.store, brand.organisation, &stage.rendering, id, &customers, NOW).await
    };
    let told = serde_json::to_value(of(&["anna", "boris"]).await.unwrap()).unwrap();
    let why = "`city` has no value for this recipient; give it a fallback, or wrap it in {% if %}";
    assert_eq!(
        told,
        json!([
            {"customer": "anna", "contents": {"sms": {"text": "Anna, Kazan", "parts": 1, "encoding": "Gsm7"}}},
            {"customer": "boris", "contents": {"sms": {"error": why, "code": "value_of_nobody", "params": {"name": "city"}}}}
        ])
    );
    let nobody = of(&["nobody"]).await.unwrap_err();
    assert_eq!(nobody.to_string(), "there is no customer \"nobody\" in o");
}

#[tokio::test]
async fn a_forecast_says_what_a_launch_now_would_come_to() {
    let stage = Stage::new().await;
    let id = stage.mailing(&sms("News")).await;
    let answer = foresee(&stage.brand(), &stage.rendering, id, None, NOW).await.unwrap();
    let ForecastAnswer::Foreseen(forecast) = answer else {
        panic!("{answer:?}")
    };
    assert_eq!((forecast.planned, forecast.leaving, forecast.late), (2, 2, 0));
    assert_eq!(forecast.from, NOW);
    assert!(forecast.finish.is_some_and(|at| at >= NOW), "{forecast:?}");
    let transactional = json!({"name": "code", "transactional": {}, "contents": {"sms": {"text": "t"}},
        "waterfall": [{"channel": "sms"}]});
    let code = stage.mailing(&transactional).await;
    let refused = foresee(&stage.brand(), &stage.rendering, code, None, NOW).await;
    let Err(CampaignError::Refused(why)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(why, Why::NothingToForesee { mailing: code.0 });
}

#[tokio::test]
async fn what_its_check_refuses_is_not_launched() {
    let stage = Stage::new().await;
    let bad = stage.mailing(&sms("News of {{ nobody_has_it }}")).await;
    let brand = stage.brand();
    let of = async |id: MailingId, start: Timestamp| {
        let meant = Meant::default();
        launch(&brand, id, start, meant, "tester", NOW).await.unwrap()
    };
    let LaunchAnswer::Refused(report) = of(bad, NOW).await else {
        panic!("launched")
    };
    assert!(report.has_errors());
    assert_eq!(report.problems[0].fault.place, "contents.sms.text");
    assert!(stage.store.runs_of(ORG, bad).await.unwrap().is_empty());
    let later = NOW.plus(Duration::from_secs(3_600));
    for (start, state) in [(NOW, RunState::Running), (later, RunState::Scheduled)] {
        let good = stage.mailing(&sms("News")).await;
        let LaunchAnswer::Launched(launched) = of(good, start).await else {
            panic!("refused")
        };
        let runs = stage.store.runs_of(ORG, good).await.unwrap();
        assert_eq!((launched.state, launched.run), (state, runs[0].id));
        assert_eq!(runs[0].start_at, start);
    }
}

#[tokio::test]
async fn a_check_leaves_out_whom_a_plan_would_leave_out_of_notifications() {
    let stage = Stage::new().await;
    let anna = stage.store.customer_id(ORG, "anna").await.unwrap().unwrap();
    let off = Consent {
        channel: Channel::Sms,
        purpose: Purpose::Notification,
        given: false,
        source: WordSource::Guest,
        how: "page".to_owned(),
        text_version: None,
    };
    stage.store.set_consents(ORG, anna, &[off], NOW).await.unwrap();
    let mut recall = sms("A dish is recalled");
    recall["purpose"] = json!("notification");
    let id = stage.mailing(&recall).await;
    let report = check(&stage.brand(), &stage.rendering, id, NOW).await.unwrap();
    let told = serde_json::to_value(&report).unwrap();
    assert_eq!(told["audience"]["excluded"], json!({"notifications_off": 1}));
    assert_eq!(told["audience"]["planned"], 2);
}

#[tokio::test]
async fn a_test_says_who_gets_none_and_waits_no_longer_than_it_is_told() {
    let stage = Stage::new().await;
    let id = stage.mailing(&sms("News")).await;
    let customers = ["anna", "vera"].map(str::to_owned);
    let tested = test_send(&stage.brand(), id, &customers, Duration::ZERO, None, "tester", NOW).await;
    let tested = tested.unwrap();
    // No dispatcher or worker runs on this database.
    assert_eq!((tested.state, tested.messages.len()), (TestState::Running, 0));
    let excluded: Vec<_> = tested
        .excluded
        .iter()
        .map(|it| (it.customer.as_str(), it.reason))
        .collect();
    assert_eq!(excluded, [("vera", Exclusion::NoConsent)]);
    let run = stage.store.run(tested.run).await.unwrap();
    assert!(run.test);
    let spec: Value = serde_json::from_str(&run.spec).unwrap();
    assert_eq!(spec["audience"], json!({"customers": ["anna", "vera"]}));
}
