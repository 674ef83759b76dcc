//! The tests of WhatsApp's Cloud API: every row of Meta's table, bodies and webhooks in the shape of PROVIDERS.md §5.

mod account;
mod client;
mod doctor;
mod inbound;
mod media;
mod outcome;
mod payload;
mod people;
mod section;
mod statuses;
mod webhook;

use super::call::Ours;
use super::webhook::read;
use crate::test_server::TestServer;
use crate::{AttemptKey, Content, Event, OutgoingMessage, Provider, Template, WhatsApp, registry};
use bellhop_domain::{MessageId, Timestamp};
use serde_json::{Value, json};
use std::sync::Arc;

/// 2026-03-01T09:00:00Z
const NOW: Timestamp = Timestamp(1_772_355_600_000);
const ATTEMPT: AttemptKey = AttemptKey {
    message: MessageId(42),
    lease: 1,
};
/// [`ATTEMPT`] as it is sent.
const KEY: &str = "0000000000g-1";
const NUMBER: &str = "106540352242922";
const WABA: &str = "102290129340398";
const MESSAGES: &str = "/v25.0/106540352242922/messages";

fn environment(name: &str) -> Option<String> {
    match name {
        "WHATSAPP_TOKEN" => Some("EAAJ-token\n".to_owned()),
        "WHATSAPP_APP_SECRET" => Some("test_app_secret".to_owned()),
        "WHATSAPP_VERIFY_TOKEN" => Some("our word".to_owned()),
        _ => None,
    }
}

fn section(base_url: &str) -> Value {
    json!({
        "base_url": base_url,
        "phone_number_id": NUMBER,
        "waba_id": WABA,
        "access_token": {"env": "WHATSAPP_TOKEN"},
        "app_secret": {"env": "WHATSAPP_APP_SECRET"},
        "verify_token": {"env": "WHATSAPP_VERIFY_TOKEN"},
        "http": {"timeout_seconds": 10},
    })
}

fn provider(section: &Value) -> Arc<dyn Provider> {
    registry::build("whatsapp_cloud", section, &environment).unwrap()
}

fn cloud(server: &TestServer) -> Arc<dyn Provider> {
    let mut section = section(&server.url());
    if server.tls {
        section["http"]["ca_file"] = json!(server.ca_file);
    }
    provider(&section)
}

fn template() -> OutgoingMessage<'static> {
    message(WhatsApp::Template(Template {
        name: "come_back",
        language: "ru",
        header: None,
        parameters: &["Анна", "пицца"],
        buttons: &[],
    }))
}

fn message(content: WhatsApp<'static>) -> OutgoingMessage<'static> {
    OutgoingMessage {
        attempt: ATTEMPT,
        address: "+79990000000",
        content: Content::WhatsApp(content),
        collapse_key: "run-7",
        expires: Timestamp(NOW.0 + 90 * 60_000),
        now: NOW,
        last_inbound: None,
        customer: None,
    }
}

fn ours() -> Ours {
    Ours {
        phone_number_id: NUMBER.to_owned(),
        waba_id: WABA.to_owned(),
        display_phone_number: Some("15550783881".to_owned()),
        people: Some(2_000),
    }
}

/// The events of a call with one change of our account.
fn events_of(field: &str, value: &Value) -> Vec<Event> {
    let body = json!({
        "object": "whatsapp_business_account",
        "entry": [{"id": WABA, "time": 1_772_355_000, "changes": [{"field": field, "value": value}]}],
    });
    read(body.to_string().as_bytes(), &ours(), NOW).unwrap()
}

/// The value of a change of our number, with these parts.
fn of_our_number(parts: Value) -> Value {
    let mut value = json!({
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550783881", "phone_number_id": NUMBER},
    });
    for (key, part) in parts.as_object().unwrap() {
        value[key] = part.clone();
    }
    value
}
