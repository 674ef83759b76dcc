//! What `check` and `forecast` count before a launch is what the launch then plans and leaves out, and what becomes
//! of its messages, reason by reason, for mailings that cannot go out or only partly. It runs the real binary on both
//! databases.

mod stage;

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use bellhop_test_services::fresh_database;
use serde_json::{Value, json};
use stage::Stage;

/// Six guests with the app, of whom three have a city and one no phone; three by WhatsApp; one who shares a phone
/// with another; one without consent and one without an address.
const GUESTS: &str = "customer_id,name,phone,fcm_token,whatsapp,marketing_consent,tags,attr.city
a1,Anna,+79990000001,token-0000001,,yes,app,Kazan
a2,Boris,+79990000002,token-0000002,,yes,app,Kazan
a3,Vera,+79990000003,token-0000003,,yes,app,Kazan
a4,Gleb,+79990000004,token-0000004,,yes,app,
a5,Dina,+79990000005,token-0000005,,yes,app,
a6,Egor,,token-0000006,,yes,app,
w1,Zoya,+79990000011,,+79990000011,yes,chat,
w2,Ivan,,,+79990000012,yes,chat,
w3,Yana,+79990000013,,+79990000013,yes,chat,
d1,Anna again,+79990000001,,,yes,app,Kazan
n1,No consent,+79990000021,token-0000021,,no,app,Kazan
n2,No address,,,,yes,app,Kazan
";

fn mailing(tag: &str, contents: Value, steps: &[&str]) -> Value {
    let steps: Vec<_> = steps
        .iter()
        .map(|channel| json!({ "channel": channel, "success": "accepted" }))
        .collect();
    json!({ "name": "m", "audience": { "tags": { "any": [tag] } }, "contents": contents, "waterfall": steps })
}

fn push(body: &str) -> Value {
    json!({ "push": { "title": "News", "body": body } })
}

fn with(mut contents: Value, channel: &str, content: Value) -> Value {
    contents[channel] = content;
    contents
}

fn template(name: &str) -> Value {
    json!({ "template": { "name": name, "language": "ru", "parameters": ["{{ name }}"] } })
}

/// A mailing of a brand, and how many of its messages are not sent, by reason.
struct Case {
    what: &'static str,
    brand: &'static str,
    mailing: Value,
    planned: u64,
    not_sent: &'static [(&'static str, u64)],
}

const NO_CITY: &str = "`city` has no value for this recipient";
const CLOSED: &str = "window closed";
const EXPIRED: &str = "its life ended before it could go out";

/// The mailings that can be launched. Of the guests on WhatsApp, one has written lately.
fn cases() -> Vec<Case> {
    let sms = |text: &str| json!({ "text": text });
    let city = "News of {{ city }}";
    let text = json!({ "text": "We have missed you" });
    let briefly = |mut mailing: Value| {
        mailing["expires_after_minutes"] = json!(0.05);
        mailing
    };
    let case = |what, brand, mailing, planned, not_sent| Case {
        what,
        brand,
        mailing,
        planned,
        not_sent,
    };
    vec![
        case(
            "a text that fails for some",
            "default",
            mailing("app", push(city), &["push"]),
            6,
            &[(NO_CITY, 3)],
        ),
        case(
            "a text that fails, and an SMS behind it",
            "default",
            mailing("app", with(push(city), "sms", sms("News")), &["push", "sms"]),
            7,
            &[(NO_CITY, 1)],
        ),
        case(
            "both texts fail",
            "default",
            mailing("app", with(push(city), "sms", sms(city)), &["push", "sms"]),
            7,
            &[(NO_CITY, 3)],
        ),
        case(
            "a WhatsApp text without a template",
            "default",
            mailing("chat", json!({ "whatsapp": text }), &["whatsapp"]),
            3,
            &[(CLOSED, 2)],
        ),
        case(
            "the same with an SMS behind it",
            "default",
            mailing(
                "chat",
                with(json!({ "whatsapp": text }), "sms", sms("News")),
                &["whatsapp", "sms"],
            ),
            3,
            &[(CLOSED, 1)],
        ),
        case(
            "a template whose parameter fails",
            "default",
            mailing(
                "chat",
                json!({ "whatsapp": { "template": { "name": "come_back", "language": "ru", "parameters": ["{{ city }}"] } } }),
                &["whatsapp"],
            ),
            3,
            &[(NO_CITY, 3)],
        ),
        case(
            "a cap that is reached",
            "capped",
            mailing("new", push("News"), &["push"]),
            3,
            &[("frequency_cap", 2)],
        ),
        case(
            "a number in its first day",
            "warming",
            briefly(mailing("new", json!({ "sms": sms("News") }), &["sms"])),
            3,
            &[(EXPIRED, 3)],
        ),
        case(
            "a night longer than the life",
            "night",
            briefly(mailing("new", json!({ "sms": sms("News") }), &["sms"])),
            3,
            &[(EXPIRED, 3)],
        ),
    ]
}

