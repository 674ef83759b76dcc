//! MAX's tests (dev.max.ru/docs-api).

mod client;
mod doctor;
mod outcome;
mod payload;
mod section;
mod webhook;

use crate::{AttemptKey, Chat, Content, OutgoingMessage, Provider, registry};
use bellhop_domain::{MessageId, Timestamp};
use serde_json::{Value, json};
use std::sync::Arc;

const TOKEN: &str = "f9LHodD0cOL-simulated_Token-of-a-bot-in-MAX";

fn environment(name: &str) -> Option<String> {
    match name {
        "MAX_TOKEN" => Some(TOKEN.to_owned()),
        "MAX_HOOK" => Some("hook_secret".to_owned()),
        "MAX_BEARER" => Some(format!("Bearer {TOKEN}")),
        "MAX_SHORT" => Some("hook".to_owned()),
        _ => None,
    }
}

fn section(base_url: &str) -> Value {
    json!({
        "contract": "No. 12 of 2026-05-01",
        "base_url": base_url,
        "token": {"env": "MAX_TOKEN"},
        "webhook_secret": {"env": "MAX_HOOK"},
        "http": {"timeout_seconds": 10},
    })
}

fn provider(section: &Value) -> Arc<dyn Provider> {
    registry::build("max_bot", section, &environment).unwrap()
}

fn text() -> OutgoingMessage<'static> {
    OutgoingMessage {
        attempt: AttemptKey {
            message: MessageId(42),
            lease: 1,
        },
        address: "987654321",
        content: Content::Chat(Chat {
            text: "Столик ждёт",
            image: None,
            button: None,
        }),
        collapse_key: "run-7",
        expires: Timestamp(1_772_361_000_000),
        now: Timestamp(1_772_355_600_000),
        last_inbound: None,
        customer: None,
    }
}
