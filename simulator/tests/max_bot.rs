//! MAX's Bot API (dev.max.ru/docs-api): the token, sends, the webhook's updates, faults.
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
use bellhop_simulator::{CallbackConfig, Channel, MaxBotConfig, SimulatorConfig};
use serde_json::{Value, json};
use support::{Bench, answer, until};

const TOKEN: &str = "simulated-token-of-a-bot-in-max";

async fn start(max: MaxBotConfig) -> Bench {
    Bench::start(SimulatorConfig {
        max_bot: Some(max),
        ..SimulatorConfig::default()
    })
    .await
}

async fn call(bench: &Bench, token: &str, path: &str, body: &Value) -> (u16, Value) {
    let url = format!("{}{path}", bench.sim.max_bot_url());
    let request = bench.client.post(url).header("authorization", token).json(body);
    answer(request.send().await.unwrap()).await
}

async fn send(bench: &Bench, to: i64, text: &str) -> (u16, Value) {
    let path = format!("/messages?user_id={to}&disable_link_preview=true");
    call(bench, TOKEN, &path, &json!({"text": text})).await
}

async fn ask(bench: &Bench, path: &str) -> (u16, Value) {
    let url = format!("{}{path}", bench.sim.max_bot_url());
    answer(
        bench
            .client
            .get(url)
            .header("authorization", TOKEN)
            .send()
            .await
            .unwrap(),
    )
    .await
}

