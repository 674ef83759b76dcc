//! A script of the peers, as a process of its own that prints one JSON object per line.

use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;

use super::install::Installed;
use crate::command::dies_with_us;
use crate::patience::eventually;
use crate::proof::Report;

const PATIENCE: Duration = Duration::from_secs(120);

/// A running script; dropped, it ends.
pub(super) struct Script {
    name: &'static str,
    said: Arc<Mutex<Vec<Value>>>,
    child: Child,
}

impl Installed {
    /// Starts a script.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(super) fn start(&self, name: &'static str, arguments: &[String]) -> Result<Script> {
        let mut python = dies_with_us(&self.python);
        python
            .args(["-u", "-W", "ignore"])
            .arg(self.scripts.join(name))
            .args(arguments);
        python
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONWARNINGS", "ignore");
        let mut child = python.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn()?;
        let output = child.stdout.take().context("its output is piped")?;
        let said = Arc::new(Mutex::new(Vec::new()));
        let writer = Arc::clone(&said);
        tokio::spawn(async move {
            let mut lines = BufReader::new(output).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                let line: Value = serde_json::from_str(&line).unwrap_or_default();
                writer.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        });
        Ok(Script { name, said, child })
    }
}

impl Script {
    /// Everything that it said about this event.
    pub(super) fn all(&self, event: &str) -> Vec<Value> {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.iter().filter(|line| line["event"] == event).cloned().collect()
    }

    /// Waits until it has reported this event that often.
    ///
    /// # Errors
    /// When it ends before, or does not say it in time.
    pub(super) async fn until(&mut self, event: &str, count: usize) -> Result<Vec<Value>> {
        let name = self.name;
        let what = format!("{name} says {event:?}");
        let found = eventually(&what, PATIENCE, async || {
            let (ended, found) = (self.child.try_wait()?, self.all(event));
            let enough = found.len() >= count;
            Ok((enough || ended.is_some()).then_some((enough, found)))
        });
        match found.await? {
            (true, found) => Ok(found),
            (false, _) => bail!("{name} has ended; what it wrote stands above"),
        }
    }

    /// The port on which it listens.
    ///
    /// # Errors
    /// When it does not say so.
    pub(super) async fn listening(&mut self) -> Result<(u16, Value)> {
        let line = self.until("listening", 1).await?.remove(0);
        let port = line["port"].as_u64().context("no port")?;
        Ok((u16::try_from(port)?, line["subscription"].clone()))
    }

    /// Waits for its end and reports what it checked.
    ///
    /// # Errors
    /// When it broke off before it was done.
    pub(super) async fn checks(mut self, report: &mut Report, what: &str) -> Result<()> {
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        let checks = self.all("check");
        for check in &checks {
            let holds = check["holds"] == true;
            let detail = check["detail"].as_str().unwrap_or_default();
            let name = check["name"].as_str().unwrap_or_default();
            let mark = if holds { "ok   " } else { "WRONG" };
            report.line(format!(
                "{mark} {name}{}{detail}",
                if detail.is_empty() { "" } else { ": " }
            ));
        }
        if self.all("done").is_empty() {
            bail!("{} broke off ({ended:?}) after {} checks", self.name, checks.len());
        }
        let held = checks.iter().filter(|check| check["holds"] == true).count();
        report.claim(what, held == checks.len(), format!("{held} of {} checks", checks.len()));
        Ok(())
    }
}
