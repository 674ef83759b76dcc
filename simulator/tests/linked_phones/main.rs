//! WAHA (PROVIDERS §5.8) and Green-API (§5.9): keys, sessions, sends, their calls to Bellhop, faults.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what it expects with unwrap, its stand-ins too"
)]

mod green_api;
#[path = "../support/mod.rs"]
mod support;
mod waha;
mod waha_tells;

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use bellhop_simulator::{CallbackConfig, Channel, GreenApiConfig, LinkedPhoneConfig, SimulatorConfig, WahaConfig};
use serde_json::{Value, json};
use support::{Bench, answer};

const CHAT: &str = "79990000000@c.us";
const TOKEN: &str = "simgreentoken";

fn quick() -> CallbackConfig {
    CallbackConfig {
        delay_ms: [1, 5],
        retry_ms: 10,
        ..CallbackConfig::default()
    }
}

fn talkative() -> LinkedPhoneConfig {
    LinkedPhoneConfig {
        read: 1.0,
        answer: 1.0,
        answers: vec!["СТОП".to_owned()],
    }
}

async fn start(waha: WahaConfig, green_api: GreenApiConfig) -> Bench {
    Bench::start(SimulatorConfig {
        waha: Some(waha),
        green_api: Some(green_api),
        ..SimulatorConfig::default()
    })
    .await
}

async fn both() -> Bench {
    let waha = WahaConfig {
        webhook: quick(),
        guests: talkative(),
        ..WahaConfig::default()
    };
    let green_api = GreenApiConfig {
        webhook: quick(),
        guests: talkative(),
        ..GreenApiConfig::default()
    };
    start(waha, green_api).await
}

/// The status and JSON body of WAHA's answer.
async fn waha(bench: &Bench, path: &str, body: &Value) -> (u16, Value) {
    let url = format!("{}{path}", bench.sim.waha_url());
    let request = bench.client.post(url).header("X-Api-Key", "sim-waha-key").json(body);
    answer(request.send().await.unwrap()).await
}

async fn ask_waha(bench: &Bench, path: &str) -> (u16, Value) {
    let url = format!("{}{path}", bench.sim.waha_url());
    let request = bench.client.get(url).header("X-Api-Key", "sim-waha-key");
    answer(request.send().await.unwrap()).await
}

fn text(chat: &str) -> Value {
    json!({"session": "default", "chatId": chat, "text": "Столик ждёт"})
}

/// The status and text of Green-API's answer.
async fn green(bench: &Bench, method: &str, body: &Value) -> (u16, String) {
    let url = format!("{}/waInstance1101000001/{method}/{TOKEN}", bench.sim.green_api_url());
    let response = bench.client.post(url).json(body).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

async fn tell(bench: &Bench, path: &str, body: Value) {
    let url = format!("{}/_sim/{path}", bench.sim.admin_url());
    let response = bench.client.post(url).json(&body).send().await.unwrap();
    assert!(response.status().is_success());
}

/// What Bellhop was called with.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<(HeaderMap, Value)>>>);

impl Heard {
    /// Listens for a lane's calls; the first one is answered 500.
    async fn on(bench: &Bench, lane: Channel) -> Self {
        let heard = Self::default();
        let router = Router::new().route("/", post(hear)).with_state(heard.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        bench.sim.set_callback_url(lane, Some(url));
        tokio::spawn(async move { axum::serve(listener, router).await });
        heard
    }

    fn all(&self) -> Vec<Value> {
        self.0.lock().unwrap().iter().map(|(_, body)| body.clone()).collect()
    }
}

async fn hear(State(heard): State<Heard>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let mut calls = heard.0.lock().unwrap();
    calls.push((headers, serde_json::from_slice(&body).unwrap()));
    match calls.len() {
        1 => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::OK,
    }
}
