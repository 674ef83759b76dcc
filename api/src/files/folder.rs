//! The folder.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::sync::Notify;

/// What is left of a file that was being made when a process died goes after so long.
const LEFT_OVER: Duration = Duration::from_secs(24 * 3600);

/// Where files are, and how much of them there may be.
#[derive(Debug, Clone)]
pub struct Files {
    folder: PathBuf,
    /// The longest upload, in bytes.
    pub upload_bytes: u64,
    /// As many bytes may all uploads of an organisation have.
    pub together: u64,
    /// How long a file is kept.
    pub kept: Duration,
    /// There is something to do.
    pub(crate) wake: Arc<Notify>,
}

/// The name of a file in the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place(String);

impl Place {
    pub fn drawn(random: [u8; 32]) -> Self {
        Self(hex::encode(random))
    }

    /// A name that the database has. Nothing else is one, whatever a restored or edited row says.
    pub fn kept(name: &str) -> Option<Self> {
        let fits = name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit());
        fits.then(|| Self(name.to_owned()))
    }

    pub fn name(&self) -> &str {
        &self.0
    }
}

/// A file that is being written by one request at a time.
pub(crate) struct Writing {
    file: File,
    pub offset: u64,
}

impl Files {
    /// A folder of files, each at most so long, and all of an organisation together.
    pub fn new(folder: PathBuf, upload_bytes: u64, together: u64, kept: Duration) -> Self {
        Self {
            folder,
            upload_bytes,
            together,
            kept,
            wake: Arc::default(),
        }
    }

    /// Makes the folder, for its owner alone. It is made by the first file, so that a process that takes none needs no disk.
    pub(crate) fn make(&self) -> io::Result<()> {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.folder)
    }

    /// Removes what processes that died have left in the folder.
    pub(crate) fn tidy(&self) {
        let Ok(entries) = std::fs::read_dir(&self.folder) else {
            return;
        };
        for entry in entries.flatten() {
            let ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(".tmp"));
            let age = entry.metadata().and_then(|it| it.modified()).ok();
            let age = age.and_then(|at| SystemTime::now().duration_since(at).ok());
            if ours && age.is_some_and(|age| age > LEFT_OVER) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }

    pub(crate) fn path(&self, place: &Place) -> PathBuf {
        self.folder.join(place.name())
    }

    /// How many bytes of an upload are here.
    pub(crate) fn length(&self, place: &Place) -> io::Result<u64> {
        match std::fs::metadata(self.path(place)) {
            Ok(it) => Ok(it.len()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// Opens an upload for one who goes on with it; `None` if somebody else does.
    pub(crate) fn write(&self, place: &Place) -> io::Result<Option<Writing>> {
        self.make()?;
        let mut options = File::options();
        options.create(true).append(false).write(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(self.path(place))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Ok(None),
            Err(std::fs::TryLockError::Error(error)) => return Err(error),
        }
        let offset = file.seek(SeekFrom::End(0))?;
        Ok(Some(Writing { file, offset }))
    }

    pub(crate) fn remove(&self, place: &Place) -> io::Result<()> {
        remove(&self.path(place))
    }

    pub(crate) fn wake(&self) {
        self.wake.notify_waiters();
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        end => end,
    }
}

impl Writing {
    pub fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.offset += bytes.len() as u64;
        Ok(())
    }

    /// What was written stays, whatever becomes of the machine.
    pub fn keep(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_was_not_drawn_is_none() {
        assert!(Place::kept(Place::drawn([7; 32]).name()).is_some());
        let long = "a".repeat(63);
        for name in [
            "",
            "../../etc/passwd",
            "/etc/passwd",
            &format!("{long}/"),
            &format!("{long}."),
        ] {
            assert!(Place::kept(name).is_none(), "{name}");
        }
    }

    #[test]
    fn an_upload_has_one_writer_and_goes_on_where_it_ended() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::new(folder.path().join("files"), 1_000, 2_000, Duration::from_secs(60));
        let place = Place::drawn([1; 32]);
        assert_eq!(files.length(&place).unwrap(), 0);
        let mut first = files.write(&place).unwrap().unwrap();
        first.add(b"abc").unwrap();
        assert!(files.write(&place).unwrap().is_none());
        drop(first);
        let mut second = files.write(&place).unwrap().unwrap();
        assert_eq!(second.offset, 3);
        second.add(b"de").unwrap();
        second.keep().unwrap();
        assert_eq!(files.length(&place).unwrap(), 5);
        assert_eq!(std::fs::read(files.path(&place)).unwrap(), b"abcde");
        files.remove(&place).unwrap();
        files.remove(&place).unwrap();
    }
}
