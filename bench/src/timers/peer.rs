//! The same timers in graphile-worker, a queue in PostgreSQL: a job for each guest, with a key by which a change puts it off.
//! Its jobs do nothing, and nobody tells it of carts: what Bellhop does beside its timers it does not do.

use super::Size;
use crate::accounting::cpu_times;
use crate::child::Child;
use crate::figures::Late;
use crate::progress;
use crate::stage::Stage;
use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

const FILES: [(&str, &str); 3] = [
    ("package.json", include_str!("../../../tests/peers/timers/package.json")),
    (
        "package-lock.json",
        include_str!("../../../tests/peers/timers/package-lock.json"),
    ),
    ("timers.js", include_str!("../../../tests/peers/timers/timers.js")),
];
/// How long it may take to write a million jobs, and to end.
const PATIENCE: Duration = Duration::from_secs(1_200);

pub struct Peer {
    pub done: Done,
    /// Changes a second that it was told of.
    pub changes: f64,
    /// CPU time of its process and of PostgreSQL while changes were told.
    pub cpu: [(&'static str, Duration); 2],
    /// Bytes, at the most.
    pub memory: u64,
}

#[derive(Debug, Deserialize)]
pub struct Done {
    pub fired: u64,
    pub doubled: u64,
    pub late_ms: Milliseconds,
    pub bytes: Bytes,
}

#[derive(Debug, Deserialize)]
pub struct Milliseconds {
    p50: Option<f64>,
    p99: Option<f64>,
    max: Option<f64>,
}

#[derive(Debug, Deserialize)]
pub struct Bytes {
    pub before: f64,
    pub after: f64,
}

#[derive(Deserialize)]
struct Told {
    changes: f64,
    took_ms: f64,
}

impl Done {
    pub fn late(&self) -> Late {
        let Milliseconds { p50, p99, max } = self.late_ms;
        let [p50, p99, max] = [p50, p99, max].map(Option::unwrap_or_default);
        Late { p50, p99, max }
    }
}

pub async fn run(stage: &Stage, size: Size) -> Result<Peer> {
    progress("the same timers in graphile-worker");
    let folder = stage.folder.path().join("peer");
    install(&folder).await?;
    let url = stage.cluster.create_database("peer").await?;
    let script = folder.join("timers.js");
    let script = script.to_str().context("the temporary folder's name is not UTF-8")?;
    let numbers = [
        size.timers.to_string(),
        size.changes.to_string(),
        size.seconds.to_string(),
    ];
    let arguments = [&[script, url.as_str()][..], &numbers.each_ref().map(String::as_str)].concat();
    let mut node = Child::start("peer", Path::new("node"), &arguments, stage.folder.path())?;
    let postgres = stage.cluster.postgres.pid().context("PostgreSQL does not run")?;
    node.line_after(r#"{"event":"begun""#, PATIENCE).await?;
    let pids = [node.pid()?, postgres];
    let before = cpu_times(&pids)?;
    let told = node.line_after(r#"{"event":"told","#, PATIENCE).await?;
    let after = cpu_times(&pids)?;
    let memory = node.peak_memory()?;
    let done = node.line_after(r#"{"event":"done","#, PATIENCE).await?;
    let read = |rest: &str| format!("{{{rest}");
    let told: Told = serde_json::from_str(&read(&told)).context("what the peer was told")?;
    let done: Done = serde_json::from_str(&read(&done)).context("what the peer did")?;
    ensure!(done.fired > 0, "no timer of the peer came due");
    Ok(Peer {
        done,
        changes: told.changes * 1_000.0 / told.took_ms,
        cpu: [
            ("peer", after[0].saturating_sub(before[0])),
            ("postgresql", after[1].saturating_sub(before[1])),
        ],
        memory,
    })
}

async fn install(folder: &Path) -> Result<()> {
    std::fs::create_dir(folder)?;
    for (name, text) in FILES {
        std::fs::write(folder.join(name), text)?;
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
    let output = npm
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await;
    let Ok(output) = output else {
        bail!("missing: npm, for the peer. Run: apt-get install nodejs npm; or leave it out: --no-peer");
    };
    ensure!(
        output.status.success(),
        "npm ci failed:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}
