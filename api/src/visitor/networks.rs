//! The networks that robots come from, as their owners publish them. Other addresses of clouds are not a sign,
//! because people's VPNs end in clouds too.

use axum::http::HeaderMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::LazyLock;

/// The list, which people can read and renew.
const LIST: &str = include_str!("networks.txt");

type Network = (IpAddr, u8);

static ROBOTS: LazyLock<Vec<Network>> = LazyLock::new(|| lines().filter_map(network).collect());

fn lines() -> impl Iterator<Item = &'static str> {
    LIST.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn network(line: &str) -> Option<Network> {
    let (network, length) = line.split_once('/')?;
    Some((network.parse().ok()?, length.parse().ok()?))
}

/// Whether the address belongs to the owner of a robot.
pub(super) fn is_a_robots(address: IpAddr) -> bool {
    ROBOTS
        .iter()
        .any(|(network, length)| is_within(address, *network, *length))
}

fn is_within(address: IpAddr, network: IpAddr, length: u8) -> bool {
    let bits = |address: IpAddr| match address.to_canonical() {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()) << 96, true),
        IpAddr::V6(v6) => (v6.to_bits(), false),
    };
    let ((address, v4), (network, of_v4)) = (bits(address), bits(network));
    v4 == of_v4 && length > 0 && (address ^ network) >> (128 - u32::from(length)) == 0
}

/// The address of whoever fetches: that of the connection or, if that is a nearby proxy of ours, the first public one
/// that the proxy passes on. Somebody who lies in that header only affects how their own fetch is judged. `None` if
/// it is not told, or is this machine's own.
pub(super) fn client(peer: Option<IpAddr>, headers: &HeaderMap) -> Option<IpAddr> {
    let peer = peer?;
    if is_far(peer) {
        return Some(peer);
    }
    let forwarded = headers.get_all("x-forwarded-for").iter();
    let mut told = forwarded
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    told.find_map(|told| told.trim().parse().ok().filter(|address| is_far(*address)))
}

/// Whether it is an address on the public Internet.
fn is_far(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            let shared = a == 100 && (64..128).contains(&b);
            !(v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_unspecified() || shared)
        }
        IpAddr::V6(v6) => {
            !(v6 == Ipv6Addr::LOCALHOST || v6.is_unspecified() || v6.is_unique_local() || v6.is_unicast_link_local())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn robots_by_their_owners_networks() {
        for (address, robot) in [
            ("66.249.79.1", true),
            ("31.13.127.255", true),
            ("31.13.128.0", false),
            ("149.154.161.5", true),
            ("2a03:2880:f0ff::1", true),
            ("2a03:2881::1", false),
            ("::ffff:66.249.66.1", true),
            ("40.93.1.1", true),
            ("57.147.255.255", true),
            ("157.240.128.1", false),
            ("77.88.5.5", true),
            ("93.184.216.34", false),
            ("52.94.236.248", false),
            ("127.0.0.1", false),
        ] {
            assert_eq!(is_a_robots(address.parse().unwrap()), robot, "{address}");
        }
        assert_eq!(ROBOTS.len(), lines().count(), "every line is a network");
        for (network, length) in ROBOTS.iter() {
            let (all, host) = match network {
                IpAddr::V4(v4) => (32, u128::from(v4.to_bits())),
                IpAddr::V6(v6) => (128, v6.to_bits()),
            };
            let ends_there = *length <= all && host & ((1 << (all - length)) - 1) == 0;
            assert!(
                ends_there && is_within(*network, *network, *length),
                "{network}/{length}"
            );
        }
    }

    #[test]
    fn the_client_stands_behind_our_own_proxies_only() {
        for (peer, forwarded, expected) in [
            ("93.184.216.34", "", Some("93.184.216.34")),
            ("93.184.216.34", "66.249.66.1", Some("93.184.216.34")),
            ("10.0.0.1", "66.249.66.1", Some("66.249.66.1")),
            ("127.0.0.1", "192.168.1.5, 66.249.66.1, 172.16.0.1", Some("66.249.66.1")),
            ("127.0.0.1", "unknown, 2a03:2880:f0ff::1", Some("2a03:2880:f0ff::1")),
            ("127.0.0.1", "", None),
            ("::1", "nobody", None),
        ] {
            let mut headers = HeaderMap::new();
            if !forwarded.is_empty() {
                headers.insert("x-forwarded-for", forwarded.parse().unwrap());
            }
            let expected = expected.map(|address| address.parse().unwrap());
            assert_eq!(
                client(Some(peer.parse().unwrap()), &headers),
                expected,
                "{peer} {forwarded}"
            );
        }
        assert_eq!(client(None, &HeaderMap::new()), None);
    }
}
