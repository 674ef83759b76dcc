//! One process of the fleet: started, killed and started again under one name.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result};
use bellhop_domain::Lane;
use tokio::process::Child;

use crate::command::Bellhop;

/// Enough to see why a process ended.
const LAST_LINES: usize = 15;

/// A process that plays one role.
#[derive(Debug)]
pub struct Role {
    /// Unique in the fleet, like `worker-1` or `worker-marketing-2`; the role is the part before the hyphen, and a
    /// lane after the hyphen is the only one that the worker sends on.
    pub name: String,
    /// How often it ended without having been killed by us.
    pub own_ends: u32,
    bellhop: Bellhop,
    log: PathBuf,
    child: Option<Child>,
}

impl Role {
    pub(crate) fn new(name: &str, bellhop: &Bellhop, folder: &Path) -> Self {
        Self {
            name: name.to_owned(),
            own_ends: 0,
            bellhop: bellhop.clone(),
            log: folder.join(format!("{name}.log")),
            child: None,
        }
    }

    /// Starts it unless it runs; its output is appended to the same log.
    ///
    /// # Errors
    /// When the process cannot be started.
    pub fn start(&mut self) -> Result<()> {
        if let Some(child) = &mut self.child
            && child.try_wait()?.is_none()
        {
            return Ok(());
        }
        let log = File::options().create(true).append(true).open(&self.log)?;
        let mut parts = self.name.split('-');
        let role = parts.next().unwrap_or_default();
        let mut arguments = vec![role];
        if role == "worker" {
            arguments.extend(["--name", &self.name]);
        }
        if let Some(lane) = parts
            .next()
            .filter(|part| Lane::ALL.iter().any(|lane| lane.name() == *part))
        {
            arguments.extend(["--lane", lane]);
        }
        let mut command = self.bellhop.command(&arguments);
        command.stdout(Stdio::from(log.try_clone()?)).stderr(Stdio::from(log));
        let child = command.spawn().with_context(|| format!("cannot start {}", self.name))?;
        self.child = Some(child);
        Ok(())
    }

    /// The process' number while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().and_then(Child::id)
    }

    /// SIGKILL: no chance to finish or say anything. Returns whether there was a process to kill.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub async fn kill(&mut self) -> Result<bool> {
        let Some(mut child) = self.child.take() else {
            return Ok(false);
        };
        if child.try_wait()?.is_some() {
            self.own_ends += 1;
            return Ok(false);
        }
        child.start_kill()?;
        child.wait().await?;
        Ok(true)
    }

    /// Starts it again if it ended by itself. One that was killed stays down until [`Role::start`].
    pub(super) fn revive(&mut self) -> Result<()> {
        if let Some(child) = &mut self.child
            && child.try_wait()?.is_some()
        {
            self.own_ends += 1;
            self.start()?;
        }
        Ok(())
    }

    pub(super) fn last_words(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<_> = text.lines().collect();
        let last = lines[lines.len().saturating_sub(LAST_LINES)..].join("\n  ");
        format!("--- {}\n  {last}\n", self.name)
    }
}
