//! The SMS client's tests: SMSC.ru by its preset, and gateways of other shapes by their section alone.

mod answers;
mod gateways;
mod presets;
mod receipts;
mod smsc;
mod template;

use crate::test_server::TestServer;
use crate::{AttemptKey, Content, OutgoingMessage, Provider, registry};
use bellhop_domain::{MessageId, Timestamp};
use serde_json::{Value, json};
use std::sync::Arc;

/// 2026-03-01T09:00:00Z
const NOW: Timestamp = Timestamp(1_772_355_600_000);
const ATTEMPT: AttemptKey = AttemptKey {
    message: MessageId(42),
    lease: 1,
};

/// What signs the gateways' calls.
const REPORTS: &str = "secret";

fn environment(name: &str) -> Option<String> {
    match name {
        "SMSC_PASSWORD" => Some("p&ss".to_owned()),
        "TWILIO_TOKEN" => Some("12345".to_owned()),
        "SMSC_REPORTS" => Some("secret\n".to_owned()),
        _ => None,
    }
}

fn sms() -> OutgoingMessage<'static> {
    OutgoingMessage {
        attempt: ATTEMPT,
        address: "+79990000000",
        content: Content::Text("Пицца & кофе: -50%"),
        collapse_key: "run-7",
        expires: Timestamp(NOW.0 + 90 * 60_000),
        now: NOW,
        last_inbound: None,
        customer: None,
    }
}

fn smsc_section(base_url: &str) -> Value {
    json!({
        "preset": "smsc_ru",
        "base_url": base_url,
        "values": {"login": "brand"},
        "secrets": {"password": {"env": "SMSC_PASSWORD"}, "reports": {"env": "SMSC_REPORTS"}},
        "http": {"timeout_seconds": 10},
    })
}

fn provider(section: &Value) -> Arc<dyn Provider> {
    registry::build("sms_http", section, &environment).unwrap()
}

fn smsc(server: &TestServer) -> Arc<dyn Provider> {
    let mut section = smsc_section(&server.url());
    if server.tls {
        section["http"]["ca_file"] = json!(server.ca_file);
    }
    provider(&section)
}
