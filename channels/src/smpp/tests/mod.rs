//! The SMPP client's tests: pure rules by tables and properties, sessions against a scripted operator.

mod config;
mod deliver;
mod operator;
mod outcome;
mod receipt;
mod segments;
mod sending;
mod sessions;
mod told;

use super::client::Smpp;
use super::config::Settings;
use crate::{AttemptKey, Content, OutgoingMessage};
use bellhop_domain::{MessageId, Timestamp};
use serde_json::{Value, json};
use std::time::Duration;

/// 2026-03-01T09:00:00Z
const NOW: Timestamp = Timestamp(1_772_355_600_000);

fn environment(name: &str) -> Option<String> {
    match name {
        "SMPP_PASSWORD" => Some("p&ss\n".to_owned()),
        "LONG_PASSWORD" => Some("ninechars".to_owned()),
        _ => None,
    }
}

fn section() -> Value {
    json!({
        "host": "127.0.0.1",
        "system_id": "brand",
        "password": {"env": "SMPP_PASSWORD"},
        "source": "PIZZA",
    })
}

fn read(section: &Value) -> Result<Settings, String> {
    Settings::read(section, &environment).map_err(|e| e.to_string())
}

/// Settings with `keys` on top, for an operator on `port`, and with waits short enough for a test.
fn settings(port: u16, keys: Value) -> Settings {
    let mut section = section();
    section["port"] = json!(port);
    let map = section.as_object_mut().unwrap();
    map.extend(keys.as_object().unwrap().clone());
    let mut settings = read(&section).unwrap();
    settings.timing.reconnect = Duration::from_millis(20);
    settings
}

fn smpp(port: u16, keys: Value) -> Smpp {
    Smpp::new(settings(port, keys))
}

fn sms(text: &str) -> OutgoingMessage<'_> {
    OutgoingMessage {
        attempt: AttemptKey {
            message: MessageId(42),
            lease: 1,
        },
        address: "+79990000000",
        content: Content::Text(text),
        collapse_key: "run-7",
        expires: Timestamp(NOW.0 + 90 * 60_000),
        now: NOW,
        last_inbound: None,
        customer: None,
    }
}
