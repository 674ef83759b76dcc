//! One Bellhop with all roles on the embedded default, the simulator as everybody's push service, and the brand's key.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bellhop_test_services::free_port;
use serde_json::{Value, json};
use tokio::process::Child;

use super::site::Brand;
use crate::command::Bellhop;
use crate::patience::eventually;

const PATIENCE: Duration = Duration::from_secs(60);

/// Ends when dropped.
pub struct Stage {
    pub bellhop: Bellhop,
    pub brand: Brand,
    /// Where browsers connect.
    pub browsers: SocketAddr,
    admin: SocketAddr,
    _processes: [Child; 2],
}

impl Stage {
    /// # Errors
    /// When something does not start.
    pub async fn set(folder: &Path, seed: u64) -> Result<Self> {
        let local = || Ok::<_, anyhow::Error>(SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?)));
        let [http, operations, push, browsers, admin] = [local()?, local()?, local()?, local()?, local()?];
        let bellhop = Bellhop::in_folder(folder)?;
        let (key, authority) = (folder.join("vapid.pem"), folder.join("authority.pem"));
        let made = bellhop.json(&["web-push-keys", &key.to_string_lossy()]).await?;
        let config = json!({
            "http": { "listen": http.to_string(), "public_url": format!("http://{http}") },
            "log": { "level": "info" },
            "worker": { "backoff_seconds": 1, "backoff_cap_seconds": 2, "throttle_seconds": 1, "max_tries": 30 },
            "simulator": {
                "seed": seed,
                "admin_addr": admin.to_string(),
                "tls": { "self-signed": { "ca_file": authority } },
                "web_push": { "addr": push.to_string(), "browsers_addr": browsers.to_string() },
                // A lost reply must not hold a connection longer than the proof.
                "faults": { "web_push": { "lost_reply_ms": 500 } },
            },
            "sender": [{ "organisation": "default", "name": "site", "provider": "web_push", "rate": "", "settings": {
                "vapid_key": { "file": key },
                "subject": "mailto:push@pizza.example",
                "test_hosts": [push.to_string()],
                "http": { "ca_file": authority },
            } }],
        });
        let file = folder.join("bellhop.toml");
        std::fs::write(&file, toml::to_string(&config)?)?;
        let bellhop = bellhop.with_config(&file).with_operations_at(operations);
        let start = |role: &str| -> Result<Child> {
            let log = std::fs::File::create(folder.join(format!("{role}.log")))?;
            let mut command = bellhop.command(&[role]);
            command.stdout(log.try_clone()?).stderr(log);
            command.spawn().with_context(|| format!("cannot start bellhop {role}"))
        };
        let simulator_process = start("simulator")?;
        // A sender reads the authority's certificate when it starts.
        eventually("the simulator serves", PATIENCE, async || {
            Ok(reqwest::get(format!("http://{admin}/_sim/summary"))
                .await?
                .status()
                .is_success()
                .then_some(()))
        })
        .await?;
        let processes = [simulator_process, start("up")?];
        let api = format!("http://{http}");
        eventually("Bellhop is ready", PATIENCE, async || {
            let answer = reqwest::get(format!("http://{operations}/readyz")).await?;
            Ok(answer.status().is_success().then_some(()))
        })
        .await?;
        let made_key = bellhop
            .json(&["api-key", "create", "site", "--scopes", "endpoints"])
            .await?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Ok(Self {
            brand: Brand {
                api,
                api_key: text(&made_key["key"]).context("no API key")?,
                public_key: text(&made["public_key"]).context("no public key")?,
            },
            bellhop,
            browsers,
            admin,
            _processes: processes,
        })
    }

    /// The subscription of a simulated browser of the site.
    ///
    /// # Errors
    /// When the simulator gives none.
    pub async fn subscription(&self, number: u32, magic: &str) -> Result<Value> {
        let asked = json!({ "application_server_key": self.brand.public_key, "number": number, "magic": magic });
        let url = format!("http://{}/_sim/web_push/subscribe", self.admin);
        let answer = reqwest::Client::new().post(url).json(&asked).send().await?;
        Ok(serde_json::from_str(&answer.error_for_status()?.text().await?)?)
    }

    /// Every message the push service could read with its browsers' keys.
    ///
    /// # Errors
    /// When the simulator does not answer.
    pub async fn read(&self) -> Result<Vec<Value>> {
        let url = format!("http://{}/_sim/messages?channel=web_push", self.admin);
        let lines = reqwest::get(url).await?.error_for_status()?.text().await?;
        lines.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
    }

    /// Creates and launches a mailing, and waits for its end; returns its id and statistics.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn send(&self, folder: &Path, mailing: &Value, patience: Duration) -> Result<(i64, Value)> {
        let file = folder.join("mailing.json");
        std::fs::write(&file, mailing.to_string())?;
        let created = self
            .bellhop
            .json(&["mailing", "create", &format!("@{}", file.display())])
            .await?;
        let id = created["id"].as_i64().context("no id")?;
        self.bellhop.json(&["mailing", "launch", &id.to_string()]).await?;
        let ended = eventually("the mailing ends", patience, async || {
            let statistics = self.statistics(id).await?;
            ensure!(statistics["state"] == "finished", "{statistics}");
            Ok(Some(statistics))
        });
        Ok((id, ended.await?))
    }

    /// # Errors
    /// When the command fails.
    pub async fn statistics(&self, mailing: i64) -> Result<Value> {
        self.bellhop.json(&["mailing", "stats", &mailing.to_string()]).await
    }
}
