//! Free ports that stay free while a server restarts.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::TcpListener;

use anyhow::{Context, Result};

/// Below Linux's range for outgoing connections (32768–60999): a port from that range could be taken by any client,
/// even by one that is trying to reconnect to the very server, while the server is down.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

/// A port of 127.0.0.1 nobody listens on, chosen at random so that test processes started together do not meet.
///
/// # Errors
/// When all of them are taken.
pub fn free() -> Result<u16> {
    // `RandomState` is seeded by the operating system.
    let seed = RandomState::new().build_hasher().finish();
    let start = u16::try_from(seed % u64::from(COUNT)).unwrap_or(0);
    (0..COUNT)
        .map(|step| FIRST + (start + step) % COUNT)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .context("no free port between 20000 and 31999 on 127.0.0.1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_in_use_is_never_given_out() {
        let held: Vec<_> = (0..50)
            .map(|_| TcpListener::bind(("127.0.0.1", free().unwrap())).unwrap())
            .collect();
        let mut ports: Vec<_> = held.iter().map(|socket| socket.local_addr().unwrap().port()).collect();
        ports.sort_unstable();
        ports.dedup();
        assert_eq!(ports.len(), 50);
        assert!(ports.iter().all(|port| (FIRST..FIRST + COUNT).contains(port)));
    }
}
