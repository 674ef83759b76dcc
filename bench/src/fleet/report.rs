//! The figures of `bellhop-bench fleet`, as a table and as one object.

use crate::figures::{median, rounded};
use crate::machine::Machine;
use crate::print::{print_json, table};
use crate::statements;
use crate::timed::{Pairs, pipeline, print_cpu};
use anyhow::Result;
use serde_json::{Value, json};
use std::time::Duration;

/// The promised share of the bare pipeline's speed that the fleet reaches, and the promised time of the first
/// message.
const TARGET: f64 = 0.6;
const FIRST_MESSAGE_TARGET: Duration = Duration::from_secs(2);

pub struct FleetReport {
    pub machine: Machine,
    pub recipients: u32,
    pub loaded_in: Duration,
    pub pairs: Pairs,
}

pub fn print(report: &FleetReport, json: bool) -> Result<()> {
    if json {
        print_json(&object(report))
    } else {
        print_table(report)
    }
}

fn object(report: &FleetReport) -> Value {
    let pairs = &report.pairs;
    let ratios = pairs.ratios();
    let (statements, messages) = pairs.statements();
    let first: Vec<f64> = pairs.fleet.iter().map(|f| millis(f.first_message)).collect();
    json!({
        "bench": "fleet",
        "ratio": rounded(median(&ratios)),
        "target": TARGET,
        "ratios": ratios.iter().copied().map(rounded).collect::<Vec<_>>(),
        "against": "a bare pipeline: 100 recipients per AMQP message, publish with confirms, consume, POST, ack; same HTTP client, no database",
        "measured": "launch of a push to everybody to its last recorded outcome, whole ledger",
        "recipients": report.recipients,
        "fleet": pipeline(&pairs.mailings()),
        "bare": pipeline(&pairs.bares()),
        "first_message_ms": first,
        "first_message_target_ms": millis(FIRST_MESSAGE_TARGET),
        "statements": statements::object(&statements, "message", messages),
        "hot_updates": pairs.fleet.iter().map(|f| rounded(f.hot_updates)).collect::<Vec<_>>(),
        "loaded_in_s": rounded(report.loaded_in.as_secs_f64()),
        "machine": report.machine,
    })
}

fn print_table(report: &FleetReport) -> Result<()> {
    println!(
        "{} recipients, one push each. {}\n",
        report.recipients,
        report.machine.line()
    );
    let pairs = &report.pairs;
    let rows: Vec<Vec<String>> = (pairs.bare.iter().zip(&pairs.fleet).zip(pairs.ratios()))
        .map(|((bare, fleet), ratio)| {
            vec![
                format!("{:.0}", bare.per_second()),
                format!("{:.0}", fleet.timed.per_second()),
                format!("{ratio:.2}"),
                format!("{:.0}", millis(fleet.first_message)),
                format!("{:.0}", fleet.timed.worker_mib()),
                format!("{:.0}%", fleet.hot_updates * 100.0),
            ]
        })
        .collect();
    let header = [
        "bare /s",
        "fleet /s",
        "ratio",
        "first message ms",
        "worker MiB",
        "HOT updates",
    ];
    println!("{}", table(&header, &rows));
    print_cpu(pairs);
    let (statements, messages) = pairs.statements();
    let header = [
        "calls",
        "ms",
        "µs a message",
        "WAL bytes a message",
        "PostgreSQL's statement",
    ];
    println!("\n{}", table(&header, &statements::rows(&statements, messages)));
    println!(
        "\nFleet ÷ bare: {:.2} (median; asked: {TARGET})",
        median(&pairs.ratios())
    );
    Ok(())
}

fn millis(span: Duration) -> f64 {
    rounded(span.as_secs_f64() * 1000.0)
}
