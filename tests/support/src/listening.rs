//! Who listens on a port, read from `/proc`, because an answer on a port may come from somebody else's server.

use std::collections::HashSet;

use crate::process_table::{family_of, process_table};

/// Whether the process, its group and its descendants listen on all of these ports. If the kernel does not show their
/// files (of another user, in a container without `CAP_SYS_PTRACE`), this is assumed.
pub(crate) fn family_listens(leader: u32, ports: impl Iterator<Item = u16>) -> bool {
    let Some(own) = sockets_of_family(leader) else {
        return true;
    };
    let Ok(table) = std::fs::read_to_string("/proc/net/tcp") else {
        return true;
    };
    let listening: Vec<(u16, u64)> = table.lines().filter_map(listener).collect();
    let is_own = |port: u16| listening.iter().any(|(at, inode)| *at == port && own.contains(inode));
    ports.into_iter().all(is_own)
}

/// Port and inode of a listening socket in a line of `/proc/net/tcp` (proc(5)).
fn listener(line: &str) -> Option<(u16, u64)> {
    const LISTENING: &str = "0A";
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (_, port) = fields.get(1)?.rsplit_once(':')?;
    if *fields.get(3)? != LISTENING {
        return None;
    }
    Some((u16::from_str_radix(port, 16).ok()?, fields.get(9)?.parse().ok()?))
}

/// The inodes of all sockets that the family has open; `None` if some of its files are hidden.
fn sockets_of_family(leader: u32) -> Option<HashSet<u64>> {
    let mut sockets = HashSet::new();
    for row in family_of(leader, &process_table().ok()?) {
        let files = match std::fs::read_dir(format!("/proc/{}/fd", row.pid)) {
            Ok(files) => files,
            // It has ended meanwhile.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(_) => return None,
        };
        let targets = files.flatten().filter_map(|file| std::fs::read_link(file.path()).ok());
        sockets.extend(targets.filter_map(|target| inode(target.to_str()?)));
    }
    Some(sockets)
}

fn inode(target: &str) -> Option<u64> {
    target.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::os::unix::process::CommandExt;
    use std::process::{Command, Stdio};

    #[test]
    fn only_listening_sockets_are_read() {
        let line = "   3: 0100007F:4E20 00000000:0000 0A 00000000:00000000 00:00000000 00000000   101        0 77 1 0 100 0 0 10 0";
        assert_eq!(listener(line), Some((20_000, 77)));
        assert_eq!(listener(&line.replace(" 0A ", " 01 ")), None);
        assert_eq!(listener("  sl  local_address rem_address   st tx_queue"), None);
        assert_eq!(inode("socket:[77]"), Some(77));
        assert_eq!(inode("/dev/null"), None);
    }

    #[test]
    fn a_port_is_its_listeners_and_nobody_elses() {
        let mut other = Command::new("cat")
            .process_group(0)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let socket = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = socket.local_addr().unwrap().port();
        assert!(family_listens(std::process::id(), [port].into_iter()));
        assert!(!family_listens(other.id(), [port].into_iter()));
        drop(socket);
        assert!(!family_listens(std::process::id(), [port].into_iter()));
        drop(other.stdin.take());
        other.wait().unwrap();
    }
}
