//! The figures of `bellhop-bench channels`, as a table and as one object.

use super::encryption::Encryption;
use crate::figures::{median, rounded};
use crate::machine::Machine;
use crate::print::{print_json, table};
use crate::timed::{Pairs, pipeline, print_cpu};
use anyhow::Result;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// The promised share of the speed of the client without a ledger that the fleet reaches on each channel.
const TARGET: f64 = 0.55;

pub struct ChannelsReport {
    pub machine: Machine,
    pub messages: u32,
    pub loaded_in: Duration,
    pub channels: [Pairs; 2],
    pub encryption: Encryption,
}

impl ChannelsReport {
    /// The ratio of the worse channel.
    fn ratio(&self) -> f64 {
        let ratios = self.channels.iter().map(|channel| median(&channel.ratios()));
        ratios.fold(f64::INFINITY, f64::min)
    }

    /// A value for each channel, under its name.
    fn by_channel(&self, of: impl Fn(&Pairs) -> Value) -> Map<String, Value> {
        let channels = self.channels.iter();
        channels
            .map(|pairs| (pairs.kind.name().to_owned(), of(pairs)))
            .collect()
    }
}

pub fn print(report: &ChannelsReport, json: bool) -> Result<()> {
    if json {
        print_json(&object(report))
    } else {
        print_table(report)
    }
}

fn object(report: &ChannelsReport) -> Value {
    json!({
        "bench": "channels",
        "ratio": rounded(report.ratio()),
        "target": TARGET,
        "ratios": report.by_channel(|pairs| json!(rounded(median(&pairs.ratios())))),
        "against": "the same provider client alone: one process, the same messages rendered in memory, as many requests under way, no ledger",
        "measured": "launch of a mailing to everybody to its last recorded outcome, whole ledger; TLS, one channel at a time; the worse channel's median",
        "messages": report.messages,
        "channels": report.by_channel(channel),
        "encryption": report.encryption.object(),
        "loaded_in_s": rounded(report.loaded_in.as_secs_f64()),
        "machine": report.machine,
    })
}

fn channel(pairs: &Pairs) -> Value {
    json!({
        "ratios": pairs.ratios().into_iter().map(rounded).collect::<Vec<_>>(),
        "fleet": pipeline(&pairs.mailings()),
        "bare": pipeline(&pairs.bares()),
    })
}

fn print_table(report: &ChannelsReport) -> Result<()> {
    println!(
        "{} messages through each channel, over TLS. {}\n",
        report.messages,
        report.machine.line()
    );
    let header = [
        "channel",
        "bare /s",
        "fleet /s",
        "ratio",
        "bare cores",
        "fleet's worker: cores",
        "busiest thread",
    ];
    let rows: Vec<_> = report.channels.iter().flat_map(rows).collect();
    println!("{}", table(&header, &rows));
    for pairs in &report.channels {
        print!("{}: ", pairs.kind.name());
        print_cpu(pairs);
    }
    println!("\n{}", report.encryption.line());
    for pairs in &report.channels {
        let ratio = median(&pairs.ratios());
        println!(
            "{}, fleet ÷ bare: {ratio:.2} (median; asked: {TARGET})",
            pairs.kind.name()
        );
    }
    Ok(())
}

fn rows(pairs: &Pairs) -> Vec<Vec<String>> {
    (pairs.bare.iter().zip(&pairs.fleet).zip(pairs.ratios()))
        .map(|((bare, fleet), ratio)| {
            vec![
                pairs.kind.name().to_owned(),
                format!("{:.0}", bare.per_second()),
                format!("{:.0}", fleet.timed.per_second()),
                format!("{ratio:.2}"),
                format!("{:.2}", bare.worker_cores()),
                format!("{:.2}", fleet.timed.worker_cores()),
                format!("{:.0}%", fleet.timed.busiest_thread * 100.0),
            ]
        })
        .collect()
}
