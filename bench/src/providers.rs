//! The simulated providers of a bench, as their senders and their guests' browsers know them.

use super::child::Child;
use anyhow::{Context, Result, ensure};
use bellhop_channels::VapidKey;
use bellhop_domain::EndpointKind;
use bellhop_domain::address::Subscription;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::path::Path;

/// Where the simulator listens.
pub struct Providers {
    /// FCM's URL.
    pub fcm: String,
    /// Host and port, like those below.
    pub apns: String,
    pub apns_sandbox: String,
    pub web_push: String,
    /// Root of the admin interface.
    pub admin_url: String,
    /// The site's public key, which all subscriptions are bound to.
    site_key: String,
    http: reqwest::Client,
}

impl Providers {
    /// Reads where a simulator that was just started listens, and makes the site's key, `vapid.pem` in `folder`.
    pub async fn of(simulator: &mut Child, folder: &Path) -> Result<Self> {
        let key = VapidKey::generate().map_err(anyhow::Error::msg)?;
        std::fs::write(folder.join("vapid.pem"), key.to_pem().expose_secret())?;
        // In the order in which the simulator prints them.
        let fcm = simulator.first_words("FCM").await?;
        let apns = simulator.first_words("apns ").await?;
        let apns_sandbox = simulator.first_words("apns_sandbox").await?;
        let web_push = simulator.first_words("web_push").await?;
        let summary = simulator.first_words("Admin").await?;
        Ok(Self {
            fcm,
            apns,
            apns_sandbox,
            web_push,
            admin_url: summary.trim_end_matches("/_sim/summary").to_owned(),
            site_key: key.public(),
            http: reqwest::Client::builder().no_proxy().build()?,
        })
    }

    /// Makes the simulator forget everything that it took.
    pub async fn forget(&self) -> Result<()> {
        let reset = self.http.post(format!("{}/_sim/reset", self.admin_url));
        reset.send().await?.error_for_status()?;
        Ok(())
    }

    /// Asks the simulator's admin interface.
    pub async fn ask(&self, path: &str) -> Result<Value> {
        let request = self.http.get(format!("{}{path}", self.admin_url));
        let text = request.send().await?.text().await?;
        serde_json::from_str(&text).with_context(|| format!("the simulator's {path} is not JSON"))
    }

    /// Checks that the simulator took every message exactly once; otherwise the figures would not count.
    pub async fn took_each_once(&self, kind: EndpointKind, messages: u32) -> Result<()> {
        let summary = self.ask("/_sim/summary").await?;
        let took = &summary["channels"][book(kind)];
        let expected = u64::from(messages);
        ensure!(
            took["accepted"] == expected && took["unique_recipients"] == expected && took["duplicates"] == 0,
            "the simulator was to take {expected} messages once each, but says {took}"
        );
        Ok(())
    }

    /// The subscriptions of `count` browsers from number `first` on, as addresses. Each has a key pair of its own.
    pub async fn subscriptions(&self, first: u32, count: u32) -> Result<Vec<String>> {
        let asked = json!({ "application_server_key": self.site_key, "number": first, "count": count });
        let request = self.http.post(format!("{}/_sim/web_push/subscribe", self.admin_url));
        let request = request
            .header("content-type", "application/json")
            .body(asked.to_string());
        let text = request.send().await?.error_for_status()?.text().await?;
        let read = |line: &str| -> Result<String> { Ok(Subscription::parse(line)?.address()) };
        let made: Vec<String> = text.lines().map(read).collect::<Result<_>>()?;
        ensure!(
            made.len() == count as usize,
            "the simulator made {} subscriptions instead of {count}",
            made.len()
        );
        Ok(made)
    }
}

/// The simulator's name for the lane of a kind.
pub fn book(kind: EndpointKind) -> &'static str {
    match kind {
        EndpointKind::Fcm => "push",
        other => other.name(),
    }
}
