//! Where the servers' programs are, and what to run when they are not there.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

/// What a newcomer runs to get all three servers' programs.
const INSTALL: &str = "deploy/dev/install-services.sh";

/// Folders searched besides `PATH`: Debian keeps servers out of an ordinary user's `PATH`.
const SERVER_FOLDERS: [&str; 3] = ["/usr/sbin", "/usr/local/sbin", "/usr/local/bin"];

/// A program of PostgreSQL, for instance `initdb`: Debian keeps each version in a folder of its own, the newest wins.
pub(crate) fn postgres(program: &str) -> Result<PathBuf> {
    let newest = newest_version_folder(Path::new("/usr/lib/postgresql"));
    let versioned = newest
        .map(|folder| folder.join("bin").join(program))
        .filter(|path| path.is_file());
    match versioned.or_else(|| in_path(program)) {
        Some(path) => Ok(path),
        None => missing(program, "postgresql"),
    }
}

pub(crate) fn redis_server() -> Result<PathBuf> {
    match in_path("redis-server") {
        Some(path) => Ok(path),
        None => missing("redis-server", "redis-server"),
    }
}

/// The server script itself: what Debian puts into `/usr/sbin` is a wrapper that insists on the system's own instance.
pub(crate) fn rabbitmq_server() -> Result<PathBuf> {
    let script = PathBuf::from("/usr/lib/rabbitmq/bin/rabbitmq-server");
    match Some(script)
        .filter(|path| path.is_file())
        .or_else(|| in_path("rabbitmq-server"))
    {
        Some(path) => Ok(path),
        None => missing("rabbitmq-server", "rabbitmq-server"),
    }
}

fn missing(program: &str, package: &str) -> Result<PathBuf> {
    bail!("the program '{program}' is not installed (Debian package {package}): run {INSTALL}")
}

fn in_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(SERVER_FOLDERS.iter().map(PathBuf::from))
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
}

fn newest_version_folder(parent: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(parent).ok()?.flatten();
    let versions = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    versions.max().map(|version| parent.join(version.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_names_its_package_and_the_line_to_run() {
        let message = missing("redis-server", "redis-server").unwrap_err().to_string();
        assert!(message.contains("package redis-server"), "{message}");
        assert!(message.ends_with("run deploy/dev/install-services.sh"), "{message}");
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        let parent = tempfile::tempdir().unwrap();
        for version in ["9", "15", "common"] {
            std::fs::create_dir(parent.path().join(version)).unwrap();
        }
        assert_eq!(newest_version_folder(parent.path()), Some(parent.path().join("15")));
    }
}
