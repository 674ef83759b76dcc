//! The simulator's own ledger, read over its admin address.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// A client of `/_sim/…`.
#[derive(Debug, Clone)]
pub struct SimulatorBooks {
    root: String,
    client: reqwest::Client,
}

/// One message id, with all its acceptances by the simulator.
#[derive(Debug, Clone)]
pub struct Taken {
    pub recipient: String,
    pub message_id: String,
    /// The times of the acceptances, ms UTC.
    pub times: Vec<i64>,
    /// The sender of an SMS; empty for other messages.
    pub sender: String,
    /// Empty for SMS.
    pub collapse_key: String,
    /// Whether a later acceptance carried another key than the first.
    pub key_changed: bool,
}

/// Everything that one channel accepted.
#[derive(Debug, Default)]
pub struct Book(pub Vec<Taken>);

impl SimulatorBooks {
    /// # Errors
    /// When no HTTP client can be made.
    pub fn at(admin: SocketAddr) -> Result<Self> {
        Ok(Self {
            root: format!("http://{admin}/_sim"),
            client: reqwest::Client::builder().timeout(Duration::from_secs(60)).build()?,
        })
    }

    /// Where its own controls are: `http://…/_sim`.
    pub fn root(&self) -> &str {
        &self.root
    }

    async fn text(&self, path: &str) -> Result<String> {
        let response = self.client.get(format!("{}/{path}", self.root)).send().await?;
        Ok(response.error_for_status()?.text().await?)
    }

    async fn json(&self, path: &str) -> Result<Value> {
        Ok(serde_json::from_str(&self.text(path).await?)?)
    }

    /// Messages accepted on both channels, including repeats.
    ///
    /// # Errors
    /// When the simulator does not answer.
    pub async fn accepted(&self) -> Result<u64> {
        let summary = self.json("summary").await?;
        let of = |channel: &str| summary["channels"][channel]["accepted"].as_u64();
        let sum = of("push").zip(of("sms")).map(|(push, sms)| push + sms);
        sum.context("the simulator's summary has no counts")
    }

    /// Requests that a channel answered with an error.
    ///
    /// # Errors
    /// When the simulator does not answer.
    pub async fn refused(&self, channel: &str) -> Result<u64> {
        let summary = self.json("summary").await?;
        let refused = summary["channels"][channel]["refused"].as_u64();
        refused.with_context(|| format!("the simulator's summary has no refusals of {channel}"))
    }

    /// How often each fault was injected on a channel.
    ///
    /// # Errors
    /// When the simulator does not answer.
    pub async fn injected(&self, channel: &str) -> Result<HashMap<String, u64>> {
        let injected = self.json("faults").await?["injected"][channel].take();
        serde_json::from_value(injected).context("the simulator does not say which faults it made")
    }

    /// What a channel (`push` or `sms`) accepted.
    ///
    /// # Errors
    /// When the simulator does not answer.
    pub async fn book(&self, channel: &str) -> Result<Book> {
        let lines = self.text(&format!("messages?channel={channel}")).await?;
        lines.lines().map(taken).collect::<Result<_>>().map(Book)
    }

    /// Makes the simulator forget everything accepted so far.
    ///
    /// # Errors
    /// When the simulator does not answer.
    pub async fn reset(&self) -> Result<()> {
        let response = self.client.post(format!("{}/reset", self.root)).send().await?;
        ensure!(
            response.status().is_success(),
            "the simulator did not reset: {}",
            response.status()
        );
        Ok(())
    }
}

fn taken(line: &str) -> Result<Taken> {
    let value: Value = serde_json::from_str(line)?;
    let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let times = value["times"].as_array().context("a message without times")?;
    Ok(Taken {
        recipient: text("recipient"),
        message_id: text("message_id"),
        times: times.iter().filter_map(Value::as_i64).collect(),
        sender: text("sender"),
        collapse_key: text("collapse_key"),
        key_changed: !value["other_collapse_keys"].is_null(),
    })
}

impl Book {
    /// Acceptances beyond the first of each message id.
    pub fn doubled_by_id(&self) -> u64 {
        self.0.iter().map(|taken| taken.times.len() as u64 - 1).sum()
    }

    /// Acceptances beyond the first to each recipient, whatever ids they carried.
    pub fn doubled_by_recipient(&self) -> u64 {
        self.by_recipient().values().map(|times| times - 1).sum()
    }

    /// Messages whose repeats would not replace each other on the phone.
    pub fn without_one_collapse_key(&self) -> u64 {
        let loose = |taken: &&Taken| taken.collapse_key.is_empty() || taken.key_changed;
        self.0.iter().filter(loose).count() as u64
    }

    /// How often each recipient was sent to. A phone is written as in E.164.
    pub fn by_recipient(&self) -> HashMap<String, u64> {
        let mut found = HashMap::new();
        for taken in &self.0 {
            *found.entry(address(&taken.recipient)).or_default() += taken.times.len() as u64;
        }
        found
    }

    /// Acceptances after an instant (ms UTC).
    pub fn after(&self, instant: i64) -> u64 {
        self.0
            .iter()
            .flat_map(|taken| &taken.times)
            .filter(|at| **at > instant)
            .count() as u64
    }

    pub fn acceptances(&self) -> u64 {
        self.0.iter().map(|taken| taken.times.len() as u64).sum()
    }
}

/// A gateway accepts phones with or without their plus.
fn address(recipient: &str) -> String {
    let digits = !recipient.is_empty() && recipient.bytes().all(|byte| byte.is_ascii_digit());
    if digits {
        format!("+{recipient}")
    } else {
        recipient.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_message_to_one_phone_is_a_double_though_its_id_is_new() {
        let lines = [
            r#"{"recipient":"79990000001","message_id":"a","text":"","times":[1]}"#,
            r#"{"recipient":"+79990000001","message_id":"b","text":"","times":[2,9]}"#,
        ];
        let book = Book(lines.into_iter().map(|line| taken(line).unwrap()).collect());
        assert_eq!(
            (book.doubled_by_id(), book.doubled_by_recipient(), book.after(1)),
            (1, 2, 2)
        );
    }

    #[test]
    fn a_changed_collapse_key_shows() {
        let line = r#"{"recipient":"t","message_id":"a","collapse_key":"a","other_collapse_keys":["b"],"times":[1,2]}"#;
        assert_eq!(Book(vec![taken(line).unwrap()]).without_one_collapse_key(), 1);
    }
}
