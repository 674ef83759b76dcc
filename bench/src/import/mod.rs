//! `bellhop-bench import`: importing orders, as a fraction of PostgreSQL's `COPY` of the same file.
//!
//! *Import* is `bellhop import orders FILE` as anybody runs it, a process of its own: it checks every cell, creates
//! unknown customers and restaurants, upserts the orders and brings every fact about every guest up to date. *COPY*
//! sends the same file's bytes into a table with the file's columns and the same indexes as `orders`; it looks
//! nothing up. COPY runs before and after the import, and the mean of both counts.

mod copied;
mod orders_file;

use super::config_file;
use super::figures::{median, rounded};
use super::machine::Machine;
use super::product::Product;
use super::progress;
use crate::print::{print_json, table};
use anyhow::{Context, Result, ensure};
use bellhop_test_services::{Cluster, Options};
use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _, PgConnection};
use std::path::Path;
use std::time::{Duration, Instant};

/// The promised share of COPY's speed that the import reaches, and its promised memory in MiB.
const TARGET: f64 = 0.3;
const MEMORY_TARGET: f64 = 300.0;
const MIB: f64 = 1_048_576.0;

struct ImportReport {
    machine: Machine,
    orders: u32,
    customers: u32,
    file_bytes: u64,
    /// Rows a second, before and after the import.
    copy: [f64; 2],
    import: f64,
    peak_memory: u64,
}

impl ImportReport {
    fn ratio(&self) -> f64 {
        self.import / median(&self.copy)
    }
}

pub async fn run(orders: u32, json: bool) -> Result<()> {
    let product = Product::beside_us()?;
    let folder = tempfile::Builder::new().prefix("bellhop-bench-").tempdir()?;
    // The server's account need not read this folder, because COPY sends the file over the connection.
    let file = folder.path().join("orders.csv");
    progress(&format!("bench import: writing a file of {orders} orders"));
    let customers = orders_file::write(&file, orders)?;
    let cluster = Cluster::start(Options::bench()).await?;
    let machine = Machine::describe(&cluster).await?;
    let before = copy(&cluster, &file, orders, "copied_before").await?;
    progress(&format!("COPY: {before:.0} rows/s; importing"));
    let (import, peak_memory) = import(&product, &cluster, folder.path(), &file, orders).await?;
    progress(&format!(
        "import: {import:.0} rows/s, {:.0} MiB; COPY again",
        peak_memory as f64 / MIB
    ));
    let after = copy(&cluster, &file, orders, "copied_after").await?;
    let report = ImportReport {
        machine,
        orders,
        customers,
        file_bytes: std::fs::metadata(&file)?.len(),
        copy: [before, after],
        import,
        peak_memory,
    };
    if json {
        print_json(&object(&report))
    } else {
        print_table(&report)
    }
}

async fn copy(cluster: &Cluster, file: &Path, orders: u32, database: &str) -> Result<f64> {
    let url = cluster.create_database(database).await?;
    checkpoint(&url).await?;
    let took = copied::copy(&url, file, orders).await?;
    drop_database(cluster, database).await?;
    Ok(f64::from(orders) / took.as_secs_f64())
}

/// Rows a second and the peak of resident memory in bytes.
async fn import(product: &Product, cluster: &Cluster, folder: &Path, file: &Path, orders: u32) -> Result<(f64, u64)> {
    let url = cluster.create_database("imported").await?;
    let config = config_file::for_store(folder, &url)?;
    let patience = Duration::from_secs(120 + u64::from(orders) / 2_000);
    for command in ["migrate", "apply"] {
        let child = product.start(command, &config, &[command], folder)?;
        child.finished(patience).await?;
    }
    checkpoint(&url).await?;
    let started = Instant::now();
    let path = file.to_str().context("the temporary folder's name is not UTF-8")?;
    let ended = product
        .start("import", &config, &["import", "orders", path, "--json"], folder)?
        .finished(patience)
        .await?;
    let took = started.elapsed();
    let summary: Value = serde_json::from_str(&ended.output.concat()).context("the import's summary")?;
    ensure!(
        summary["created"] == u64::from(orders),
        "the import was to create {orders} orders, but says {summary}"
    );
    check_facts(&url, orders).await?;
    drop_database(cluster, "imported").await?;
    Ok((f64::from(orders) / took.as_secs_f64(), ended.peak_memory))
}

/// Checks that every fact is settled and agrees with the orders; otherwise the figures would not count.
async fn check_facts(url: &str, orders: u32) -> Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    let text = "SELECT (SELECT COUNT(*) FROM orders),
                       (SELECT COUNT(*) FROM orders WHERE status <> 5),
                       (SELECT SUM(orders_count)::BIGINT FROM customer_facts),
                       (SELECT COUNT(*) FROM stale_customers)";
    let (all, counted, in_facts, stale): (i64, i64, i64, i64) = sqlx::query_as(text).fetch_one(&mut connection).await?;
    connection.close().await?;
    ensure!(
        all == i64::from(orders) && counted == in_facts && stale == 0,
        "of {orders} orders {all} are in; {counted} count, the facts say {in_facts}; {stale} guests are stale"
    );
    Ok(())
}

async fn checkpoint(url: &str) -> Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    connection.execute("CHECKPOINT").await?;
    Ok(connection.close().await?)
}

async fn drop_database(cluster: &Cluster, name: &str) -> Result<()> {
    let mut connection = PgConnection::connect(cluster.postgres.url()).await?;
    connection
        .execute(sqlx::AssertSqlSafe(format!("DROP DATABASE {name}")))
        .await?;
    Ok(connection.close().await?)
}

fn object(report: &ImportReport) -> Value {
    json!({
        "bench": "import",
        "ratio": rounded(report.ratio()),
        "target": TARGET,
        "against": "COPY FROM STDIN of the same file into a table with the file's columns and the indexes of orders, mean of a run before and one after",
        "measured": "bellhop import orders FILE into an empty base, all facts settled, start of the process to its end",
        "orders": report.orders,
        "customers": report.customers,
        "file": { "bytes": report.file_bytes, "columns": orders_file::COLUMNS, "items": false },
        "import_rows_per_second": report.import.round(),
        "copy_rows_per_second": report.copy.map(f64::round),
        "peak_memory_mib": (report.peak_memory as f64 / MIB).round(),
        "peak_memory_target_mib": MEMORY_TARGET,
        "machine": report.machine,
    })
}

fn print_table(report: &ImportReport) -> Result<()> {
    println!(
        "{} orders of {} customers, CSV of {:.0} MiB without items. {}\n",
        report.orders,
        report.customers,
        report.file_bytes as f64 / MIB,
        report.machine.line()
    );
    let row = |name: &str, rate: f64| vec![name.to_owned(), format!("{rate:.0}")];
    let rows = [
        row("COPY, before", report.copy[0]),
        row("import, facts settled", report.import),
        row("COPY, after", report.copy[1]),
    ];
    println!("{}", table(&["", "rows /s"], &rows));
    println!("Import ÷ COPY: {:.2} (asked: {TARGET})", report.ratio());
    println!(
        "Peak memory of the import: {:.0} MiB (asked: under {MEMORY_TARGET})",
        report.peak_memory as f64 / MIB
    );
    Ok(())
}
