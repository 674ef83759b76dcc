//! The configuration file of a fleet under test.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use bellhop_test_services::{Cluster, free_port, fresh_database, rabbitmq_space, redis_space};
use serde_json::{Value, json};

/// Where the three servers are, and the fleet's own part of each.
#[derive(Debug, Clone)]
pub struct Servers {
    pub database: String,
    pub rabbitmq: (String, String),
    pub redis: (String, String),
}

impl Servers {
    /// A cluster that this fleet has for itself.
    ///
    /// # Errors
    /// When the database cannot be created.
    pub async fn of(cluster: &Cluster) -> Result<Self> {
        Self::named(cluster, "bellhop").await
    }

    /// A corner of a cluster, by its name.
    ///
    /// # Errors
    /// When the database cannot be created.
    pub async fn named(cluster: &Cluster, name: &str) -> Result<Self> {
        Ok(Self {
            database: cluster.create_database(name).await?,
            rabbitmq: (cluster.rabbitmq.url().to_owned(), name.to_owned()),
            redis: (cluster.redis.url().to_owned(), name.to_owned()),
        })
    }

    /// A corner of the servers that all tests of this run share.
    ///
    /// # Errors
    /// When a server does not start.
    pub async fn shared() -> Result<Self> {
        let (database, rabbitmq, redis) = tokio::try_join!(fresh_database(), rabbitmq_space(), redis_space())?;
        Ok(Self {
            database: database.keep(),
            rabbitmq: (rabbitmq.url, rabbitmq.prefix),
            redis: (redis.url, redis.prefix),
        })
    }
}

/// The simulated number of WhatsApp's Cloud API, and its business account.
pub(crate) const PHONE_NUMBER_ID: &str = "106540352242922";
pub(crate) const WABA_ID: &str = "102290129340398";

/// What proofs set differently. All waits are short, so that a proof sees within seconds what takes minutes in an
/// installation; nothing else differs from the defaults.
#[derive(Debug, Clone)]
pub struct Settings {
    pub seed: u64,
    /// Guests in a planning page: small ones make planning long enough to be hit.
    pub page: u32,
    /// Like `100/s`.
    pub push_rate: String,
    pub sms_rate: String,
    /// The simulator's misbehaviour: the section `faults`, see its README.
    pub push_faults: Value,
    pub sms_faults: Value,
    /// How long an SMS in doubt waits for its delivery report.
    pub settlement_seconds: f64,
    /// Adds WhatsApp numbers at Meta and behind WAHA; the simulated providers make no calls to Bellhop, because the
    /// proof makes them itself.
    pub own_calls: bool,
}

/// Where the files were written.
pub(super) struct Written {
    pub config: PathBuf,
    pub admin: SocketAddr,
    pub api: String,
    pub operations: SocketAddr,
}

