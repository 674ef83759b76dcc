//! WAHA (PROVIDERS §5.8) and Green-API (§5.9): keys, sessions, sends, their calls to Bellhop, faults.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what it expects with unwrap, its stand-ins too"
)]

mod support;

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use bellhop_simulator::{
    CallbackConfig, Channel, GreenApiConfig, LinkedPhoneConfig, SimulatorConfig, WahaConfig, WahaEngine,
};
use serde_json::{Value, json};
use support::{Bench, answer, until};

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

#[tokio::test]
async fn waha_takes_texts_and_files_with_its_key_only() {
    let bench = both().await;
    let (status, body) = waha(&bench, "/api/sendText", &text(CHAT)).await;
    assert_eq!(status, 201);
    assert!(
        body["id"].as_str().unwrap().starts_with("true_79990000000@c.us_3EB0"),
        "{body}"
    );
    let file = json!({"session": "default", "chatId": CHAT, "caption": "Меню",
        "file": {"mimetype": "image/png", "filename": "a.png", "url": "https://cdn.example/a.png"}});
    assert_eq!(waha(&bench, "/api/sendImage", &file).await.0, 201);
    assert_eq!(waha(&bench, "/api/sendText", &text(CHAT)).await.0, 201);
    let url = format!("{}/api/sendText", bench.sim.waha_url());
    let keyless = bench.client.post(url).json(&text(CHAT)).send().await.unwrap();
    assert_eq!(keyless.status(), 401);
    assert_eq!(
        bench.counts("waha").await,
        [3, 1, 1, 1],
        "the same text again is a duplicate"
    );
    let lines = bench.admin_text("messages?channel=waha").await;
    assert!(
        lines.contains("Столик ждёт") && lines.contains("https://cdn.example/a.png"),
        "{lines}"
    );
}

#[tokio::test]
async fn waha_refuses_what_is_wrong() {
    let bench = both().await;
    let with = |key: &str, value: Value| {
        let mut body = text(CHAT);
        body[key] = value;
        body
    };
    for (path, body, status) in [
        ("/api/sendText", with("chatId", json!("79990000000")), 400),
        ("/api/sendText", with("text", json!("")), 400),
        ("/api/sendText", with("session", json!("other")), 404),
        ("/api/sendFile", text(CHAT), 400),
        ("/api/sendPoll", text(CHAT), 404),
    ] {
        assert_eq!(waha(&bench, path, &body).await.0, status, "{path} {body}");
    }
    assert_eq!(ask_waha(&bench, "/api/sessions/other").await.0, 404);
}

#[tokio::test]
async fn wahas_engines_answer_each_in_its_own_form() {
    for (engine, place) in [
        (WahaEngine::Webjs, "/id/_serialized"),
        (WahaEngine::Noweb, "/key/id"),
        (WahaEngine::Gows, "/id"),
    ] {
        let config = WahaConfig {
            engine,
            ..WahaConfig::default()
        };
        let bench = start(config, GreenApiConfig::default()).await;
        let (_, body) = waha(&bench, "/api/sendText", &text(CHAT)).await;
        assert!(
            body.pointer(place).unwrap().as_str().unwrap().contains("3EB0"),
            "{body}"
        );
    }
}

#[tokio::test]
async fn waha_knows_who_has_whatsapp_by_number_and_by_chance() {
    let bench = both().await;
    let exists = async |phone: &str| {
        let path = format!("/api/contacts/check-exists?phone={phone}&session=default");
        let (status, body) = ask_waha(&bench, &path).await;
        assert_eq!(status, 200);
        body["numberExists"].as_bool().unwrap()
    };
    assert!(exists("79990000000").await);
    assert!(!exists("79990009002").await);
    assert_eq!(waha(&bench, "/api/sendText", &text("79990009002@c.us")).await.0, 500);
    bench.faults(json!({"waha": {"dead_recipients": 0.5}})).await;
    let mut without = 0;
    for n in 0..40 {
        let phone = format!("7999100{n:04}");
        let has = exists(&phone).await;
        without += u32::from(!has);
        assert_eq!(has, exists(&phone).await, "a number stays what it is");
        let sent = waha(&bench, "/api/sendText", &text(&format!("{phone}@c.us"))).await.0;
        assert_eq!(sent == 201, has, "a send agrees with the check");
    }
    assert!((8..32).contains(&without), "{without}");
}

