//! Timed runs of a pipeline, and how they are reported.

use super::figures::{median, rounded};
use super::statements::{self, Statement};
use bellhop_domain::EndpointKind;
use serde_json::{Map, Value, json};
use std::time::Duration;

const MIB: f64 = 1_048_576.0;

/// One timed run, with a ledger or without.
pub struct Timed {
    pub messages: u32,
    /// For a mailing, from its launch to its last recorded outcome. Without a ledger, from the first publish or send
    /// to the last acknowledgement.
    pub took: Duration,
    /// CPU time by component; the one that sends is [`SENDING`].
    pub cpu: Vec<(&'static str, Duration)>,
    /// The most memory that the sending process had resident, in bytes.
    pub worker_memory: u64,
    /// The share of the sending process' CPU time that its busiest thread used.
    pub busiest_thread: f64,
}

/// The name of the component that sends.
pub const SENDING: &str = "worker";

/// The timed run of a mailing, with figures that only a mailing has.
pub struct MailingTimed {
    pub timed: Timed,
    /// From the launch to the instant at which the simulator took the first message.
    pub first_message: Duration,
    /// The share of the updates of messages that touched no index.
    pub hot_updates: f64,
    /// What PostgreSQL did meanwhile.
    pub statements: Vec<Statement>,
}

/// Runs in pairs over one kind of address, one without a ledger and one with it.
pub struct Pairs {
    pub kind: EndpointKind,
    pub bare: Vec<Timed>,
    pub fleet: Vec<MailingTimed>,
}

impl Timed {
    pub fn per_second(&self) -> f64 {
        f64::from(self.messages) / self.took.as_secs_f64()
    }

    pub fn worker_mib(&self) -> f64 {
        (self.worker_memory as f64 / MIB).round()
    }

    /// The sending process' CPU time divided by wall-clock time; above 1 it used more than one core.
    pub fn worker_cores(&self) -> f64 {
        let own = self.cpu.iter().find(|(name, _)| *name == SENDING);
        own.map_or(0.0, |(_, used)| used.as_secs_f64() / self.took.as_secs_f64())
    }
}

impl Pairs {
    pub fn new(kind: EndpointKind) -> Self {
        Self {
            kind,
            bare: Vec::new(),
            fleet: Vec::new(),
        }
    }

    /// Messages per second of each mailing, divided by those of its partner without a ledger.
    pub fn ratios(&self) -> Vec<f64> {
        let pairs = self.fleet.iter().zip(&self.bare);
        pairs
            .map(|(fleet, bare)| fleet.timed.per_second() / bare.per_second())
            .collect()
    }

    /// Adds a pair; returns a line about it for people.
    pub fn add(&mut self, bare: Timed, fleet: MailingTimed) -> String {
        let (without, with) = (bare.per_second(), fleet.timed.per_second());
        let line = format!(
            "{} {}: bare {without:.0}/s, fleet {with:.0}/s, ratio {:.2}; first message after {} ms",
            self.kind.name(),
            self.bare.len() + 1,
            with / without,
            fleet.first_message.as_millis(),
        );
        self.bare.push(bare);
        self.fleet.push(fleet);
        line
    }

    pub fn mailings(&self) -> Vec<&Timed> {
        self.fleet.iter().map(|f| &f.timed).collect()
    }

    /// What PostgreSQL did in all mailings, and how many messages they had.
    pub fn statements(&self) -> (Vec<Statement>, f64) {
        let messages = self.mailings().iter().map(|run| f64::from(run.messages)).sum();
        let runs = self.fleet.iter().map(|fleet| fleet.statements.as_slice());
        (statements::over(runs), messages)
    }

    pub fn bares(&self) -> Vec<&Timed> {
        self.bare.iter().collect()
    }
}

/// The runs of one pipeline as JSON.
pub fn pipeline(runs: &[&Timed]) -> Value {
    let each = |of: fn(&Timed) -> f64| runs.iter().map(|run| of(run)).collect::<Vec<_>>();
    let rates = each(|run| run.per_second().round());
    let cpu: Map<String, Value> = cpu(runs)
        .into_iter()
        .map(|(name, us)| (name.to_owned(), json!(us)))
        .collect();
    json!({
        "messages_per_second": median(&rates),
        "runs": rates,
        "cpu_us_per_message": cpu,
        "worker_cores": each(|run| rounded(run.worker_cores())),
        "worker_busiest_thread": each(|run| rounded(run.busiest_thread)),
        "worker_peak_memory_mib": each(Timed::worker_mib),
    })
}

/// The CPU time per message of both pipelines of a pair, as lines.
pub fn print_cpu(pairs: &Pairs) {
    println!("CPU per message, µs (medians)");
    for (name, runs) in [("bare", pairs.bares()), ("fleet", pairs.mailings())] {
        let parts: Vec<_> = cpu(&runs)
            .into_iter()
            .map(|(name, us)| format!("{name} {us:.1}"))
            .collect();
        println!("  {name:<6} {}", parts.join(", "));
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn run(seconds: u64, worker_seconds: u64) -> Timed {
        Timed {
            messages: 1_000,
            took: Duration::from_secs(seconds),
            cpu: vec![
                ("simulator", Duration::from_secs(9)),
                (SENDING, Duration::from_secs(worker_seconds)),
            ],
            worker_memory: 0,
            busiest_thread: 0.5,
        }
    }

    #[test]
    fn a_ratio_is_of_its_own_pair_and_cores_are_those_of_the_sender() {
        let mut pairs = Pairs::new(EndpointKind::WebPush);
        for (bare, fleet) in [(2, 4), (10, 8)] {
            let fleet = MailingTimed {
                timed: run(fleet, 6),
                first_message: Duration::ZERO,
                hot_updates: 1.0,
                statements: Vec::new(),
            };
            pairs.add(run(bare, 3), fleet);
        }
        assert_eq!(pairs.ratios(), [0.5, 1.25]);
        assert_eq!(pairs.bare[0].worker_cores(), 1.5);
        assert_eq!(cpu(&pairs.bares())[1..], [(SENDING, 3_000.0), ("all", 12_000.0)]);
    }
}