async fn tell(bench: &Bench, path: &str, body: Value) {
    let url = format!("{}/_sim/max_bot/{path}", bench.sim.admin_url());
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
        bench.sim.set_callback_url(Channel::MaxBot, Some(url));
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
async fn texts_pictures_and_buttons_are_taken_and_counted() {
    let bench = start(MaxBotConfig::default()).await;
    let (status, body) = send(&bench, 7001, "Столик ждёт").await;
    let message = &body["message"];
    assert_eq!((status, &message["recipient"]["user_id"]), (200, &json!(7001)));
    assert_eq!(
        (&message["recipient"]["chat_type"], &message["body"]["text"]),
        (&json!("dialog"), &json!("Столик ждёт"))
    );
    assert!(
        message["body"]["mid"]
            .as_str()
            .is_some_and(|mid| mid.starts_with("mid."))
    );
    // The dialog is not the user.
    assert_ne!(message["recipient"]["chat_id"], json!(7001));
    let whole = json!({"text": "Пицца", "attachments": [
        {"type": "image", "payload": {"url": "https://i.example/a.png"}},
        {"type": "inline_keyboard", "payload": {"buttons": [[{"type": "link", "text": "Меню", "url": "https://b.example/l/1"}]]}},
    ]});
    assert_eq!(call(&bench, TOKEN, "/messages?user_id=7002", &whole).await.0, 200);
    send(&bench, 7001, "Столик ждёт").await;
    assert_eq!(bench.counts("max_bot").await, [3, 0, 2, 1]);
    let messages = bench.admin_text("messages?channel=max_bot").await;
    let lines: Vec<Value> = messages
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let second = lines.iter().find(|line| line["recipient"] == "7002").unwrap();
    assert_eq!(
        (&second["link"], &second["detail"]),
        (&json!("https://b.example/l/1"), &whole["attachments"])
    );
}

#[tokio::test]
async fn what_is_wrong_is_refused_in_max_s_words() {
    let bench = start(MaxBotConfig::default()).await;
    let text = json!({"text": "x"});
    let bearer = format!("Bearer {TOKEN}");
    for (token, path, body, status, code) in [
        ("other", "/messages?user_id=7001", &text, 401, "verify.token"),
        (&*bearer, "/messages?user_id=7001", &text, 401, "verify.token"),
        (TOKEN, "/me", &text, 405, "method.not.allowed"),
        (TOKEN, "/messages", &text, 400, "proto.payload"),
        (TOKEN, "/messages?user_id=-7", &text, 400, "proto.payload"),
        (
            TOKEN,
            "/messages?user_id=7001",
            &json!({"text": ""}),
            400,
            "proto.payload",
        ),
        (
            TOKEN,
            "/messages?user_id=7001",
            &json!({"text": "x".repeat(4001)}),
            400,
            "proto.payload",
        ),
        (TOKEN, "/messages?user_id=79001", &text, 400, "proto.payload"),
        (TOKEN, "/messages?user_id=79002", &text, 404, "dialog.not.found"),
        (TOKEN, "/messages?user_id=79011", &text, 429, "too.many.requests"),
    ] {
        let (answered, told) = call(&bench, token, path, body).await;
        assert_eq!((answered, &told["code"]), (status, &json!(code)), "{path}: {told}");
        assert!(told["message"].is_string(), "{told}");
    }
    let unknown = bench.client.post(format!("{}/pigeons", bench.sim.max_bot_url()));
    let unknown = unknown.header("authorization", TOKEN).send().await.unwrap();
    assert_eq!(unknown.status(), 404);
    assert!(unknown.text().await.unwrap().contains("<html"));
    for (own, status, code) in [
        ("bot_stopped", 403, "chat.denied"),
        ("not_ready", 400, "attachment.not.ready"),
    ] {
        bench.faults(json!({"max_bot": {"own": {own: 1.0}}})).await;
        let (answered, told) = send(&bench, 7001, own).await;
        assert_eq!((answered, &told["code"]), (status, &json!(code)));
    }
    assert_eq!(bench.counts("max_bot").await[0], 0);
}

#[tokio::test]
async fn a_bot_asks_who_it_is_and_where_it_is_called() {
    let bench = start(MaxBotConfig::default()).await;
    let (status, me) = ask(&bench, "/me").await;
    assert_eq!((status, &me["is_bot"]), (200, &json!(true)));
    assert_eq!(ask(&bench, "/subscriptions").await.1, json!({"subscriptions": []}));
    bench
        .sim
        .set_callback_url(Channel::MaxBot, Some("https://b.example/hook".to_owned()));
    let (_, told) = ask(&bench, "/subscriptions").await;
    assert_eq!(told["subscriptions"][0]["url"], "https://b.example/hook");
}

#[tokio::test]
async fn guests_write_start_and_stop_the_bot() {
    let bench = start(MaxBotConfig::default()).await;
    let heard = Heard::on(&bench).await;
    tell(&bench, "message", json!({"from": 7001, "text": "СТОП"})).await;
    let (headers, update) = heard.first().await;
    assert_eq!(headers["x-max-bot-api-secret"], "secret");
    assert_eq!(update["update_type"], "message_created");
    let message = &update["message"];
    assert_eq!(
        (
            &message["body"]["text"],
            &message["sender"]["user_id"],
            &message["recipient"]["chat_type"]
        ),
        (&json!("СТОП"), &json!(7001), &json!("dialog"))
    );
    tell(&bench, "stop", json!({"from": 7001, "removed": true})).await;
    let mut kinds = [heard.first().await.1, heard.first().await.1].map(|update| {
        assert_eq!(update["user"]["user_id"], 7001);
        update["update_type"].as_str().unwrap().to_owned()
    });
    kinds.sort();
    assert_eq!(kinds, ["bot_stopped", "dialog_removed"]);
    let (status, told) = send(&bench, 7001, "x").await;
    assert_eq!((status, &told["code"]), (403, &json!("chat.denied")));
    assert!(
        told["message"].as_str().unwrap().contains("error.dialog.suspended"),
        "{told}"
    );
    tell(&bench, "start", json!({"from": 7001, "payload": "promo42"})).await;
    let (_, update) = heard.first().await;
    assert_eq!(
        (&update["update_type"], &update["payload"]),
        (&json!("bot_started"), &json!("promo42"))
    );
    assert_eq!(send(&bench, 7001, "x").await.0, 200);
}

#[tokio::test]
async fn any_update_is_told_as_it_is_given() {
    let bench = start(MaxBotConfig::default()).await;
    let heard = Heard::on(&bench).await;
    let told = json!({"chat_id": 5, "user": {"user_id": 7001}, "muted_until": 7});
    tell(&bench, "update", json!({"kind": "dialog_muted", "told": told})).await;
    let (_, update) = heard.first().await;
    assert_eq!(
        (&update["update_type"], &update["muted_until"]),
        (&json!("dialog_muted"), &json!(7))
    );
    assert!(update["timestamp"].is_i64());
}

#[tokio::test]
async fn a_guest_answers_what_came() {
    let bench = start(MaxBotConfig {
        answer: 1.0,
        answers: vec!["Спасибо!".to_owned()],
        webhook: CallbackConfig {
            delay_ms: [1, 5],
            ..CallbackConfig::default()
        },
        ..MaxBotConfig::default()
    })
    .await;
    let heard = Heard::on(&bench).await;
    send(&bench, 7001, "Пицца?").await;
    let (_, update) = heard.first().await;
    assert_eq!(update["message"]["body"]["text"], "Спасибо!");
}
