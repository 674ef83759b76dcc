//! The settings of a `web_push` sender.

use super::guard::{Guard, PUSH_SERVICES};
use super::key::VapidKey;
use super::vapid::check_subject;
use crate::config::{Environment, SecretSource, Unusable, parse};
use crate::http::HttpOptions;
use crate::test_host::TestHost;
use reqwest::Url;
use reqwest::header::HeaderValue;
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    /// The site's private key: PEM, or 32 bytes in base64url. `bellhop web-push-keys` makes one.
    vapid_key: SecretSource,
    /// The contact for push services: `mailto:` or `https:`.
    subject: String,
    /// Hosts of push services, instead of those of the browser makers; their subdomains are included.
    hosts: Option<Vec<String>>,
    /// `host` or `host:port` that may be anywhere and speak plain http. For tests.
    #[serde(default)]
    test_hosts: Vec<String>,
    #[serde(default)]
    urgency: Urgency,
    /// Set if the VAPID key was replaced on purpose, so that subscriptions made with the old key are given up.
    #[serde(default)]
    key_changed: bool,
    #[serde(default)]
    http: HttpOptions,
}

/// How much battery a message is worth (RFC 8030 §5.3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Urgency {
    VeryLow,
    Low,
    #[default]
    Normal,
    High,
}

impl Urgency {
    pub fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Urgency::VeryLow => "very-low",
            Urgency::Low => "low",
            Urgency::Normal => "normal",
            Urgency::High => "high",
        })
    }
}

/// The section, checked.
pub(super) struct WebPushConfig {
    pub key: VapidKey,
    pub subject: String,
    pub guard: Guard,
    pub urgency: Urgency,
    pub key_changed: bool,
    pub http: HttpOptions,
}

impl WebPushConfig {
    pub fn read(section: &Value, environment: Environment<'_>) -> Result<Self, Unusable> {
        let section: Section = parse(section)?;
        let key = section.vapid_key.read(environment).map_err(|why| why.at("vapid_key"))?;
        let key = VapidKey::read(key.expose_secret()).map_err(|why| {
            format!(
                "vapid_key is no VAPID key: {why}; make one with `bellhop web-push-keys`, or restore the site's own"
            )
        })?;
        check_subject(&section.subject)?;
        let hosts = match section.hosts {
            None => PUSH_SERVICES.map(str::to_owned).to_vec(),
            Some(hosts) => hosts.iter().map(|host| name(host)).collect::<Result<_, _>>()?,
        };
        Ok(Self {
            key,
            subject: section.subject,
            guard: Guard {
                hosts,
                test_hosts: section
                    .test_hosts
                    .iter()
                    .map(|host| TestHost::parse(host))
                    .collect::<Result<_, _>>()?,
            },
            urgency: section.urgency,
            key_changed: section.key_changed,
            http: section.http,
        })
    }
}

/// A host's name as URLs have it: lower-case ASCII. An IP address is refused, because it would bypass the check for
/// private addresses.
fn name(host: &str) -> Result<String, String> {
    let bad =
        || format!("hosts has {host:?}; write a push service's name without scheme, port or *, like push.example");
    let url = Url::parse(&format!("https://{host}")).map_err(|_| bad())?;
    let bare = url.path() == "/" && url.port().is_none() && url.query().is_none() && url.username().is_empty();
    match url.domain() {
        Some(name) if bare && !name.contains('*') && !host.ends_with('/') => Ok(name.to_owned()),
        _ => Err(bad()),
    }
}
