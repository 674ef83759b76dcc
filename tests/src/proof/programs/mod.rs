//! Programs: a storm of events and SIGKILLs over two of them, and a day and a night of all presets on a virtual clock.

mod cast;
mod day;
mod storm;
mod times;
mod twelve;
mod verdict;

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::Value;

use super::{Report, Scale};
use crate::fleet::Fleet;
use crate::patience::eventually;

/// Those that are killed come first.
const ROLES: [&str; 4] = ["dispatcher-1", "dispatcher-2", "api-1", "worker-1"];
const KILLED: usize = 3;
/// How long a killed process stays dead.
const DEAD: Duration = Duration::from_millis(300);
const PATIENCE: Duration = Duration::from_secs(300);

pub(super) async fn run(scale: Scale, report: &mut Report) -> Result<()> {
    report.about("a storm");
    storm::run(scale, report).await?;
    report.about("twelve programs");
    twelve::run(scale, report).await
}

/// Sends a body until it is answered; how often it was sent.
async fn send(fleet: &Fleet, key: &str, path: &str, body: &Value) -> Result<u32> {
    let client = reqwest::Client::builder().timeout(Duration::from_secs(30)).build()?;
    let mut tries = 0;
    eventually("the API answers", PATIENCE, async || {
        tries += 1;
        let request = client.post(format!("{}{path}", fleet.api)).bearer_auth(key);
        let answer = request.json(body).send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success() && !text.contains("refused"), "{status}: {text}");
        Ok(Some(()))
    })
    .await?;
    Ok(tries)
}