impl Settings {
    pub(super) fn write(&self, servers: &Servers, folder: &Path, edit: impl FnOnce(&mut Value)) -> Result<Written> {
        let local = || Ok::<_, anyhow::Error>(SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?)));
        let [http, operations, fcm, sms, admin] = [local()?, local()?, local()?, local()?, local()?];
        let whatsapp = self.own_calls.then(local).transpose()?;
        for secret in [
            "sms-password",
            "sms-reports",
            "whatsapp-token",
            "whatsapp-app",
            "whatsapp-verify",
            "waha-key",
            "waha-calls",
        ] {
            std::fs::write(folder.join(secret), "secret")?;
        }
        let mut config = self.roles(servers, http);
        config["simulator"] = self.simulator(folder, [http, fcm, sms, admin]);
        config["sender"] = self.senders(folder, fcm, sms);
        if let Some(whatsapp) = whatsapp {
            add_whatsapp(&mut config, folder, whatsapp);
        }
        edit(&mut config);
        let file = folder.join("bellhop.toml");
        let text = toml::to_string(&config).context("the configuration has no form in TOML")?;
        std::fs::write(&file, text)?;
        Ok(Written {
            config: file,
            admin,
            api: format!("http://{http}"),
            operations,
        })
    }

    fn roles(&self, servers: &Servers, http: SocketAddr) -> Value {
        json!({
            "store": { "url": servers.database, "connections": 8 },
            "broker": { "url": servers.rabbitmq.0, "prefix": servers.rabbitmq.1 },
            "limits": { "url": servers.redis.0, "prefix": servers.redis.1 },
            "http": { "listen": http.to_string(), "public_url": format!("http://{http}") },
            "log": { "level": "info" },
            "worker": {
                "lease_seconds": 5,
                "backoff_seconds": 1,
                "backoff_cap_seconds": 3,
                "max_tries": 30,
                "throttle_seconds": 1,
            },
            "dispatcher": {
                "first_page": self.page,
                "page": self.page,
                "vanished_seconds": 3,
                "settlement_hours": self.settlement_seconds / 3_600.0,
                "look_up_seconds": 2,
            },
        })
    }

    fn simulator(&self, folder: &Path, [http, fcm, sms, admin]: [SocketAddr; 4]) -> Value {
        let mut sms_faults = self.sms_faults.clone();
        // The guests' phones are consecutive numbers, one in three hundred of which would be magic.
        sms_faults["magic_recipients"] = json!(false);
        json!({
            "seed": self.seed,
            "fcm_addr": fcm.to_string(),
            "sms_addr": sms.to_string(),
            "admin_addr": admin.to_string(),
            "fcm": { "service_account_file": folder.join("firebase.json") },
            "sms": { "reports": {
                "url": format!("http://{http}/webhooks/default/sms"),
                "delay_ms": [200, 1_500],
                "max_tries": 120,
            } },
            "faults": { "push": self.push_faults, "sms": sms_faults },
        })
    }

    fn senders(&self, folder: &Path, fcm: SocketAddr, sms: SocketAddr) -> Value {
        json!([
            { "organisation": "default", "name": "app", "provider": "fcm", "rate": self.push_rate, "settings": {
                "key_file": folder.join("firebase.json"),
                "base_url": format!("http://{fcm}"),
                "token_uri": format!("http://{fcm}/token"),
            } },
            { "organisation": "default", "name": "sms", "provider": "sms_http", "rate": self.sms_rate, "settings": {
                "preset": "smsc_ru",
                "base_url": format!("http://{sms}"),
                "values": { "login": "bellhop" },
                "secrets": {
                    "password": { "file": folder.join("sms-password") },
                    "reports": { "file": folder.join("sms-reports") },
                },
            } },
        ])
    }
}

/// Adds WhatsApp numbers; neither they nor the SMS gateway make calls.
fn add_whatsapp(config: &mut Value, folder: &Path, addr: SocketAddr) {
    add_cloud_number(config, folder, addr);
    if let Some(reports) = config["simulator"]["sms"]["reports"].as_object_mut() {
        reports.remove("url");
    }
    // The first sends; guests may write to a number behind WAHA too. Nobody serves at port 9.
    let secret = |name: &str| json!({ "file": folder.join(name) });
    let waha = json!({ "organisation": "default", "name": "waha", "provider": "waha", "rate": "10/min", "settings": {
        "base_url": "http://127.0.0.1:9",
        "api_key": secret("waha-key"),
        "webhook_key": secret("waha-calls"),
    } });
    if let Some(senders) = config["sender"].as_array_mut() {
        senders.push(waha);
    }
}

/// A number at Meta, simulated at this address, which makes no calls. `folder` holds the secrets.
pub(crate) fn add_cloud_number(config: &mut Value, folder: &Path, addr: SocketAddr) {
    config["simulator"]["whatsapp"] = json!({
        "addr": addr.to_string(),
        "phone_number_id": PHONE_NUMBER_ID,
        "waba_id": WABA_ID,
        "access_token": "secret",
        "throughput_per_s": 1_000,
        "templates": [{ "name": "come_back", "language": "ru", "category": "MARKETING", "parameters": 1 }],
    });
    // As for the gateway: consecutive numbers would ask for every code of Meta's.
    config["simulator"]["faults"]["whatsapp"] = json!({ "magic_recipients": false });
    let secret = |name: &str| json!({ "file": folder.join(name) });
    let sender = json!({ "organisation": "default", "name": "whatsapp", "provider": "whatsapp_cloud", "rate": "500/s", "settings": {
        "base_url": format!("http://{addr}"),
        "phone_number_id": PHONE_NUMBER_ID,
        "waba_id": WABA_ID,
        "access_token": secret("whatsapp-token"),
        "app_secret": secret("whatsapp-app"),
        "verify_token": secret("whatsapp-verify"),
    } });
    if let Some(senders) = config["sender"].as_array_mut() {
        senders.push(sender);
    }
}
