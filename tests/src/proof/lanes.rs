//! While millions of pushes are queued and being sent, guests want to log in, and each code leaves within a second.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use bellhop_domain::Timestamp;
use serde_json::{Value, json};

use super::{Report, Scale};
use crate::fleet::{Fleet, Settings};
use crate::patience::eventually;

const ROLES: [&str; 5] = [
    "api-1",
    "dispatcher-1",
    "worker-transactional",
    "worker-marketing-1",
    "worker-marketing-2",
];
const FIRST_MARKETING: usize = 3;
/// The promised time from the request to the provider. A short run may share its machine, so it shows the order
/// rather than the time.
const PROMISED_MS: i64 = 1_000;
const PROMISED_IN_SHORT_MS: i64 = 5_000;
const PATIENCE: Duration = Duration::from_secs(1_500);
/// The time between two guests who want to log in.
const BETWEEN: Duration = Duration::from_millis(400);

/// What a guest gets: a code on one of the channels, requested at an instant in ms UTC.
struct Code {
    channel: &'static str,
    recipient: String,
    asked_at: i64,
    answered_at: i64,
}

fn settings(scale: Scale) -> Settings {
    Settings {
        seed: scale.seed,
        page: 10_000,
        push_rate: String::new(),
        sms_rate: "100/s".to_owned(),
        push_faults: json!({ "latency_ms": [5, 50] }),
        sms_faults: json!({ "latency_ms": [5, 50] }),
        settlement_seconds: 60.0,
        own_calls: false,
    }
}

pub(super) async fn run(scale: Scale, report: &mut Report) -> Result<()> {
    report.tell("waiting for PostgreSQL, RabbitMQ and Redis");
    let (_cluster, servers) = scale.servers().await?;
    let fleet = Fleet::prepare(&servers, &settings(scale), &ROLES).await?;
    fleet.supervised(story(scale, report, &fleet)).await
}

async fn story(scale: Scale, report: &mut Report, fleet: &Fleet) -> Result<()> {
    let (apps, codes) = (scale.pick(3_000_000, 150_000), scale.pick(40, 16));
    fleet.ledger.install_apps(apps).await?;
    for role in &fleet.roles[..FIRST_MARKETING] {
        role.lock().await.start()?;
    }
    fleet.serves().await?;
    let codes_of = [
        fleet.create(&login_code("sms")).await?,
        fleet.create(&login_code("push")).await?,
    ];
    for code in codes_of {
        fleet.mailing("launch", code).await?;
    }
    // A new limiter waits until no earlier permit can still be alive, so the numbers must have been used before the
    // measurement.
    let desk = Desk::open(fleet, codes_of).await?;
    for number in 0..2 {
        desk.ask(number).await?;
    }
    sent(fleet, codes_of, 2).await?;
    report.tell(format!(
        "{apps} apps installed, two guests have logged in; no worker is at marketing yet"
    ));
    let million = fleet.create(&marketing()).await?;
    fleet.mailing("launch", million).await?;
    let planned = async || Ok(fleet.ledger.run(million).await?.planned_at);
    eventually("all is planned", PATIENCE, planned).await?;
    let queued = pending(fleet, million).await?;
    report.tell(format!("{queued} pushes are queued; two workers begin"));
    for role in &fleet.roles[FIRST_MARKETING..] {
        role.lock().await.start()?;
    }
    let under_way = async || Ok((fleet.simulator.accepted().await? >= 1_000).then_some(()));
    eventually("pushes go out", PATIENCE, under_way).await?;
    let (begun, before) = (Instant::now(), fleet.simulator.accepted().await?);
    let mut asked = Vec::new();
    for number in 2..codes + 2 {
        asked.push(desk.ask(number).await?);
        tokio::time::sleep(BETWEEN).await;
    }
    sent(fleet, codes_of, codes + 2).await?;
    let span = begun.elapsed().as_secs_f64();
    let beside = fleet.simulator.accepted().await? - before;
    let left = pending(fleet, million).await?;
    for role in &fleet.roles {
        role.lock().await.kill().await?;
    }
    let waits = waits(fleet, &asked).await?;
    tell_steps(report, fleet, codes_of, &asked).await?;
    claim(scale, report, &waits, left);
    report.figure("queued", queued);
    report.figure("left_at_the_end", left);
    report.figure(
        "pushes_a_second_beside",
        ((beside - u64::from(codes)) as f64 / span).round(),
    );
    Ok(())
}

async fn pending(fleet: &Fleet, mailing: i64) -> Result<u64> {
    Ok(fleet.ledger.states(mailing).await?.remove("pending").unwrap_or(0))
}

fn marketing() -> Value {
    json!({
        "name": "to everybody",
        "audience": {},
        "contents": { "push": { "title": "We miss you", "body": "Two pizzas for the price of one until Sunday" } },
        "waterfall": [{ "channel": "push", "success": "accepted" }],
        "expires_after_minutes": 600,
    })
}

fn login_code(channel: &str) -> Value {
    json!({
        "name": format!("login code by {channel}"),
        "transactional": { "values": ["code"] },
        "contents": {
            "push": { "title": "Your code", "body": "{{ code }}" },
            "sms": { "text": "{{ code }} is your code" },
        },
        "waterfall": [{ "channel": channel, "success": "accepted" }],
        "expires_after_minutes": 5,
    })
}

