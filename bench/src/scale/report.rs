//! The figures of `bellhop-bench scale`, as a table and as one object.

use super::Installation;
use super::history::History;
use super::pruned::Pruned;
use crate::figures::{median, rounded};
use crate::machine::Machine;
use crate::print::{print_json, table};
use crate::statements;
use crate::timed::Timed;
use anyhow::Result;
use serde_json::{Value, json};

/// The promised share of its first speed that a fleet keeps.
const TARGET: f64 = 0.9;

pub struct ScaleReport {
    pub machine: Machine,
    pub recipients: u32,
    pub past: History,
    /// Size of the database with its history, bytes.
    pub disk: i64,
    pub young: Installation,
    pub old: Installation,
    pub pruned: Pruned,
}

pub fn print(report: &ScaleReport, json: bool) -> Result<()> {
    if json {
        print_json(&object(report))
    } else {
        print_table(report)
    }
}

fn ratios(report: &ScaleReport) -> Vec<f64> {
    let pairs = report.old.mailings.iter().zip(&report.young.mailings);
    pairs
        .map(|(old, young)| old.timed.per_second() / young.timed.per_second())
        .collect()
}

fn rates(of: &Installation) -> Vec<f64> {
    let each = of.mailings.iter().map(|one| &one.timed);
    each.map(|run: &Timed| run.per_second().round()).collect()
}

/// WAL bytes a message, over all mailings.
fn wal(of: &Installation) -> f64 {
    let messages: f64 = of.mailings.iter().map(|one| f64::from(one.timed.messages)).sum();
    let all = statements::over(of.mailings.iter().map(|one| one.statements.as_slice()));
    rounded(all.iter().map(|one| one.wal_bytes).sum::<f64>() / messages)
}

fn object(report: &ScaleReport) -> Value {
    let ratios = ratios(report);
    let of = |it: &Installation| json!({ "messages_per_second": rates(it), "wal_bytes_per_message": wal(it), "question_ms": it.times });
    json!({
        "bench": "scale",
        "ratio": rounded(median(&ratios)),
        "target": TARGET,
        "ratios": ratios.iter().copied().map(rounded).collect::<Vec<_>>(),
        "against": "the same fleet with an empty ledger, in turn, with servers of its own",
        "measured": "launch of a push to everybody to its last recorded outcome, whole ledger",
        "recipients": report.recipients,
        "history": {
            "messages": report.past.messages,
            "written_in_s": rounded(report.past.took.as_secs_f64()),
            "database_bytes": report.disk,
        },
        "empty": of(&report.young),
        "full": of(&report.old),
        "prune": {
            "bytes_before": report.pruned.before,
            "bytes_after": report.pruned.after,
            "took_s": rounded(report.pruned.took.as_secs_f64()),
            "statistics": "the same",
        },
        "machine": report.machine,
    })
}

fn print_table(report: &ScaleReport) -> Result<()> {
    println!(
        "{} messages of the past, {:.1} GB; mailings to {} guests. {}\n",
        report.past.messages,
        gigabytes(report.disk),
        report.recipients,
        report.machine.line()
    );
    let rows: Vec<Vec<String>> = (rates(&report.young).iter().zip(rates(&report.old)).zip(ratios(report)))
        .map(|((young, old), ratio)| vec![format!("{young:.0}"), format!("{old:.0}"), format!("{ratio:.2}")])
        .collect();
    println!("{}", table(&["empty /s", "full /s", "ratio"], &rows));
    println!(
        "WAL bytes a message: empty {:.0}, full {:.0}\n",
        wal(&report.young),
        wal(&report.old)
    );
    let rows: Vec<Vec<String>> = (report.young.times.iter())
        .map(|(what, young)| {
            let old = report.old.times.get(what).copied().unwrap_or_default();
            vec![(*what).to_owned(), format!("{young:.1}"), format!("{old:.1}")]
        })
        .collect();
    println!("{}", table(&["question", "empty ms", "full ms"], &rows));
    println!(
        "prune: {:.1} GB before, {:.1} GB after, in {:.0} s; the oldest mailing's statistics are the same",
        gigabytes(report.pruned.before),
        gigabytes(report.pruned.after),
        report.pruned.took.as_secs_f64()
    );
    println!(
        "\nFull ÷ empty: {:.2} (median; asked: {TARGET})",
        median(&ratios(report))
    );
    Ok(())
}

fn gigabytes(bytes: i64) -> f64 {
    bytes as f64 / 1e9
}
