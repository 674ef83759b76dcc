//! Where PostgreSQL's time went, statement by statement: what `pg_stat_statements` counted.

use super::figures::rounded;
use anyhow::Result;
use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _, PgConnection};
use std::collections::HashMap;

/// The library that counts statements; the server loads it when it starts.
pub const LIBRARY: &str = "pg_stat_statements";

/// How many statements are shown, those with the most time; the others take next to none.
const TOLD: usize = 15;
/// The most characters of a statement that are shown.
const LENGTH: usize = 160;

/// What one statement cost, whatever its arguments.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    pub text: String,
    pub calls: i64,
    pub milliseconds: f64,
    pub wal_bytes: f64,
}

/// Starts counting from zero.
pub async fn forget(database_url: &str) -> Result<()> {
    let mut connection = PgConnection::connect(database_url).await?;
    connection
        .execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements; SELECT pg_stat_statements_reset()")
        .await?;
    Ok(connection.close().await?)
}

/// What was counted in this database.
pub async fn counted(database_url: &str) -> Result<Vec<Statement>> {
    let mut connection = PgConnection::connect(database_url).await?;
    let text = "SELECT query, calls, total_exec_time, wal_bytes::FLOAT8 FROM pg_stat_statements
                WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())";
    let rows: Vec<(String, i64, f64, f64)> = sqlx::query_as(text).fetch_all(&mut connection).await?;
    connection.close().await?;
    let statement = |(text, calls, milliseconds, wal_bytes)| Statement {
        text,
        calls,
        milliseconds,
        wal_bytes,
    };
    Ok(rows.into_iter().map(statement).collect())
}

/// The sums over several runs, most time first.
pub fn over<'a>(runs: impl IntoIterator<Item = &'a [Statement]>) -> Vec<Statement> {
    let mut sums: HashMap<&str, Statement> = HashMap::new();
    for statement in runs.into_iter().flatten() {
        let sum = sums.entry(&statement.text).or_insert_with(|| Statement {
            text: in_one_line(&statement.text),
            calls: 0,
            milliseconds: 0.0,
            wal_bytes: 0.0,
        });
        sum.calls += statement.calls;
        sum.milliseconds += statement.milliseconds;
        sum.wal_bytes += statement.wal_bytes;
    }
    let mut all: Vec<Statement> = sums.into_values().collect();
    all.sort_by(|one, other| other.milliseconds.total_cmp(&one.milliseconds));
    all.truncate(TOLD);
    all
}

fn in_one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// As JSON; by what was done so often, a `message` or an `event`.
pub fn object(statements: &[Statement], what: &str, often: f64) -> Value {
    let (time, wal) = (format!("us_per_{what}"), format!("wal_bytes_per_{what}"));
    let each = |of: &Statement| {
        json!({
            "statement": of.text,
            "calls": of.calls,
            "total_ms": rounded(of.milliseconds),
            (time.as_str()): rounded(of.milliseconds * 1_000.0 / often),
            (wal.as_str()): rounded(of.wal_bytes / often),
        })
    };
    statements.iter().map(each).collect()
}

/// As rows of a table.
pub fn rows(statements: &[Statement], messages: f64) -> Vec<Vec<String>> {
    let row = |of: &Statement| {
        vec![
            of.calls.to_string(),
            format!("{:.0}", of.milliseconds),
            format!("{:.1}", of.milliseconds * 1_000.0 / messages),
            format!("{:.0}", of.wal_bytes / messages),
            of.text.clone(),
        ]
    };
    statements.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(text: &str, calls: i64, milliseconds: f64) -> Statement {
        Statement {
            text: text.to_owned(),
            calls,
            milliseconds,
            wal_bytes: 100.0,
        }
    }

    #[test]
    fn runs_are_summed_and_the_costliest_comes_first() {
        let runs = [
            vec![statement("SELECT\n  1", 2, 1.0), statement("UPDATE x", 1, 4.0)],
            vec![statement("SELECT\n  1", 3, 6.0)],
        ];
        let sums = over(runs.iter().map(Vec::as_slice));
        let told: Vec<_> = sums
            .iter()
            .map(|s| (s.text.as_str(), s.calls, s.milliseconds))
            .collect();
        assert_eq!(told, [("SELECT 1", 5, 7.0), ("UPDATE x", 1, 4.0)]);
        let object = object(&sums, "message", 1_000.0);
        assert_eq!(object[0]["us_per_message"], 7.0);
        assert_eq!(object[0]["wal_bytes_per_message"], 0.2);
        assert_eq!(rows(&sums, 1_000.0)[1], ["1", "4", "4.0", "0", "UPDATE x"]);
    }

    #[test]
    fn long_statements_are_cut_and_few_are_told() {
        let many: Vec<_> = (0..40)
            .map(|n| statement(&format!("{n} {}", "я".repeat(300)), 1, f64::from(n)))
            .collect();
        let told = over([many.as_slice()]);
        assert_eq!(told.len(), TOLD);
        assert_eq!(told[0].text.chars().count(), LENGTH + 1);
        assert!(told[0].text.starts_with("39 я"));
    }
}
