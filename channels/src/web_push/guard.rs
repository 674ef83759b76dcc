//! Which URLs a message may be posted to. A subscription's endpoint comes from a stranger's browser: without this
//! check, anybody who can register one could make us call into our own network (PROVIDERS.md §3.5, §7 rule 11).

use bellhop_domain::fault::Why;
use reqwest::Url;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The push services of Chrome and its kin, Firefox, Safari and Edge.
pub(super) const PUSH_SERVICES: [&str; 4] = [
    "fcm.googleapis.com",
    "push.services.mozilla.com",
    "push.apple.com",
    "notify.windows.com",
];

/// A host that does not belong to a browser maker and may be called over plain http, wherever it is. For tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TestHost {
    /// A name or an address, as it stands in a URL.
    host: String,
    /// Any port if absent.
    port: Option<u16>,
}

impl TestHost {
    /// Reads `host` or `host:port`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bad = || format!("test_hosts has {text:?}; write it like 127.0.0.1:8030");
        let url = Url::parse(&format!("http://{text}")).map_err(|_| bad())?;
        let host = url.host_str().filter(|_| url.path() == "/" && url.query().is_none());
        Ok(Self {
            host: host.ok_or_else(bad)?.to_owned(),
            // A parsed URL drops the default port of its scheme.
            port: url.port().or(text.ends_with(":80").then_some(80)),
        })
    }

    pub fn host(&self) -> &str {
        self.host.trim_matches(['[', ']'])
    }

    fn is(&self, url: &Url) -> bool {
        url.host_str() == Some(self.host.as_str())
            && self.port.is_none_or(|port| url.port_or_known_default() == Some(port))
    }
}

/// Judges endpoints.
#[derive(Debug, Clone)]
pub(super) struct Guard {
    /// Names in lower case; their subdomains are included.
    pub hosts: Vec<String>,
    pub test_hosts: Vec<TestHost>,
}

impl Guard {
    /// The endpoint as a URL to post to.
    ///
    /// # Errors
    /// Why nothing is sent there; it quotes no part of the path, which is the guest's secret.
    pub fn admit(&self, endpoint: &str) -> Result<Url, Why> {
        // Parsing lower-cases the host and turns it into ASCII by IDNA.
        let mut url = Url::parse(endpoint).map_err(|_| Why::PushEndpointNoUrl)?;
        url.set_fragment(None);
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Why::PushEndpointNamesUser);
        }
        if self.test_hosts.iter().any(|test| test.is(&url)) && matches!(url.scheme(), "http" | "https") {
            return Ok(url);
        }
        if url.scheme() != "https" {
            let scheme = url.scheme().to_owned();
            return Err(Why::PushEndpointUnencrypted { scheme });
        }
        // The parser drops 443.
        if let Some(port) = url.port() {
            let port = usize::from(port);
            return Err(Why::PushEndpointPort { port });
        }
        match url.host_str() {
            Some(host) if self.knows(host) => Ok(url),
            host => {
                let host = host.unwrap_or_default().to_owned();
                Err(Why::PushServiceUnknown { host })
            }
        }
    }

    fn knows(&self, host: &str) -> bool {
        self.hosts.iter().any(|known| {
            host.strip_suffix(known.as_str())
                .is_some_and(|front| front.is_empty() || front.ends_with('.'))
        })
    }
}

/// Whether an address is one of the public Internet (IANA special-purpose registries, RFC 6890).
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        // "this network", shared by carriers (RFC 6598), protocol assignments, benchmarks, multicast and reserved
        || a == 0
        || (a == 100 && (64..128).contains(&b))
        || (a, b, c) == (192, 0, 0)
        || (a == 198 && (b == 18 || b == 19))
        || a >= 224;
    !special
}

/// Only global unicast counts, and an address that embeds an IPv4 address is judged by that.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let v4 = |high: u16, low: u16| {
        let [[w, x], [y, z]] = [high.to_be_bytes(), low.to_be_bytes()];
        is_public_v4(Ipv4Addr::new(w, x, y, z))
    };
    match (a, b) {
        _ if address.to_ipv4_mapped().is_some() => v4(g, h),
        // NAT64
        (0x64, 0xff9b) => (c, d, e, f) == (0, 0, 0, 0) && v4(g, h),
        // 6to4
        (0x2002, high) => v4(high, c),
        // Teredo, ORCHID and other protocol assignments; documentation
        (0x2001, 0..0x200 | 0xdb8) => false,
        (0x3fff, 0..0x1000) => false,
        _ => (0x2000..0x4000).contains(&a),
    }
}
