//! Brands of one process, and their simulated providers.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use aws_lc_rs::hmac;
use bellhop_domain::Timestamp;
use bellhop_simulator::{GraphConfig, GraphTemplate, Running, Simulator, SimulatorConfig};
use bellhop_test_services::free_port;
use bellhop_tests::command::{Answer, Bellhop};
use bellhop_tests::patience::eventually;
use serde_json::{Value, json};
use tokio::process::Child;

pub const PATIENCE: Duration = Duration::from_secs(120);
const SECRET: &str = "secret";
/// A brand with every channel and no rule of marketing; one with a cap; one whose number warms up; one in quiet
/// hours.
pub const BRANDS: [&str; 4] = ["default", "capped", "warming", "night"];

pub struct Stage {
    pub bellhop: Bellhop,
    folder: PathBuf,
    api: String,
    _simulator: Running,
    _up: Child,
}

impl Stage {
    /// Sets the stage on this database, which must be empty.
    pub async fn set(folder: &Path, store: &str) -> Result<Self> {
        let simulator = Simulator::start(simulated(folder)).await?;
        for name in ["password", "word"] {
            std::fs::write(folder.join(name), SECRET)?;
        }
        let http = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
        let api = format!("http://{http}");
        let config = json!({
            "store": { "url": store },
            "http": { "listen": http.to_string(), "public_url": api },
            "worker": { "backoff_seconds": 1, "backoff_cap_seconds": 1, "max_tries": 3 },
            "organisation": BRANDS.map(organisation),
            "sender": senders(folder, &simulator)?,
        });
        let file = folder.join("bellhop.toml");
        std::fs::write(&file, toml::to_string(&config)?)?;
        let bellhop = Bellhop::in_folder(folder)?.with_config(&file);
        let log = File::create(folder.join("up.log"))?;
        let mut command = bellhop.command(&["up"]);
        let up = command.stdout(log.try_clone()?).stderr(log).spawn()?;
        eventually("the API is ready", PATIENCE, async || {
            let answer = reqwest::get(format!("{api}/healthz")).await?;
            Ok(answer.status().is_success().then_some(()))
        })
        .await?;
        Ok(Self {
            bellhop,
            folder: folder.to_owned(),
            api,
            _simulator: simulator,
            _up: up,
        })
    }

    /// Runs a command of a brand, whether it succeeds or not, and reads what it printed as JSON.
    pub async fn told(&self, brand: &str, words: &[&str]) -> Result<(bool, Value)> {
        let answer = self.run(brand, &[words, &["--json"]].concat()).await?;
        let told = answer
            .last_line()
            .with_context(|| format!("{words:?}: {}", answer.stderr))?;
        Ok((answer.status.success(), told))
    }

    pub async fn run(&self, brand: &str, words: &[&str]) -> Result<Answer> {
        self.bellhop.run(&[&["--organisation", brand], words].concat()).await
    }

    pub async fn import(&self, brand: &str, guests: &str) -> Result<()> {
        let file = self.folder.join(format!("{brand}.csv"));
        std::fs::write(&file, guests)?;
        let (done, summary) = self
            .told(brand, &["import", "customers", &file.to_string_lossy()])
            .await?;
        ensure!(done && summary["rejected"].as_u64().unwrap_or(0) == 0, "{summary}");
        Ok(())
    }

    pub async fn create(&self, brand: &str, mailing: &Value) -> Result<String> {
        let (_, told) = self.told(brand, &["mailing", "create", &mailing.to_string()]).await?;
        Ok(told["id"].as_i64().context("no id")?.to_string())
    }

    /// Waits for the end of a mailing and reads its statistics.
    pub async fn finished(&self, brand: &str, id: &str) -> Result<Value> {
        eventually("the mailing is over", PATIENCE, async || {
            let (_, told) = self.told(brand, &["mailing", "stats", id]).await?;
            Ok((told["state"] == "finished").then_some(told))
        })
        .await
    }

