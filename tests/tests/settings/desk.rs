//! An installation in a folder, with one sender of SMS.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bellhop_test_services::free_port;
use bellhop_tests::command::{Answer, Bellhop};
use bellhop_tests::patience::eventually;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

pub const PATIENCE: Duration = Duration::from_secs(120);

/// A sender of SMS, whose password lies in a file.
pub fn sms(folder: &Path, name: &str, rate: &str) -> Result<Value> {
    std::fs::write(folder.join("password"), "hunter2")?;
    Ok(
        json!({ "organisation": "default", "name": name, "provider": "sms_http", "rate": rate, "settings": {
        "preset": "smsc_ru",
        // Nobody serves at port 9.
        "base_url": "http://127.0.0.1:9",
        "values": { "login": "bellhop" },
        "secrets": { "password": { "file": folder.join("password") } },
    } }),
    )
}

pub struct Desk {
    pub bellhop: Bellhop,
    pub config: Value,
}

impl Desk {
    pub fn new(folder: &Path, store: &str) -> Result<Self> {
        let http = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
        let operations = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
        let config = json!({
            "store": { "url": store },
            "http": { "listen": http.to_string(), "public_url": format!("http://{http}") },
            "sender": [sms(folder, "sms", "1/s")?],
        });
        let file = folder.join("bellhop.toml");
        let bellhop = Bellhop::in_folder(folder)?
            .with_config(&file)
            .with_operations_at(operations);
        let desk = Self { bellhop, config };
        desk.save(folder)?;
        Ok(desk)
    }

    pub fn save(&self, folder: &Path) -> Result<()> {
        Ok(std::fs::write(
            folder.join("bellhop.toml"),
            toml::to_string(&self.config)?,
        )?)
    }

    pub async fn done(&self, words: &[&str]) -> Result<String> {
        let answer = self.bellhop.run(words).await?;
        ensure!(answer.status.success(), "{words:?}: {}{}", answer.stdout, answer.stderr);
        Ok(answer.stdout)
    }

    pub async fn refused(&self, words: &[&str], told: &[&str]) -> Result<Answer> {
        let answer = self.bellhop.run(words).await?;
        ensure!(!answer.status.success(), "{words:?} went: {}", answer.stdout);
        for word in told {
            ensure!(
                answer.stderr.contains(word),
                "{words:?}: no {word:?} in: {}",
                answer.stderr
            );
        }
        Ok(answer)
    }

    /// The senders' names and rates in the database.
    pub async fn rates(&self) -> Result<Vec<(String, String)>> {
        let listed = self.bellhop.json(&["sender", "list"]).await?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let rows = listed.as_array().context("a list")?.iter();
        Ok(rows.map(|row| (text(&row["name"]), text(&row["rate"]))).collect())
    }

    /// Runs `up` until it is ready, and ends it; returns its log.
    pub async fn up(&self, folder: &Path) -> Result<String> {
        let log = folder.join("up.log");
        let out = File::create(&log)?;
        let mut command = self.bellhop.command(&["up"]);
        let mut process = command.stdout(out.try_clone()?).stderr(out).spawn()?;
        let url = self.config["http"]["public_url"].as_str().context("a URL")?;
        let ready = eventually("the API is ready", PATIENCE, async || {
            let answer = reqwest::get(format!("{url}/healthz")).await?;
            Ok(answer.status().is_success().then_some(()))
        })
        .await;
        process.kill().await?;
        let log = std::fs::read_to_string(log)?;
        ready.with_context(|| log.clone())?;
        Ok(log)
    }

    /// Seals a secret for a sender's password.
    pub async fn seal(&self, secret: &str) -> Result<String> {
        let mut command = self
            .bellhop
            .command(&["settings", "seal", "sms", "settings.secrets.password"]);
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut input = process.stdin.take().context("a pipe")?;
        input.write_all(secret.as_bytes()).await?;
        drop(input);
        let ended = process.wait_with_output().await?;
        let told = format!(
            "{}{}",
            String::from_utf8_lossy(&ended.stdout),
            String::from_utf8_lossy(&ended.stderr)
        );
        ensure!(ended.status.success(), "{told}");
        Ok(told)
    }
}

pub fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = expected
        .iter()
        .map(|(name, rate)| ((*name).to_owned(), (*rate).to_owned()));
    owned.collect()
}
