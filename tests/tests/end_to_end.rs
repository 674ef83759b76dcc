//! The real binary, as its users run it.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result};
use bellhop_tests::command::Bellhop;
use bellhop_tests::fleet::{Fleet, Servers, Settings};
use bellhop_tests::guests::{Reach, mailing, phone, token};
use serde_json::{Value, json};

/// The keys of `mailing stats --json` that the command line promises.
const PROMISED: [&str; 12] = [
    "state",
    "planned",
    "excluded",
    "by_state",
    "channels",
    "opened",
    "opened_sms_link",
    "orders",
    "average_check",
    "revenue",
    "revenue_per_message",
    "conversion",
];
/// What the product adds to them.
const ADDED: [&str; 10] = [
    "reasons",
    "sends",
    "guests_reached",
    "buyers",
    "revenue_per_send",
    "revenue_per_guest_reached",
    "cost",
    "orders_by_non_recipients",
    "revenue_by_non_recipients",
    "as_of",
];

#[tokio::test]
async fn the_demo_ends_with_statistics_that_add_up() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let bellhop = Bellhop::in_folder(folder.path())?;
    let statistics = bellhop.json(&["demo", "--exit", "--customers", "200"]).await?;
    let keys = statistics.as_object().context("no object")?.keys();
    let demos = ["mailings", "every_channel"];
    let expected: BTreeSet<_> = PROMISED.into_iter().chain(ADDED).chain(demos).collect();
    assert_eq!(keys.map(String::as_str).collect::<BTreeSet<_>>(), expected);
    assert_eq!(statistics["state"], "finished");
    assert_eq!(
        statistics["planned"].as_u64(),
        Some(sum(&statistics["by_state"])),
        "{statistics}"
    );
    assert!(
        statistics["planned"].as_u64() > Some(0) && statistics["opened"].as_u64() > Some(0),
        "{statistics}"
    );
    for (name, channel) in statistics["channels"].as_object().context("no channels")? {
        let keys = channel.as_object().context("a channel is an object")?.keys();
        let expected = BTreeSet::from(["sent", "delivered", "failed", "opened", "cost"]);
        assert_eq!(keys.map(String::as_str).collect::<BTreeSet<_>>(), expected, "{name}");
    }
    assert_eq!(
        statistics["channels"]["push"]["delivered"],
        Value::Null,
        "FCM sends no receipts"
    );
    let money = |value: &Value| value.as_str().is_some_and(|text| text.parse::<f64>().is_ok());
    assert!(
        money(&statistics["revenue"]) && money(&statistics["channels"]["sms"]["cost"]),
        "{statistics}"
    );
    every_channel(&statistics)
}

/// Each way to send has sent something, its provider counts the same, and every planned message is in one state.
fn every_channel(demo: &Value) -> Result<()> {
    let mailings = demo["mailings"].as_array().context("no mailings")?;
    assert_eq!(mailings.len(), 3);
    for mailing in mailings {
        assert_eq!(
            mailing["planned"].as_u64(),
            Some(sum(&mailing["by_state"])),
            "{mailing}"
        );
        assert!(mailing["planned"].as_u64() > Some(0), "{mailing}");
    }
    let ways = demo["every_channel"].as_array().context("no channels")?;
    for way in ways {
        assert!(way["accepted"].as_u64() > Some(0), "{way}");
        assert_eq!(way["accepted"], way["accepted_by_providers"], "{way}");
        let number = |name: &str| way[name].as_u64();
        assert_eq!(
            number("tried"),
            number("accepted").zip(number("failed")).map(|(a, b)| a + b),
            "{way}"
        );
        assert!(
            way["delivered"].is_null() || way["delivered"] == way["accepted"],
            "{way}"
        );
    }
    let shown: BTreeSet<_> = ways.iter().filter_map(|way| way["channel"].as_str()).collect();
    let all: BTreeSet<_> = bellhop_domain::Channel::ALL.map(bellhop_domain::Channel::name).into();
    assert_eq!(shown, all, "a channel is not shown");
    // SMS and WhatsApp each go two ways: through the gateway, and in the other brand's own way.
    assert_eq!(ways.len(), all.len() + 2);
    Ok(())
}

#[tokio::test]
async fn the_doctor_finds_the_default_healthy_and_names_what_is_not() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let healthy = Bellhop::in_folder(folder.path())?;
    let answer = healthy.run(&["doctor"]).await?;
    assert!(answer.status.success(), "{}{}", answer.stdout, answer.stderr);

    let config = folder.path().join("sick.toml");
    // Port 9 is discard's: nobody serves AMQP there.
    std::fs::write(&config, "[broker]\nurl = \"amqp://127.0.0.1:9/%2f\"\n")?;
    let answer = healthy.with_config(&config).run(&["doctor", "--json"]).await?;
    assert!(!answer.status.success());
    let lines = answer.last_line()?;
    let lines = lines.as_array().context("the doctor answers with a list")?;
    let broker = lines
        .iter()
        .find(|line| line["part"] == "broker")
        .context("nothing about the broker")?;
    assert_eq!(broker["severity"], "error");
    assert!(
        broker["mend"].as_str().is_some_and(|mend| mend.contains("RabbitMQ")),
        "{broker}"
    );
    Ok(())
}