#[tokio::test]
async fn wahas_session_can_be_lost_and_says_so() {
    let bench = both().await;
    let heard = Heard::on(&bench, Channel::Waha).await;
    tell(&bench, "waha/session", json!({"state": "SCAN_QR_CODE"})).await;
    assert_eq!(
        ask_waha(&bench, "/api/sessions/default").await.1["status"],
        "SCAN_QR_CODE"
    );
    let (status, body) = waha(&bench, "/api/sendText", &text(CHAT)).await;
    assert_eq!((status, body["status"].as_str()), (422, Some("SCAN_QR_CODE")));
    let check = "/api/contacts/check-exists?phone=79990000000&session=default";
    assert_eq!(ask_waha(&bench, check).await.0, 422);
    until("the call comes, and again after a 500", || async {
        heard.all().len() >= 2
    })
    .await;
    let calls = heard.all();
    assert_eq!(calls[0]["event"], "session.status");
    assert_eq!(calls[0]["payload"]["status"], "SCAN_QR_CODE");
    assert_eq!(calls[0]["id"], calls[1]["id"], "a repeat has the same id");
}

#[tokio::test]
async fn waha_tells_acks_in_order_then_the_guests_answer_all_signed() {
    let bench = both().await;
    let heard = Heard::on(&bench, Channel::Waha).await;
    let (_, sent) = waha(&bench, "/api/sendText", &text(CHAT)).await;
    until("an answer came", || async {
        heard.all().iter().any(|call| call["event"] == "message")
    })
    .await;
    let calls = heard.all();
    let mut acks: Vec<_> = calls.iter().filter(|call| call["event"] == "message.ack").collect();
    assert!(acks.iter().all(|ack| ack["payload"]["id"] == sent["id"]));
    acks.sort_by_key(|ack| ack["payload"]["ack"].as_i64());
    acks.dedup_by_key(|ack| ack["payload"]["ack"].clone());
    let names: Vec<_> = acks
        .iter()
        .map(|ack| ack["payload"]["ackName"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["SERVER", "DEVICE", "READ"]);
    let answer = calls.iter().find(|call| call["event"] == "message").unwrap();
    assert_eq!(
        (answer["payload"]["body"].as_str(), answer["payload"]["from"].as_str()),
        (Some("СТОП"), Some(CHAT))
    );
    for (headers, _) in heard.0.lock().unwrap().iter() {
        assert_eq!(headers["x-webhook-hmac-algorithm"], "sha512");
        assert_eq!(headers["x-webhook-hmac"].len(), 128);
    }
    tell(
        &bench,
        "waha/reaction",
        json!({"from": CHAT, "emoji": "🙏", "message_id": "3EB0"}),
    )
    .await;
    until("a reaction came", || async {
        heard.all().iter().any(|call| call["event"] == "message.reaction")
    })
    .await;
}

#[tokio::test]
async fn wahas_faults_by_number_and_by_chance() {
    let bench = both().await;
    for (digits, status) in [("01", 400), ("05", 500), ("11", 429), ("14", 400), ("15", 401)] {
        let chat = format!("799900090{digits}@c.us");
        assert_eq!(waha(&bench, "/api/sendText", &text(&chat)).await.0, status, "{chat}");
    }
    for (own, code) in [("timelock", "463"), ("capped", "475")] {
        bench.faults(json!({"waha": {"own": {own: 1.0}}})).await;
        let (status, body) = waha(&bench, "/api/sendText", &text(CHAT)).await;
        assert!(status == 500 && body.to_string().contains(code), "{body}");
    }
    bench.faults(json!({"waha": {"unavailable": 0.5}})).await;
    let mut refused = 0;
    for n in 0..40 {
        let url = format!("{}/api/sendText", bench.sim.waha_url());
        let body = json!({"session": "default", "chatId": CHAT, "text": n.to_string()});
        let request = bench.client.post(url).header("X-Api-Key", "sim-waha-key").json(&body);
        refused += u32::from(request.send().await.unwrap().status() == 503);
    }
    assert!((8..32).contains(&refused), "{refused}");
}

/// Hidden ids, edits and groups as the engines and Green-API write them.
#[tokio::test]
async fn any_event_is_told_as_it_is_given_and_signed() {
    let bench = both().await;
    for (channel, path, event, own) in [
        (
            Channel::Waha,
            "waha/event",
            json!({"event": "message", "payload": {"from": "1@lid", "_data": {"key": {"remoteJidAlt": CHAT}}}}),
            "/payload/_data/key/remoteJidAlt",
        ),
        (
            Channel::GreenApi,
            "green_api/event",
            json!({"kind": "incomingMessageReceived", "rest": {"senderData": {"chatId": CHAT}}}),
            "/senderData/chatId",
        ),
    ] {
        let heard = Heard::on(&bench, channel).await;
        tell(&bench, path, event).await;
        until("the event", || async { !heard.all().is_empty() }).await;
        assert_eq!(heard.all()[0].pointer(own), Some(&json!(CHAT)), "{path}");
    }
}

#[tokio::test]
async fn green_api_takes_texts_and_files_with_its_token_only() {
    let bench = both().await;
    let text = json!({"chatId": CHAT, "message": "Столик ждёт"});
    let (status, body) = green(&bench, "sendMessage", &text).await;
    assert!(status == 200 && body.contains("idMessage"), "{body}");
    let file = json!({"chatId": CHAT, "urlFile": "https://cdn.example/a.png", "fileName": "a.png", "caption": "Меню"});
    assert_eq!(green(&bench, "sendFileByUrl", &file).await.0, 200);
    for (path, status) in [
        ("waInstance1101000001/sendMessage/other", 401),
        ("waInstance17/sendMessage/simgreentoken", 403),
        ("waInstance1101000001/sendPoll/simgreentoken", 404),
    ] {
        let url = format!("{}/{path}", bench.sim.green_api_url());
        let response = bench.client.post(url).json(&text).send().await.unwrap();
        assert_eq!(response.status(), status, "{path}");
    }
    for body in [
        json!({"chatId": "79990000000", "message": "x"}),
        json!({"chatId": CHAT, "message": ""}),
        json!({"chatId": CHAT, "message": "x".repeat(4097)}),
    ] {
        assert_eq!(green(&bench, "sendMessage", &body).await.0, 400);
    }
    assert_eq!(bench.counts("green_api").await[..3], [2, 5, 1]);
}

#[tokio::test]
async fn green_apis_states_and_statuses() {
    let bench = both().await;
    let heard = Heard::on(&bench, Channel::GreenApi).await;
    let message = |chat: &str| json!({"chatId": chat, "message": "x"});
    let statuses = || -> Vec<String> {
        let calls = heard.all();
        let of = calls
            .iter()
            .filter(|call| call["typeWebhook"] == "outgoingMessageStatus");
        of.map(|call| call["status"].as_str().unwrap().to_owned()).collect()
    };
    green(&bench, "sendMessage", &message(CHAT)).await;
    until("it is answered", || async {
        heard
            .all()
            .iter()
            .any(|call| call["typeWebhook"] == "incomingMessageReceived")
    })
    .await;
    for status in ["sent", "delivered", "read"] {
        assert!(statuses().iter().any(|told| told == status), "{status}");
    }
    green(&bench, "sendMessage", &message("79990009002@c.us")).await;
    green(&bench, "sendMessage", &message("79990009004@c.us")).await;
    tell(&bench, "green_api/state", json!({"state": "yellowCard"})).await;
    green(&bench, "sendMessage", &message("79990000001@c.us")).await;
    for status in ["noAccount", "failed", "yellowCard"] {
        until(status, || async { statuses().iter().any(|told| told == status) }).await;
    }
    for (state, words) in [("notAuthorized", "not authorized"), ("starting", "starting process")] {
        tell(&bench, "green_api/state", json!({"state": state})).await;
        let (status, body) = green(&bench, "sendMessage", &message(CHAT)).await;
        assert!(status == 400 && body.contains(words), "{body}");
    }
    let url = format!(
        "{}/waInstance1101000001/getStateInstance/{TOKEN}",
        bench.sim.green_api_url()
    );
    let state = answer(bench.client.get(url).send().await.unwrap()).await.1;
    assert_eq!(state, json!({"stateInstance": "starting"}));
    assert!(
        heard
            .0
            .lock()
            .unwrap()
            .iter()
            .all(|(headers, _)| headers["authorization"] == "Bearer secret")
    );
}

#[tokio::test]
async fn green_apis_faults_by_number_and_by_chance() {
    let bench = both().await;
    for (digits, status) in [
        ("01", 400),
        ("05", 500),
        ("11", 429),
        ("12", 503),
        ("15", 401),
        ("17", 502),
    ] {
        let body = json!({"chatId": format!("799900090{digits}@c.us"), "message": "x"});
        assert_eq!(green(&bench, "sendMessage", &body).await.0, status, "{digits}");
    }
    bench.faults(json!({"green_api": {"own": {"quota": 1.0}}})).await;
    let (status, body) = green(&bench, "sendMessage", &json!({"chatId": CHAT, "message": "x"})).await;
    assert!(
        status == 466 && body.contains("CORRESPONDENTS_QUOTE_EXCEEDED"),
        "{body}"
    );
}
