//! Telegram's Bot API (core.telegram.org/bots/api): tokens, sends, the webhook's updates, faults.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what it expects with unwrap, its stand-ins too"
)]

mod support;

use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use bellhop_simulator::{CallbackConfig, Channel, SimulatorConfig, TelegramConfig};
use serde_json::{Value, json};
use support::{Bench, answer, until};

const TOKEN: &str = "7000000001:AAsimulated-bot_token";

async fn start(telegram: TelegramConfig) -> Bench {
    Bench::start(SimulatorConfig {
        telegram: Some(telegram),
        ..SimulatorConfig::default()
    })
    .await
}

async fn call(bench: &Bench, token: &str, method: &str, body: &Value) -> (u16, Value) {
    let url = format!("{}/bot{token}/{method}", bench.sim.telegram_url());
    answer(bench.client.post(url).json(body).send().await.unwrap()).await
}

async fn send(bench: &Bench, to: i64, text: &str) -> (u16, Value) {
    call(bench, TOKEN, "sendMessage", &json!({"chat_id": to, "text": text})).await
}

async fn tell(bench: &Bench, path: &str, body: Value) {
    let url = format!("{}/_sim/telegram/{path}", bench.sim.admin_url());
    let response = bench.client.post(url).json(&body).send().await.unwrap();
    assert!(response.status().is_success());
}

#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<(HeaderMap, Value)>>>);

impl Heard {
    async fn on(bench: &Bench) -> Self {
        let heard = Self::default();
        let router = Router::new().route("/", post(hear)).with_state(heard.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        bench.sim.set_callback_url(Channel::Telegram, Some(url));
        tokio::spawn(async move { axum::serve(listener, router).await });
        heard
    }

    async fn first(&self) -> (HeaderMap, Value) {
        until("an update", async || !self.0.lock().unwrap().is_empty()).await;
        self.0.lock().unwrap().remove(0)
    }
}

async fn hear(State(heard): State<Heard>, headers: HeaderMap, Json(update): Json<Value>) -> StatusCode {
    heard.0.lock().unwrap().push((headers, update));
    StatusCode::OK
}

#[tokio::test]
async fn texts_and_pictures_are_taken_and_counted() {
    let bench = start(TelegramConfig::default()).await;
    let (status, body) = send(&bench, 7001, "Столик ждёт").await;
    assert_eq!((status, &body["ok"]), (200, &json!(true)));
    assert_eq!(
        (&body["result"]["chat"]["id"], &body["result"]["text"]),
        (&json!(7001), &json!("Столик ждёт"))
    );
    let photo = json!({"chat_id": 7002, "photo": "https://i.example/a.png", "caption": "Пицца"});
    assert_eq!(call(&bench, TOKEN, "sendPhoto", &photo).await.0, 200);
    send(&bench, 7001, "Столик ждёт").await;
    assert_eq!(bench.counts("telegram").await, [3, 0, 2, 1]);
    let messages = bench.admin_text("messages?channel=telegram").await;
    let first: Value = serde_json::from_str(messages.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&first["recipient"], &first["text"]),
        (&json!("7001"), &json!("Столик ждёт"))
    );
}

#[tokio::test]
async fn what_is_wrong_is_refused_in_telegrams_words() {
    let bench = start(TelegramConfig::default()).await;
    let text = json!({"chat_id": 7001, "text": "x"});
    let no_picture = json!({"chat_id": 7001, "photo": "a.png"});
    for (token, method, body, status, words) in [
        ("7000000001:other", "sendMessage", &text, 401, "Unauthorized"),
        (TOKEN, "sendCarrierPigeon", &text, 404, "Not Found"),
        (
            TOKEN,
            "sendMessage",
            &json!({"chat_id": 7001, "text": ""}),
            400,
            "message text is empty",
        ),
        (
            TOKEN,
            "sendMessage",
            &json!({"chat_id": 7001, "text": "x".repeat(4097)}),
            400,
            "message is too long",
        ),
        (
            TOKEN,
            "sendMessage",
            &json!({"chat_id": "@guest", "text": "x"}),
            400,
            "chat not found",
        ),
        (TOKEN, "sendPhoto", &no_picture, 400, "wrong file identifier"),
        (
            TOKEN,
            "sendMessage",
            &json!({"chat_id": 79001, "text": "x"}),
            400,
            "chat not found",
        ),
        (
            TOKEN,
            "sendMessage",
            &json!({"chat_id": 79002, "text": "x"}),
            403,
            "user is deactivated",
        ),
    ] {
        let (answered, body) = call(&bench, token, method, body).await;
        assert_eq!((answered, &body["error_code"]), (status, &json!(status)), "{body}");
        assert!(body["description"].as_str().unwrap().contains(words), "{body}");
    }
    let (status, body) = send(&bench, 79011, "x").await;
    assert_eq!(status, 429);
    assert!(body["parameters"]["retry_after"].is_u64(), "{body}");
    bench.faults(json!({"telegram": {"own": {"bot_blocked": 1.0}}})).await;
    assert_eq!(send(&bench, 7001, "x").await.0, 403);
    assert_eq!(bench.counts("telegram").await[0], 0);
}

#[tokio::test]
async fn guests_write_and_block_the_bot() {
    let bench = start(TelegramConfig::default()).await;
    let heard = Heard::on(&bench).await;
    tell(&bench, "message", json!({"from": 7001, "text": "СТОП"})).await;
    let (headers, update) = heard.first().await;
    assert_eq!(headers["x-telegram-bot-api-secret-token"], "secret");
    assert_eq!(
        (&update["message"]["text"], &update["message"]["chat"]["id"]),
        (&json!("СТОП"), &json!(7001))
    );
    tell(&bench, "block", json!({"from": 7001, "blocked": true})).await;
    let (_, update) = heard.first().await;
    assert_eq!(update["my_chat_member"]["new_chat_member"]["status"], "kicked");
    assert_eq!(send(&bench, 7001, "x").await.0, 403);
    tell(&bench, "block", json!({"from": 7001, "blocked": false})).await;
    heard.first().await;
    assert_eq!(send(&bench, 7001, "x").await.0, 200);
}

#[tokio::test]
async fn any_update_is_told_as_it_is_given() {
    let bench = start(TelegramConfig::default()).await;
    let heard = Heard::on(&bench).await;
    let edited = json!({"message_id": 5, "chat": {"id": 7001, "type": "private"}, "text": "СТОП"});
    tell(&bench, "update", json!({"kind": "edited_message", "told": edited})).await;
    let (_, update) = heard.first().await;
    assert_eq!(update["edited_message"], edited);
    assert!(update["update_id"].is_u64());
}

#[tokio::test]
async fn a_guest_answers_what_came() {
    let bench = start(TelegramConfig {
        answer: 1.0,
        answers: vec!["Спасибо!".to_owned()],
        webhook: CallbackConfig {
            delay_ms: [1, 5],
            ..CallbackConfig::default()
        },
        ..TelegramConfig::default()
    })
    .await;
    let heard = Heard::on(&bench).await;
    send(&bench, 7001, "Пицца?").await;
    let (_, update) = heard.first().await;
    assert_eq!(update["message"]["text"], "Спасибо!");
}
