//! What taking events is compared with: PostgreSQL's `COPY` of the rows that they left, into the same tables with the same indexes,
//! as many rows in a transaction as there are events in one.

use anyhow::{Result, ensure};
use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use std::time::{Duration, Instant};

/// The tables that events write to, those first to which others refer.
const TABLES: [&str; 17] = [
    "restaurants",
    "customers",
    "customer_attributes",
    "endpoints",
    "customer_endpoints",
    "dishes",
    "categories",
    "orders",
    "order_items",
    "customer_facts",
    "customer_latest_orders",
    "events",
    "carts",
    "reported_bonuses",
    "reviews",
    "referrals",
    "outbox",
];

/// The rows of a table as COPY writes them.
struct Rows {
    table: &'static str,
    lines: Vec<Vec<u8>>,
}

pub struct Copied {
    pub rows: u64,
    pub took: Duration,
}

/// Copies the rows of one database into another, which has the same tables without rows.
pub async fn copy(from: &str, to: &str, at_once: usize) -> Result<Copied> {
    let mut source = PgConnection::connect(from).await?;
    let mut all = Vec::new();
    for table in TABLES {
        all.push(read(&mut source, table).await?);
    }
    source.close().await?;
    let mut target = PgConnection::connect(to).await?;
    // Its settings, which were applied there too, have told the outbox of themselves.
    target.execute("TRUNCATE outbox").await?;
    let started = Instant::now();
    let mut rows = 0;
    for of in &all {
        for some in of.lines.chunks(at_once) {
            rows += write(&mut target, of.table, some).await?;
        }
    }
    let took = started.elapsed();
    target.close().await?;
    Ok(Copied { rows, took })
}

async fn read(source: &mut PgConnection, table: &'static str) -> Result<Rows> {
    let text = format!("COPY {table} TO STDOUT");
    let mut parts = source.copy_out_raw(&text).await?;
    let mut bytes = Vec::new();
    while let Some(part) = parts.try_next().await? {
        bytes.extend_from_slice(&part);
    }
    let lines = bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec);
    Ok(Rows {
        table,
        lines: lines.collect(),
    })
}

async fn write(target: &mut PgConnection, table: &str, lines: &[Vec<u8>]) -> Result<u64> {
    let mut copy = target.copy_in_raw(&format!("COPY {table} FROM STDIN")).await?;
    copy.send(lines.concat()).await?;
    let rows = copy.finish().await?;
    ensure!(
        rows == lines.len() as u64,
        "COPY took {rows} of {} rows of {table}",
        lines.len()
    );
    Ok(rows)
}

/// One number of the database.
pub async fn number(url: &str, text: &'static str) -> Result<i64> {
    let mut connection = PgConnection::connect(url).await?;
    let number = sqlx::query_scalar(AssertSqlSafe(text))
        .fetch_one(&mut connection)
        .await?;
    connection.close().await?;
    Ok(number)
}
