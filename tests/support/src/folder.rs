//! The temporary folder of a set of servers, and the watchdog that empties it.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

use crate::account::Account;
use crate::place::Place;

/// Waits on standard input, a pipe whose other end only the starting process holds, so that it ends with that process,
/// also by SIGKILL. Then it kills what the records in the folder name, if pid and start time still agree, and removes
/// the folder. A record is written by the server's own process before it turns into the server (see `process`).
const WATCHDOG: &str = r#"
trap '' HUP INT TERM
cat > /dev/null
started_at() { sed 's/.*) //' "/proc/$1/stat" 2> /dev/null | cut -d ' ' -f 20; }
for record in "$1"/*/pid; do
    read -r pid started signal < "$record" || continue
    [ "$(started_at "$pid")" = "$started" ] || continue
    kill -s "$signal" -- "-$pid"
    while [ "$(started_at "$pid")" = "$started" ] && ! grep -q ') Z ' "/proc/$pid/stat"; do sleep 0.05; done
done 2> /dev/null
until rm -rf -- "$1" 2> /dev/null; do sleep 0.05; done
"#;

/// A temporary folder with a watchdog. Dropping it ends the servers that are still recorded in it and removes it.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    watchdog: Child,
}

impl Folder {
    pub(crate) fn create(place: Place) -> Result<Self> {
        let folder = place.folder("bellhop-services-")?;
        // The servers' accounts pass through it to the folders of their own.
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755))?;
        let watchdog = Command::new("/bin/sh")
            .args(["-c", WATCHDOG, "bellhop-services-watchdog"])
            .arg(folder.path())
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start /bin/sh to watch over the servers")?;
        Ok(Self {
            path: folder.keep(),
            watchdog,
        })
    }

    /// A folder inside for one server, owned by its account.
    pub(crate) fn for_server(&self, name: &str, account: Account) -> Result<PathBuf> {
        let path = self.path.join(name);
        create_owned(&path, account)?;
        Ok(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        // A failure here does not matter, because the watchdog continues by itself.
        let _ = self.watchdog.wait();
    }
}

/// Creates a folder only its owner can read.
pub(crate) fn create_owned(path: &Path, account: Account) -> Result<()> {
    std::fs::create_dir(path).with_context(|| format!("cannot create {}", path.display()))?;
    std::fs::set_permissions(path, Permissions::from_mode(0o700))?;
    account.own(path)
}
