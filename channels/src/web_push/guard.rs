//! Which URLs a message may be posted to. A subscription's endpoint comes from a stranger's browser: without this
//! check, anybody who can register one could make us call into our own network (PROVIDERS.md §3.5, §7 rule 11).

use crate::test_host::TestHost;
use bellhop_domain::fault::Why;
use reqwest::Url;

/// The push services of Chrome and its kin, Firefox, Safari and Edge.
pub(super) const PUSH_SERVICES: [&str; 4] = [
    "fcm.googleapis.com",
    "push.services.mozilla.com",
    "push.apple.com",
    "notify.windows.com",
];

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
