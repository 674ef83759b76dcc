//! How many connections each address has.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Debug, Clone, Default)]
pub(super) struct Addresses(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One connection of an address; dropping it ends the count.
#[derive(Debug)]
pub(super) struct Counted {
    addresses: Addresses,
    of: IpAddr,
}

impl Addresses {
    /// Counts one more, unless the address already has as many as it may.
    pub(super) fn count(&self, peer: IpAddr, most: Option<usize>) -> Option<Counted> {
        let of = household(peer);
        let mut counts = self.counts();
        let count = counts.entry(of).or_default();
        if most.is_some_and(|most| *count >= most) {
            return None;
        }
        *count += 1;
        drop(counts);
        Some(Counted {
            addresses: self.clone(),
            of,
        })
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut counts = self.addresses.counts();
        if let Some(count) = counts.get_mut(&self.of) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.of);
            }
        }
    }
}

/// For IPv6 its /64 network, because one customer of a provider has all 2^64 addresses of it.
fn household(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX)).into(),
        ip => ip,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_number_and_others_theirs() {
        let addresses = Addresses::default();
        let count = |peer: &str| addresses.count(peer.parse().unwrap(), Some(2));
        let first = count("192.0.2.1").unwrap();
        let _second = count("::ffff:192.0.2.1").unwrap();
        assert!(count("192.0.2.1").is_none());
        let _other = count("192.0.2.2").unwrap();
        drop(first);
        assert!(count("192.0.2.1").is_some());
        let _one = count("2001:db8::1").unwrap();
        let _two = count("2001:db8::ffff:2").unwrap();
        assert!(count("2001:db8::3").is_none());
        assert!(count("2001:db8:0:1::3").is_some());
        assert!(addresses.count("2001:db8::3".parse().unwrap(), None).is_some());
    }
}