/// The mailings that a launch refuses.
fn refused() -> Vec<(&'static str, Value)> {
    vec![
        (
            "an unknown template",
            mailing("chat", json!({ "whatsapp": template("come_again") }), &["whatsapp"]),
        ),
        (
            "a value that nobody has",
            mailing("app", push("{{ discount }}"), &["push"]),
        ),
        (
            "a variable that nothing fills",
            mailing("app", push("Code {{ promo_code }}"), &["push"]),
        ),
    ]
}

fn counts(of: &Value, number: impl Fn(&Value) -> Option<u64>) -> BTreeMap<String, u64> {
    let all = of.as_object().into_iter().flatten();
    all.filter_map(|(reason, value)| Some((reason.clone(), number(value)?)))
        .filter(|(_, n)| *n > 0)
        .collect()
}

/// What was not sent according to the statistics of a finished mailing, by reason.
fn came_to(stats: &Value) -> BTreeMap<String, u64> {
    let mut by_reason = BTreeMap::new();
    for one in stats["reasons"].as_array().into_iter().flatten() {
        let reason = one["reason"].as_str().unwrap_or_default().to_owned();
        *by_reason.entry(reason).or_default() += one["messages"].as_u64().unwrap_or(0);
    }
    by_reason
}

async fn agrees(stage: &Stage, case: &Case) -> Result<()> {
    let id = stage.create(case.brand, &case.mailing).await?;
    let (fine, check) = stage.told(case.brand, &["mailing", "check", &id]).await?;
    let (_, forecast) = stage.told(case.brand, &["mailing", "forecast", &id]).await?;
    let audience = &check["audience"];
    let not_sent: BTreeMap<_, _> = case
        .not_sent
        .iter()
        .map(|(reason, n)| ((*reason).to_owned(), *n))
        .collect();
    let leaving = case.planned - not_sent.values().sum::<u64>();
    // A mailing that nobody gets is an error; one that some guests do not get is a warning.
    ensure!(fine == (leaving > 0), "{check}");
    ensure!(
        check["problems"].as_array().is_some_and(|all| !all.is_empty()) != not_sent.is_empty(),
        "{check}"
    );
    let (launched, told) = stage.told(case.brand, &["mailing", "launch", &id]).await?;
    ensure!(launched, "{told}");
    let stats = stage.finished(case.brand, &id).await?;
    for (by, told) in [("check", audience), ("forecast", &forecast), ("launch", &stats)] {
        ensure!(told["planned"] == case.planned, "{by}: {told}");
    }
    ensure!(
        counts(&audience["not_sent"], |it| it["messages"].as_u64()) == not_sent,
        "check: {check}"
    );
    ensure!(
        counts(&forecast["not_sent"], Value::as_u64) == not_sent,
        "forecast: {forecast}"
    );
    ensure!(came_to(&stats) == not_sent, "launch: {stats}");
    let excluded = counts(&audience["excluded"], Value::as_u64);
    ensure!(
        counts(&forecast["excluded"], Value::as_u64) == excluded,
        "forecast: {forecast}"
    );
    ensure!(
        counts(&stats["excluded"], Value::as_u64) == excluded,
        "launch: {stats}; check: {check}"
    );
    ensure!(
        audience["leaving"] == leaving && forecast["leaving"] == leaving,
        "{check} {forecast}"
    );
    let went: u64 = counts(&stats["by_state"], Value::as_u64)
        .into_iter()
        .filter(|(state, _)| ["sent", "delivered", "opened"].contains(&state.as_str()))
        .map(|(_, n)| n)
        .sum();
    ensure!(went == leaving, "{stats}");
    Ok(())
}

