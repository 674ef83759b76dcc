//! Ports that nobody else takes, neither before their server listens nor while it restarts.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::TcpListener;
use std::ops::Range;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};

/// Below Linux's range for outgoing connections (32768–60999): a port from that range could be taken by any client,
/// even by one that is trying to reconnect to the very server, while the server is down.
const PORTS: Range<u16> = 20_000..32_000;

/// A port of 127.0.0.1 that no other holder gets, in this process or another, as long as this value lives.
///
/// Listening on it meanwhile would take it from the server that it is for. Instead a name is held: that of an
/// abstract socket (unix(7)), which belongs to one process at a time, ends with it however it ends, and is visible to
/// exactly those who share the ports, the processes of all users in one network namespace.
#[derive(Debug)]
pub(crate) struct Held {
    port: u16,
    _name: Option<UnixListener>,
}

impl Held {
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Holds a port on which nobody listens. `None` if it is held or somebody does.
    fn try_new(port: u16) -> Option<Self> {
        let name = SocketAddr::from_abstract_name(format!("bellhop-test-port-{port}")).ok()?;
        let name = UnixListener::bind_addr(&name).ok()?;
        TcpListener::bind(("127.0.0.1", port)).is_ok().then_some(Self {
            port,
            _name: Some(name),
        })
    }

    /// Holds the name of a port that somebody may already use, for tests of that case.
    #[cfg(test)]
    pub(crate) fn in_name_only(port: u16) -> Self {
        Self { port, _name: None }
    }
}

/// Holds a port, chosen at random so that test processes started together do not walk the same way.
pub(crate) fn hold() -> Result<Held> {
    // `RandomState` is seeded by the operating system.
    hold_in(PORTS, RandomState::new().build_hasher().finish())
}

fn hold_in(ports: Range<u16>, seed: u64) -> Result<Held> {
    let count = u64::from(ports.end - ports.start);
    let start = ports.start + u16::try_from(seed % count.max(1)).unwrap_or(0);
    let found = (start..ports.end).chain(ports.start..start).find_map(Held::try_new);
    let (first, last) = (ports.start, ports.end - 1);
    found.with_context(|| format!("no free port between {first} and {last} on 127.0.0.1"))
}

/// A port of 127.0.0.1 that nobody listens on and that no other test, in this process or another, gets until this
/// process ends.
///
/// # Errors
/// When all of them are taken.
pub fn free() -> Result<u16> {
    static FOR_LIFE: Mutex<Vec<Held>> = Mutex::new(Vec::new());
    let held = hold()?;
    let port = held.port();
    FOR_LIFE.lock().unwrap_or_else(PoisonError::into_inner).push(held);
    Ok(port)
}

/// Whether somebody listens on one of these ports.
pub(crate) fn taken(held: &[Held]) -> bool {
    held.iter()
        .any(|held| TcpListener::bind(("127.0.0.1", held.port)).is_err())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three free ports outside the range of [`hold`]; which ones depends on the process, because another may run
    /// these tests too.
    fn few(test: u32) -> Range<u16> {
        let first = 10_000 + u16::try_from((std::process::id() * 2 + test) % 3_000).unwrap() * 3;
        first..first + 3
    }

    #[test]
    fn a_port_is_given_out_once_until_it_is_let_go() {
        let few = few(0);
        let held: Vec<_> = (0..3).map(|seed| hold_in(few.clone(), seed * 7).unwrap()).collect();
        let mut ports: Vec<_> = held.iter().map(Held::port).collect();
        ports.sort_unstable();
        assert_eq!(ports, few.clone().collect::<Vec<_>>());
        let message = hold_in(few.clone(), 0).unwrap_err().to_string();
        assert!(
            message.contains(&format!("between {} and {}", few.start, few.end - 1)),
            "{message}"
        );
        drop(held);
        assert_eq!(hold_in(few.clone(), 1).unwrap().port(), few.start + 1);
    }

    #[test]
    fn a_port_that_somebody_listens_on_is_not_given_out() {
        let few = few(1);
        let _listens = TcpListener::bind(("127.0.0.1", few.start)).unwrap();
        assert_eq!(hold_in(few.clone(), 0).unwrap().port(), few.start + 1);
        assert!(taken(&[Held::in_name_only(few.start)]));
        assert!(!taken(&[Held::in_name_only(few.start + 1)]));
    }

    #[test]
    fn those_who_ask_at_once_get_different_ones() {
        let mut ports: Vec<u16> = std::thread::scope(|scope| {
            let asking: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| (0..50).map(|_| free().unwrap()).collect::<Vec<_>>()))
                .collect();
            asking.into_iter().flat_map(|asked| asked.join().unwrap()).collect()
        });
        ports.sort_unstable();
        ports.dedup();
        assert_eq!(ports.len(), 400);
        assert!(ports.iter().all(|port| PORTS.contains(port)));
    }
}