/// Waits until this many codes are out.
async fn sent(fleet: &Fleet, [by_sms, by_push]: [i64; 2], codes: u32) -> Result<()> {
    let sent = async || {
        let (sms, push) = (fleet.ledger.sent(by_sms).await?, fleet.ledger.sent(by_push).await?);
        Ok((sms + push >= u64::from(codes)).then_some(()))
    };
    eventually("all codes are out", Duration::from_secs(120), sent).await
}

/// Where guests log in.
struct Desk<'a> {
    api: &'a str,
    key: String,
    client: reqwest::Client,
    by_sms: i64,
    by_push: i64,
}

impl<'a> Desk<'a> {
    async fn open(fleet: &'a Fleet, [by_sms, by_push]: [i64; 2]) -> Result<Self> {
        let create = ["api-key", "create", "site", "--scopes", "endpoints,messages"];
        let key = fleet.bellhop.json(&create).await?;
        Ok(Self {
            api: &fleet.api,
            key: key["key"].as_str().context("no key was made")?.to_owned(),
            client: reqwest::Client::new(),
            by_sms,
            by_push,
        })
    }

    async fn post(&self, path: &str, body: Value) -> Result<()> {
        let request = self.client.post(format!("{}{path}", self.api));
        let answer = request.bearer_auth(&self.key).json(&body).send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "{path}: {status} {text}");
        Ok(())
    }

    /// Requests a code, alternately to a phone that nobody knows and to a guest's app, through the sender of the
    /// millions.
    async fn ask(&self, number: u32) -> Result<Code> {
        let mut body = json!({ "request_id": format!("login-{number}"), "values": { "code": format!("{number:06}") } });
        let (channel, recipient) = if number.is_multiple_of(2) {
            let phone = format!("+7999555{number:04}");
            (body["mailing"], body["phone"]) = (json!(self.by_sms), json!(phone));
            ("sms", phone)
        } else {
            let (token, customer) = (format!("login-token-{number:04}"), format!("c{number}"));
            let app = json!({ "kind": "fcm", "address": token, "customer_id": customer });
            self.post("/v1/endpoints", app).await?;
            (body["mailing"], body["customer_id"]) = (json!(self.by_push), json!(customer));
            ("push", token)
        };
        let asked_at = Timestamp::now().0;
        self.post("/v1/messages", body).await?;
        Ok(Code {
            channel,
            recipient,
            asked_at,
            answered_at: Timestamp::now().0,
        })
    }
}

/// How long each code took to reach its provider, by channel.
async fn waits(fleet: &Fleet, asked: &[Code]) -> Result<Vec<(&'static str, i64)>> {
    let mut waits = Vec::with_capacity(asked.len());
    for channel in ["sms", "push"] {
        let book = fleet.simulator.book(channel).await?;
        for code in asked.iter().filter(|code| code.channel == channel) {
            let digits = |text: &str| text.trim_start_matches('+').to_owned();
            let mut taken = book.0.iter();
            let taken = taken.find(|taken| digits(&taken.recipient) == digits(&code.recipient));
            let taken = taken.with_context(|| format!("{} got no code", code.recipient))?;
            ensure!(taken.times.len() == 1, "{} got its code twice", code.recipient);
            waits.push((channel, taken.times[0] - code.asked_at));
        }
    }
    Ok(waits)
}

/// Reports where the time went: until the answer, the task and the request; the median and the maximum of each, from
/// the start.
async fn tell_steps(report: &Report, fleet: &Fleet, mailings: [i64; 2], asked: &[Code]) -> Result<()> {
    let mut steps = [Vec::new(), Vec::new(), Vec::new()];
    for mailing in mailings {
        for row in fleet.ledger.steps(mailing).await? {
            let Some(code) = asked.iter().find(|code| code.recipient == row.address) else {
                continue;
            };
            for (step, at) in steps
                .iter_mut()
                .zip([code.answered_at, row.published_at, row.started_at])
            {
                step.push(at - code.asked_at);
            }
        }
    }
    for (step, what) in steps.iter_mut().zip(["answered", "published", "requested"]) {
        step.sort_unstable();
        if let (Some(median), Some(most)) = (step.get(step.len() / 2), step.last()) {
            report.line(format!("{what} after: median {median} ms, most {most} ms"));
        }
    }
    Ok(())
}

fn claim(scale: Scale, report: &mut Report, waits: &[(&'static str, i64)], left: u64) {
    let mut slowest = 0;
    for channel in ["sms", "push"] {
        let mut of: Vec<i64> = waits.iter().filter(|(c, _)| *c == channel).map(|(_, ms)| *ms).collect();
        of.sort_unstable();
        let (median, most) = (of[of.len() / 2], of[of.len() - 1]);
        report.line(format!(
            "{channel}: {} codes, median {median} ms, slowest {most} ms",
            of.len()
        ));
        report.figure(&format!("{channel}_median_ms"), median);
        report.figure(&format!("{channel}_slowest_ms"), most);
        slowest = slowest.max(most);
    }
    let (what, promised) = scale.pick(
        (
            "every code was at its provider within a second of its request",
            PROMISED_MS,
        ),
        (
            "every code was at its provider within five seconds of its request",
            PROMISED_IN_SHORT_MS,
        ),
    );
    report.claim(
        what,
        slowest <= promised,
        format!("simulator: the slowest of {} took {slowest} ms", waits.len()),
    );
    report.claim(
        "the queue of the millions was never empty",
        left > 0,
        format!("Bellhop: {left} still to go after the last code"),
    );
    report.figure("codes", waits.len());
}
