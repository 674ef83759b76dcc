//! Green-API's tests (PROVIDERS.md §5.9).

mod client;
mod outcome;
mod payload;
mod people;
mod webhook;

use crate::{AttemptKey, Content, OutgoingMessage, Provider, WhatsApp, registry};
use bellhop_domain::{MessageId, Timestamp};
use serde_json::{Value, json};
use std::sync::Arc;

fn environment(name: &str) -> Option<String> {
    match name {
        "GREEN_TOKEN" => Some("d75b3a66374942c5b3c019c698abc2067e151558acbd412345".to_owned()),
        "GREEN_HOOK" => Some("hook-secret".to_owned()),
        _ => None,
    }
}

fn section(base_url: &str) -> Value {
    json!({
        "base_url": base_url,
        "instance": "1101000001",
        "token": {"env": "GREEN_TOKEN"},
        "webhook_token": {"env": "GREEN_HOOK"},
        "http": {"timeout_seconds": 10},
    })
}

fn provider(section: &Value) -> Arc<dyn Provider> {
    registry::build("green_api", section, &environment).unwrap()
}

fn text() -> OutgoingMessage<'static> {
    OutgoingMessage {
        attempt: AttemptKey {
            message: MessageId(42),
            lease: 1,
        },
        address: "+79990000000",
        content: Content::WhatsApp(WhatsApp::Text("Столик ждёт")),
        collapse_key: "run-7",
        expires: Timestamp(1_772_361_000_000),
        now: Timestamp(1_772_355_600_000),
        last_inbound: None,
        customer: None,
    }
}
