//! Starting and ending one server process with everything it has started itself.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::account::Account;

/// How often a condition is looked at while waiting for it.
const POLL: Duration = Duration::from_millis(20);

/// The name of the data folder inside a server's own folder.
pub(crate) const DATA: &str = "data";

/// Records pid, start time and the watchdog's signal, then becomes the server: the record exists before the server does.
const RECORD_AND_EXEC: &str = r#"
echo "$$ $(sed 's/.*) //' /proc/$$/stat | cut -d ' ' -f 20) $WATCHDOG_SIGNAL" > "$RECORD"
unset RECORD WATCHDOG_SIGNAL
exec "$@"
"#;

/// All that is needed to start a server, again and again.
#[derive(Debug, Clone)]
pub(crate) struct Launch {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    /// The whole environment besides `PATH`, `HOME` and `LANG`: nothing is inherited.
    pub(crate) environment: Vec<(&'static str, OsString)>,
    pub(crate) account: Account,
    /// The server's own folder: its `HOME` and working directory, with `pid` and `output.log` in it.
    pub(crate) home: PathBuf,
    /// Ends the server in order.
    pub(crate) stop_signal: &'static str,
    /// Ends the server at once together with its children, sent to its process group by the watchdog.
    pub(crate) watchdog_signal: &'static str,
}

impl Launch {
    /// A command with the account, environment and folder of this server.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env(
                "PATH",
                "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            )
            .env("HOME", &self.home)
            .env("LANG", "C.UTF-8")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.home)
            .stdin(Stdio::null());
        self.account.apply(&mut command);
        command
    }

    pub(crate) fn spawn(&self) -> Result<Process> {
        let log = File::options().create(true).append(true).open(self.log())?;
        self.account.own(&self.log())?;
        let child = self
            .command(Path::new("/bin/sh"))
            .args(["-c", RECORD_AND_EXEC, "sh"])
            .arg(&self.program)
            .args(&self.arguments)
            .env("RECORD", self.record())
            .env("WATCHDOG_SIGNAL", self.watchdog_signal)
            .process_group(0)
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start {}", self.program.display()))?;
        Ok(Process {
            child,
            launch: self.clone(),
        })
    }

    /// The folder the server keeps its data in; losing it is losing all of it.
    pub(crate) fn data(&self) -> PathBuf {
        self.home.join(DATA)
    }

    fn record(&self) -> PathBuf {
        self.home.join("pid")
    }

    fn log(&self) -> PathBuf {
        self.home.join("output.log")
    }

    /// The last lines the server wrote, for an error message.
    pub(crate) fn last_output(&self) -> String {
        let text = std::fs::read(self.log()).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(25)..].join("\n")
    }
}

/// A running server: the leader of its own process group.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    launch: Launch,
}

impl Process {
    /// How the server ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Ends the server in order, and whatever it leaves behind by SIGKILL.
    pub(crate) fn stop(mut self, patience: Duration) -> Result<()> {
        signal(self.launch.stop_signal, &[self.child.id().to_string()])?;
        let in_order = wait_until(patience, || self.ended().is_some());
        let launch = self.launch.clone();
        self.kill()?;
        if !in_order {
            bail!(
                "{} did not stop within {patience:?} of SIG{}; its last output:\n{}",
                launch.program.display(),
                launch.stop_signal,
                launch.last_output()
            );
        }
        Ok(())
    }

    /// SIGKILL to the server and all its children at once; returns when none is left.
    pub(crate) fn kill(mut self) -> Result<()> {
        let family = family_of(self.child.id(), &process_table()?);
        signal(
            "KILL",
            &family
                .iter()
                .map(|row| row.pid.to_string())
                .collect::<Vec<_>>(),
        )?;
        self.child
            .wait()
            .context("cannot wait for a killed server")?;
        let gone = wait_until(Duration::from_secs(30), || {
            process_table().is_ok_and(|table| {
                !family
                    .iter()
                    .any(|row| table.iter().any(|now| now.is_still(row)))
            })
        });
        if !gone {
            bail!(
                "processes of {} are left after SIGKILL",
                self.launch.program.display()
            );
        }
        std::fs::remove_file(self.launch.record())
            .context("cannot remove the record of a server that ended")
    }
}

