//! Replays, reorderings and forged signatures at the webhooks of a real API process.

mod calls;
mod script;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bellhop_domain::attempt::AttemptState;
use futures_util::{StreamExt, stream};
use rand::SeedableRng;
use rand::rngs::StdRng;
use reqwest::Client;
use serde_json::json;

use super::{Report, Scale};
use crate::fleet::{Fleet, Settings};
use crate::guests::{Reach, mailing};
use calls::{Call, Secrets};
use script::{Script, Stored};

const ROLES: [&str; 3] = ["api-1", "dispatcher-1", "worker-1"];
const PATIENCE: Duration = Duration::from_secs(300);
/// How many calls are made at the same time, so that they arrive in random order.
const AT_ONCE: usize = 8;
/// How often a call is repeated that was not answered 200, as providers do.
const TRIES: u32 = 10;

fn settings(scale: Scale) -> Settings {
    Settings {
        seed: scale.seed,
        page: 1_000,
        push_rate: "500/s".to_owned(),
        sms_rate: "500/s".to_owned(),
        push_faults: json!({}),
        sms_faults: json!({}),
        settlement_seconds: 60.0,
        own_calls: true,
    }
}

pub(super) async fn run(scale: Scale, report: &mut Report) -> Result<()> {
    report.tell("waiting for PostgreSQL, RabbitMQ and Redis");
    let (_cluster, servers) = scale.servers().await?;
    let fleet = Fleet::prepare(&servers, &settings(scale), &ROLES).await?;
    fleet.supervised(story(scale, report, &fleet)).await
}

async fn story(scale: Scale, report: &mut Report, fleet: &Fleet) -> Result<()> {
    let guests = scale.pick(600, 60);
    let reach = |n: u32| {
        if n.is_multiple_of(2) {
            Reach::WhatsApp
        } else {
            Reach::Phone
        }
    };
    fleet.import(guests, reach).await?;
    fleet.start_roles().await?;
    fleet.serves().await?;
    let mailing = fleet.create(&by_whatsapp_and_sms()).await?;
    fleet.mailing("launch", mailing).await?;
    fleet.finished(mailing, PATIENCE).await?;
    let attempts = fleet.ledger.attempts(mailing).await?;
    ensure!(
        attempts.len() == guests as usize,
        "{} attempts for {guests} guests",
        attempts.len()
    );
    report.tell(format!(
        "{guests} messages are out, half by WhatsApp, half by SMS; nothing was reported yet"
    ));

    let secrets = Secrets {
        app: std::fs::read_to_string(fleet.folder().join("whatsapp-app"))?,
        reports: std::fs::read_to_string(fleet.folder().join("sms-reports"))?,
        waha: std::fs::read_to_string(fleet.folder().join("waha-calls"))?,
    };
    let script = Script::draw(&attempts, &secrets, &mut StdRng::seed_from_u64(scale.seed));
    report.tell(format!(
        "throwing {} calls, {} of them forged, with {} repeats and in no order (seed {})",
        script.calls.len(),
        script.forged,
        script.repeats,
        scale.seed
    ));
    let answers = throw(fleet, &script.calls).await?;
    report.tell("all calls are answered");
    claim_answers(report, fleet, &script, &answers).await?;
    claim_ledger(report, fleet, &script, mailing).await?;
    claim_handshake(report, fleet).await?;
    for (name, figure) in [
        ("calls", script.calls.len()),
        ("forged", script.forged),
        ("repeats", script.repeats),
    ] {
        report.figure(name, figure);
    }
    report.figure("seed", scale.seed);
    Ok(())
}

fn by_whatsapp_and_sms() -> serde_json::Value {
    let mut file = mailing("webhooks");
    file["contents"] = json!({
        "whatsapp": { "template": { "name": "come_back", "language": "ru", "parameters": ["пицца"] } },
        "sms": { "text": "Two pizzas for the price of one until Sunday: {link}" },
    });
    file["waterfall"] = json!([{ "channel": "whatsapp", "success": "accepted" }, { "channel": "sms" }]);
    file
}

/// How the calls were answered: by whether they were genuine, and by status.
type Answers = BTreeMap<(bool, u16), usize>;

/// Makes every call until it is answered 200 or finally refused. The last status of each call counts.
async fn throw(fleet: &Fleet, calls: &[Call]) -> Result<Answers> {
    let client = Client::builder().timeout(Duration::from_secs(60)).build()?;
    let mut thrown = stream::iter(calls)
        .map(|call| async { Ok::<_, anyhow::Error>((call.genuine, make(fleet, &client, call).await?)) })
        .buffer_unordered(AT_ONCE);
    let mut answers = Answers::new();
    while let Some(answer) = thrown.next().await {
        *answers.entry(answer?).or_default() += 1;
    }
    Ok(answers)
}

