//! A clock that a proof moves: libfaketime stands between the processes and the system's clock, so that the program under
//! test is the one that is installed. It runs on at the clock's own pace between two jumps; how long things take, which
//! processes measure by another clock, stays true.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};

use anyhow::{Context, Result};
use bellhop_domain::Timestamp;
use tempfile::TempDir;

/// Where Debian has its libraries, and the one for programs with threads.
const LIBRARIES: &str = "/usr/lib";
const LIBRARY: &str = "faketime/libfaketimeMT.so.1";

/// The clock of every process that is started in its environment.
#[derive(Debug)]
pub struct VirtualClock {
    library: PathBuf,
    /// How far it is ahead of the system's, ms.
    ahead: AtomicI64,
    folder: TempDir,
}

impl VirtualClock {
    /// A clock that shows the system's time.
    ///
    /// # Errors
    /// When libfaketime is not installed.
    pub fn new() -> Result<Self> {
        let architectures = std::fs::read_dir(LIBRARIES)?.flatten();
        let library = architectures
            .map(|it| it.path().join(LIBRARY))
            .find(|file| file.is_file());
        let clock = Self {
            library: library.context("missing: libfaketime. Run: apt-get install faketime")?,
            ahead: AtomicI64::new(0),
            folder: tempfile::Builder::new().prefix("bellhop-clock-").tempdir()?,
        };
        clock.write(0)?;
        Ok(clock)
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("ahead")
    }

    /// The file is replaced as a whole, because processes read it at any instant.
    fn write(&self, ahead: i64) -> Result<()> {
        let new = self.folder.path().join("new");
        std::fs::write(&new, format!("+{}.{:03}\n", ahead / 1_000, ahead % 1_000))?;
        Ok(std::fs::rename(new, self.file())?)
    }

    pub fn now(&self) -> Timestamp {
        Timestamp(Timestamp::now().0 + self.ahead.load(Ordering::SeqCst))
    }

    /// Shows this time from now on, for every process at once. It never goes back.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn jump_to(&self, at: Timestamp) -> Result<()> {
        let ahead = (at.0 - Timestamp::now().0).max(self.ahead.load(Ordering::SeqCst));
        self.write(ahead)?;
        self.ahead.store(ahead, Ordering::SeqCst);
        Ok(())
    }

    /// What a process needs in its environment.
    pub fn environment(&self) -> Vec<(String, String)> {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        [
            ("LD_PRELOAD", text(&self.library)),
            ("FAKETIME_TIMESTAMP_FILE", text(&self.file())),
            ("FAKETIME_NO_CACHE", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }
}
