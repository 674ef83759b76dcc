//! One provider answers in half a minute: meanwhile the messages of another organisation leave through the same queue
//! as if that provider were not there.

mod quick;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use bellhop_domain::EndpointKind;
use bellhop_domain::message::MessageState;
use serde_json::{Value, json};

use super::{Report, Scale};
use crate::fleet::{Fleet, Settings};
use crate::guests::{self, Reach};
use crate::patience::eventually;
use quick::Quick;

const ROLES: [&str; 3] = ["api-1", "dispatcher-1", "worker-1"];
/// How long the slow provider takes for each answer.
const ANSWERS_IN: Duration = Duration::from_secs(30);
/// What the other organisation's messages may take, unoptimised on a busy machine.
const IN_TIME: Duration = Duration::from_secs(15);
const QUICK_GUESTS: u32 = 300;
/// From the configuration's defaults: how many batches one sender may have in hand, and how many requests of each are
/// under way.
const SLOTS: u64 = 12;
const REQUESTS: u64 = 100;

pub(super) async fn run(scale: Scale, report: &mut Report) -> Result<()> {
    report.tell("waiting for PostgreSQL, RabbitMQ and Redis");
    let (_cluster, servers) = scale.servers().await?;
    let quick = Quick::prepare()?;
    let settings = Settings {
        seed: scale.seed,
        page: 1_000,
        push_rate: "unlimited".to_owned(),
        sms_rate: "unlimited".to_owned(),
        push_faults: json!({ "latency_ms": [ANSWERS_IN.as_millis() as u64, ANSWERS_IN.as_millis() as u64] }),
        sms_faults: json!({}),
        settlement_seconds: 60.0,
        own_calls: false,
    };
    let edit = |config: &mut Value| {
        slow_but_patient(config);
        quick.add(config);
    };
    let mut fleet = Fleet::prepare_with(&servers, &settings, &ROLES, edit).await?;
    fleet.bellhop = fleet.bellhop.of_organisation("default");
    let quick = quick.start(&fleet)?;
    fleet.supervised(story(scale, report, &fleet, &quick)).await
}

/// A client that waits for its slow answers.
fn slow_but_patient(config: &mut Value) {
    let app = config["sender"].as_array_mut().into_iter().flatten();
    for sender in app.filter(|sender| sender["name"] == "app") {
        sender["settings"]["http"] = json!({ "timeout_seconds": 90 });
    }
}

async fn story(scale: Scale, report: &mut Report, fleet: &Fleet, quick: &quick::Running) -> Result<()> {
    let slow_guests: u32 = scale.pick(20_000, 3_000);
    fleet.import(slow_guests, |_| Reach::App).await?;
    quick.import(fleet, QUICK_GUESTS).await?;
    fleet.start_roles().await?;
    fleet.serves().await?;
    report.tell(format!(
        "{slow_guests} guests of an organisation whose provider answers in {} s, {QUICK_GUESTS} of another; one worker",
        ANSWERS_IN.as_secs()
    ));
    let slow = fleet.create(&push("slow")).await?;
    fleet.mailing("launch", slow).await?;
    let begun = Instant::now();
    let waiting = SLOTS.min(u64::from(slow_guests) / u64::from(EndpointKind::Fcm.batch_size())) * REQUESTS;
    let stuck = async || Ok((fleet.simulator.accepted().await? >= waiting).then_some(()));
    eventually("the slow provider has its hands full", ANSWERS_IN, stuck).await?;
    report.tell(format!(
        "the slow provider has {waiting} requests under way, and no room for more"
    ));

    let mailing = quick.launch(fleet, &push("quick")).await?;
    let launched = Instant::now();
    let all = async || Ok((quick.accepted().await? >= u64::from(QUICK_GUESTS)).then_some(()));
    eventually("the other organisation's messages are out", scale.patience(), all).await?;
    let took = launched.elapsed();
    let (slow_took, slow_states) = (fleet.simulator.accepted().await?, fleet.ledger.states(slow).await?);
    let answered_by_then = begun.elapsed() > ANSWERS_IN;
    report.tell(format!("all {QUICK_GUESTS} are out after {:.1} s", took.as_secs_f64()));
    report.claim(
        "the other organisation's messages did not wait",
        took < IN_TIME,
        format!("its provider had all {QUICK_GUESTS} after {:.1} s", took.as_secs_f64()),
    );
    report.claim(
        "the slow provider had barely begun",
        slow_took <= waiting && !answered_by_then,
        format!("it had {slow_took} of {slow_guests} and had answered none; Bellhop: {slow_states:?}"),
    );
    fleet.finished(mailing, scale.patience()).await?;
    let sent = fleet.ledger.states(mailing).await?;
    report.claim(
        "each of them once",
        sent.get(MessageState::Sent.name()) == Some(&u64::from(QUICK_GUESTS))
            && quick.accepted().await? == u64::from(QUICK_GUESTS),
        format!("Bellhop: {sent:?}; its provider: {}", quick.accepted().await?),
    );
    if !scale.small {
        fleet.finished(slow, scale.patience()).await?;
        let end = fleet.ledger.states(slow).await?;
        report.claim(
            "the slow one's arrive as well",
            end.get(MessageState::Sent.name()) == Some(&u64::from(slow_guests)),
            format!("Bellhop: {end:?} after {:.0} s", begun.elapsed().as_secs_f64()),
        );
    }
    report.figure("quick_seconds", (took.as_secs_f64() * 10.0).round() / 10.0);
    report.figure("quick", QUICK_GUESTS);
    report.figure("slow_under_way", slow_took);
    report.figure("slow", slow_guests);
    Ok(())
}

/// A push to everybody, and nothing behind it.
fn push(name: &str) -> Value {
    let mut mailing = guests::mailing(name);
    mailing["waterfall"] = json!([{ "channel": "push", "success": "accepted" }]);
    mailing
}

/// The id in an answer of the command line.
fn id(of: &Value) -> Result<i64> {
    of["id"].as_i64().with_context(|| format!("no id: {of}"))
}

fn all_imported(summary: &Value, count: u32) -> Result<()> {
    ensure!(
        summary["imported"] == count,
        "{count} guests were to be imported: {summary}"
    );
    Ok(())
}
