//! The figures of `bellhop-bench timers`, as a table and as one object.

use super::Size;
use super::base::TableSize;
use super::peer::Peer;
use super::verdict::Verdict;
use super::wave::Wave;
use crate::crew::{self, MIB, Spent};
use crate::figures::{Late, median, p99, rounded};
use crate::machine::Machine;
use crate::print::{print_json, table};
use crate::statements::{self, Statement};
use crate::traffic::Told;
use anyhow::{Result, ensure};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// The most that 99 of 100 timers may be late.
const TARGET_MS: f64 = 1_000.0;

pub struct Ours {
    pub told: Told,
    /// While events were told, and until what was due had gone.
    pub spent: BTreeMap<&'static str, Spent>,
    /// Where PostgreSQL's time went meanwhile.
    pub statements: Vec<Statement>,
    pub kills: u32,
    /// Bytes.
    pub postgres_memory: u64,
    pub before: Vec<TableSize>,
    pub after: Vec<TableSize>,
    pub verdict: Verdict,
}

pub struct TimersReport {
    pub machine: Machine,
    pub size: Size,
    pub wave: Option<Wave>,
    pub ours: Ours,
    pub peer: Option<Peer>,
}

impl Ours {
    /// Of everything that is Bellhop's or PostgreSQL's; servers beside it, and the simulator, are told apart.
    fn cpu(&self) -> Duration {
        let own = self.spent.iter().filter(|(name, _)| **name != "simulator");
        own.map(|(_, spent)| spent.cpu).sum()
    }

    fn per_second(&self) -> f64 {
        self.told.events as f64 / self.told.took.as_secs_f64()
    }
}

impl Peer {
    fn total_cpu(&self) -> Duration {
        self.cpu.iter().map(|(_, cpu)| *cpu).sum()
    }
}

impl TimersReport {
    /// The peer's, as a multiple of ours: by lateness, and by CPU time a change.
    fn ratios(&self) -> Option<(f64, f64)> {
        let peer = self.peer.as_ref()?;
        let late = peer.done.late().p99 / self.ours.verdict.first_attempt.p99.max(1.0);
        let ours = self.ours.cpu().as_secs_f64() / self.ours.told.events.max(1) as f64;
        let theirs = peer.total_cpu().as_secs_f64() / (peer.changes * self.size.seconds as f64).max(1.0);
        Some((late, theirs / ours))
    }
}

/// # Errors
/// When something was lost, doubled or early: then the figures do not count.
pub fn print(report: &TimersReport, json: bool) -> Result<()> {
    match json {
        true => print_json(&object(report))?,
        false => print_table(report),
    }
    let Verdict {
        lost, doubled, early, ..
    } = report.ours.verdict;
    ensure!(
        (lost, doubled, early) == (0, 0, 0),
        "lost {lost}, doubled {doubled}, early {early}: the figures do not count"
    );
    Ok(())
}

fn object(report: &TimersReport) -> Value {
    let (ours, size) = (&report.ours, report.size);
    json!({
        "bench": "timers",
        "ratio": report.ratios().map(|(late, _)| rounded(late)),
        "cpu_ratio": report.ratios().map(|(_, cpu)| rounded(cpu)),
        "target_p99_ms": TARGET_MS,
        "against": "graphile-worker with a job for each cart, put off by its key, on the same server afterwards; its jobs do nothing",
        "measured": "lateness: from when a timer is due until it is let go, and until the request to the provider begins",
        "timers": size.timers,
        "asked_per_second": size.changes,
        "seconds": size.seconds,
        "changes": ours.told.events,
        "changes_per_second": ours.per_second().round(),
        "answer_ms": { "p50": rounded(median(&ours.told.answers)), "p99": rounded(p99(&ours.told.answers)) },
        "behind_ms": ours.told.behind.as_millis() as u64,
        "sent_again": ours.told.again,
        "sigkills": ours.kills,
        "verdict": ours.verdict,
        "spent": crew::object(&ours.spent),
        "statements": statements::object(&ours.statements, "change", ours.told.events as f64),
        "postgresql_memory_mib": (ours.postgres_memory as f64 / MIB).round(),
        "tables": { "before": ours.before, "after": ours.after },
        "wave": report.wave,
        "peer": report.peer.as_ref().map(|peer| json!({
            "changes_per_second": peer.changes.round(),
            "fired": peer.done.fired,
            "doubled": peer.done.doubled,
            "late_ms": peer.done.late(),
            "cpu_s": peer.cpu.iter().map(|(name, cpu)| ((*name).to_owned(), json!(rounded(cpu.as_secs_f64()))))
                .collect::<serde_json::Map<_, _>>(),
            "memory_mib": (peer.memory as f64 / MIB).round(),
            "bytes": { "before": peer.done.bytes.before, "after": peer.done.bytes.after },
        })),
        "machine": report.machine,
    })
}

