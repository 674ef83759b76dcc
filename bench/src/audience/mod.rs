//! `bellhop-bench audience`: how long a marketer waits for a count, on both databases.
//!
//! Six segments are asked of a synthetic base, the same rows in PostgreSQL and SQLite: the bare *count*, and the full
//! *object* of `audience count` (exclusions by reason, duplicates, channels). The base is warm: every question is put
//! once before the clock starts. Both databases must give the same figures. *Live* is all that is read for one answer while
//! a filter is typed: the object, what each clause lets in and keeps out, and ten guests with the reason.

mod base;
mod segments;

use super::figures::{median, p95, rounded};
use super::machine::Machine;
use super::progress;
use crate::print::{print_json, table};
use anyhow::{Result, ensure};
use bellhop_domain::CustomerId;
use bellhop_domain::segment::Segment;
use bellhop_store::audience::Audience;
use bellhop_store::{SqlStore, postgres};
use bellhop_test_services::{Cluster, Options};
use serde::Serialize;
use serde_json::{Value, json};
use std::time::Instant;

/// The promised p95 of each segment on PostgreSQL, in ms.
const COUNT_TARGET: f64 = 300.0;
const OBJECT_TARGET: f64 = 1_500.0;
const LIVE_TARGET: f64 = 300.0;

/// Guests who are shown beside a filter.
const SHOWN: u32 = 10;

/// Times of one question, ms.
#[derive(Debug, Serialize)]
struct Times {
    median_ms: f64,
    p95_ms: f64,
}

#[derive(Debug, Serialize)]
struct Measured {
    segment: &'static str,
    guests: u64,
    count: Times,
    object: Times,
    live: Times,
}

struct AudienceReport {
    machine: Machine,
    customers: u32,
    orders: u32,
    rounds: u32,
    /// How long it took, in seconds: to draw and settle PostgreSQL's base, and to copy SQLite's.
    loaded_in: [f64; 2],
    postgresql: Vec<Measured>,
    sqlite: Vec<Measured>,
}

/// `drawn` is the address of a database that an earlier run has left, so that questions can be tuned without drawing
/// again.
pub async fn run(customers: u32, orders: u32, rounds: u32, drawn: Option<String>, json: bool) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("bellhop-bench-").tempdir()?;
    let cluster = Cluster::start(Options::bench()).await?;
    let machine = Machine::describe(&cluster).await?;
    let fresh = drawn.is_none();
    let url = match drawn {
        Some(url) => url,
        None => cluster.create_database("bellhop").await?,
    };
    progress(&format!(
        "bench audience: drawing {customers} guests with {orders} orders in PostgreSQL"
    ));
    let started = Instant::now();
    let store = postgres::open(&url, 4).await?;
    if fresh {
        store.migrate().await?;
        base::draw(&url, &store, customers, orders).await?;
    }
    let drawn_in = started.elapsed();
    progress(&format!("drawn in {:.0} s; asking PostgreSQL", drawn_in.as_secs_f64()));
    let postgresql = ask(&store, rounds).await?;
    store.close().await;
    progress("copying the base into SQLite");
    let started = Instant::now();
    let store = base::copy_to_sqlite(&url, &folder.path().join("bellhop.db")).await?;
    let copied_in = started.elapsed();
    progress(&format!("copied in {:.0} s; asking SQLite", copied_in.as_secs_f64()));
    let sqlite = ask(&store, rounds).await?;
    store.close().await;
    for (one, other) in postgresql.iter().zip(&sqlite) {
        ensure!(
            one.guests == other.guests,
            "{:?}: PostgreSQL counts {}, SQLite {}",
            one.segment,
            one.guests,
            other.guests
        );
    }
    let report = AudienceReport {
        machine,
        customers,
        orders,
        rounds,
        loaded_in: [drawn_in, copied_in].map(|span| rounded(span.as_secs_f64())),
        postgresql,
        sqlite,
    };
    if json {
        print_json(&object(&report))
    } else {
        print_table(&report)
    }
}