/// The waterfall over PostgreSQL, RabbitMQ and Redis: a push to those who have the app, and an SMS to those who have
/// not, whose token is dead, or who did not open within the wait.
#[tokio::test]
async fn a_fleet_sends_the_waterfall() -> Result<()> {
    let settings = Settings {
        seed: 1,
        page: 50,
        push_rate: "500/s".to_owned(),
        sms_rate: "500/s".to_owned(),
        push_faults: json!({}),
        sms_faults: json!({}),
        settlement_seconds: 30.0,
        own_calls: false,
    };
    let fleet = Fleet::prepare(
        &Servers::shared().await?,
        &settings,
        &["api-1", "dispatcher-1", "worker-1"],
    )
    .await?;
    fleet.supervised(waterfall(&fleet)).await
}

async fn waterfall(fleet: &Fleet) -> Result<()> {
    const GUESTS: u32 = 120;
    let reach = |n: u32| match n % 4 {
        0 => Reach::App,
        1 => Reach::Phone,
        2 => Reach::DeadAppAndPhone,
        _ => Reach::AppAndPhone,
    };
    fleet.import(GUESTS, reach).await?;
    fleet.start_roles().await?;
    fleet.serves().await?;
    let mut file = mailing("waterfall");
    // Nobody opens anything here: three seconds later the SMS follows.
    file["waterfall"] = json!([{ "channel": "push", "wait_minutes": 0.05, "success": "opened" }, { "channel": "sms" }]);
    let id = fleet.create(&file).await?;
    foreseen(fleet, id).await?;
    fleet.mailing("launch", id).await?;
    fleet.finished(id, Duration::from_secs(120)).await?;
    let over = fleet.mailing("forecast", id).await?;
    assert_eq!(over["late"], 0, "{over}");

    let numbers = |wanted: fn(u32) -> bool| (1..=GUESTS).filter(move |n| wanted(*n));
    let pushed: BTreeSet<_> = numbers(|n| matches!(n % 4, 0 | 3)).map(token).collect();
    let texted: BTreeSet<_> = numbers(|n| n % 4 != 0).map(phone).collect();
    let (push, sms) = (fleet.simulator.book("push").await?, fleet.simulator.book("sms").await?);
    assert_eq!(push.by_recipient().into_keys().collect::<BTreeSet<_>>(), pushed);
    assert_eq!(sms.by_recipient().into_keys().collect::<BTreeSet<_>>(), texted);
    assert_eq!((push.doubled_by_id(), sms.doubled_by_recipient()), (0, 0));
    assert!(
        sms.0.iter().all(|taken| taken.recipient != taken.message_id),
        "an SMS carries an id of its own"
    );

    let statistics = fleet.mailing("stats", id).await?;
    assert_eq!(
        (&statistics["planned"], sum(&statistics["by_state"])),
        (&GUESTS.into(), u64::from(GUESTS))
    );
    let sent = |channel: &str| statistics["channels"][channel]["sent"].as_u64();
    assert_eq!((sent("push"), sent("sms")), (Some(60), Some(90)), "{statistics}");
    assert_eq!(sum(&statistics["channels"]["push"]["failed"]), 30, "{statistics}");
    assert_eq!(fleet.ends_of_their_own().await, 0, "a process has ended by itself");
    Ok(())
}

/// Three of four guests begin with a push, one with an SMS, and no message can have left in the past.
async fn foreseen(fleet: &Fleet, id: i64) -> Result<()> {
    let forecast = fleet.mailing("forecast", id).await?;
    let first = |kind: &str| {
        let channels = forecast["channels"].as_array().into_iter().flatten();
        let of_kind = channels.filter(|row| row["kind"] == kind);
        of_kind.filter_map(|row| row["messages"].as_u64()).sum::<u64>()
    };
    assert_eq!((first("fcm"), first("phone")), (90, 30), "{forecast}");
    assert!(forecast["finish"].is_string() && forecast["late"] == 0, "{forecast}");
    let id = id.to_string();
    let late = ["mailing", "forecast", &id, "--by", "2020-01-01T00:00:00Z", "--json"];
    let late = fleet.bellhop.run(&late).await?;
    assert!(!late.status.success(), "{}", late.stdout);
    assert_eq!(late.last_line()?["late"], 120, "{}", late.stdout);
    Ok(())
}

fn sum(counts: &Value) -> u64 {
    let counts = counts.as_object().into_iter().flat_map(|counts| counts.values());
    counts.filter_map(Value::as_u64).sum()
}