fn late(name: &str, it: Late) -> Vec<String> {
    let mut row = vec![name.to_owned()];
    row.extend([it.p50, it.p99, it.max].map(|ms| format!("{ms:.0}")));
    row
}

fn print_table(report: &TimersReport) {
    let (ours, verdict) = (&report.ours, &report.ours.verdict);
    if let Some(wave) = &report.wave {
        println!(
            "A wave of {}: armed in {:.1} s by {} transactions; let go within {:.1} s of its minute by {}, the last request \
             {:.1} s after it, at most {} in a second\n",
            wave.guests,
            wave.armed_s,
            wave.arming_transactions,
            wave.let_go_s,
            wave.let_go_transactions,
            wave.last_attempt_s,
            wave.most_a_second
        );
    }
    println!(
        "{} timers; {:.0} changes a second for {} s, {} SIGKILLs. {}\n",
        report.size.timers,
        ours.per_second(),
        report.size.seconds,
        ours.kills,
        report.machine.line()
    );
    let mut rows = vec![
        late("let go", verdict.let_go),
        late("first attempt", verdict.first_attempt),
    ];
    rows.extend(
        report
            .peer
            .as_ref()
            .map(|peer| late("graphile-worker", peer.done.late())),
    );
    println!("{}", table(&["late, ms", "p50", "p99", "max"], &rows));
    println!(
        "{} fired, {} restarted; lost {}, doubled {}, early {}\n",
        verdict.fired, verdict.restarted, verdict.lost, verdict.doubled, verdict.early
    );
    let spent = ours.spent.iter().map(|(name, spent)| {
        let memory = format!("{:.0}", spent.memory as f64 / MIB);
        vec![(*name).to_owned(), format!("{:.1}", spent.cpu.as_secs_f64()), memory]
    });
    println!("{}", table(&["", "CPU s", "peak MiB"], &spent.collect::<Vec<_>>()));
    println!(
        "PostgreSQL has {:.0} MiB in memory\n",
        ours.postgres_memory as f64 / MIB
    );
    let sizes = ours.before.iter().zip(&ours.after).map(|(before, after)| {
        let mib = |bytes: i64| format!("{:.0}", bytes as f64 / MIB);
        vec![
            before.name.clone(),
            mib(before.bytes),
            mib(after.bytes),
            after.rows.to_string(),
        ]
    });
    println!(
        "{}",
        table(&["table, MiB", "before", "after", "rows"], &sizes.collect::<Vec<_>>())
    );
    if let (Some(peer), Some((late, cpu))) = (&report.peer, report.ratios()) {
        println!(
            "graphile-worker: {:.0} changes a second, {} fired, {:.0} s of CPU, {:.0} MiB before and {:.0} after",
            peer.changes,
            peer.done.fired,
            peer.total_cpu().as_secs_f64(),
            peer.done.bytes.before / MIB,
            peer.done.bytes.after / MIB
        );
        println!("Its lateness (p99) ÷ ours: {late:.2}; its CPU time a change ÷ ours: {cpu:.2}");
    }
}
