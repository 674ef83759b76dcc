//! The configuration: the simulator with all its lanes, and the section of each provider's sender.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::Result;
use bellhop_domain::EndpointKind;
use bellhop_test_services::free_port;
use serde_json::{Value, json};

use super::plan::account;
use super::row::THROTTLE_PAUSE;

/// Every sender's name: each is its organisation's only one.
pub(super) const SENDER: &str = "sender";
const PHONE_NUMBER_ID: &str = "106540352242922";
const WABA_ID: &str = "102290129340398";
/// The `system_id` of rows that are played apart.
const OTHERS: &str = "others";
const INSTANCE: &str = "1101000001";
/// The value of all secrets.
const SECRET: &str = "secret";

/// Where everything listens.
pub(super) struct Addresses {
    pub http: SocketAddr,
    pub operations: SocketAddr,
    pub admin: SocketAddr,
    fcm: SocketAddr,
    sms: SocketAddr,
    apns: SocketAddr,
    sandbox: SocketAddr,
    web_push: SocketAddr,
    smpp: SocketAddr,
    whatsapp: SocketAddr,
    waha: SocketAddr,
    green_api: SocketAddr,
}

impl Addresses {
    pub fn free() -> Result<Self> {
        let local = || Ok::<_, anyhow::Error>(SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?)));
        Ok(Self {
            http: local()?,
            operations: local()?,
            admin: local()?,
            fcm: local()?,
            sms: local()?,
            apns: local()?,
            sandbox: local()?,
            web_push: local()?,
            smpp: local()?,
            whatsapp: local()?,
            waha: local()?,
            green_api: local()?,
        })
    }

    pub fn api(&self) -> String {
        format!("http://{}", self.http)
    }

    fn webhook(&self, organisation: &str) -> String {
        format!("{}/webhooks/{organisation}/{SENDER}", self.api())
    }

    /// The simulator's section. Its calls go to the organisations of ordinary rows.
    pub fn simulator(&self, folder: &Path) -> Value {
        let calls = |organisation: &str| json!({ "url": self.webhook(organisation), "delay_ms": [50, 150] });
        let lanes = [
            "push",
            "sms",
            "apns",
            "web_push",
            "smpp",
            "whatsapp",
            "waha",
            "green_api",
        ];
        // All answers are ordered, so the guests' numbers must mean nothing.
        let faults: serde_json::Map<_, _> = lanes
            .map(|lane| {
                (
                    lane.to_owned(),
                    json!({ "magic_recipients": false, "lost_reply_ms": 500 }),
                )
            })
            .into_iter()
            .collect();
        let quiet = json!({ "read": 0.0 });
        json!({
            // Browsers' endpoints are https only.
            "tls": { "self-signed": { "ca_file": authority(folder) } },
            "fcm_addr": self.fcm.to_string(),
            "sms_addr": self.sms.to_string(),
            "admin_addr": self.admin.to_string(),
            "fcm": { "service_account_file": folder.join("firebase.json") },
            "sms": {
                "api_key": SECRET,
                "reports": calls("smsc_ru"),
                "sms_ru_reports_url": format!("{}?key={SECRET}", self.webhook("sms_ru")),
            },
            "apns": {
                "addr": self.apns.to_string(),
                "sandbox_addr": self.sandbox.to_string(),
                "key_file": folder.join("AuthKey_SIMKEY0001.p8"),
            },
            "web_push": { "addr": self.web_push.to_string() },
            "smpp": {
                "addr": self.smpp.to_string(), "more_system_ids": [OTHERS], "receipts": { "delay_ms": [50, 150] },
            },
            "whatsapp": {
                "addr": self.whatsapp.to_string(),
                "phone_number_id": PHONE_NUMBER_ID,
                "waba_id": WABA_ID,
                "access_token": SECRET,
                "app_secret": SECRET,
                "throughput_per_s": 1_000,
                "read": 0.0,
                "templates": [{ "name": "come_back", "language": "ru", "category": "MARKETING", "parameters": 1 }],
                "webhooks": calls("whatsapp_cloud"),
            },
            "waha": { "addr": self.waha.to_string(), "api_key": SECRET, "webhook": calls("waha"), "guests": quiet },
            "green_api": {
                "addr": self.green_api.to_string(), "token": SECRET, "webhook": calls("green_api"), "guests": quiet,
            },
            "faults": faults,
        })
    }

    /// The `[[sender]]` of an organisation at a provider. `by_account` tells that the simulator knows the account by
    /// its name.
    pub fn sender(&self, folder: &Path, provider: &str, organisation: &str, by_account: bool) -> Value {
        let (registered, settings) = self.settings(folder, provider, organisation, by_account);
        json!({
            "organisation": organisation, "name": SENDER, "provider": registered, "rate": "", "warm": true,
            "settings": settings,
        })
    }

    fn settings(&self, folder: &Path, provider: &str, organisation: &str, by_account: bool) -> (&'static str, Value) {
        let secret = json!({ "file": folder.join("secret") });
        let url = |addr: SocketAddr| format!("https://{addr}");
        let (name, mut settings) = match provider {
            "fcm" => {
                let path = if by_account {
                    account(EndpointKind::Fcm, organisation)
                } else {
                    "/token".to_owned()
                };
                let settings = json!({
                    "key_file": folder.join("firebase.json"), "base_url": url(self.fcm),
                    "token_uri": format!("{}{path}", url(self.fcm)), "connections": 1,
                });
                ("fcm", settings)
            }
            "apns" => {
                let settings = json!({
                    "key": { "file": own_key(folder, organisation) }, "key_id": "SIMKEY0001",
                    "team_id": "SIMTEAM001", "topic": "com.example.app", "production_url": url(self.apns),
                    "sandbox_url": url(self.sandbox), "connections": 1,
                });
                ("apns", settings)
            }
            "web_push" => {
                let settings = json!({
                    "vapid_key": { "file": folder.join("vapid.pem") }, "subject": "mailto:push@pizza.example",
                    "test_hosts": [self.web_push.to_string()],
                });
                ("web_push", settings)
            }
            "smpp" => {
                // Receipts come over any bind of an account, so only the account of the ordinary rows gets receipts.
                let system_id = match organisation {
                    own if by_account => own,
                    "smpp" => "bellhop",
                    _ => OTHERS,
                };
                let settings = json!({
                    "host": self.smpp.ip().to_string(), "port": self.smpp.port(), "system_id": system_id,
                    "password": secret, "source": "PIZZA", "reconnect_seconds": 1,
                    "throttle_pause_seconds": THROTTLE_PAUSE,
                });
                ("smpp", settings)
            }
            "whatsapp_cloud" => {
                let settings = json!({
                    "base_url": url(self.whatsapp), "phone_number_id": PHONE_NUMBER_ID, "waba_id": WABA_ID,
                    "access_token": secret, "app_secret": secret, "verify_token": secret,
                });
                ("whatsapp_cloud", settings)
            }
            "waha" => (
                "waha",
                json!({ "base_url": url(self.waha), "api_key": secret, "webhook_key": secret }),
            ),
            "green_api" => {
                let settings = json!({
                    "base_url": url(self.green_api), "instance": INSTANCE, "token": secret, "webhook_token": secret,
                });
                ("green_api", settings)
            }
            preset => ("sms_http", self.gateway(preset, &secret, organisation)),
        };
        let tls = if name == "smpp" { "tls" } else { "http" };
        settings[tls] = json!({ "ca_file": authority(folder) });
        (name, settings)
    }

    fn gateway(&self, preset: &str, secret: &Value, organisation: &str) -> Value {
        let callback = self.webhook(organisation);
        let (values, secrets) = match preset {
            "sms_ru" => (json!({}), json!({ "api_id": secret, "reports": secret })),
            "twilio" => (
                json!({ "account": "AC1", "user": "SK1", "sender": "+15005550006", "callback": callback }),
                json!({ "password": secret, "reports": secret }),
            ),
            "kannel" => (
                json!({ "user": "bellhop", "sender": "BRAND", "callback": callback }),
                json!({ "password": secret, "reports": secret }),
            ),
            _ => (
                json!({ "login": "bellhop" }),
                json!({ "password": secret, "reports": secret }),
            ),
        };
        json!({ "preset": preset, "base_url": format!("https://{}", self.sms), "values": values, "secrets": secrets })
    }
}

/// The certificate of the simulator's authority.
fn authority(folder: &Path) -> PathBuf {
    folder.join("authority.pem")
}

/// Writes the file that the sections name.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn write_secret(folder: &Path) -> Result<()> {
    Ok(std::fs::write(folder.join("secret"), SECRET)?)
}

/// The file of an organisation's APNs key. Each has its own, because what Apple says about the token of one key
/// applies to all senders with that key.
fn own_key(folder: &Path, organisation: &str) -> PathBuf {
    folder.join(format!("AuthKey_{organisation}.p8"))
}

/// Writes the simulator's key once for each organisation, under a name of its own.
pub(super) fn hand_out_keys<'a>(folder: &Path, organisations: impl Iterator<Item = &'a String>) -> std::io::Result<()> {
    let key = std::fs::read_to_string(folder.join("AuthKey_SIMKEY0001.p8"))?;
    for organisation in organisations {
        std::fs::write(own_key(folder, organisation), format!("{organisation}\n{key}"))?;
    }
    Ok(())
}
