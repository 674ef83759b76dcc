//! Sections of the simulator's configuration that several modules read.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use secrecy::SecretString;
use serde::Deserialize;

use crate::ledger::Channel;

/// How the providers' listeners speak: `"none"` or `{"self-signed": {"ca_file": "ca.pem"}}`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Tls {
    /// Plain HTTP/1.1 and HTTP/2 with prior knowledge.
    #[default]
    None,
    /// TLS with ALPN, a certificate for localhost, 127.0.0.1 and ::1 from an authority made at each start.
    SelfSigned {
        /// Where to write the authority's certificate, PEM, for clients to trust.
        ca_file: PathBuf,
    },
}

/// The Firebase project.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FcmConfig {
    /// The only project the access tokens may send for.
    pub project_id: String,
    pub client_email: String,
    /// Verify assertions with this RSA public key (PEM, SPKI) instead of making a key pair; then the simulator hands out no service account.
    pub public_key_pem: Option<String>,
    /// Write the service account's JSON here; a file that is there already lends its key, so that clients survive a restart.
    pub service_account_file: Option<PathBuf>,
    /// `expires_in` of access tokens, seconds; they stop working then.
    pub token_lifetime_s: u64,
    /// SETTINGS_MAX_CONCURRENT_STREAMS of every provider's listener.
    pub max_concurrent_streams: u32,
}

impl Default for FcmConfig {
    fn default() -> Self {
        Self {
            project_id: "bellhop-demo".to_owned(),
            client_email: "bellhop@bellhop-demo.iam.gserviceaccount.com".to_owned(),
            public_key_pem: None,
            service_account_file: None,
            token_lifetime_s: 3_600,
            max_concurrent_streams: 1_000,
        }
    }
}

/// The browsers' push service.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebPushConfig {
    /// Where messages are posted: `/push/…` for drawn subscriptions, `/wpush/…` for real browsers'.
    pub addr: SocketAddr,
    /// A WebSocket for real browsers: Firefox connects when its `dom.push.serverURL` is `ws://` and this address. Never TLS.
    pub browsers_addr: Option<SocketAddr>,
}

impl Default for WebPushConfig {
    fn default() -> Self {
        Self {
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            browsers_addr: None,
        }
    }
}

/// The developer team at Apple.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ApnsConfig {
    /// The production host. Port 0 takes a free one.
    pub addr: SocketAddr,
    /// The sandbox, for tokens that begin with `de7e10`.
    pub sandbox_addr: SocketAddr,
    pub team_id: String,
    pub key_id: String,
    /// The apps that the key may send to, by bundle id.
    pub topics: Vec<String>,
    /// Verify provider tokens with this P-256 public key (PEM, SPKI) instead of making a key pair; then the simulator hands out no key.
    pub public_key_pem: Option<String>,
    /// Write the key here, PKCS#8 in PEM; a file that is there already lends its key, so that clients survive a restart.
    pub key_file: Option<PathBuf>,
    /// How old a provider token may be, seconds.
    pub token_lifetime_s: u64,
    /// Refuse a new provider token sooner after the one before, seconds. Apple's 1200; by default none is too soon, for tests have no 20 minutes.
    pub least_between_tokens_s: Option<u64>,
}

impl Default for ApnsConfig {
    fn default() -> Self {
        let free_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            addr: free_port,
            sandbox_addr: free_port,
            team_id: "SIMTEAM001".to_owned(),
            key_id: "SIMKEY0001".to_owned(),
            topics: vec!["com.example.app".to_owned()],
            public_key_pem: None,
            key_file: None,
            token_lifetime_s: 3_600,
            least_between_tokens_s: None,
        }
    }
}

