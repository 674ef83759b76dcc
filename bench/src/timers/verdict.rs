//! Whether each timer went as it should: once, in time, and not before.

use super::base::delay_ms;
use crate::figures::Late;
use crate::providers::book;
use crate::stage::Stage;
use anyhow::{Context, Result, bail};
use bellhop_domain::Timestamp;
use bellhop_domain::event::EventKind;
use bellhop_store::programs::FiringState;
use serde::Serialize;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::time::{Duration, Instant};

/// How long what is due may take to go when all is told.
const PATIENCE: Duration = Duration::from_secs(180);
const LOOK: Duration = Duration::from_millis(200);
const WAITING: i16 = FiringState::Waiting.code();
const SENT: i16 = FiringState::Sent.code();

#[derive(Debug, Serialize)]
pub struct Verdict {
    /// Timers that went in the time that is measured.
    pub fired: i64,
    /// Restarted clocks: guests whose cart changed while it waited.
    pub restarted: i64,
    /// From when it was due until it was let go, and until the request to the provider began.
    pub let_go: Late,
    pub first_attempt: Late,
    /// Events that are not stored, changes whose clock does not run, timers that did not go.
    pub lost: i64,
    /// More than one message of one cart, or one that the provider took twice.
    pub doubled: i64,
    /// Gone before it was due.
    pub early: i64,
}

/// Waits until nothing waits any more that was due at an instant, and what went is with the provider.
pub async fn all_gone(stage: &Stage, program: i64, due: Timestamp) -> Result<()> {
    let mut connection = PgConnection::connect(&stage.database_url).await?;
    let text = format!(
        "SELECT (SELECT COUNT(*) FROM firings WHERE program_id = $1 AND state = {WAITING} AND due_at <= $2
                     AND COALESCE(wanted_at, due_at) <= $2)
              + (SELECT COUNT(*) FROM firings f JOIN messages m ON m.id = f.message_id
                 WHERE f.program_id = $1 AND f.state = {SENT} AND m.sent_at IS NULL AND f.decided_at <= $2)
              + (SELECT COUNT(*) FROM outbox o, outbox_readers r WHERE r.name = 'programs' AND o.seq > r.place AND o.at <= $2)"
    );
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let left: i64 = sqlx::query_scalar(AssertSqlSafe(text.clone()))
            .bind(program)
            .bind(due.0)
            .fetch_one(&mut connection)
            .await?;
        if left == 0 {
            return Ok(connection.close().await?);
        }
        tokio::time::sleep(LOOK).await;
    }
    bail!("{PATIENCE:?} after the last event not everything that was due has gone")
}

/// `told` events were told between these instants.
pub async fn judge(stage: &Stage, program: i64, told: u64, (from, until): (Timestamp, Timestamp)) -> Result<Verdict> {
    let mut of = Asked {
        connection: PgConnection::connect(&stage.database_url).await?,
        program,
        from,
        until,
    };
    let stored = of
        .number("SELECT COUNT(*) FROM events WHERE event_id LIKE 'change-%'")
        .await?;
    let changed = format!(
        "(SELECT customer_id, MAX(at) AS at FROM events WHERE kind = {} AND event_id LIKE 'change-%' GROUP BY customer_id)",
        EventKind::CartChanged.code()
    );
    let stopped = of
        .number(&format!(
            "SELECT COUNT(*) FROM {changed} e WHERE NOT EXISTS (SELECT 1 FROM firings f WHERE f.program_id = $1
                 AND f.customer_id = e.customer_id AND f.state = {WAITING} AND COALESCE(f.wanted_at, f.due_at) = e.at + {})",
            delay_ms()
        ))
        .await?;
    let left = of
        .number(&format!(
            "SELECT COUNT(*) FROM firings WHERE program_id = $1 AND (state NOT IN ({WAITING}, {SENT})
                 OR (state = {WAITING} AND COALESCE(wanted_at, due_at) <= $3))"
        ))
        .await?;
    let twice = of
        .number(&format!(
            "SELECT COUNT(*) - COUNT(DISTINCT customer_id) FROM firings WHERE program_id = $1 AND state = {SENT}"
        ))
        .await?;
    let summary = stage.providers.ask("/_sim/summary").await?;
    let taken = &summary["channels"][book(super::KIND)];
    let repeats = taken["duplicates"].as_i64().context("the simulator does not count")?;
    let early = format!("SELECT COUNT(*) FROM firings WHERE program_id = $1 AND state = {SENT} AND decided_at < {DUE}");
    let restarted = format!(
        "SELECT COUNT(*) FROM {changed} e JOIN firings f ON f.program_id = $1 AND f.customer_id = e.customer_id
         WHERE f.state = {WAITING} AND f.fired_at < $2"
    );
    let decided =
        format!("FROM firings f WHERE f.program_id = $1 AND f.state = {SENT} AND f.decided_at BETWEEN $2 AND $3");
    let attempts = format!(
        "FROM firings f JOIN attempts a ON a.message_id = f.message_id
         WHERE f.program_id = $1 AND f.state = {SENT} AND f.decided_at BETWEEN $2 AND $3"
    );
    Ok(Verdict {
        fired: of.number(&format!("SELECT COUNT(*) {decided}")).await?,
        restarted: of.number(&restarted).await?,
        let_go: of.late(&format!("f.decided_at - {DUE}"), &decided).await?,
        first_attempt: of.late(&format!("a.started_at - {DUE}"), &attempts).await?,
        lost: i64::try_from(told)? - stored + stopped + left,
        doubled: twice + repeats,
        early: of.number(&early).await?,
    })
}

/// A newer event has moved it, and it has not been looked at since.
const DUE: &str = "COALESCE(wanted_at, due_at)";

struct Asked {
    connection: PgConnection,
    program: i64,
    from: Timestamp,
    until: Timestamp,
}

impl Asked {
    /// `$1` is the program, `$2` and `$3` the time that is measured.
    async fn number(&mut self, text: &str) -> Result<i64> {
        // Every argument is used, so that every statement may have all of them.
        let text = format!("SELECT n FROM ({text}) AS t (n) WHERE $1::BIGINT + $2::BIGINT + $3::BIGINT IS NOT NULL");
        let number = sqlx::query_scalar(AssertSqlSafe(text)).bind(self.program);
        let number = number.bind(self.from.0).bind(self.until.0);
        Ok(number.fetch_one(&mut self.connection).await?)
    }

    async fn late(&mut self, span: &str, of: &str) -> Result<Late> {
        let text = format!(
            "SELECT percentile_disc(ARRAY[0.5, 0.99, 1]) WITHIN GROUP (ORDER BY ({span})::FLOAT8) {of}
             AND $1::BIGINT + $2::BIGINT + $3::BIGINT IS NOT NULL"
        );
        let all = sqlx::query_scalar(AssertSqlSafe(text)).bind(self.program);
        let all: Option<Vec<f64>> = all
            .bind(self.from.0)
            .bind(self.until.0)
            .fetch_one(&mut self.connection)
            .await?;
        Ok(match all.as_deref() {
            Some([p50, p99, max]) => Late {
                p50: *p50,
                p99: *p99,
                max: *max,
            },
            _ => Late::default(),
        })
    }
}
