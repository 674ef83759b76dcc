//! Files with everything wrong that a hurried export can get wrong.

mod files;
mod memory;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Report, Scale};
use crate::command::Bellhop;
use bellhop_test_services::fresh_database;
use files::BadFile;

/// A cell of ten times the size may not cost more than this, in MB.
const SLACK_MB: u64 = 16;

pub(super) async fn run(scale: Scale, report: &mut Report) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("bellhop-proof-").tempdir()?;
    let sqlite = format!("sqlite:{}", folder.path().join("badfile.db").display());
    let databases = [("SQLite", sqlite), ("PostgreSQL", fresh_database().await?.keep())];
    for (name, url) in &databases {
        report.about(name);
        let bellhop = on_database(&folder, name, url).await?;
        refused(report, name, &bellhop, &folder).await?;
        let customers = files::customers(folder.path(), 10)?;
        dry_run(report, &bellhop, &customers).await?;
        imported(report, name, &bellhop, &customers).await?;
        let listed = listed(&bellhop).await?;
        report.claim(
            "exactly the good rows are in",
            listed == ["good-1", "good-2", "good-3"],
            format!("bellhop audience list: {}", listed.join(", ")),
        );
        imported(report, name, &bellhop, &files::orders(folder.path())?).await?;
        let buyers = ask(&bellhop, &json!({ "orders": {} })).await?;
        report.claim(
            "exactly the good orders are in",
            buyers == 2,
            format!("bellhop audience count: {buyers} guests with an order"),
        );
    }
    let (name, url) = &databases[0];
    report.about("memory");
    memory_is_bounded(scale, report, &on_database(&folder, name, url).await?, &folder).await
}

async fn on_database(folder: &TempDir, name: &str, url: &str) -> Result<Bellhop> {
    let config = folder.path().join(format!("{name}.toml"));
    std::fs::write(&config, toml::to_string(&json!({ "store": { "url": url } }))?)?;
    let bellhop = Bellhop::in_folder(folder.path())?.with_config(&config);
    bellhop.set_up().await?;
    Ok(bellhop)
}

/// A file whose header cannot be right is refused as a whole.
async fn refused(report: &mut Report, name: &str, bellhop: &Bellhop, folder: &TempDir) -> Result<()> {
    let file = files::wrong_columns(folder.path())?;
    let answer = bellhop.run(&["import", "customers", &file.to_string_lossy()]).await?;
    report.tell(format!(
        "{name}: a file with the columns id, fio, tel ({})",
        answer.status
    ));
    let said: Vec<&str> = answer.stderr.lines().filter(|line| line.starts_with("error")).collect();
    said.iter().for_each(|line| report.line(line));
    let guests = ask(bellhop, &json!({ "all": [] })).await?;
    let named = said.iter().any(|line| line.contains("customer_id"));
    report.claim(
        "wrong columns refuse the file, naming what is missing",
        !answer.status.success() && named && guests == 0,
        format!("{}; {guests} guests in", answer.status),
    );
    Ok(())
}

async fn dry_run(report: &mut Report, bellhop: &Bellhop, file: &BadFile) -> Result<()> {
    let answer = bellhop
        .run(&["import", file.kind, &file.path.to_string_lossy(), "--dry-run", "--json"])
        .await?;
    let summary = answer.last_line()?;
    let guests = ask(bellhop, &json!({ "all": [] })).await?;
    report.claim(
        "a dry run tells the same and writes nothing",
        !answer.status.success() && summary["errors"] == file.bad.len() && guests == 0,
        format!("{} bad rows told, {guests} guests in", summary["errors"]),
    );
    Ok(())
}

/// Imports the file, shows the output, and compares each error with the row that it is about.
async fn imported(report: &mut Report, name: &str, bellhop: &Bellhop, file: &BadFile) -> Result<()> {
    let errors = file.path.with_extension("errors.csv");
    let (path, errors_path) = (file.path.to_string_lossy(), errors.to_string_lossy());
    let shown = bellhop
        .run(&["import", file.kind, &path, "--errors", &errors_path])
        .await?;
    report.tell(format!(
        "{name}: importing {} ({})",
        file.path.file_name().unwrap_or_default().display(),
        shown.status
    ));
    shown.stdout.lines().for_each(|line| report.line(line));
    let again = bellhop.run(&["import", file.kind, &path, "--json"]).await?;
    let summary = again.last_line()?;
    let told = summary["first_errors"].as_array().context("no first_errors")?;
    let written = std::fs::read_to_string(&errors)?;
    let missing = file
        .bad
        .iter()
        .filter(|bad| !told.iter().any(|error| tells(error, bad)))
        .count();
    report.claim(
        &format!(
            "every bad row of {} is told with line, column and what to do",
            file.kind
        ),
        missing == 0 && told.len() == file.bad.len() && written.lines().count() == file.bad.len() + 1,
        format!(
            "{} told, {} expected; the file of --errors has as many",
            told.len(),
            file.bad.len()
        ),
    );
    report.claim(
        &format!("{} with bad rows exit with a failure, good rows are in", file.kind),
        shown.status.code() == Some(1) && again.status.code() == Some(1) && summary["imported"] == file.good,
        format!(
            "exit code {:?}, {} good rows",
            shown.status.code().unwrap_or(-1),
            summary["imported"]
        ),
    );
    report.claim(
        &format!("the same {} again change nothing", file.kind),
        summary["unchanged"] == file.good && summary["created"] == 0 && summary["updated"] == 0,
        format!("{} as they were, {} new", summary["unchanged"], summary["created"]),
    );
    Ok(())
}

fn tells(error: &Value, (line, column, word): &(u64, &str, &str)) -> bool {
    let problem = error["problem"].as_str().unwrap_or_default();
    error["line"] == *line && error["column"] == *column && problem.contains(word) && !problem.is_empty()
}

async fn ask(bellhop: &Bellhop, filter: &Value) -> Result<u64> {
    let answer = bellhop
        .json(&["audience", "count", "--filter", &filter.to_string()])
        .await?;
    answer["count"].as_u64().with_context(|| format!("no count: {answer}"))
}

async fn listed(bellhop: &Bellhop) -> Result<Vec<String>> {
    let answer = bellhop.run(&["audience", "list", "--filter", r#"{"all":[]}"#]).await?;
    let ids = answer.stdout.lines().filter_map(|line| line.split('\t').next());
    let mut ids: Vec<String> = ids.map(str::to_owned).collect();
    ids.sort();
    Ok(ids)
}

/// The peak of an import with a cell of 10 MB, and of one many times as long.
async fn memory_is_bounded(scale: Scale, report: &mut Report, bellhop: &Bellhop, folder: &TempDir) -> Result<()> {
    let (short, long) = (10, scale.pick(500, 100));
    let mut peaks = Vec::new();
    for megabytes in [short, long] {
        let file = files::customers(folder.path(), megabytes)?;
        let peak = memory::peak_of_import(bellhop, &file.path).await?;
        report.tell(format!(
            "a cell of {megabytes} MB: the import's peak is {peak} MB resident"
        ));
        peaks.push(peak);
    }
    report.claim(
        "a cell's length costs no memory",
        peaks[1] <= peaks[0] + SLACK_MB,
        format!(
            "kernel (VmHWM): {} MB with a cell of {short} MB, {} MB with one of {long} MB",
            peaks[0], peaks[1]
        ),
    );
    report.figure("peak_mb_10", peaks[0]);
    report.figure(&format!("peak_mb_{long}"), peaks[1]);
    Ok(())
}