/// No command accepts it, and none counts anything for it.
async fn is_refused(stage: &Stage, mailing: &Value) -> Result<()> {
    let id = stage.create("default", mailing).await?;
    for command in ["check", "forecast", "launch"] {
        let (fine, told) = stage.told("default", &["mailing", command, &id]).await?;
        ensure!(!fine && told["audience"].is_null(), "{command}: {told}");
        ensure!(told["problems"][0]["severity"] == "error", "{command}: {told}");
    }
    let (_, stats) = stage.told("default", &["mailing", "stats", &id]).await?;
    ensure!(stats["state"] == "draft" && stats["planned"] == 0, "{stats}");
    Ok(())
}

/// A test send says what became of each message, and who gets none and why.
async fn tests_are_told(stage: &Stage) -> Result<()> {
    let id = stage
        .create("default", &mailing("app", push("News of {{ city }}"), &["push"]))
        .await?;
    let customers = ["--customer", "a1", "--customer", "a4", "--customer", "n1"];
    let (_, told) = stage
        .told("default", &[&["mailing", "test", &id][..], &customers].concat())
        .await?;
    ensure!(told["state"] == "finished", "{told}");
    let became: BTreeMap<_, _> = (told["messages"].as_array().into_iter().flatten())
        .filter_map(|it| Some((it["customer"].as_str()?, it)))
        .collect();
    ensure!(
        became.len() == 2 && became["a1"]["state"] == "sent" && became["a4"]["state"] == "failed",
        "{told}"
    );
    ensure!(
        became["a4"]["reason"]
            .as_str()
            .is_some_and(|why| why.starts_with(NO_CITY)),
        "{told}"
    );
    ensure!(
        told["excluded"] == json!([{ "customer": "n1", "reason": "no_consent" }]),
        "{told}"
    );
    let (_, stats) = stage.told("default", &["mailing", "stats", &id]).await?;
    ensure!(stats["planned"] == 0, "a test is outside the statistics: {stats}");
    Ok(())
}

async fn agree(store: &str, folder: &std::path::Path) -> Result<()> {
    let stage = Stage::set(folder, store).await?;
    stage.import("default", GUESTS).await?;
    stage.writes("79990000011").await?;
    for brand in ["capped", "warming", "night"] {
        let guest = |n: u32| format!("g{n},+7999000010{n},token-000010{n},yes,new\n");
        let rows: String = (1..=3).map(guest).collect();
        stage
            .import(
                brand,
                &format!("customer_id,phone,fcm_token,marketing_consent,tags\n{rows}"),
            )
            .await?;
    }
    // Two of the three have had their message of the day.
    let mut first = mailing("new", push("First"), &["push"]);
    first["audience"] = json!({ "customers": ["g1", "g2"] });
    let first = stage.create("capped", &first).await?;
    stage.told("capped", &["mailing", "launch", &first]).await?;
    stage.finished("capped", &first).await?;
    for case in cases() {
        agrees(&stage, &case).await.with_context(|| case.what)?;
    }
    for (what, mailing) in refused() {
        is_refused(&stage, &mailing).await.context(what)?;
    }
    tests_are_told(&stage).await.context("a test send")
}

#[tokio::test]
async fn check_forecast_and_launch_agree_by_reason_on_sqlite() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let store = format!("sqlite:{}", folder.path().join("bellhop.db").display());
    agree(&store, folder.path()).await
}

#[tokio::test]
async fn check_forecast_and_launch_agree_by_reason_on_postgres() -> Result<()> {
    let folder = tempfile::tempdir()?;
    agree(fresh_database().await?.url(), folder.path()).await
}
