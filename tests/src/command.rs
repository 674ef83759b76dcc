//! Commands of the real `bellhop` binary.

use std::ffi::OsStr;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tokio::process::Command;

/// Longer than any command of a proof or test takes, even unoptimised on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

/// The `bellhop` beside the running program: built by `cargo build --package bellhop`, as `make test` and
/// `make proof-…` do.
///
/// # Errors
/// When it has not been built.
pub fn binary() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let folder = own.parent().context("a program lies in a folder")?;
    // Cargo puts tests one folder deeper.
    let folder = if folder.ends_with("deps") {
        folder.parent().unwrap_or(folder)
    } else {
        folder
    };
    let binary = folder.join("bellhop");
    ensure!(
        binary.is_file(),
        "{} is missing; build it: cargo build --package bellhop",
        binary.display()
    );
    Ok(binary)
}

/// A process that gets SIGKILL when the thread that started it ends, however it ends: util-linux's `setpriv` asks the
/// kernel for that and becomes the program.
pub fn dies_with_us(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    command.stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// The `bellhop` command with one configuration, run in one folder.
#[derive(Debug, Clone)]
pub struct Bellhop {
    binary: PathBuf,
    config: Option<PathBuf>,
    organisation: Option<String>,
    folder: PathBuf,
    /// Where a process with the API role serves `/readyz` and `/metrics`.
    operations: SocketAddr,
    environment: Vec<(String, String)>,
}

/// What a command printed and how it ended.
#[derive(Debug)]
pub struct Answer {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Bellhop {
    /// The command with the embedded default, whose data go below `folder`.
    ///
    /// # Errors
    /// When the binary has not been built.
    pub fn in_folder(folder: &Path) -> Result<Self> {
        Ok(Self {
            binary: binary()?,
            config: None,
            organisation: None,
            folder: folder.to_owned(),
            // Any free port, because many run side by side.
            operations: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            environment: Vec::new(),
        })
    }

    #[must_use]
    pub fn with_config(mut self, file: &Path) -> Self {
        self.config = Some(file.to_owned());
        self
    }

    /// Which organisation commands are about that name none.
    #[must_use]
    pub fn of_organisation(mut self, slug: &str) -> Self {
        self.organisation = Some(slug.to_owned());
        self
    }

    #[must_use]
    pub fn with_operations_at(mut self, operations: SocketAddr) -> Self {
        self.operations = operations;
        self
    }

    /// What is in its environment beside, or in place of, what tests usually have there.
    #[must_use]
    pub fn with_environment(mut self, environment: Vec<(String, String)>) -> Self {
        self.environment = environment;
        self
    }

    /// The command, not yet started.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = dies_with_us(&self.binary);
        if let Some(config) = &self.config {
            command.arg("--config").arg(config);
        }
        command.args(arguments).current_dir(&self.folder);
        if let Some(organisation) = &self.organisation {
            command.env("BELLHOP_ORGANISATION", organisation);
        }
        command.env("BELLHOP__HTTP__OPERATIONS_LISTEN", self.operations.to_string());
        // Off by default, because tests and proofs send at any time of the day and repeatedly to the same guests.
        for setting in ["QUIET_HOURS", "FREQUENCY_CAP"] {
            command.env(format!("BELLHOP__MARKETING__{setting}"), "off");
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs it to its end, successful or not.
    ///
    /// # Errors
    /// When it cannot be started or does not end within five minutes.
    pub async fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Result<Answer> {
        let mut command = self.command(arguments);
        let output = tokio::time::timeout(PATIENCE, command.output()).await;
        let output = output.with_context(|| format!("no end: {}", spelt(arguments)))??;
        Ok(Answer {
            status: output.status,
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// Migrates the schema and applies the configuration's organisations and senders, as for every new fleet.
    ///
    /// # Errors
    /// When either is refused.
    pub async fn set_up(&self) -> Result<()> {
        for command in ["migrate", "apply"] {
            let answer = self.run(&[command]).await?;
            ensure!(
                answer.status.success(),
                "bellhop {command} failed:\n{}{}",
                answer.stdout,
                answer.stderr
            );
        }
        Ok(())
    }

    /// Runs it with `--json`, which must succeed, and reads its last line.
    ///
    /// # Errors
    /// When it fails (with what it wrote), or its last line is not JSON.
    pub async fn json<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Result<Value> {
        let arguments: Vec<_> = arguments
            .iter()
            .map(AsRef::as_ref)
            .chain([OsStr::new("--json")])
            .collect();
        let answer = self.run(&arguments).await?;
        ensure!(
            answer.status.success(),
            "{} failed ({}):\n{}{}",
            spelt(&arguments),
            answer.status,
            answer.stdout,
            answer.stderr
        );
        answer.last_line().with_context(|| spelt(&arguments))
    }
}

impl Answer {
    /// The last line of standard output as JSON.
    ///
    /// # Errors
    /// When it is not JSON.
    pub fn last_line(&self) -> Result<Value> {
        let line = self.stdout.lines().next_back().unwrap_or_default();
        serde_json::from_str(line).with_context(|| format!("the last line is not JSON: {line:?}\n{}", self.stderr))
    }
}

fn spelt<S: AsRef<OsStr>>(arguments: &[S]) -> String {
    let words: Vec<_> = arguments.iter().map(|word| word.as_ref().to_string_lossy()).collect();
    format!("bellhop {}", words.join(" "))
}