/// The account at the SMS gateway.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SmsConfig {
    pub login: String,
    /// Accepted as plain text or as its lower-case MD5.
    pub password: SecretString,
    pub api_key: SecretString,
    /// Price of one part, in hundredths of the currency.
    pub price_per_part_cents: u32,
    /// Money on the account at the start, in hundredths.
    pub balance_cents: i64,
    /// Answer error 9 when a message id accepted less than this many seconds ago comes again. SMSC.ru uses 60; the
    /// default 0 lets every duplicate through to be counted.
    pub repeat_window_s: u32,
    pub reports: ReportsConfig,
    /// Where reports of SMS.ru's interface are posted; none are without it. Twilio's and Kannel's go where the message says.
    pub sms_ru_reports_url: Option<String>,
}

impl Default for SmsConfig {
    fn default() -> Self {
        Self {
            login: "bellhop".to_owned(),
            password: "secret".into(),
            api_key: "sim-api-key".into(),
            price_per_part_cents: 250,
            balance_cents: 1_000_000_000,
            repeat_window_s: 0,
            reports: ReportsConfig::default(),
            sms_ru_reports_url: None,
        }
    }
}

/// Delivery reports by callback.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReportsConfig {
    /// Where reports are posted; none are without it. Can be set at runtime, see `Running::set_report_url`.
    pub url: Option<String>,
    /// The word that signs reports: md5 = MD5(`id:phone:status:secret`).
    pub secret: SecretString,
    /// Least and most milliseconds between acceptance and report.
    pub delay_ms: [u64; 2],
    /// Probability that a message is reported undeliverable (status 20).
    pub undelivered: f64,
    /// Probability that the report is posted before the reply to the send.
    pub before_reply: f64,
    /// Pause between tries of a report that was not answered 200, milliseconds.
    pub retry_ms: u64,
    /// How often a report is tried in all.
    pub max_tries: u32,
}

impl Default for ReportsConfig {
    fn default() -> Self {
        Self {
            url: None,
            secret: "secret".into(),
            delay_ms: [200, 1_000],
            undelivered: 0.0,
            before_reply: 0.0,
            retry_ms: 1_000,
            max_tries: 10,
        }
    }
}

/// Simulated guests who open, follow links and order. Probabilities are fractions.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PeopleConfig {
    /// A seed independent of the simulator's own.
    pub seed: u64,
    /// Root of Bellhop's API: `/v1/opens` and `/v1/orders` are appended.
    pub api_url: String,
    pub api_key: SecretString,
    /// The API keys for lanes whose guests belong to another organisation.
    pub lane_keys: BTreeMap<Channel, SecretString>,
    /// Replaces scheme and authority of the links in SMS, which name a public host.
    pub link_base: Option<String>,
    /// A guest who got a push opens it in the app.
    pub open_push: f64,
    /// A guest who got an SMS follows its link.
    pub follow_sms: f64,
    /// A preview robot fetches the SMS's link just before the guest does.
    pub preview_robot: f64,
    /// A guest who opened orders afterwards.
    pub order: f64,
    /// An order uses the promo code.
    pub use_promo: f64,
    pub promo: Option<String>,
    /// From receipt to opening, least and most simulated seconds.
    pub open_after_s: [u64; 2],
    /// From opening to ordering, least and most simulated seconds.
    pub order_after_s: [u64; 2],
    /// Least and most total of an order, in hundredths of the currency.
    pub order_total_cents: [u64; 2],
    /// Simulated seconds in a real one: with 3600 an hour passes in a second.
    pub time_scale: f64,
}

impl Default for PeopleConfig {
    fn default() -> Self {
        Self {
            seed: 1,
            api_url: "http://127.0.0.1:8080".to_owned(),
            api_key: "".into(),
            lane_keys: BTreeMap::new(),
            link_base: None,
            open_push: 0.35,
            follow_sms: 0.2,
            preview_robot: 0.05,
            order: 0.3,
            use_promo: 0.5,
            promo: None,
            open_after_s: [30, 3_600],
            order_after_s: [600, 7_200],
            order_total_cents: [60_000, 450_000],
            time_scale: 1.0,
        }
    }
}
