//! Settings change under a fleet that is sending, by `apply` and over HTTP, and take effect within two seconds without a restart, as
//! the simulator's ledger shows. And a program of another version changes nothing.

mod desk;
mod over_http;
mod versions;

use std::time::Duration;

use anyhow::Result;
use bellhop_domain::Timestamp;
use serde_json::{Value, json};

use super::{Report, Scale};
use crate::fleet::{Fleet, Servers, Settings};
use crate::guests::Reach;
use crate::patience::eventually;
use desk::Desk;

const ROLES: [&str; 6] = [
    "api-1",
    "dispatcher-1",
    "dispatcher-2",
    "worker-1",
    "worker-2",
    "worker-3",
];
/// The promised time from the return of the command.
const HOLDS_MS: i64 = 2_000;
const PATIENCE: Duration = Duration::from_secs(300);
/// One guest in this many has a phone and no app.
const PHONES: u32 = 10;
const FIRST_RATE: &str = "40/s";
const LOW_RATE: (&str, i64) = ("5/s", 5);
const HIGH_RATE: &str = "60/s";

fn settings(scale: Scale) -> Settings {
    Settings {
        seed: scale.seed,
        page: 1_000,
        push_rate: FIRST_RATE.to_owned(),
        sms_rate: "20/s".to_owned(),
        push_faults: json!({ "latency_ms": [20, 120] }),
        sms_faults: json!({ "latency_ms": [20, 120] }),
        settlement_seconds: 30.0,
        own_calls: false,
    }
}

pub(super) async fn run(scale: Scale, report: &mut Report) -> Result<()> {
    report.tell("waiting for PostgreSQL, RabbitMQ and Redis");
    let (cluster, servers) = scale.servers().await?;
    let (mut config, mut gateway, mut key) = (Value::Null, Value::Null, Ok(()));
    let edit = |whole: &mut Value| {
        key = desk::with_key(whole);
        gateway = desk::at_the_start(whole);
        config = whole.clone();
    };
    let fleet = Fleet::prepare_with(&servers, &settings(scale), &ROLES, edit).await?;
    key?;
    let watch = scale.pick(Duration::from_secs(8), Duration::from_secs(3));
    let desk = Desk::new(&fleet, config, gateway, watch).await?;
    fleet.supervised(story(scale, report, desk)).await?;
    drop(fleet);
    let servers = match &cluster {
        Some(cluster) => Servers::named(cluster, "versions").await?,
        None => Servers::shared().await?,
    };
    versions::run(&servers, &settings(scale), report).await
}

async fn story(scale: Scale, report: &mut Report, mut desk: Desk<'_>) -> Result<()> {
    let fleet = desk.fleet;
    let guests = scale.pick(6_000, 1_500);
    let reach = |n: u32| {
        if n.is_multiple_of(PHONES) {
            Reach::Phone
        } else {
            Reach::App
        }
    };
    fleet.import(guests, reach).await?;
    fleet.start_roles().await?;
    fleet.serves().await?;
    let push = fleet.create(&mailing("push")).await?;
    fleet.mailing("launch", push).await?;
    let under_load = async || Ok((fleet.simulator.accepted().await? >= 60).then_some(()));
    eventually("the mailing goes out", PATIENCE, under_load).await?;
    report.tell(format!(
        "{guests} guests imported, a mailing goes out at {FIRST_RATE}; at work: {}",
        ROLES.join(", ")
    ));

    limits(scale, report, &mut desk).await?;
    quiet_hours(scale, report, &mut desk).await?;
    pause(scale, report, &desk).await?;
    new_sender(report, &desk).await?;

    desk.apply(|config| config["sender"][0]["rate"] = json!("")).await?;
    fleet.finished(push, PATIENCE).await?;
    let book = fleet.simulator.book("push").await?;
    let (reached, apps) = (book.by_recipient().len() as u32, guests - guests / PHONES);
    report.claim(
        "nobody was lost or written to twice over it",
        reached == apps && book.doubled_by_recipient() == 0,
        format!(
            "simulator: {reached} of {apps} apps, {} doubled",
            book.doubled_by_recipient()
        ),
    );
    let ends = fleet.ends_of_their_own().await;
    report.claim("no process was started anew", ends == 0, format!("{ends} ended"));
    report.figure("guests", guests);
    Ok(())
}

/// How long a start may take; the short run shares its machine with other tests.
fn starts_within(scale: Scale) -> i64 {
    scale.pick(HOLDS_MS, 3 * HOLDS_MS)
}

