//! The account a server runs as: PostgreSQL refuses to run as root, and the others have no reason to.

use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

/// Who runs a server: `None` inside is the current user, which is right unless that is root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Account(Option<(u32, u32)>);

impl Account {
    /// The account Debian's package created for the server, `nobody` without it, the current user when not root.
    pub(crate) fn for_server(name: &str) -> Result<Self> {
        let own = std::fs::metadata("/proc/self").context("cannot read /proc/self to learn the current user")?;
        if own.uid() != 0 {
            return Ok(Self(None));
        }
        let passwd = std::fs::read_to_string("/etc/passwd").context("cannot read /etc/passwd")?;
        let ids = ids_of(&passwd, name).or_else(|| ids_of(&passwd, "nobody"));
        let ids = ids.with_context(|| {
            format!("running as root, and there is neither a user '{name}' nor 'nobody' to run the server as")
        })?;
        Ok(Self(Some(ids)))
    }

    /// Makes `command` run as this account.
    pub(crate) fn apply(self, command: &mut Command) {
        if let Self(Some((user, group))) = self {
            command.uid(user).gid(group);
        }
    }

    /// Gives a folder or file to this account.
    pub(crate) fn own(self, path: &Path) -> Result<()> {
        let Self(Some((user, group))) = self else {
            return Ok(());
        };
        chown(path, Some(user), Some(group)).with_context(|| format!("cannot give {} to user {user}", path.display()))
    }
}

/// User and group id of `name` in the text of passwd(5).
fn ids_of(passwd: &str, name: &str) -> Option<(u32, u32)> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next() != Some(name) {
            return None;
        }
        let user = fields.nth(1)?.parse().ok()?;
        let group = fields.next()?.parse().ok()?;
        Some((user, group))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_from_the_line_of_that_name_only() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\npostgres2:x:7:8::/:/bin/sh\npostgres:x:101:104:,,,:/var/lib/postgresql:/bin/bash\n";
        assert_eq!(ids_of(passwd, "postgres"), Some((101, 104)));
        assert_eq!(ids_of(passwd, "redis"), None);
    }
}
