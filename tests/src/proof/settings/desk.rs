//! Changes settings, by file and over HTTP, and reads the effect from the simulator's ledger.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bellhop_domain::{Timestamp, Zone};
use serde_json::{Value, json};

use super::over_http::Caller;
use crate::fleet::Fleet;
use crate::patience::eventually;

const PATIENCE: Duration = Duration::from_secs(120);

/// The engineer's key, with which secrets that are given over HTTP are sealed.
const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// Puts a key to seal by beside the gateway's password.
pub(super) fn with_key(config: &mut Value) -> Result<()> {
    let password = &config["sender"][1]["settings"]["secrets"]["password"]["file"];
    let file = Path::new(password.as_str().context("a file")?).with_file_name("settings-key");
    std::fs::write(&file, KEY)?;
    config["settings"] = json!({ "keys": [{ "file": file }] });
    Ok(())
}

/// The configuration with which the fleet begins: an organisation in UTC without the SMS gateway, whose section is
/// returned.
pub(super) fn at_the_start(config: &mut Value) -> Value {
    config["organisation"] = json!([{
        "slug": "default", "name": "Pizza", "currency": "RUB", "timezone": "UTC", "region": "RU", "locale": "ru",
        "attribution_hours": 72, "quiet_hours": "off",
    }]);
    let mut senders = config["sender"].take();
    let gateway = senders[1].take();
    config["sender"] = json!([senders[0]]);
    gateway
}

/// Quiet hours that began an hour ago and last for six more, by UTC's clock.
pub(super) fn quiet_now(now: Timestamp) -> String {
    let clock = |at: Timestamp| {
        let local = Zone::utc().local(at);
        local.map_or_else(|_| "00:00".to_owned(), |it| it.strftime("%H:%M").to_string())
    };
    let hour = Duration::from_secs(3_600);
    format!("{}-{}", clock(now.minus(hour)), clock(now.plus(6 * hour)))
}

pub(super) struct Desk<'a> {
    pub fleet: &'a Fleet,
    pub http: Caller,
    /// What was applied last.
    config: Value,
    /// The gateway's section, which the fleet begins without.
    pub gateway: Value,
    /// How long to watch after a change.
    pub watch: Duration,
}

impl<'a> Desk<'a> {
    pub async fn new(fleet: &'a Fleet, config: Value, gateway: Value, watch: Duration) -> Result<Self> {
        Ok(Self {
            fleet,
            http: Caller::of(fleet).await?,
            config,
            gateway,
            watch,
        })
    }

    /// Changes the sections and applies them; returns when the command had finished (ms UTC).
    pub async fn apply(&mut self, edit: impl FnOnce(&mut Value)) -> Result<i64> {
        edit(&mut self.config);
        let file = self.fleet.folder().join("changed.toml");
        std::fs::write(&file, toml::to_string(&self.config)?)?;
        let told = self.fleet.bellhop.json(&["apply", &file.to_string_lossy()]).await?;
        let plan = told["plan"].as_array().context("a plan")?;
        ensure!(!plan.is_empty(), "nothing was changed: {told}");
        Ok(Timestamp::now().0)
    }

    /// Runs a command; returns when it had finished (ms UTC).
    pub async fn done(&self, words: &[&str]) -> Result<i64> {
        let answer = self.fleet.bellhop.run(words).await?;
        ensure!(answer.status.success(), "{words:?}: {}{}", answer.stdout, answer.stderr);
        Ok(Timestamp::now().0)
    }

    /// How many pushes the simulator accepted while watched, from an instant that is at most seconds away.
    pub async fn taken_from(&self, from: i64) -> Result<u64> {
        let till = Timestamp(from).plus(self.watch);
        tokio::time::sleep(till.since(Timestamp::now())).await;
        let book = self.fleet.simulator.book("push").await?;
        Ok(book.after(from) - book.after(till.0))
    }

    /// When the first message on a channel was accepted after an instant.
    pub async fn first_after(&self, channel: &str, at: i64) -> Result<i64> {
        eventually("the first message", PATIENCE, async || {
            let book = self.fleet.simulator.book(channel).await?;
            let times = book.0.iter().flat_map(|taken| &taken.times);
            Ok(times.copied().filter(|time| *time > at).min())
        })
        .await
    }
}