async fn limits(scale: Scale, report: &mut Report, desk: &mut Desk<'_>) -> Result<()> {
    let (rate, per_second) = LOW_RATE;
    let at = desk.http.change("senders/app", |app| app["rate"] = json!(rate)).await?;
    let low = desk.taken_from(at + HOLDS_MS).await?;
    let most = (desk.watch.as_secs() as i64 + 1) * per_second;
    report.claim(
        "a limit that is lowered over HTTP holds",
        low as i64 <= most,
        format!("simulator: {low} from 2 s after it on, where {rate} lets {most} through"),
    );
    let at = desk
        .apply(|config| config["sender"][0]["rate"] = json!(HIGH_RATE))
        .await?;
    let high = desk.taken_from(at + starts_within(scale)).await?;
    report.claim(
        "a limit that is raised by `apply` holds",
        high > 3 * low.max(1),
        format!("simulator: {high} in the same time by {HIGH_RATE}"),
    );
    report.figure("taken_by_lowered_limit", low);
    report.figure("taken_by_raised_limit", high);
    Ok(())
}

async fn quiet_hours(scale: Scale, report: &mut Report, desk: &mut Desk<'_>) -> Result<()> {
    let now = desk::quiet_now(Timestamp::now());
    let begin = |organisation: &mut Value| organisation["quiet_hours"] = json!(now);
    let at = desk.http.change("organisation", begin).await?;
    let late = desk.taken_from(at + HOLDS_MS).await?;
    report.claim(
        "quiet hours that begin now, over HTTP, hold",
        late == 0,
        format!("simulator: {late} from 2 s after {now} was answered"),
    );
    let at = desk
        .apply(|config| config["organisation"][0]["quiet_hours"] = json!("off"))
        .await?;
    claim_start(
        scale,
        report,
        desk,
        "what they held goes on when `apply` takes them back",
        at,
    )
    .await
}

async fn pause(scale: Scale, report: &mut Report, desk: &Desk<'_>) -> Result<()> {
    let at = desk.http.pause("app").await?;
    let late = desk.taken_from(at + HOLDS_MS).await?;
    report.claim(
        "a sender that is paused over HTTP sends nothing",
        late == 0,
        format!("simulator: {late} from 2 s after the pause on"),
    );
    let at = desk.done(&["sender", "resume", "app"]).await?;
    claim_start(scale, report, desk, "one that is resumed by a command goes on", at).await
}

async fn claim_start(scale: Scale, report: &mut Report, desk: &Desk<'_>, what: &str, at: i64) -> Result<()> {
    let first = desk.first_after("push", at).await?;
    report.claim(
        what,
        first - at <= starts_within(scale),
        format!("simulator: the first {} ms after it", first - at),
    );
    Ok(())
}

/// A sender that was not there when the processes began; its secret is one that the gateway has changed.
async fn new_sender(report: &mut Report, desk: &Desk<'_>) -> Result<()> {
    let fleet = desk.fleet;
    let sms = fleet.create(&mailing("sms")).await?;
    let gateway = desk.gateway.clone();
    let given = |password: &str| json!({ "password": { "secret": password }, "reports": { "secret": "secret" } });
    let add = |sender: &mut Value| {
        *sender = gateway;
        sender["settings"]["secrets"] = given("of-yesterday");
    };
    desk.http.change("senders/sms", add).await?;
    fleet.mailing("launch", sms).await?;
    let refused = async || {
        let refused = fleet.simulator.refused("sms").await?;
        Ok((refused > 0).then_some(refused))
    };
    let refused = eventually("the new sender sends", PATIENCE, refused).await?;
    let taken = fleet.simulator.book("sms").await?.acceptances();
    report.claim(
        "a sender that is new over HTTP sends without a restart, and the gateway refuses its old secret",
        taken == 0,
        format!("simulator: {refused} refused, {taken} taken"),
    );
    let rotate = |sender: &mut Value| sender["settings"]["secrets"]["password"] = json!({ "secret": "secret" });
    desk.http.change("senders/sms", rotate).await?;
    let at = desk.http.resume("sms").await?;
    let first = desk.first_after("sms", at).await?;
    fleet.finished(sms, PATIENCE).await?;
    let book = fleet.simulator.book("sms").await?;
    report.claim(
        "with the one that is rotated over HTTP all its guests are reached, each once",
        book.doubled_by_recipient() == 0 && book.acceptances() > 0,
        format!(
            "simulator: {} taken, the first {} ms after the resume",
            book.acceptances(),
            first - at
        ),
    );
    report.figure("rotated_secret_ms", first - at);
    Ok(())
}

/// A mailing to everybody by one channel.
fn mailing(channel: &str) -> Value {
    let (content, step) = match channel {
        "push" => (
            json!({ "title": "We miss you", "body": "Two pizzas for the price of one" }),
            json!({ "channel": channel, "success": "accepted" }),
        ),
        _ => (
            json!({ "text": "Two pizzas for the price of one" }),
            json!({ "channel": channel }),
        ),
    };
    json!({
        "name": format!("by {channel}"),
        "audience": { "all": [] },
        "contents": { channel: content },
        "waterfall": [step],
        "expires_after_minutes": 600,
    })
}
