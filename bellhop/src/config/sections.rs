//! One struct for each of the engineer's sections of `default.toml`, which explains each value. The brand's sections
//! are in `bellhop_settings`.

use bellhop_channels::config::SecretSource;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::PathBuf;

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
    /// 0 for no limit per address.
    pub connections_per_address: usize,
    pub idle_seconds: u64,
    pub body_seconds: u64,
    pub header_bytes: usize,
    pub url_bytes: usize,
    pub body_memory_mib: usize,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilesSection {
    pub folder: PathBuf,
    pub upload_mib: u64,
    pub organisation_mib: u64,
    pub hours: u64,
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
    /// Hosts that webhooks may have without TLS and wherever they are, for tests.
    pub webhook_test_hosts: Vec<String>,
}

/// Another service by which people may log in (docs/people.md).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcSection {
    pub issuer: String,
    pub client_id: String,
    pub client_secret: SecretSource,
}

/// Not the settings themselves, but the keys that open what is sealed in the database.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettingsSection {
    /// The first key seals, all keys open.
    #[serde(default)]
    pub keys: Vec<SecretSource>,
}
