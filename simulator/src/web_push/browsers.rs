//! Real browsers behind the push service: which subscriptions they have, and what waits for them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;

/// A message on its way to a browser, still encrypted.
#[derive(Debug, Clone)]
pub(super) struct Delivery {
    pub(super) channel: String,
    /// Empty if there is none.
    pub(super) topic: String,
    /// In seconds; with 0 it is only for a browser that is connected now.
    pub(super) ttl: u64,
    pub(super) body: Vec<u8>,
}

#[derive(Debug, Default)]
pub(super) struct Browsers(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    versions: u64,
    browsers: HashMap<String, Browser>,
}

#[derive(Debug, Default)]
struct Browser {
    channels: Vec<String>,
    /// Not yet acknowledged, with their versions.
    waiting: Vec<(String, Delivery)>,
    /// `None` while it is not connected.
    line: Option<UnboundedSender<Value>>,
}

impl Browsers {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Connects a browser, which gets what waits for it.
    pub(super) fn connect(&self, id: &str, line: UnboundedSender<Value>) {
        let mut state = self.state();
        let browser = state.browsers.entry(id.to_owned()).or_default();
        for (version, delivery) in &browser.waiting {
            let _ = line.send(notification(version, delivery));
        }
        browser.line = Some(line);
    }

    pub(super) fn disconnect(&self, id: &str) {
        if let Some(browser) = self.state().browsers.get_mut(id) {
            browser.line = None;
        }
    }

    pub(super) fn register(&self, id: &str, channel: &str) {
        self.state()
            .browsers
            .entry(id.to_owned())
            .or_default()
            .channels
            .push(channel.to_owned());
    }

    pub(super) fn unregister(&self, id: &str, channel: &str) {
        if let Some(browser) = self.state().browsers.get_mut(id) {
            browser.channels.retain(|one| one != channel);
            browser.waiting.retain(|(_, delivery)| delivery.channel != channel);
        }
    }

    /// Notes that a browser has acknowledged a message.
    pub(super) fn acknowledge(&self, id: &str, version: &str) {
        if let Some(browser) = self.state().browsers.get_mut(id) {
            browser.waiting.retain(|(waiting, _)| waiting != version);
        }
    }

    /// Sends a message or keeps it; returns its version, or `None` if there is no such subscription. A message of the
    /// same topic that still waits is replaced (RFC 8030 §5.4).
    pub(super) fn deliver(&self, id: &str, delivery: Delivery) -> Option<String> {
        let mut state = self.state();
        state.versions += 1;
        let version = format!("{id}.{}", state.versions);
        let browser = state.browsers.get_mut(id)?;
        if !browser.channels.contains(&delivery.channel) {
            return None;
        }
        if !delivery.topic.is_empty() {
            let replaced = |old: &Delivery| old.channel == delivery.channel && old.topic == delivery.topic;
            browser.waiting.retain(|(_, old)| !replaced(old));
        }
        let line = browser.line.as_ref();
        let sent = line.is_some_and(|line| line.send(notification(&version, &delivery)).is_ok());
        if sent || delivery.ttl > 0 {
            browser.waiting.push((version.clone(), delivery));
        }
        Some(version)
    }
}

fn notification(version: &str, delivery: &Delivery) -> Value {
    json!({
        "messageType": "notification",
        "channelID": delivery.channel,
        "version": version,
        "ttl": delivery.ttl,
        "data": URL_SAFE_NO_PAD.encode(&delivery.body),
        "headers": {"encoding": "aes128gcm"},
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::mpsc::unbounded_channel;

    fn delivery(topic: &str, ttl: u64, body: &str) -> Delivery {
        Delivery {
            channel: "c".to_owned(),
            topic: topic.to_owned(),
            ttl,
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn what_waits_is_replaced_by_its_topic_and_sent_until_it_is_acknowledged() {
        let browsers = Browsers::default();
        assert_eq!(browsers.deliver("b", delivery("t", 60, "x")), None, "no such browser");
        browsers.register("b", "c");
        for (topic, ttl, body) in [
            ("t", 60, "old"),
            ("", 60, "plain"),
            ("t", 60, "new"),
            ("t", 0, "now or never"),
        ] {
            assert!(browsers.deliver("b", delivery(topic, ttl, body)).is_some());
        }
        let come = || {
            let (line, mut heard) = unbounded_channel();
            browsers.connect("b", line);
            std::iter::from_fn(move || heard.try_recv().ok()).collect::<Vec<Value>>()
        };
        let bodies = |heard: &[Value]| {
            heard
                .iter()
                .map(|one| one["data"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        let first = come();
        assert_eq!(
            bodies(&first),
            [URL_SAFE_NO_PAD.encode("plain")],
            "the last of the topic was for now or never"
        );
        assert_eq!(first, come(), "not yet acknowledged");
        browsers.acknowledge("b", first[0]["version"].as_str().unwrap());
        assert_eq!(come(), [] as [Value; 0]);
        browsers.unregister("b", "c");
        assert_eq!(browsers.deliver("b", delivery("", 60, "x")), None);
    }
}
