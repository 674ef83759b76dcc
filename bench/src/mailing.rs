//! The fleet's part: one mailing, from its launch to its end.

use super::guests;
use super::providers::book;
use super::stage::{Server, Stage, used};
use super::statements;
use super::timed::{MailingTimed, SENDING, Timed};
use anyhow::{Context, Result, bail, ensure};
use bellhop_domain::message::RunState;
use bellhop_domain::{EndpointKind, Origin, Purpose, RunId, Timestamp};
use bellhop_store::ledger::{Commanding, Launch, Reading, Run};
use serde_json::json;
use sqlx::{Connection as _, PgConnection};
use std::time::{Duration, Instant};

/// A mailing to everybody over one kind of address.
pub async fn run(stage: &Stage, kind: EndpointKind) -> Result<MailingTimed> {
    stage.tidy().await?;
    let hot_before = updates(stage).await?;
    let dispatcher = stage.child("dispatcher", &["dispatcher"])?;
    let worker = stage.child("worker", &["worker", "--name", "bench"])?;
    dispatcher.logged("dispatcher started").await?;
    worker.logged("worker started").await?;
    let processes = [("dispatcher", dispatcher.pid()?), (SENDING, worker.pid()?)];
    let before = stage.cpu(&processes, &Server::ALL)?;
    let (launched, id) = launch(stage, kind).await?;
    let first_message = first_message(stage, kind, launched).await?;
    let ended = ended(stage, id).await?;
    let cpu = used(&before, &stage.cpu(&processes, &Server::ALL)?);
    let (worker_memory, busiest_thread) = (worker.peak_memory()?, worker.busiest_thread()?);
    worker.stop().await?;
    dispatcher.stop().await?;
    let statements = statements::counted(&stage.database_url).await?;
    stage.providers.took_each_once(kind, stage.recipients).await?;
    check_ledger(stage, id).await?;
    let timed = Timed {
        messages: stage.recipients,
        took: ended.since(launched),
        cpu,
        worker_memory,
        busiest_thread,
    };
    let hot_after = updates(stage).await?;
    let share = (hot_after.1 - hot_before.1) / (hot_after.0 - hot_before.0).max(1.0);
    Ok(MailingTimed {
        timed,
        first_message,
        hot_updates: share,
        statements,
    })
}

/// Launches the mailing; returns when, and its run.
async fn launch(stage: &Stage, kind: EndpointKind) -> Result<(Timestamp, RunId)> {
    let (org, spec) = (stage.organisation.id, spec(kind));
    let mailing = stage
        .store
        .create_mailing(org, "bench", &spec, "bench", Timestamp::now())
        .await?;
    let now = Timestamp::now();
    let launch = Launch {
        mailing,
        start_at: now,
        purpose: Purpose::Marketing,
        origin: Origin::Audience,
        test: false,
        spec,
    };
    Ok((now, stage.store.launch(org, launch, "bench", now).await?))
}

/// The mailing's file.
pub fn spec(kind: EndpointKind) -> String {
    let channel = kind.channel();
    json!({
        "name": "bench",
        "audience": {},
        "contents": { channel.name(): { "title": guests::TITLE, "body": guests::BODY } },
        "waterfall": [{ "channel": channel.name() }],
        "expires_after_minutes": 24 * 60,
    })
    .to_string()
}

/// The time until the simulator took the first message, by the clock of this machine.
async fn first_message(stage: &Stage, kind: EndpointKind, launched: Timestamp) -> Result<Duration> {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(60) {
        let last = stage.providers.ask("/_sim/last").await?;
        if let Some(at) = last["channels"][book(kind)]["last_accepted_at_ms"].as_i64() {
            return Ok(Timestamp(at).since(launched));
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    bail!("no message reached the simulator within a minute of the launch")
}

async fn ended(stage: &Stage, id: RunId) -> Result<Timestamp> {
    let started = Instant::now();
    let patience = Duration::from_secs(120 + u64::from(stage.recipients) / 500);
    while started.elapsed() < patience {
        let run: Run = stage.store.run(id).await?;
        if run.finished_at.is_some() {
            return last_outcome(stage, id).await;
        }
        ensure!(
            run.state == RunState::Running,
            "the run is {}: {}",
            run.state.name(),
            run.paused_reason.unwrap_or_default()
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bail!("the run did not end within {patience:?}")
}

/// When the last batch was done, and so the last outcome recorded. The run becomes *finished* a little later, at the
/// dispatcher's next look.
async fn last_outcome(stage: &Stage, run: RunId) -> Result<Timestamp> {
    let mut connection = PgConnection::connect(&stage.database_url).await?;
    let text = "SELECT MAX(done_at) FROM batches WHERE run_id = $1";
    let at: Option<i64> = sqlx::query_scalar(text).bind(run.0).fetch_one(&mut connection).await?;
    connection.close().await?;
    at.map(Timestamp).context("the run had no batch")
}

/// Checks that the ledger says once for every guest that the provider accepted the message; otherwise the figures
/// would not count.
async fn check_ledger(stage: &Stage, run: RunId) -> Result<()> {
    let mut connection = PgConnection::connect(&stage.database_url).await?;
    let text = "SELECT (SELECT COUNT(*) FROM messages WHERE run_id = $1 AND sent_at IS NOT NULL AND due_at IS NULL),
                       (SELECT COUNT(*) FROM attempts WHERE run_id = $1 AND ended_at IS NOT NULL)";
    let (sent, attempts): (i64, i64) = sqlx::query_as(text).bind(run.0).fetch_one(&mut connection).await?;
    connection.close().await?;
    let expected = i64::from(stage.recipients);
    ensure!(
        sent == expected && attempts == expected,
        "the ledger was to hold {expected} sent messages, one attempt each, but has {sent} and {attempts}"
    );
    Ok(())
}

/// The number of updates of messages so far, and of those that touched no index.
async fn updates(stage: &Stage) -> Result<(f64, f64)> {
    let mut connection = PgConnection::connect(&stage.database_url).await?;
    // The table has a part for each month.
    let text =
        "SELECT COALESCE(SUM(n_tup_upd), 0)::FLOAT8, COALESCE(SUM(n_tup_hot_upd), 0)::FLOAT8 FROM pg_stat_user_tables
                WHERE relname LIKE 'messages\\_%'";
    let counts = sqlx::query_as(text).fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(counts)
}
