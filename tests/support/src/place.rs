//! Where the files of tests are: in memory, if there is room. A test that kills processes loses nothing there, since
//! only a power cut would lose it, and it neither waits for a disk nor leaves thousands of files on it.

use anyhow::{Context, Result};
use std::path::Path;
use tempfile::{Builder, TempDir};

/// Where Linux keeps files in memory.
const MEMORY: &str = "/dev/shm";
/// Free bytes that are enough for the servers of a whole run.
const ENOUGH: u64 = 6 << 30;

/// What a folder is stored on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In memory if there is room, else like [`Place::Disk`]. For tests.
    Fast,
    /// The system's temporary folder: for proofs and benches, whose figures include the disk.
    Disk,
}

impl Place {
    pub(crate) fn folder(self, prefix: &str) -> Result<TempDir> {
        let mut builder = Builder::new();
        let named = builder.prefix(prefix);
        // Somebody who names a folder for temporary files wants them there.
        let in_memory = self == Place::Fast && std::env::var_os("TMPDIR").is_none() && has_room(Path::new(MEMORY));
        let made = if in_memory {
            named.tempdir_in(MEMORY)
        } else {
            named.tempdir()
        };
        made.with_context(|| format!("cannot create a temporary folder {prefix}…"))
    }
}

/// A temporary folder for the files of a test, removed when dropped.
///
/// # Errors
/// When it cannot be created.
pub fn folder() -> Result<TempDir> {
    Place::Fast.folder("bellhop-test-")
}

/// A container often has 64 MiB there.
fn has_room(folder: &Path) -> bool {
    rustix::fs::statvfs(folder).is_ok_and(|it| it.f_bavail.saturating_mul(it.f_frsize) >= ENOUGH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_measured_with_its_disk_is_not_in_memory() {
        let folder = Place::Disk.folder("bellhop-place-").unwrap();
        assert!(!folder.path().starts_with(MEMORY), "{}", folder.path().display());
    }

    #[test]
    fn a_folder_that_is_not_there_has_no_room() {
        assert!(!has_room(Path::new("/no/such/folder")));
    }
}
