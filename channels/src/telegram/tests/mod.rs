//! Telegram's tests (core.telegram.org/bots/api).

mod client;
mod outcome;
mod payload;
mod webhook;

use crate::{AttemptKey, Chat, Content, OutgoingMessage, Provider, registry};
use bellhop_domain::{MessageId, Timestamp};
use serde_json::{Value, json};
use std::sync::Arc;

const TOKEN: &str = "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11";

fn environment(name: &str) -> Option<String> {
    match name {
        "TELEGRAM_TOKEN" => Some(TOKEN.to_owned()),
        "TELEGRAM_HOOK" => Some("hook_secret".to_owned()),
        _ => None,
    }
}

fn section(base_url: &str) -> Value {
    json!({
        "base_url": base_url,
        "token": {"env": "TELEGRAM_TOKEN"},
        "webhook_secret": {"env": "TELEGRAM_HOOK"},
        "http": {"timeout_seconds": 10},
    })
}

fn provider(section: &Value) -> Arc<dyn Provider> {
    registry::build("telegram", section, &environment).unwrap()
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
