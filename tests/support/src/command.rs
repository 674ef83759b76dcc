//! Private servers for a whole test run, from the command line (`bellhop-test-services` and `bellhop-bench servers`):
//! ```text
//! run -- COMMAND…   servers for the time of one command
//! up FILE           servers that stay, their addresses in FILE
//! down FILE         ends those
//! ```
//! `COMMAND` finds the addresses in the file that `BELLHOP_TEST_SERVICES` names, where the tests look for them.

use std::ffi::OsString;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use crate::{Cluster, Options, SERVICES_FILE, Services};
use anyhow::{Context, Result, bail};
use tokio::signal::unix::{SignalKind, signal};

const POLL: Duration = Duration::from_millis(50);

/// What a program does with these arguments. `own` is the subcommand, if any, under which the program calls this;
/// `up` starts the program a second time in the background.
///
/// # Errors
/// When the arguments are none of the above, or servers, files or the command fail.
pub async fn command(own: Option<&str>, arguments: &[OsString]) -> Result<ExitCode> {
    let words: Vec<&str> = arguments.iter().map(|word| word.to_str().unwrap_or_default()).collect();
    match words.as_slice() {
        ["run", "--", program, ..] => run(program, &arguments[3..]).await,
        ["up", _] => up(own, Path::new(&arguments[1])).await,
        ["serve", _] => serve(Path::new(&arguments[1])).await,
        ["down", _] => down(Path::new(&arguments[1])).await,
        _ => bail!("give one of: run -- COMMAND… | up FILE | down FILE"),
    }
}

/// Runs the command with servers of its own and ends with its exit code. Ctrl-C reaches the command as well, so this
/// waits for its end.
async fn run(program: &str, arguments: &[OsString]) -> Result<ExitCode> {
    let folder = tempfile::tempdir().context("cannot create a temporary folder")?;
    let file = folder.path().join("services");
    let cluster = Cluster::start(Options::fast()).await?;
    Services::of(&cluster).write(&file)?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut command = tokio::process::Command::new(program)
        .args(arguments)
        .env(SERVICES_FILE, &file)
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("cannot run {program}"))?;
    let status = loop {
        tokio::select! {
            status = command.wait() => break status?,
            _ = interrupt.recv() => {}
            _ = terminate.recv() => command.start_kill()?,
        }
    };
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Starts `serve` in the background and waits until it has written the addresses.
async fn up(own: Option<&str>, file: &Path) -> Result<ExitCode> {
    if file.exists() {
        bail!(
            "{} exists: servers run already, or end what is left of them by 'down'",
            file.display()
        );
    }
    let mut server = Command::new(std::env::current_exe()?)
        .args(own)
        .arg("serve")
        .arg(file)
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .context("cannot start itself in the background")?;
    while !file.exists() {
        if let Some(status) = server.try_wait()? {
            bail!("the servers did not start ({status})");
        }
        tokio::time::sleep(POLL).await;
    }
    let line = format!(
        "servers run; use them by: export {SERVICES_FILE}={}\n",
        std::path::absolute(file)?.display()
    );
    std::io::stdout().write_all(line.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// Holds the servers until it is told to end, by a signal or by the removal of `FILE`.
async fn serve(file: &Path) -> Result<ExitCode> {
    let cluster = Cluster::start(Options::fast()).await?;
    let unfinished = with_suffix(file, ".unfinished");
    Services::of(&cluster).write(&unfinished)?;
    std::fs::rename(&unfinished, file)?;
    let stopping = with_suffix(file, ".stopping");
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    while file.exists() {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            () = tokio::time::sleep(POLL) => {}
        }
    }
    drop(cluster);
    for leftover in [file, &stopping] {
        // Which of the two exists depends on who ended it.
        let _ = std::fs::remove_file(leftover);
    }
    Ok(ExitCode::SUCCESS)
}

/// Moves the file out of the way, which ends `serve`, and waits until `serve` has removed it after the servers.
async fn down(file: &Path) -> Result<ExitCode> {
    let stopping = with_suffix(file, ".stopping");
    std::fs::rename(file, &stopping).with_context(|| format!("no servers were started with {}", file.display()))?;
    let ended = async {
        while stopping.exists() {
            tokio::time::sleep(POLL).await;
        }
    };
    if tokio::time::timeout(Duration::from_secs(300), ended).await.is_err() {
        std::fs::remove_file(&stopping)?;
        bail!(
            "nobody held the servers of {} any more; the file is removed",
            file.display()
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
