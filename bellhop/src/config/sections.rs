//! One struct per section of `default.toml`, where each value is explained.

use super::ConfigError;
use bellhop_channels::config::SecretSource;
use bellhop_domain::Zone;
use bellhop_domain::retention::Thresholds;
use bellhop_rate_limits::warm_up::Ramp;
use bellhop_templating::Currency;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreSection {
    pub url: String,
    pub connections: u32,
    pub statement_seconds: u64,
    pub lock_seconds: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrokerSection {
    pub url: String,
    pub prefix: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsSection {
    pub url: String,
    pub prefix: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpSection {
    pub listen: SocketAddr,
    pub public_url: String,
    pub operations_listen: SocketAddr,
    pub connections: usize,
    /// 0: as many as there are.
    pub connections_per_address: usize,
    pub idle_seconds: u64,
    pub body_seconds: u64,
    pub header_bytes: usize,
    pub url_bytes: usize,
    pub body_memory_mib: usize,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperationsSection {
    #[serde(default)]
    pub listen: Option<SocketAddr>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSection {
    pub format: LogFormat,
    pub level: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkerSection {
    pub lease_seconds: u64,
    pub batches_at_once: u16,
    pub requests_per_batch: usize,
    pub careful_requests_per_batch: usize,
    pub drain_seconds: u64,
    pub backoff_seconds: u64,
    pub backoff_cap_seconds: u64,
    pub max_tries: u16,
    pub throttle_seconds: u64,
    pub rejections: u32,
    pub misconfigurations: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DispatcherSection {
    pub tick_milliseconds: u64,
    pub first_page: u32,
    pub page: u32,
    pub outstanding: u64,
    pub vanished_seconds: u64,
    pub settlement_hours: f64,
    pub look_up_seconds: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarketingSection {
    /// As in `22:00-09:00`, or `off`.
    pub quiet_hours: String,
    pub release_minutes: u32,
    /// As in `1/day,3/week`, or `off`.
    pub frequency_cap: String,
    /// `channel` or `all_channels`.
    pub stop_covers: String,
    /// What a guest is asked whose answer may have been a no, by language.
    pub ask_back: BTreeMap<String, String>,
    pub warm_up: Ramp,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganisationSection {
    pub slug: String,
    pub name: String,
    pub currency: String,
    pub timezone: String,
    pub region: String,
    pub locale: String,
    pub attribution_hours: u32,
    #[serde(default)]
    pub retention: Thresholds,
    /// Absent: as in `[marketing]`.
    #[serde(default)]
    pub quiet_hours: Option<String>,
    #[serde(default)]
    pub frequency_cap: Option<String>,
    #[serde(default)]
    pub guest_token_keys: Vec<SecretSource>,
    #[serde(default)]
    pub stop_covers: Option<String>,
    #[serde(default)]
    pub ask_back: Option<String>,
}

impl OrganisationSection {
    /// What every command would meet sooner or later.
    pub(super) fn checked(&self) -> Result<(), ConfigError> {
        let refused = |key, problem: String| {
            Err(ConfigError::Organisation {
                slug: self.slug.clone(),
                key,
                problem,
            })
        };
        let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-' || c == b'_';
        if self.slug.is_empty() || !self.slug.bytes().all(plain) {
            return refused(
                "slug",
                format!(
                    "stands in addresses of webhooks and on the command line: use small letters, digits, - and _, like {:?}",
                    plain_slug(&self.slug)
                ),
            );
        }
        if let Err(problem) = Zone::named(&self.timezone) {
            return refused("timezone", problem.to_string());
        }
        if let Err(problem) = Currency::from_code(&self.currency) {
            return refused("currency", problem.to_string());
        }
        Ok(())
    }
}

/// What the slug could be.
fn plain_slug(text: &str) -> String {
    let plain: String = text
        .trim()
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let plain = plain.trim_matches('-').to_owned();
    if plain.is_empty() { "pizza".to_owned() } else { plain }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SenderSection {
    pub organisation: String,
    pub name: String,
    /// A name of `bellhop_channels::registry`.
    pub provider: String,
    /// As in `100/s` or `10/min,100/h`; absent or empty: unlimited.
    #[serde(default)]
    pub rate: String,
    /// Senders of one kind with the same pool share its messages; absent: it stands alone.
    #[serde(default)]
    pub pool: Option<String>,
    /// The account at the provider: senders of one name here share it, and a delivery report of one may come by another.
    /// Absent: as the settings say (one SMPP `system_id` at one host, one gateway with the same secrets).
    #[serde(default)]
    pub account: Option<String>,
    /// The daily ceilings of a new number; absent: `[marketing]`'s, if it is a connected WhatsApp number.
    #[serde(default)]
    pub warm_up: Option<Ramp>,
    /// It has been at work before and needs no warm-up.
    #[serde(default)]
    pub warm: bool,
    /// The provider's own section; see its page in docs.
    #[serde(default)]
    pub settings: serde_json::Value,
}
