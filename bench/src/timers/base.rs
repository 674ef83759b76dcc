//! Carts that wait, written in bulk as dispatchers leave them, and what tables take.

use super::DELAY_MINUTES;
use crate::progress;
use crate::stage::Stage;
use anyhow::{Context, Result, ensure};
use bellhop_domain::Timestamp;
use serde::Serialize;
use sqlx::{Connection as _, Executor as _, PgConnection};
use std::time::Duration;

/// How long writing may take, beside some time for each hundred thousand.
const AT_LEAST: Duration = Duration::from_secs(10);
const FOR_A_HUNDRED_THOUSAND: Duration = Duration::from_secs(8);

/// The first comes due at `$3`, the others come in the delay after that, each guest's at a time of its own.
const FIRINGS: &str = "
    INSERT INTO firings (program_id, org_id, version, state, customer_id, occasion, last_event, fired_at, due_at, given)
    SELECT $1, $2, 1, 1, i, 'event:' || i, i, $3 + (i * 7919 % $4) * $5 / $4 - $5, $3 + (i * 7919 % $4) * $5 / $4,
        '{\"cart.total\":\"450\"}'
    FROM generate_series(1, $4) i";
const CARTS: &str = "
    INSERT INTO carts (customer_id, org_id, changed_at, total, cart)
    SELECT i, $1, $2, 4500000, '{\"total\":\"450\",\"items\":[{\"dish\":\"Margherita\",\"price\":\"300\",\"quantity\":1}]}'
    FROM generate_series(1, $3) i";

/// Gives each guest a cart that waits for a program's message. Returns when the first is due, which is a little later.
pub async fn arm(stage: &Stage, program: i64, timers: u32) -> Result<Timestamp> {
    progress(&format!("writing {timers} carts that wait"));
    let first = Timestamp::now().plus(AT_LEAST + FOR_A_HUNDRED_THOUSAND * timers.div_ceil(100_000));
    let (org, count, delay) = (stage.organisation.id.0, i64::from(timers), delay_ms());
    let mut connection = PgConnection::connect(&stage.database_url).await?;
    let firings = sqlx::query(FIRINGS).bind(program).bind(org).bind(first.0);
    firings.bind(count).bind(delay).execute(&mut connection).await?;
    let carts = sqlx::query(CARTS).bind(org).bind(first.0 - delay).bind(count);
    carts.execute(&mut connection).await?;
    // Their events were those before what comes now.
    sqlx::query("SELECT setval('events_number_seq', $1)")
        .bind(count)
        .execute(&mut connection)
        .await?;
    for statement in ["VACUUM ANALYZE firings", "VACUUM ANALYZE carts", "CHECKPOINT"] {
        connection.execute(statement).await?;
    }
    connection.close().await?;
    ensure!(
        Timestamp::now() < first,
        "writing {timers} carts took longer than this bench waits for; the machine is too busy"
    );
    Ok(first)
}

pub fn delay_ms() -> i64 {
    i64::from(DELAY_MINUTES) * 60_000
}

/// What a table takes with its indexes, bytes.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
pub struct TableSize {
    pub name: String,
    pub bytes: i64,
    pub rows: i64,
}

pub async fn sizes(stage: &Stage) -> Result<Vec<TableSize>> {
    let mut connection = PgConnection::connect(&stage.database_url).await?;
    connection.execute("ANALYZE firings, carts, events, outbox").await?;
    let text = "SELECT relname::TEXT AS name, pg_total_relation_size(oid) AS bytes, GREATEST(reltuples, 0)::BIGINT AS rows
                FROM pg_class WHERE relname IN ('firings', 'carts', 'events', 'outbox') AND relkind = 'r' ORDER BY relname";
    let sizes = sqlx::query_as(text).fetch_all(&mut connection).await?;
    connection.close().await?;
    Ok(sizes)
}

/// What a server and its processes have in memory, each page counted once, bytes (`Pss` of proc(5)).
pub fn memory_of(server: u32) -> Result<u64> {
    let mut sum = 0;
    for entry in std::fs::read_dir("/proc").context("cannot read /proc")?.flatten() {
        let folder = entry.path();
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        let is_server = entry.file_name().to_str() == Some(&server.to_string());
        let parent = read("stat");
        let parent = parent.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(1));
        if is_server || parent == Some(&server.to_string()) {
            let rollup = read("smaps_rollup");
            let pss = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
            let kilobytes = pss.and_then(|text| text.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
            sum += kilobytes.unwrap_or(0) * 1_024;
        }
    }
    Ok(sum)
}
