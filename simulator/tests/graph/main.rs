//! Meta's Graph API, asked as its documents say (PROVIDERS §5).
#![allow(
    clippy::unwrap_used,
    reason = "a test says what it expects with unwrap, its stand-ins too"
)]

mod sending;
#[path = "../support/mod.rs"]
mod support;
mod webhooks;

use bellhop_simulator::{CallbackConfig, GraphConfig, GraphTemplate, SimulatorConfig};
use serde_json::{Value, json};
use support::{Bench, answer};

fn config(change: impl FnOnce(&mut GraphConfig)) -> SimulatorConfig {
    let mut graph = GraphConfig {
        templates: vec![
            GraphTemplate {
                name: "come_back".to_owned(),
                language: "ru".to_owned(),
                category: "MARKETING".to_owned(),
                parameters: 2,
                button_url: Some("https://brand.example/l/".to_owned()),
                ..GraphTemplate::default()
            },
            GraphTemplate::default(),
            GraphTemplate {
                name: "tired".to_owned(),
                status: "PAUSED".to_owned(),
                ..GraphTemplate::default()
            },
        ],
        webhooks: CallbackConfig {
            delay_ms: [1, 40],
            retry_ms: 20,
            ..CallbackConfig::default()
        },
        ..GraphConfig::default()
    };
    change(&mut graph);
    SimulatorConfig {
        whatsapp: Some(graph),
        ..SimulatorConfig::default()
    }
}

async fn plain() -> Bench {
    Bench::start(config(|_| {})).await
}

fn url(bench: &Bench, path: &str) -> String {
    format!("{}/v25.0/{path}", bench.sim.whatsapp_url().unwrap())
}

async fn send(bench: &Bench, body: &Value) -> (u16, Value) {
    let request = bench.client.post(url(bench, "106540352242922/messages"));
    answer(request.bearer_auth("sim-access-token").json(body).send().await.unwrap()).await
}

/// The code of the error answer; 0 when the message was taken.
async fn code(bench: &Bench, body: &Value) -> i64 {
    let (status, answer) = send(bench, body).await;
    match answer["error"]["code"].as_i64() {
        Some(code) => code,
        None => {
            assert_eq!(status, 200);
            assert!(
                answer["messages"][0]["id"].as_str().unwrap().starts_with("wamid."),
                "{answer}"
            );
            0
        }
    }
}

fn template(to: &str, id: &str) -> Value {
    json!({
        "messaging_product": "whatsapp", "recipient_type": "individual", "to": to, "type": "template",
        "template": {"name": "come_back", "language": {"code": "ru"}, "components": [
            {"type": "body", "parameters": [{"type": "text", "text": "Анна"}, {"type": "text", "text": "пицца"}]},
            {"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": id}]},
        ]},
        "biz_opaque_callback_data": format!("{id}-1"),
    })
}

fn text(to: &str, body: &str) -> Value {
    json!({"messaging_product": "whatsapp", "to": to, "type": "text", "text": {"body": body}})
}