    /// A guest writes to the brand's WhatsApp number, as Meta reports it.
    pub async fn writes(&self, digits: &str) -> Result<()> {
        let at = (Timestamp::now().0 / 1_000).to_string();
        let message = json!({ "id": format!("wamid.{digits}"), "from": digits, "timestamp": at, "type": "text",
                              "text": { "body": "Во сколько вы открываетесь?" } });
        let value = json!({
            "messaging_product": "whatsapp",
            "metadata": { "display_phone_number": "15550783881", "phone_number_id": "106540352242922" },
            "contacts": [{ "profile": { "name": "Анна" }, "wa_id": digits }],
            "messages": [message],
        });
        let change = json!({ "field": "messages", "value": value });
        let entry = json!({ "id": "102290129340398", "changes": [change] });
        let body = json!({ "object": "whatsapp_business_account", "entry": [entry] }).to_string();
        let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
        let signature = hex::encode(hmac::sign(&key, body.as_bytes()));
        let answer = reqwest::Client::new()
            .post(format!("{}/webhooks/default/whatsapp", self.api))
            .header("content-type", "application/json")
            .header("x-hub-signature-256", format!("sha256={signature}"))
            .body(body)
            .send()
            .await?;
        ensure!(answer.status().is_success(), "{}", answer.status());
        Ok(())
    }
}

fn simulated(folder: &Path) -> SimulatorConfig {
    let mut config = SimulatorConfig::default();
    config.fcm.service_account_file = Some(folder.join("firebase.json"));
    config.sms.password = SECRET.into();
    config.faults.sms.magic_recipients = false;
    config.whatsapp = Some(GraphConfig {
        access_token: SECRET.into(),
        app_secret: SECRET.into(),
        read: 0.0,
        // The guest writes by a call of our own, so the simulated Meta has not seen it.
        window: false,
        templates: vec![GraphTemplate {
            name: "come_back".to_owned(),
            language: "ru".to_owned(),
            parameters: 1,
            category: "MARKETING".to_owned(),
            ..GraphTemplate::default()
        }],
        ..GraphConfig::default()
    });
    config
}

fn organisation(slug: &str) -> Value {
    let mut section = json!({ "slug": slug, "name": slug, "currency": "RUB", "timezone": "UTC", "region": "RU",
                              "locale": "ru", "attribution_hours": 72 });
    match slug {
        "capped" => section["frequency_cap"] = json!("1/day"),
        "night" => {
            // From an hour ago to three hours from now.
            let minute = Timestamp::now().0 / 60_000;
            let clock = |minutes: i64| {
                let of_day = (minute + minutes).rem_euclid(24 * 60);
                format!("{:02}:{:02}", of_day / 60, of_day % 60)
            };
            section["quiet_hours"] = json!(format!("{}-{}", clock(-60), clock(180)));
        }
        _ => {}
    }
    section
}

fn senders(folder: &Path, simulator: &Running) -> Result<Value> {
    let word = json!({ "file": folder.join("word") });
    let push = |brand: &str| {
        json!({ "organisation": brand, "name": "app", "provider": "fcm", "rate": "1000/s", "settings": {
            "key_file": folder.join("firebase.json"),
            "base_url": simulator.fcm_url(),
            "token_uri": format!("{}/token", simulator.fcm_url()),
        } })
    };
    let sms = |brand: &str| {
        json!({ "organisation": brand, "name": "sms", "provider": "sms_http", "rate": "1000/s", "settings": {
            "preset": "smsc_ru",
            "base_url": simulator.sms_url(),
            "values": { "login": "bellhop" },
            "secrets": { "password": { "file": folder.join("password") } },
        } })
    };
    let whatsapp = json!({
        "organisation": "default", "name": "whatsapp", "provider": "whatsapp_cloud", "rate": "80/s", "settings": {
            "phone_number_id": "106540352242922",
            "waba_id": "102290129340398",
            "access_token": word,
            "app_secret": word,
            "verify_token": word,
            "pair_seconds": 0,
            "base_url": simulator.whatsapp_url().context("the simulator plays Meta")?,
        }
    });
    let mut warming = sms("warming");
    warming["warm_up"] = json!([20, 40]);
    Ok(json!([
        push("default"),
        sms("default"),
        whatsapp,
        push("capped"),
        warming,
        sms("night")
    ]))
}