async fn make(fleet: &Fleet, client: &Client, call: &Call) -> Result<u16> {
    let url = format!("{}/webhooks/default/{}", fleet.api, call.sender);
    for _ in 0..TRIES {
        let mut request = client
            .post(&url)
            .header("content-type", call.content_type)
            .body(call.body.clone());
        if let Some(signature) = &call.signature {
            request = request.header(call.signed_by, signature);
        }
        let status = request.send().await?.status().as_u16();
        // The store was busy with another call about the same rows, so the call is repeated, as providers do.
        if status != 503 {
            return Ok(status);
        }
    }
    Ok(503)
}

async fn claim_answers(report: &mut Report, fleet: &Fleet, script: &Script, answers: &Answers) -> Result<()> {
    let count = |genuine, status| answers.get(&(genuine, status)).copied().unwrap_or(0);
    let genuine = script.calls.len() - script.forged;
    report.claim(
        "every genuine call is acknowledged",
        count(true, 200) == genuine,
        format!("{} of {genuine} answered 200", count(true, 200)),
    );
    report.claim(
        "every forged call is refused",
        count(false, 401) == script.forged,
        format!("{} of {} answered 401", count(false, 401), script.forged),
    );
    let metrics = reqwest::get(format!("{}/metrics", fleet.operations))
        .await?
        .text()
        .await?;
    let refused = refusals(&metrics);
    report.claim(
        "forged calls are counted",
        refused == Some(script.forged),
        format!("/metrics: bellhop_webhooks_refused_total of bad signatures is {refused:?}"),
    );
    Ok(())
}

/// The counter of calls with a bad signature in Prometheus' text.
fn refusals(metrics: &str) -> Option<usize> {
    let line = metrics
        .lines()
        .find(|line| line.starts_with("bellhop_webhooks_refused_total{") && line.contains("\"bad_signature\""))?;
    line.rsplit(' ').next()?.parse().ok()
}

async fn claim_ledger(report: &mut Report, fleet: &Fleet, script: &Script, mailing: i64) -> Result<()> {
    let attempts = fleet.ledger.attempts(mailing).await?;
    let mut by_state: BTreeMap<&str, u64> = BTreeMap::new();
    let mut wrong = Vec::new();
    for attempt in &attempts {
        let is = AttemptState::from_code(attempt.state).context("an attempt in no state")?;
        *by_state.entry(is.name()).or_default() += 1;
        let key: Stored = (attempt.message, attempt.lease);
        let should = script.expected.get(&key).copied();
        if Some(is) != should {
            wrong.push(format!("{key:?} is {is:?}, its events say {should:?}"));
        }
    }
    for line in wrong.iter().take(10) {
        report.line(line);
    }
    report.claim(
        "each attempt is in the highest state that a genuine event told",
        wrong.is_empty() && attempts.len() == script.expected.len(),
        format!(
            "{} of {} right: {by_state:?}",
            attempts.len() - wrong.len(),
            attempts.len()
        ),
    );
    let stored = fleet.ledger.inbound().await?;
    let mut expected = script.inbound.clone();
    expected.sort_unstable();
    report.claim(
        "each genuine message is stored once, no forged one ever",
        stored == expected,
        format!("{} stored, {} were written", stored.len(), expected.len()),
    );
    report.figure("attempts", attempts.len());
    report.figure("inbound", stored.len());
    Ok(())
}

/// Claims that Meta's check of the address is answered.
async fn claim_handshake(report: &mut Report, fleet: &Fleet) -> Result<()> {
    let ask = async |word: &str| {
        let query = format!("hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={word}");
        let answer = reqwest::get(format!("{}/webhooks/default/whatsapp?{query}", fleet.api)).await?;
        Ok::<_, anyhow::Error>((answer.status().as_u16(), answer.text().await?))
    };
    let (right, wrong) = (ask("secret").await?, ask("guess").await?);
    report.claim(
        "the handshake answers the challenge to the right word only",
        right == (200, "1158201444".to_owned()) && wrong.0 == 401,
        format!("{} to the right word, {} to a wrong one", right.0, wrong.0),
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::refusals;

    #[test]
    fn the_counter_is_found_by_its_reason() {
        let text = "# TYPE bellhop_webhooks_refused_total counter\n\
            bellhop_webhooks_refused_total{why=\"unreadable\"} 2\n\
            bellhop_webhooks_refused_total{why=\"bad_signature\"} 17\n";
        assert_eq!(refusals(text), Some(17));
        assert_eq!(refusals(""), None);
    }
}
