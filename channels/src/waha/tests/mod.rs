//! WAHA's tests (PROVIDERS.md §5.8).

mod client;
mod health;
mod outcome;
mod payload;
mod people;
mod webhook;

use crate::{AttemptKey, Content, OutgoingMessage, Provider, WhatsApp, registry};
use bellhop_domain::{MessageId, Timestamp};
use serde_json::{Value, json};
use std::sync::Arc;

/// 2026-03-01T09:00:00Z
const NOW: Timestamp = Timestamp(1_772_355_600_000);

fn environment(name: &str) -> Option<String> {
    match name {
        "WAHA_KEY" => Some("s3cret".to_owned()),
        "WAHA_HOOK" => Some("my-secret-key\n".to_owned()),
        _ => None,
    }
}

fn section(base_url: &str) -> Value {
    json!({
        "base_url": base_url,
        "api_key": {"env": "WAHA_KEY"},
        "webhook_key": {"env": "WAHA_HOOK"},
        "http": {"timeout_seconds": 10},
    })
}

fn provider(section: &Value) -> Arc<dyn Provider> {
    registry::build("waha", section, &environment).unwrap()
}

/// To a guest who has written before.
fn text() -> OutgoingMessage<'static> {
    OutgoingMessage {
        attempt: AttemptKey {
            message: MessageId(42),
            lease: 1,
        },
        address: "+79990000000",
        content: Content::WhatsApp(WhatsApp::Text("Столик ждёт")),
        collapse_key: "run-7",
        expires: Timestamp(NOW.0 + 90 * 60_000),
        now: NOW,
        last_inbound: Some(NOW),
        customer: None,
    }
}
