//! Starting and ending one server process with everything it has started itself.

use std::ffi::OsString;
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::account::Account;
use crate::process_table::{family_of, process_table};

/// How often a condition is checked while waiting for it.
const POLL: Duration = Duration::from_millis(20);

/// A killed process ends at once, unless it waits for a disk that others keep busy.
const GONE_PATIENCE: Duration = Duration::from_secs(120);

/// The name of the data folder inside a server's own folder.
pub(crate) const DATA: &str = "data";

/// Records pid, start time and the watchdog's signal, then becomes the server: the record exists before the server does.
const RECORD_AND_EXEC: &str = r#"
echo "$$ $(sed 's/.*) //' /proc/$$/stat | cut -d ' ' -f 20) $WATCHDOG_SIGNAL" > "$RECORD"
unset RECORD WATCHDOG_SIGNAL
exec "$@"
"#;

/// Everything needed to start a server any number of times.
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
            .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
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

    /// The folder the server keeps its data in; losing it means losing all data.
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
        lines[lines.len().saturating_sub(60)..].join("\n")
    }
}

/// A running server: the leader of its own process group.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    launch: Launch,
}

impl Process {
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

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
            &family.iter().map(|row| row.pid.to_string()).collect::<Vec<_>>(),
        )?;
        self.child.wait().context("cannot wait for a killed server")?;
        let gone = wait_until(GONE_PATIENCE, || {
            process_table().is_ok_and(|table| !family.iter().any(|row| table.iter().any(|now| now.is_still(row))))
        });
        if !gone {
            bail!("processes of {} are left after SIGKILL", self.launch.program.display());
        }
        std::fs::remove_file(self.launch.record()).context("cannot remove the record of a server that ended")
    }
}

/// Checks `condition` until it is true or `patience` is over; returns whether it became true.
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

/// Sends a signal by the shell's own `kill`: the standard library has no safe call for it. Pids that no longer exist
/// are ignored.
fn signal(name: &str, pids: &[String]) -> Result<()> {
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
