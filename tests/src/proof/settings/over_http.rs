//! Changes of settings over HTTP, with a key of the organisation's.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bellhop_domain::Timestamp;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use crate::fleet::Fleet;

const PATIENCE: Duration = Duration::from_secs(30);

pub(super) struct Caller {
    client: Client,
    key: String,
    api: String,
}

impl Caller {
    /// With a key that `bellhop api-key create` makes.
    pub async fn of(fleet: &Fleet) -> Result<Self> {
        let words = ["api-key", "create", "desk", "--scopes", "settings"];
        let made = fleet.bellhop.json(&words).await?;
        Ok(Self {
            client: Client::builder().timeout(PATIENCE).build()?,
            key: made["key"].as_str().context("a key")?.to_owned(),
            api: fleet.api.clone(),
        })
    }

    async fn answer(&self, request: RequestBuilder) -> Result<Value> {
        let answer = request.bearer_auth(&self.key).send().await?;
        let (status, told) = (answer.status(), answer.json::<Value>().await?);
        ensure!(status.is_success(), "{status}: {told}");
        Ok(told)
    }

    /// Reads a setting, changes its document and sends it back; when that was answered (ms UTC). An absent one is new.
    pub async fn change(&self, setting: &str, edit: impl FnOnce(&mut Value)) -> Result<i64> {
        let url = format!("{}/v1/settings/{setting}", self.api);
        let there = self.client.get(&url).bearer_auth(&self.key).send().await?;
        let there = match there.status().as_u16() {
            404 => json!({}),
            _ => there.error_for_status()?.json::<Value>().await?,
        };
        let mut change = json!({ "version": there["version"], "document": there["document"] });
        edit(&mut change["document"]);
        let told = self.answer(self.client.put(&url).json(&change)).await?;
        let plan = told["plan"].as_array().context("a plan")?;
        ensure!(!plan.is_empty(), "nothing was changed: {told}");
        Ok(Timestamp::now().0)
    }

    /// Pauses a sender; when that was answered (ms UTC).
    pub async fn pause(&self, sender: &str) -> Result<i64> {
        let url = format!("{}/v1/senders/{sender}/pause", self.api);
        self.answer(self.client.post(url).json(&json!({ "reason": "proof" })))
            .await?;
        Ok(Timestamp::now().0)
    }

    /// Has a sender go on; when that was answered (ms UTC).
    pub async fn resume(&self, sender: &str) -> Result<i64> {
        let url = format!("{}/v1/senders/{sender}/resume", self.api);
        self.answer(self.client.post(url)).await?;
        Ok(Timestamp::now().0)
    }
}
