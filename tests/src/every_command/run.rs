//! Running a command, and a role until it is ready.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bellhop_test_services::free_port;
use tokio::io::AsyncWriteExt;

use crate::command::{Answer, Bellhop};
use crate::patience::eventually;

const PATIENCE: Duration = Duration::from_secs(120);

/// Runs a command in a folder to its end. Whoever reads standard input is given a secret.
pub(super) async fn said_by(bellhop: &Bellhop, words: &[&str], folder: &Path) -> Result<Answer> {
    let mut command = bellhop.command(words);
    command.current_dir(folder).stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn()?;
    let mut input = process.stdin.take().context("a pipe")?;
    // A command that does not read may be gone already.
    let _ = input.write_all(b"swordfish\n").await;
    drop(input);
    let ended = tokio::time::timeout(PATIENCE, process.wait_with_output()).await;
    let ended = ended.with_context(|| format!("no end: {words:?}"))??;
    Ok(Answer {
        status: ended.status,
        stdout: String::from_utf8_lossy(&ended.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&ended.stderr).into_owned(),
    })
}

/// Plays a role until it is ready to work, and ends it.
pub(super) async fn serves(bellhop: &Bellhop, role: &str, folder: &Path) -> Result<()> {
    let [at, http] = [free_port()?, free_port()?].map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    let log = folder.join("every-role.log");
    let out = File::create(&log)?;
    let mut command = bellhop.command(&[role]);
    command.stdout(out.try_clone()?).stderr(out);
    for listener in ["HTTP__OPERATIONS_LISTEN", "OPERATIONS__LISTEN"] {
        command.env(format!("BELLHOP__{listener}"), at.to_string());
    }
    command.env("BELLHOP__HTTP__LISTEN", http.to_string());
    let mut process = command.spawn()?;
    let look = async || {
        if let Some(status) = process.try_wait()? {
            bail!("it has ended: {status}");
        }
        let Ok(answer) = reqwest::get(format!("http://{at}/readyz")).await else {
            return Ok(None);
        };
        Ok(answer.status().is_success().then_some(()))
    };
    let ready = eventually("it is ready", PATIENCE, look).await;
    process.kill().await.ok();
    ready.with_context(|| std::fs::read_to_string(log).unwrap_or_default())
}
