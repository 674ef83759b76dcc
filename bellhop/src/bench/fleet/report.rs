//! The figures of `bench fleet`, as a table and as one object.

use super::super::figures::{median, rounded};
use super::super::machine::Machine;
use super::{FleetTimed, Timed};
use crate::commands::{print_json, table};
use anyhow::Result;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// What the fleet must reach of the bare pipeline (the project's promise), and where the first message must be.
const TARGET: f64 = 0.5;
const FIRST_MESSAGE_TARGET: Duration = Duration::from_secs(2);
const MIB: f64 = 1_048_576.0;

pub struct Report {
    pub machine: Machine,
    pub recipients: u32,
    pub loaded_in: Duration,
    pub bare: Vec<Timed>,
    pub fleet: Vec<FleetTimed>,
}

impl Report {
    fn ratios(&self) -> Vec<f64> {
        let pairs = self.fleet.iter().zip(&self.bare);
        pairs
            .map(|(fleet, bare)| fleet.timed.per_second() / bare.per_second())
            .collect()
    }
}

pub fn print(report: &Report, json: bool) -> Result<()> {
    if json {
        print_json(&object(report))
    } else {
        print_table(report)
    }
}

fn object(report: &Report) -> Value {
    let fleet: Vec<&Timed> = report.fleet.iter().map(|f| &f.timed).collect();
    let bare: Vec<&Timed> = report.bare.iter().collect();
    let ratios = report.ratios();
    let first: Vec<f64> = report.fleet.iter().map(|f| millis(f.first_message)).collect();
    json!({
        "bench": "fleet",
        "ratio": rounded(median(&ratios)),
        "target": TARGET,
        "ratios": ratios.iter().copied().map(rounded).collect::<Vec<_>>(),
        "against": "a bare pipeline: 100 recipients per AMQP message, publish with confirms, consume, POST, ack; same HTTP client, no database",
        "measured": "launch of a push to everybody to its last recorded outcome, whole ledger",
        "recipients": report.recipients,
        "fleet": pipeline(&fleet),
        "bare": pipeline(&bare),
        "first_message_ms": first,
        "first_message_target_ms": millis(FIRST_MESSAGE_TARGET),
        "hot_updates": report.fleet.iter().map(|f| rounded(f.hot_updates)).collect::<Vec<_>>(),
        "loaded_in_s": rounded(report.loaded_in.as_secs_f64()),
        "machine": report.machine,
    })
}

fn pipeline(runs: &[&Timed]) -> Value {
    let rates: Vec<f64> = runs.iter().map(|r| r.per_second().round()).collect();
    let memory: Vec<f64> = runs.iter().map(|r| mib(r)).collect();
    let cpu: Map<String, Value> = cpu(runs)
        .into_iter()
        .map(|(name, us)| (name.to_owned(), json!(us)))
        .collect();
    json!({
        "messages_per_second": median(&rates),
        "runs": rates,
        "cpu_us_per_message": cpu,
        "worker_peak_memory_mib": memory,
    })
}

/// Microseconds of CPU per message by component, medians over the runs; the last is their sum.
fn cpu(runs: &[&Timed]) -> Vec<(&'static str, f64)> {
    let names = runs
        .first()
        .map_or(&[][..], |run| &run.cpu)
        .iter()
        .map(|(name, _)| *name);
    let mut rows: Vec<(&str, f64)> = names
        .enumerate()
        .map(|(i, name)| {
            let each = |run: &&Timed| run.cpu[i].1.as_secs_f64() * 1e6 / f64::from(run.messages);
            (name, rounded(median(&runs.iter().map(each).collect::<Vec<_>>())))
        })
        .collect();
    rows.push(("all", rounded(rows.iter().map(|(_, us)| us).sum())));
    rows
}

fn print_table(report: &Report) -> Result<()> {
    println!(
        "{} recipients, one push each. {}\n",
        report.recipients,
        report.machine.line()
    );
    let rows: Vec<Vec<String>> = (report.bare.iter().zip(&report.fleet).zip(report.ratios()))
        .map(|((bare, fleet), ratio)| {
            vec![
                format!("{:.0}", bare.per_second()),
                format!("{:.0}", fleet.timed.per_second()),
                format!("{ratio:.2}"),
                format!("{:.0}", millis(fleet.first_message)),
                format!("{:.0}", mib(&fleet.timed)),
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
    println!("{}", table::render(&header, &rows));
    println!("CPU per message, µs (medians)");
    let fleet: Vec<&Timed> = report.fleet.iter().map(|f| &f.timed).collect();
    let bare: Vec<&Timed> = report.bare.iter().collect();
    for (name, runs) in [("bare", bare), ("fleet", fleet)] {
        let parts: Vec<_> = cpu(&runs)
            .into_iter()
            .map(|(name, us)| format!("{name} {us:.1}"))
            .collect();
        println!("  {name:<6} {}", parts.join(", "));
    }
    println!(
        "\nFleet ÷ bare: {:.2} (median; asked: {TARGET})",
        median(&report.ratios())
    );
    Ok(())
}

fn millis(span: Duration) -> f64 {
    rounded(span.as_secs_f64() * 1000.0)
}

fn mib(run: &Timed) -> f64 {
    (run.worker_memory as f64 / MIB).round()
}
