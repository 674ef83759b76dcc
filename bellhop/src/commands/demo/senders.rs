//! The senders of both brands, as their sections of the configuration.

use super::brands::SUSHI;
use anyhow::{Context as _, Result};
use bellhop_channels::VapidKey;
use bellhop_settings::SenderSection;
use bellhop_simulator::{ApnsConfig, GraphConfig, Running, SmppConfig, TelegramConfig};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// What is needed to write a sender's section.
pub struct Desk<'a> {
    /// The first brand's slug.
    pub pizza: &'a str,
    pub folder: &'a Path,
    pub far: &'a Running,
}

/// A site's key pair, and the file that holds it.
pub struct SiteKey {
    pub file: PathBuf,
    pub public: String,
}

impl SiteKey {
    pub fn make(file: PathBuf) -> Result<Self> {
        let key = VapidKey::generate().map_err(anyhow::Error::msg)?;
        std::fs::write(&file, key.to_pem().expose_secret())?;
        Ok(Self {
            file,
            public: key.public(),
        })
    }
}

impl Desk<'_> {
    /// The senders of both brands. `site` is the first brand's site, whose guests are simulated browsers; the second
    /// site's visitors are real ones.
    pub fn senders(&self, site: &SiteKey, visitors: &SiteKey) -> Result<Vec<SenderSection>> {
        let visitors = json!({ "vapid_key": { "file": visitors.file }, "subject": "https://bellhop.example" });
        let pizza = |name, provider, rate, settings| section(self.pizza, name, provider, rate, settings);
        let sushi = |name, provider, rate, settings| section(SUSHI, name, provider, rate, settings);
        Ok(vec![
            pizza("android", "fcm", "600000/min", self.trusting(self.fcm())),
            pizza("ios", "apns", "", self.trusting(self.apns())),
            pizza("site", "web_push", "", self.trusting(self.web_push(site)?)),
            pizza("whatsapp", "whatsapp_cloud", "200/s", self.trusting(self.whatsapp()?)),
            pizza("telegram", "telegram", "200/s", self.trusting(self.telegram()?)),
            pizza("sms", "sms_http", "500/s", self.trusting(self.sms()?)),
            sushi("whatsapp", "waha", "50/s", self.trusting(self.waha()?)),
            sushi("sms", "smpp", "200/s", self.smpp()?),
            sushi("site", "web_push", "", visitors),
        ])
    }

    /// The simulated providers have certificates of an authority of their own.
    fn trusting(&self, mut settings: Value) -> Value {
        settings["http"] = json!({ "ca_file": self.far.ca_pem });
        settings
    }

    fn file(&self, name: &str, text: &str) -> Result<Value> {
        let file = self.folder.join(name);
        std::fs::write(&file, text)?;
        Ok(json!({ "file": file }))
    }

    /// The secret, which is the same for all simulated accounts.
    fn secret(&self) -> Result<Value> {
        self.file("secret", "secret")
    }

    fn fcm(&self) -> Value {
        json!({
            "key_file": self.folder.join("firebase.json"),
            "base_url": self.far.fcm_url(),
            "token_uri": format!("{}/token", self.far.fcm_url()),
        })
    }

    fn apns(&self) -> Value {
        let apple = ApnsConfig::default();
        json!({
            "key": { "file": self.folder.join("apns.p8") },
            "key_id": apple.key_id,
            "team_id": apple.team_id,
            "topic": apple.topics.first(),
            "production_url": self.far.apns_url(),
            "sandbox_url": self.far.apns_sandbox_url(),
        })
    }

    fn web_push(&self, site: &SiteKey) -> Result<Value> {
        let service = self.far.addr("web_push").context("no push service is simulated")?;
        Ok(json!({
            "vapid_key": { "file": site.file },
            "subject": "https://bellhop.example",
            "test_hosts": [service.to_string()],
        }))
    }

    fn whatsapp(&self) -> Result<Value> {
        let (number, secret) = (GraphConfig::default(), self.secret()?);
        Ok(json!({
            "base_url": self.far.whatsapp_url(),
            "phone_number_id": number.phone_number_id,
            "waba_id": number.waba_id,
            "access_token": secret, "app_secret": secret, "verify_token": secret,
        }))
    }

    fn telegram(&self) -> Result<Value> {
        let token = TelegramConfig::default().token;
        Ok(json!({
            "base_url": self.far.telegram_url(),
            "token": self.file("telegram-token", token.expose_secret())?,
            "webhook_secret": self.secret()?,
        }))
    }

    fn sms(&self) -> Result<Value> {
        let secret = self.secret()?;
        Ok(json!({
            "preset": "smsc_ru",
            "base_url": self.far.sms_url(),
            "values": { "login": "bellhop" },
            "secrets": { "password": secret, "reports": secret },
        }))
    }

    fn waha(&self) -> Result<Value> {
        let secret = self.secret()?;
        Ok(json!({ "base_url": self.far.waha_url(), "api_key": secret, "webhook_key": secret }))
    }

    fn smpp(&self) -> Result<Value> {
        let smsc = self.far.smpp_addr().context("no SMSC is simulated")?;
        Ok(json!({
            "host": smsc.ip().to_string(), "port": smsc.port(), "tls": { "ca_file": self.far.ca_pem },
            "system_id": SmppConfig::default().system_id, "password": self.secret()?, "source": "SUSHI",
        }))
    }
}

fn section(organisation: &str, name: &str, provider: &str, rate: &str, settings: Value) -> SenderSection {
    SenderSection {
        account: None,
        organisation: organisation.to_owned(),
        name: name.to_owned(),
        provider: provider.to_owned(),
        rate: rate.to_owned(),
        pool: None,
        // Nobody would wait a day for the demo.
        warm_up: None,
        warm: true,
        settings,
    }
}