async fn ask(store: &SqlStore, rounds: u32) -> Result<Vec<Measured>> {
    let mut measured = Vec::new();
    for (segment_name, segment) in segments::all()? {
        let guests = store.size(base::ORG, &segment, base::NOW).await?;
        let object = store.count(base::ORG, &segment, base::NOW).await?;
        ensure!(
            object.count == guests,
            "{segment_name:?}: the count is {guests}, the object says {}",
            object.count
        );
        measured.push(Measured {
            segment: segment_name,
            guests,
            count: times(store, &segment, rounds, Question::Size).await?,
            object: times(store, &segment, rounds, Question::Object).await?,
            live: times(store, &segment, rounds, Question::Live).await?,
        });
    }
    Ok(measured)
}

#[derive(Debug, Clone, Copy)]
enum Question {
    Size,
    Object,
    Live,
}

/// What `POST /v1/audience/live` reads, side by side as it does.
async fn live(store: &SqlStore, segment: &Segment) -> Result<()> {
    let shown = async {
        let found = store.list(base::ORG, segment, base::NOW, CustomerId(0), SHOWN).await?;
        for guest in found {
            store.explain(base::ORG, segment, base::NOW, &guest.customer).await?;
        }
        Ok(())
    };
    let object = store.count(base::ORG, segment, base::NOW);
    tokio::try_join!(object, store.clauses(base::ORG, segment, base::NOW), shown)?;
    Ok(())
}

async fn times(store: &SqlStore, segment: &Segment, rounds: u32, question: Question) -> Result<Times> {
    let mut times = Vec::new();
    for _ in 0..rounds.max(1) {
        let started = Instant::now();
        match question {
            Question::Size => drop(store.size(base::ORG, segment, base::NOW).await?),
            Question::Object => drop(store.count(base::ORG, segment, base::NOW).await?),
            Question::Live => live(store, segment).await?,
        }
        times.push(started.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(Times {
        median_ms: rounded(median(&times)),
        p95_ms: rounded(p95(&times)),
    })
}

/// The time of the worst segment divided by the target; at most 1 is promised.
fn ratio(report: &AudienceReport) -> f64 {
    let shares = report.postgresql.iter().flat_map(|m| {
        [
            m.count.p95_ms / COUNT_TARGET,
            m.object.p95_ms / OBJECT_TARGET,
            m.live.p95_ms / LIVE_TARGET,
        ]
    });
    shares.fold(0.0, f64::max)
}

fn object(report: &AudienceReport) -> Value {
    json!({
        "bench": "audience",
        "ratio": rounded(ratio(report)),
        "target": 1.0,
        "against": "the longest wait promised on PostgreSQL, p95 over the worst segment: 300 ms for a count and for a live answer, 1.5 s for the full object",
        "measured": "Audience::size (count), Audience::count (object) and what a live answer reads (live), warm, one question at a time",
        "count_target_ms": COUNT_TARGET,
        "object_target_ms": OBJECT_TARGET,
        "live_target_ms": LIVE_TARGET,
        "customers": report.customers,
        "orders": report.orders,
        "rounds": report.rounds,
        "postgresql": report.postgresql,
        "sqlite": report.sqlite,
        "loaded_in_s": { "postgresql": report.loaded_in[0], "sqlite": report.loaded_in[1] },
        "machine": report.machine,
    })
}

fn print_table(report: &AudienceReport) -> Result<()> {
    let AudienceReport {
        customers,
        orders,
        rounds,
        ..
    } = report;
    println!(
        "{customers} guests, {orders} orders, {rounds} questions each, warm. {}\n",
        report.machine.line()
    );
    for (name, measured) in [("PostgreSQL", &report.postgresql), ("SQLite", &report.sqlite)] {
        let rows: Vec<Vec<String>> = measured.iter().map(row).collect();
        let header = [name, "guests", "count ms", "p95", "object ms", "p95", "live ms", "p95"];
        println!("{}", table(&header, &rows));
    }
    println!(
        "Asked, PostgreSQL, p95 of each: count {COUNT_TARGET} ms, object {OBJECT_TARGET} ms, live {LIVE_TARGET} ms."
    );
    println!("Worst segment: {:.2} of what is asked (1 or less).", ratio(report));
    Ok(())
}

fn row(measured: &Measured) -> Vec<String> {
    let ms = |value: f64| format!("{value:.1}");
    let Measured {
        count, object, live, ..
    } = measured;
    vec![
        measured.segment.to_owned(),
        measured.guests.to_string(),
        ms(count.median_ms),
        ms(count.p95_ms),
        ms(object.median_ms),
        ms(object.p95_ms),
        ms(live.median_ms),
        ms(live.p95_ms),
    ]
}
