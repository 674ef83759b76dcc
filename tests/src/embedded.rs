//! All roles in one process, on SQLite, with the simulator as the provider of its SMS.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bellhop_test_services::free_port;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Child;

use crate::command::Bellhop;
use crate::patience::eventually;
use crate::simulator::SimulatorBooks;

const PATIENCE: Duration = Duration::from_secs(120);

/// Dropping it kills the processes and removes the folder.
#[derive(Debug)]
pub struct Embedded {
    pub bellhop: Bellhop,
    pub simulator: SimulatorBooks,
    /// Where the API listens.
    pub api: String,
    key: String,
    readiness: String,
    up: Child,
    _simulator: Child,
    folder: TempDir,
}

impl Embedded {
    /// Imports guests from the text of a file and starts the processes.
    ///
    /// # Errors
    /// When a guest is refused, or a process does not come up.
    pub async fn start(guests: &str) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("bellhop-embedded-").tempdir()?;
        let at = folder.path();
        let [http, operations, sms, admin] = [local()?, local()?, local()?, local()?];
        std::fs::write(at.join("password"), "secret")?;
        let config = json!({
            "store": { "url": "sqlite:bellhop.db" },
            "http": { "listen": http.to_string(), "operations_listen": operations.to_string(), "public_url": format!("http://{http}") },
            // The guests' phones are consecutive numbers, one in three hundred of which would be magic.
            "simulator": { "sms_addr": sms.to_string(), "admin_addr": admin.to_string(),
                           "faults": { "sms": { "magic_recipients": false } } },
            "sender": [{ "organisation": "default", "name": "sms", "provider": "sms_http", "rate": "100/s", "settings": {
                "preset": "smsc_ru", "base_url": format!("http://{sms}"), "values": { "login": "bellhop" },
                "secrets": { "password": { "file": at.join("password") } },
            } }],
        });
        let file = at.join("bellhop.toml");
        std::fs::write(&file, toml::to_string(&config)?)?;
        std::fs::write(at.join("guests.csv"), guests)?;
        let bellhop = Bellhop::in_folder(at)?.with_config(&file);
        let imported = bellhop.json(&["import", "customers", "guests.csv"]).await?;
        ensure!(
            imported["rejected"] == 0 || imported["rejected"].is_null(),
            "{imported}"
        );
        let made = bellhop.json(&["api-key", "create", "till"]).await?;
        let key = made["key"].as_str().context("a key")?.to_owned();
        let simulator = spawn(&bellhop, "simulator", &at.join("simulator.log"))?;
        let up = spawn(&bellhop, "up", &at.join("up.log"))?;
        let it = Self {
            simulator: SimulatorBooks::at(admin)?,
            api: format!("http://{http}"),
            readiness: format!("http://{operations}/readyz"),
            key,
            bellhop,
            up,
            _simulator: simulator,
            folder,
        };
        eventually("the simulator serves", PATIENCE, async || {
            it.simulator.accepted().await.map(Some)
        })
        .await?;
        it.serves().await?;
        Ok(it)
    }

    async fn serves(&self) -> Result<()> {
        eventually("the API is ready", PATIENCE, async || {
            let answer = reqwest::get(&self.readiness).await?;
            Ok(answer.status().is_success().then_some(()))
        })
        .await
    }

    /// Kills the process with SIGKILL and starts another.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn kill_and_start(&mut self) -> Result<()> {
        self.up.kill().await?;
        self.up = spawn(&self.bellhop, "up", &self.folder.path().join("up-again.log"))?;
        self.serves().await
    }

    /// What the API answers to a body.
    ///
    /// # Errors
    /// When it refuses it.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let client = reqwest::Client::builder().timeout(PATIENCE).build()?;
        let request = client.post(format!("{}{path}", self.api)).bearer_auth(&self.key);
        let answer = request.json(body).send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "{path}: {status}: {text}");
        Ok(serde_json::from_str(&text)?)
    }

    /// Writes a file that a command names.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn file(&self, name: &str, text: &str) -> Result<()> {
        Ok(std::fs::write(self.folder.path().join(name), text)?)
    }

    /// Everything that the process at work has logged.
    pub fn log(&self) -> String {
        let read = |name: &str| std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
        read("up.log") + &read("up-again.log")
    }
}

fn local() -> Result<SocketAddr> {
    Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?)))
}

/// Starts a role that keeps running, with its output in a file.
fn spawn(bellhop: &Bellhop, role: &str, log: &Path) -> Result<Child> {
    let log = File::options().create(true).append(true).open(log)?;
    let mut command = bellhop.command(&[role]);
    // The file names the address.
    command.env_remove("BELLHOP__HTTP__OPERATIONS_LISTEN");
    command.stdout(log.try_clone()?).stderr(log);
    Ok(command.spawn()?)
}
