//! `bellhop-bench events`: taking events, as a fraction of PostgreSQL's `COPY` of the rows that they leave.
//!
//! *Taking* is `bellhop event send FILE` as anybody runs it, a process of its own: it checks every event, recognises repeats,
//! finds or makes the guests, writes orders, carts, balances and reviews, brings every fact up to date and has the outbox tell,
//! a thousand events in a transaction. *COPY* writes the same rows into the same tables with the same indexes, a thousand in a
//! transaction; it checks nothing and looks nothing up. COPY runs before and after, and the mean of both counts.
//!
//! Then a fleet is told of events at a steady pace. What a program fires is followed to the request to its provider, and a delivered
//! order to the tag that a rule sets.

mod copied;
mod live;
mod reached;
mod told;
mod traffic_of_guests;

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
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The promised share of COPY's speed.
const TARGET: f64 = 0.3;
/// Events of one transaction, as `bellhop event send` has them.
const AT_ONCE: usize = 1_000;

struct EventsReport {
    machine: Machine,
    events: u32,
    guests: u32,
    /// Rows that the events left.
    rows: u64,
    /// Events a second whose rows COPY writes, by two runs.
    copy: [f64; 2],
    taken: f64,
    /// The same events told again.
    known: f64,
    live: Option<live::Live>,
}

impl EventsReport {
    fn ratio(&self) -> f64 {
        self.taken / median(&self.copy)
    }
}

/// What a run needs.
struct Bench<'a> {
    product: Product,
    cluster: Cluster,
    folder: &'a Path,
    file: PathBuf,
    events: u32,
}

/// The file has `events`; then come `(a second, seconds)` of them to a fleet, unless there are no seconds.
pub async fn run(events: u32, (per_second, seconds): (u32, u64), json: bool) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("bellhop-bench-").tempdir()?;
    let file = folder.path().join("events.json");
    let guests = told::write(&file, events)?;
    let cluster = Cluster::start(Options::bench()).await?;
    let machine = Machine::describe(&cluster).await?;
    let bench = Bench {
        product: Product::beside_us()?,
        cluster,
        folder: folder.path(),
        file,
        events,
    };
    progress(&format!("bench events: {events} events of {guests} guests"));
    // What COPY writes is what a run has left.
    let left = bench.fresh("left").await?;
    bench.send(&left).await?;
    let before = bench.copy(&left, "copied_before").await?;
    progress(&format!("COPY: {before:.0} events/s; taking them"));
    let url = bench.fresh("taken").await?;
    let taken = bench.send(&url).await?;
    let rows = copied::number(&url, "SELECT COUNT(*) FROM events").await?;
    ensure!(rows == i64::from(events), "of {events} events {rows} are kept");
    let stale = copied::number(&url, "SELECT COUNT(*) FROM stale_customers").await?;
    ensure!(stale == 0, "{stale} guests are stale");
    let known = bench.send(&url).await?;
    progress(&format!(
        "taken: {taken:.0} events/s, known: {known:.0} events/s; COPY again"
    ));
    let after = bench.copy(&left, "copied_after").await?;
    let rows = copied::copy(&left, &bench.fresh("counted").await?, AT_ONCE).await?.rows;
    drop(bench);
    let live = match seconds {
        0 => None,
        _ => Some(live::run(per_second, seconds).await?),
    };
    let report = EventsReport {
        machine,
        events,
        guests,
        rows,
        copy: [before, after],
        taken,
        known,
        live,
    };
    if json {
        print_json(&object(&report))
    } else {
        print_table(&report)
    }
}

impl Bench<'_> {
    /// A database with the product's tables.
    async fn fresh(&self, name: &str) -> Result<String> {
        let url = self.cluster.create_database(name).await?;
        let config = config_file::for_store(self.folder, &url)?;
        for command in ["migrate", "apply"] {
            let child = self.product.start(command, &config, &[command], self.folder)?;
            child.finished(Duration::from_secs(120)).await?;
        }
        checkpoint(&url).await?;
        Ok(url)
    }

    /// Sends the file; events a second.
    async fn send(&self, url: &str) -> Result<f64> {
        let config = config_file::for_store(self.folder, url)?;
        let path = self.file.to_str().context("the temporary folder's name is not UTF-8")?;
        let patience = Duration::from_secs(120 + u64::from(self.events) / 500);
        let started = Instant::now();
        let child = self
            .product
            .start("event", &config, &["event", "send", path], self.folder)?;
        child.finished(patience).await?;
        Ok(f64::from(self.events) / started.elapsed().as_secs_f64())
    }

    async fn copy(&self, from: &str, name: &str) -> Result<f64> {
        let to = self.fresh(name).await?;
        let copied = copied::copy(from, &to, AT_ONCE).await?;
        Ok(f64::from(self.events) / copied.took.as_secs_f64())
    }
}

async fn checkpoint(url: &str) -> Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    connection.execute("CHECKPOINT").await?;
    Ok(connection.close().await?)
}

fn object(report: &EventsReport) -> Value {
    json!({
        "bench": "events",
        "ratio": rounded(report.ratio()),
        "target": TARGET,
        "against": "COPY FROM STDIN of the rows that the events left into the same tables with the same indexes, a thousand rows in a transaction, mean of a run before and one after",
        "measured": "bellhop event send FILE into an empty base, all effects and facts written, start of the process to its end",
        "events": report.events,
        "guests": report.guests,
        "rows": report.rows,
        "taken_per_second": report.taken.round(),
        "known_per_second": report.known.round(),
        "copied_per_second": report.copy.map(f64::round),
        "live": report.live.as_ref().map(live::object),
        "machine": report.machine,
    })
}

fn print_table(report: &EventsReport) -> Result<()> {
    println!(
        "{} events of {} guests, which leave {} rows. {}\n",
        report.events,
        report.guests,
        report.rows,
        report.machine.line()
    );
    let row = |name: &str, rate: f64| vec![name.to_owned(), format!("{rate:.0}")];
    let rows = [
        row("COPY of their rows, before", report.copy[0]),
        row("taken, with all effects", report.taken),
        row("told again", report.known),
        row("COPY of their rows, after", report.copy[1]),
    ];
    println!("{}", table(&["", "events /s"], &rows));
    println!("Taken ÷ COPY: {:.2} (asked: {TARGET})", report.ratio());
    if let Some(live) = &report.live {
        live::print(live);
    }
    Ok(())
}
