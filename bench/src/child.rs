//! Child processes: the product's roles as an installation runs them, and our own senders without a fleet.

use super::accounting;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{ChildStdout, Command};
use tokio::time::timeout;

/// How long a child may take to print its first line, and to end when told to.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often the peak memory of a child is read; the kernel keeps it.
const LOOK: Duration = Duration::from_millis(100);

/// What a child that has ended by itself left.
pub struct Ended {
    /// Lines of standard output.
    pub output: Vec<String>,
    /// Bytes.
    pub peak_memory: u64,
}

/// One child. Dropping it kills it.
pub struct Child {
    name: String,
    process: tokio::process::Child,
    output: Lines<BufReader<ChildStdout>>,
    log: PathBuf,
}

impl Child {
    /// Runs `PROGRAM ARGUMENTS…`; its log goes to a file in `folder`. Its environment is cleared of anything that
    /// could point it at an installation.
    ///
    /// # Errors
    /// When the process cannot be started.
    pub fn start(name: &str, program: &Path, arguments: &[&str], folder: &Path) -> Result<Self> {
        let log = folder.join(format!("{name}.log"));
        let mut command = Command::new(program);
        for (variable, _) in std::env::vars_os() {
            if variable.to_string_lossy().starts_with("BELLHOP_") {
                command.env_remove(variable);
            }
        }
        let mut process = command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(&log)?)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        let output = process.stdout.take().context("a child without standard output")?;
        Ok(Self {
            name: name.to_owned(),
            process,
            output: BufReader::new(output).lines(),
            log,
        })
    }

    /// # Errors
    /// When the process has ended.
    pub fn pid(&self) -> Result<u32> {
        self.process
            .id()
            .with_context(|| format!("{} has ended; its last words:\n{}", self.name, self.last_words()))
    }

    /// The most memory it had resident, in bytes.
    ///
    /// # Errors
    /// When the process has ended.
    pub fn peak_memory(&self) -> Result<u64> {
        accounting::peak_memory(self.pid()?)
    }

    /// The share of its CPU time that its busiest thread used.
    ///
    /// # Errors
    /// When the process has ended.
    pub fn busiest_thread(&self) -> Result<f64> {
        accounting::busiest_thread(self.pid()?)
    }

    /// Reads standard output up to the line that starts with `prefix`, and returns the rest of that line, trimmed.
    ///
    /// # Errors
    /// When the child ends before, or `patience` does.
    pub async fn line_after(&mut self, prefix: &str, patience: Duration) -> Result<String> {
        let found = timeout(patience, async {
            while let Some(line) = self.output.next_line().await? {
                if let Some(rest) = line.strip_prefix(prefix) {
                    return Ok(Some(rest.trim().to_owned()));
                }
            }
            Ok::<_, std::io::Error>(None)
        });
        match found.await {
            Ok(Ok(Some(rest))) => Ok(rest),
            Ok(Ok(None)) => bail!(
                "{} ended before it said {prefix:?}; its last words:\n{}",
                self.name,
                self.last_words()
            ),
            Ok(Err(error)) => Err(error).with_context(|| format!("cannot read from {}", self.name)),
            Err(_) => bail!(
                "{} did not say {prefix:?} within {patience:?}; its last words:\n{}",
                self.name,
                self.last_words()
            ),
        }
    }

    /// Like [`Child::line_after`], for what a child says soon after its start.
    ///
    /// # Errors
    /// The same.
    pub async fn first_words(&mut self, prefix: &str) -> Result<String> {
        self.line_after(prefix, PATIENCE).await
    }

    /// Waits until its log has a line with `text`.
    ///
    /// # Errors
    /// When that takes longer than a minute.
    pub async fn logged(&self, text: &str) -> Result<()> {
        let found = timeout(PATIENCE, async {
            while !std::fs::read_to_string(&self.log).unwrap_or_default().contains(text) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        found.await.with_context(|| {
            format!(
                "{} did not log {text:?} in time; its last words:\n{}",
                self.name,
                self.last_words()
            )
        })
    }

    /// Waits for the end of a child that ends by itself, and returns what it printed and the most memory that it had
    /// resident.
    ///
    /// # Errors
    /// When it fails, or takes longer than `patience`; then it is killed.
    pub async fn finished(mut self, patience: Duration) -> Result<Ended> {
        let ended = timeout(patience, async {
            let (mut lines, mut peak) = (Vec::new(), 0);
            let mut look = tokio::time::interval(LOOK);
            loop {
                tokio::select! {
                    line = self.output.next_line() => match line? {
                        Some(line) => lines.push(line),
                        None => break,
                    },
                    // Between its end and our noticing there is no status left to read.
                    _ = look.tick() => peak = self.peak_memory().unwrap_or(peak),
                }
            }
            Ok::<_, std::io::Error>((lines, peak, self.process.wait().await?))
        });
        let ended = ended.await;
        match ended {
            Ok(Ok((output, peak_memory, status))) if status.success() => Ok(Ended { output, peak_memory }),
            Ok(Ok((_, _, status))) => bail!(
                "{} failed ({status}); its last words:\n{}",
                self.name,
                self.last_words()
            ),
            Ok(Err(error)) => Err(error).with_context(|| format!("cannot read from {}", self.name)),
            Err(_) => bail!("{} did not end within {patience:?}", self.name),
        }
    }

    /// Sends SIGTERM to this child alone and waits for its orderly end.
    ///
    /// # Errors
    /// When it does not end in order within a minute; then it is killed.
    pub async fn stop(mut self) -> Result<()> {
        let pid = self.pid()?.to_string();
        // The standard library has no safe call that sends a signal.
        let sent = Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .await
            .context("cannot run kill")?;
        if !sent.success() || timeout(PATIENCE, self.process.wait()).await.is_err() {
            self.process.kill().await?;
            bail!(
                "{} did not stop within {PATIENCE:?} of SIGTERM; its last words:\n{}",
                self.name,
                self.last_words()
            );
        }
        Ok(())
    }

    /// SIGKILL: no chance to finish or say anything.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub async fn kill(mut self) -> Result<()> {
        Ok(self.process.kill().await?)
    }

    fn last_words(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}
