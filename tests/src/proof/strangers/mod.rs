//! Strangers at a real API process: huge bodies, headers and bodies that never end, ten thousand connections, forged
//! keys and calls, links opened without end, an app's key used against other guests. Memory is the kernel's count,
//! and meanwhile real traffic goes on.

mod attacks;
mod crowd;
mod traffic;

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::{Report, Scale};
use crate::fleet::{Fleet, Settings};
use crate::guests::{Reach, mailing};
use crate::ledger::AttemptRow;
use crate::resident::{now_kb, peak_kb};
use attacks::Target;
use traffic::{Traffic, Traffics};

pub use crowd::{CROWD, be_a_crowd};

const ROLES: [&str; 3] = ["api-1", "dispatcher-1", "worker-1"];
const PATIENCE: Duration = Duration::from_secs(300);
/// What strangers may add to the process: room for bodies (40 MiB), and 800 connections.
const GROWTH_MB: u64 = 192;
/// Shorter than the defaults, so that the proof sees the end of it.
const IDLE_S: u64 = 5;
/// How long a guest's open or a brand's order may take while strangers come in thousands, on any machine.
const SLOWEST_MS: u64 = 5_000;
const MOST_OPENS: i64 = 100;
const AGENT_CHARS: i64 = 300;

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
    let fleet = Fleet::prepare_with(&servers, &settings(scale), &ROLES, |config| {
        config["http"]["idle_seconds"] = json!(IDLE_S);
        config["http"]["body_seconds"] = json!(IDLE_S);
    })
    .await?;
    fleet.supervised(story(scale, report, &fleet)).await
}

async fn story(scale: Scale, report: &mut Report, fleet: &Fleet) -> Result<()> {
    let guests = scale.pick(400, 100);
    fleet.import(guests, |_| Reach::Phone).await?;
    fleet.start_roles().await?;
    fleet.serves().await?;
    let mailing = fleet.create(&mailing("strangers")).await?;
    fleet.mailing("launch", mailing).await?;
    fleet.finished(mailing, PATIENCE).await?;
    let attempts = fleet.ledger.attempts(mailing).await?;
    ensure!(attempts.len() > 2, "only {} attempts", attempts.len());
    let target = Target {
        url: fleet.api.clone(),
        app: key(fleet, "app", &["--kind", "app"]).await?,
        link: link(&attempts[0]),
    };
    let real = Traffic {
        api: fleet.api.clone(),
        backend: key(fleet, "backend", &[]).await?,
        app: target.app.clone(),
        secret: std::fs::read_to_string(fleet.folder().join("sms-reports"))?,
        // The first message is for the strangers.
        attempts: attempts[1..].to_vec(),
    };
    let pid = fleet.roles[0].lock().await.pid().context("the API does not run")?;
    report.tell(format!(
        "{} messages are out; real traffic alone, for comparison",
        attempts.len()
    ));
    let quiet = real
        .during(tokio::time::sleep(Duration::from_secs(scale.pick(10, 3))))
        .await?
        .1;
    let before = now_kb(pid).context("no memory is told")? / 1_024;
    report.tell(format!(
        "real traffic goes on, and strangers come; the API holds {before} MB"
    ));
    let (counted, busy) = real.during(attacks::all(scale, report, &target)).await?;
    let counted = counted?;
    let peak = peak_kb(pid).context("the API has ended")? / 1_024;
    for (name, holds, said) in counted.claims {
        report.claim(name, holds, said);
    }
    claim_memory(report, fleet, before, peak).await;
    claim_traffic(report, fleet, &quiet, &busy).await?;
    claim_ledger(report, fleet, &attempts[0]).await?;
    report.figure("connections", counted.connections);
    report.figure("seed", scale.seed);
    Ok(())
}

async fn key(fleet: &Fleet, name: &str, more: &[&str]) -> Result<String> {
    let create: Vec<_> = ["api-key", "create", name].iter().chain(more).copied().collect();
    let made: Value = fleet.bellhop.json(&create).await?;
    Ok(made["key"].as_str().context("no key was made")?.to_owned())
}

/// The token of the message's personal link.
fn link(attempt: &AttemptRow) -> String {
    attempt.message.to_string()
}

async fn claim_memory(report: &mut Report, fleet: &Fleet, before: u64, peak: u64) {
    report.claim(
        "the API's memory is bounded",
        peak <= before + GROWTH_MB,
        format!("{before} MB before, {peak} MB at most; {GROWTH_MB} MB more are allowed"),
    );
    report.figure("before_mb", before);
    report.figure("peak_mb", peak);
    let ends = fleet.ends_of_their_own().await;
    report.claim("no process ended", ends == 0, format!("{ends} ends"));
}

async fn claim_traffic(report: &mut Report, fleet: &Fleet, quiet: &Traffics, busy: &Traffics) -> Result<()> {
    for line in busy.failures.iter().take(10) {
        report.line(line);
    }
    report.claim(
        "real orders, opens and delivery reports all succeed",
        busy.failures.is_empty() && busy.answered() > 0,
        format!(
            "{} answered, {} failed, {} sent again after a closed connection",
            busy.answered(),
            busy.failures.len(),
            busy.again
        ),
    );
    let (p50, p99) = (busy.percentile(50), busy.percentile(99));
    report.claim(
        "and soon",
        p99 <= SLOWEST_MS,
        format!(
            "p50 {p50} ms, p99 {p99} ms; alone they took {} and {} ms",
            quiet.percentile(50),
            quiet.percentile(99)
        ),
    );
    let (stored, posted) = (fleet.ledger.orders().await?, quiet.orders + busy.orders);
    report.claim(
        "every order is stored once",
        stored == posted,
        format!("{stored} stored, {posted} posted"),
    );
    report.figure("requests", busy.answered());
    report.figure("failed", busy.failures.len());
    report.figure("sent_again", busy.again);
    for (name, of, percent) in [
        ("quiet_p50_ms", quiet, 50),
        ("quiet_p99_ms", quiet, 99),
        ("p50_ms", busy, 50),
        ("p99_ms", busy, 99),
    ] {
        report.figure(name, of.percentile(percent));
    }
    Ok(())
}

async fn claim_ledger(report: &mut Report, fleet: &Fleet, strangers: &AttemptRow) -> Result<()> {
    let (rows, agent) = fleet.ledger.opens(strangers.message).await?;
    report.claim(
        "a link that is opened without end keeps a bounded number of rows",
        (1..=MOST_OPENS).contains(&rows) && agent <= AGENT_CHARS,
        format!("{rows} rows, the longest user agent {agent} characters"),
    );
    let attached = fleet.ledger.attached(attacks::THIEF).await?;
    report.claim(
        "an app's key attached no device to a guest",
        attached == 0,
        format!("{attached} of the thief's devices belong to guests"),
    );
    report.figure("opens_kept", rows);
    report.figure("attached", attached);
    Ok(())
}
