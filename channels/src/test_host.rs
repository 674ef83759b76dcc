//! Hosts that tests play.

use reqwest::Url;

/// A host that may be called over plain http, wherever it is. For tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TestHost {
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

    pub fn is(&self, url: &Url) -> bool {
        url.host_str() == Some(self.host.as_str())
            && self.port.is_none_or(|port| url.port_or_known_default() == Some(port))
    }
}
