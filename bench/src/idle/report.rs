//! The figures of `bellhop-bench idle`, as a table and as one object.

use crate::figures::rounded;
use crate::machine::Machine;
use crate::print::{print_json, table};
use crate::statements::{self, Statement};
use anyhow::Result;
use serde_json::{Value, json};
use std::time::Duration;

/// The share of a core that a dispatcher may use while very many runs are alive but idle.
const TARGET: f64 = 0.02;
const MIB: f64 = 1_048_576.0;

/// The figures of a dispatcher over this many runs.
pub struct Measured {
    pub alive: u32,
    pub took: Duration,
    /// CPU time by component.
    pub cpu: Vec<(&'static str, Duration)>,
    /// The most memory that the dispatcher had resident, in bytes.
    pub memory: u64,
    pub statements: Vec<Statement>,
}

impl Measured {
    /// The part of one core that a component used.
    fn share(&self, name: &str) -> f64 {
        let of = self.cpu.iter().find(|(component, _)| *component == name);
        of.map_or(0.0, |(_, used)| used.as_secs_f64() / self.took.as_secs_f64())
    }

    fn statements_a_second(&self) -> f64 {
        let calls: i64 = self.statements.iter().map(|statement| statement.calls).sum();
        calls as f64 / self.took.as_secs_f64()
    }

    fn object(&self) -> Value {
        json!({
            "runs": self.alive,
            "dispatcher_share_of_a_core": to_four(self.share("dispatcher")),
            "postgresql_share_of_a_core": to_four(self.share("postgresql")),
            "statements_a_second": rounded(self.statements_a_second()),
            "dispatcher_peak_memory_mib": rounded(self.memory as f64 / MIB),
            "seconds": rounded(self.took.as_secs_f64()),
        })
    }

    fn row(&self) -> Vec<String> {
        vec![
            self.alive.to_string(),
            format!("{:.2} %", self.share("dispatcher") * 100.0),
            format!("{:.2} %", self.share("postgresql") * 100.0),
            format!("{:.0}", self.statements_a_second()),
            format!("{:.0}", self.memory as f64 / MIB),
        ]
    }
}

fn to_four(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

pub struct IdleReport {
    pub machine: Machine,
    /// Few runs, then many.
    pub measured: Vec<Measured>,
}

impl IdleReport {
    fn many(&self) -> f64 {
        self.measured.last().map_or(0.0, |last| last.share("dispatcher"))
    }

    fn statements(&self) -> Vec<Statement> {
        statements::over(self.measured.last().map(|last| last.statements.as_slice()))
    }
}

pub fn print(report: &IdleReport, json: bool) -> Result<()> {
    if json {
        print_json(&object(report))
    } else {
        print_table(report);
        Ok(())
    }
}

fn object(report: &IdleReport) -> Value {
    let share = report.many();
    let each =
        |of: &Statement| json!({ "statement": of.text, "calls": of.calls, "total_ms": rounded(of.milliseconds) });
    json!({
        "bench": "idle",
        "ratio": to_four(share),
        "target": TARGET,
        "against": "one core: the dispatcher's CPU time by the clock's, with the most runs",
        "measured": "one dispatcher process over runs that are alive and have nothing to do, PostgreSQL, senders of three kinds",
        "runs": report.measured.iter().map(Measured::object).collect::<Vec<_>>(),
        "statements": report.statements().iter().map(each).collect::<Vec<_>>(),
        "machine": report.machine,
    })
}

fn print_table(report: &IdleReport) {
    println!("One dispatcher over runs without work. {}\n", report.machine.line());
    let header = [
        "runs",
        "dispatcher of a core",
        "postgresql of a core",
        "statements /s",
        "dispatcher MiB",
    ];
    let rows: Vec<_> = report.measured.iter().map(Measured::row).collect();
    println!("{}", table(&header, &rows));
    let rows: Vec<_> = report.statements().iter().map(row).collect();
    println!(
        "{}",
        table(&["calls", "ms", "PostgreSQL's statement, with the most runs"], &rows)
    );
    let share = report.many() * 100.0;
    println!("{share:.2} % of a core (asked: under {:.0} %)", TARGET * 100.0);
}

fn row(of: &Statement) -> Vec<String> {
    vec![of.calls.to_string(), format!("{:.0}", of.milliseconds), of.text.clone()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_of_one_core_and_statements_are_by_the_second() {
        let statement = |calls| Statement {
            text: "SELECT".to_owned(),
            calls,
            milliseconds: 1.0,
            wal_bytes: 0.0,
        };
        let measured = Measured {
            alive: 2_000,
            took: Duration::from_secs(60),
            cpu: vec![
                ("dispatcher", Duration::from_millis(600)),
                ("postgresql", Duration::from_secs(3)),
            ],
            memory: 20 * 1_048_576,
            statements: vec![statement(5_400), statement(600)],
        };
        let object = measured.object();
        assert_eq!(object["dispatcher_share_of_a_core"], 0.01);
        assert_eq!(object["postgresql_share_of_a_core"], 0.05);
        assert_eq!(object["statements_a_second"], 100.0);
        assert_eq!(measured.row()[0..2], ["2000", "1.00 %"]);
    }
}