/// Looks at `condition` until it holds or `patience` is over; whether it held.
pub(crate) fn wait_until(patience: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + patience;
    loop {
        if condition() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        std::thread::sleep(POLL);
    }
}

/// Sends a signal by the shell's own `kill`: the standard library has no safe call for it. Pids that are gone are fine.
pub(crate) fn signal(name: &str, pids: &[String]) -> Result<()> {
    Command::new("/bin/sh")
        .args([
            "-c",
            r#"signal=$1; shift; for pid; do kill -s "$signal" "$pid"; done"#,
            "sh",
            name,
        ])
        .args(pids)
        .stderr(Stdio::null())
        .status()
        .context("cannot run /bin/sh to send a signal")?;
    Ok(())
}

/// One line of `/proc/<pid>/stat`, as far as it matters here (proc(5)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProcessRow {
    pub(crate) pid: u32,
    pub(crate) zombie: bool,
    pub(crate) parent: u32,
    pub(crate) group: u32,
    /// Clock ticks after boot: with the pid it names a process for ever.
    pub(crate) started: u64,
}

impl ProcessRow {
    fn is_still(&self, before: &Self) -> bool {
        self.pid == before.pid && self.started == before.started && !self.zombie
    }
}

pub(crate) fn process_table() -> Result<Vec<ProcessRow>> {
    let entries = std::fs::read_dir("/proc")
        .context("cannot list /proc")?
        .flatten();
    let stats = entries.filter_map(|entry| std::fs::read_to_string(entry.path().join("stat")).ok());
    Ok(stats.filter_map(|text| parse_stat(&text)).collect())
}

/// The command's name stands in parentheses and may itself contain blanks and parentheses.
pub(crate) fn parse_stat(text: &str) -> Option<ProcessRow> {
    let pid = text.split(' ').next()?.parse().ok()?;
    let (_, rest) = text.rsplit_once(") ")?;
    let fields: Vec<_> = rest.split(' ').collect();
    Some(ProcessRow {
        pid,
        zombie: *fields.first()? == "Z",
        parent: fields.get(1)?.parse().ok()?,
        group: fields.get(2)?.parse().ok()?,
        started: fields.get(19)?.parse().ok()?,
    })
}

/// The process, its group and all descendants of either: PostgreSQL's backends leave the group but not the family.
fn family_of(leader: u32, table: &[ProcessRow]) -> Vec<ProcessRow> {
    let mut family: HashSet<u32> = table
        .iter()
        .filter(|row| row.pid == leader || row.group == leader)
        .map(|row| row.pid)
        .collect();
    loop {
        let children: Vec<_> = table
            .iter()
            .filter(|row| family.contains(&row.parent) && !family.contains(&row.pid))
            .collect();
        if children.is_empty() {
            break;
        }
        family.extend(children.iter().map(|row| row.pid));
    }
    table
        .iter()
        .filter(|row| family.contains(&row.pid))
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stat_is_read_past_a_name_with_parentheses() {
        let text = "42 (erl (x) y) S 7 40 40 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 987654 0 0";
        let expected = ProcessRow {
            pid: 42,
            zombie: false,
            parent: 7,
            group: 40,
            started: 987_654,
        };
        assert_eq!(parse_stat(text), Some(expected));
        assert_eq!(parse_stat("not a process"), None);
    }

    #[test]
    fn a_family_is_group_and_descendants_and_nobody_else() {
        let row = |pid, parent, group| ProcessRow {
            pid,
            zombie: false,
            parent,
            group,
            started: 1,
        };
        let table = [
            row(10, 1, 10),  // the leader
            row(11, 10, 10), // its child
            row(12, 10, 12), // a child in a group of its own
            row(13, 12, 13), // and that one's child
            row(14, 1, 10),  // orphaned, yet of the group
            row(15, 1, 15),  // a stranger
        ];
        let pids: Vec<_> = family_of(10, &table).iter().map(|row| row.pid).collect();
        assert_eq!(pids, [10, 11, 12, 13, 14]);
    }
}
