//! Retention categories of real purchase histories, at instants in the past, against an independent program's counts.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::json;
use tempfile::TempDir;

use super::Report;
use crate::command::Bellhop;
use bellhop_test_services::fresh_database;

const ORDERS: &[u8] = include_bytes!("../../data/cdnow-sample/orders.csv");
/// Its table contains the expected counts.
const README: &str = include_str!("../../data/cdnow-sample/README.md");

/// One row of the table: a day, and the guests in each category at its midnight UTC.
struct Expected {
    day: String,
    counts: Vec<(String, u64)>,
}

/// How the answer to one question differed.
struct Difference {
    day: String,
    category: String,
    expected: u64,
    got: u64,
}

pub(super) async fn run(report: &mut Report) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("bellhop-proof-").tempdir()?;
    let table = expected(README)?;
    let orders = folder.path().join("orders.csv");
    std::fs::write(&orders, ORDERS)?;
    let sqlite = format!("sqlite:{}", folder.path().join("cdnow.db").display());
    report.tell("starting PostgreSQL of our own");
    let databases = [("SQLite", sqlite), ("PostgreSQL", fresh_database().await?.keep())];
    for (name, url) in databases {
        let bellhop = on_database(&folder, name, &url).await?;
        let (asked, differences) = questions(report, name, &bellhop, &orders, &table).await?;
        for it in &differences {
            report.line(format!(
                "{} {}: {} expected, {} counted",
                it.day, it.category, it.expected, it.got
            ));
        }
        report.claim(
            &format!("{name} counts what the independent program counted"),
            differences.is_empty(),
            format!("bellhop audience count: {asked} counts, {} differ", differences.len()),
        );
        report.figure(&format!("{}_counts", name.to_lowercase()), asked);
        report.figure(&format!("{}_differ", name.to_lowercase()), differences.len());
    }
    Ok(())
}

async fn on_database(folder: &TempDir, name: &str, url: &str) -> Result<Bellhop> {
    let config = folder.path().join(format!("{name}.toml"));
    std::fs::write(&config, toml::to_string(&json!({ "store": { "url": url } }))?)?;
    let bellhop = Bellhop::in_folder(folder.path())?.with_config(&config);
    bellhop.set_up().await?;
    Ok(bellhop)
}

async fn questions(
    report: &Report,
    name: &str,
    bellhop: &Bellhop,
    orders: &Path,
    table: &[Expected],
) -> Result<(usize, Vec<Difference>)> {
    let imported = bellhop.json(&["import", "orders", &orders.to_string_lossy()]).await?;
    report.tell(format!(
        "{name}: {} orders of {} customers imported, {} bad rows",
        imported["imported"], imported["customers_created"], imported["errors"]
    ));
    let (mut asked, mut differences) = (0, Vec::new());
    for row in table {
        let mut told = Vec::new();
        for (category, expected) in &row.counts {
            let got = count(bellhop, &row.day, category).await?;
            asked += 1;
            told.push(format!("{category} {got}"));
            if got != *expected {
                let (day, category, expected) = (row.day.clone(), category.clone(), *expected);
                differences.push(Difference {
                    day,
                    category,
                    expected,
                    got,
                });
            }
        }
        report.line(format!("{}  {}", row.day, told.join("  ")));
    }
    Ok((asked, differences))
}

async fn count(bellhop: &Bellhop, day: &str, category: &str) -> Result<u64> {
    let categories = match category {
        "all" => json!(["new", "active", "cooling", "lost", "returned"]),
        one => json!([one]),
    };
    let filter = json!({ "retention": categories }).to_string();
    let as_of = format!("{day}T00:00:00Z");
    let answer = bellhop
        .json(&["audience", "count", "--filter", &filter, "--as-of", &as_of])
        .await?;
    answer["count"].as_u64().with_context(|| format!("no count: {answer}"))
}

/// The table of the README.
fn expected(readme: &str) -> Result<Vec<Expected>> {
    let mut rows = readme.lines().filter(|line| line.starts_with('|')).map(cells);
    let names = rows.next().context("the README has no table")?;
    let rows = rows.filter(|row| row.first().is_some_and(|day| day.starts_with("19")));
    let rows: Result<Vec<Expected>> = rows
        .map(|row| {
            let counts = names
                .iter()
                .zip(&row)
                .skip(1)
                .map(|(name, count)| Ok((name.clone(), count.parse()?)));
            Ok(Expected {
                day: row[0].clone(),
                counts: counts.collect::<Result<_>>()?,
            })
        })
        .collect();
    let rows = rows?;
    ensure!(
        rows.len() == 7 && rows.iter().all(|row| row.counts.len() == 6),
        "the README's table has changed its form"
    );
    Ok(rows)
}

fn cells(line: &str) -> Vec<String> {
    line.trim_matches('|')
        .split('|')
        .map(|cell| cell.trim().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_as_it_is_printed() {
        let table = expected(README).unwrap();
        assert_eq!(table[1].day, "1997-02-01");
        assert_eq!(table[1].counts[3], ("lost".to_owned(), 14));
        assert!(
            table
                .iter()
                .all(|row| row.counts[..5].iter().map(|(_, n)| n).sum::<u64>() == row.counts[5].1)
        );
    }
}
