//! Meta's Graph API, asked as its documents say (PROVIDERS §5).
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
use bellhop_simulator::{CallbackConfig, GraphConfig, GraphTemplate, SimulatorConfig};
use serde_json::{Value, json};
use support::{Bench, answer, until};

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

#[tokio::test]
async fn a_template_is_taken_and_shows_in_the_ledger() {
    let bench = plain().await;
    assert_eq!(code(&bench, &template("79991234567", "m1")).await, 0);
    assert_eq!(code(&bench, &template("+7 (999) 123-45-68", "m2")).await, 0);
    assert_eq!(code(&bench, &template("79991234567", "m1")).await, 0);
    assert_eq!(bench.counts("whatsapp").await, [3, 0, 2, 1]);
    let lines = bench.admin_text("messages?channel=whatsapp").await;
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&first["recipient"], &first["message_id"]),
        (&json!("79991234567"), &json!("m1"))
    );
    assert_eq!(first["text"], "Анна пицца https://brand.example/l/m1");
    assert_eq!(first["detail"]["template"], "come_back");
    let hidden = json!({"messaging_product": "whatsapp", "recipient": "RU.134", "type": "template",
        "template": {"name": "hello_world", "language": {"code": "en_US"}}});
    assert_eq!(code(&bench, &hidden).await, 0);
}

#[tokio::test]
async fn what_is_wrong_is_named_by_its_code() {
    let bench = plain().await;
    let with = |pointer: &str, value: Value| {
        let mut body = template("79991234567", "m1");
        *body.pointer_mut(pointer).unwrap() = value;
        body
    };
    for (body, expected) in [
        (json!([]), 100),
        (with("/messaging_product", json!("sms")), 131_009),
        (json!({"messaging_product": "whatsapp"}), 131_008),
        (with("/to", json!("anna")), 131_009),
        (with("/to", json!("15550783881")), 131_021),
        (with("/type", json!("hologram")), 131_051),
        (with("/type", json!("text")), 131_008),
        (with("/template/name", json!("no_such")), 132_001),
        (with("/template/language/code", json!("de")), 132_001),
        (with("/template/components/0/parameters", json!([])), 132_000),
        (
            with("/template/components/0/parameters/0", json!({"type": "image"})),
            132_012,
        ),
        (with("/template/components/0/parameters/0/text", json!("")), 131_008),
        (with("/template/components/0/parameters/0/text", json!("a\nb")), 132_018),
        (
            with(
                "/template/components/1",
                json!({"type": "body", "parameters": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}),
            ),
            131_008,
        ),
        (
            with("/template", json!({"name": "tired", "language": {"code": "en_US"}})),
            132_015,
        ),
        (with("/biz_opaque_callback_data", json!(7)), 131_009),
    ] {
        assert_eq!(code(&bench, &body).await, expected, "{body}");
    }
    let stranger = bench
        .client
        .post(url(&bench, "106540352242922/messages"))
        .bearer_auth("other");
    let (status, refused) = answer(stranger.json(&template("79991234567", "m")).send().await.unwrap()).await;
    assert_eq!((status, &refused["error"]["code"]), (401, &json!(190)));
}

#[tokio::test]
async fn a_text_needs_an_open_window() {
    let bench = plain().await;
    assert_eq!(code(&bench, &text("79991234567", "hi")).await, 131_047);
    let wrote = bench
        .client
        .post(format!("{}/_sim/whatsapp/inbound", bench.sim.admin_url()));
    let wrote = wrote
        .json(&json!({"from": "79991234567", "text": "Привет"}))
        .send()
        .await
        .unwrap();
    assert_eq!(wrote.status(), 200);
    assert_eq!(code(&bench, &text("79991234567", "hi")).await, 0);
    assert_eq!(code(&bench, &text("79991234568", "hi")).await, 131_047);
    assert_eq!(code(&bench, &text("79991234567", &"я".repeat(4_097))).await, 131_009);
}

#[tokio::test]
async fn limits_and_magic_numbers() {
    let bench = Bench::start(config(|graph| {
        (graph.pair_burst, graph.throughput_per_s) = (1, 1_000);
    }))
    .await;
    for expected in [0, 0, 131_056] {
        assert_eq!(code(&bench, &template("79991234567", "m1")).await, expected);
    }
    for (to, first, second) in [
        ("79990131049", 131_049, 131_049),
        ("79990000190", 190, 190),
        ("79991130429", 130_429, 0),
        ("79992131026", 0, 0),
        ("79991234568", 0, 0),
    ] {
        assert_eq!(code(&bench, &template(to, to)).await, first, "{to}");
        assert_eq!(code(&bench, &template(to, to)).await, second, "{to}");
    }
    let faults = json!({"whatsapp": {"own": {"131016": 1.0}}});
    assert_eq!(bench.faults(faults).await.status(), 204);
    assert_eq!(code(&bench, &template("79991234560", "m9")).await, 131_016);
    let injected = bench.admin("faults").await;
    assert_eq!(injected["injected"]["whatsapp"]["131016"], 1);
}

/// A receiver of webhooks that believes Meta's signature only.
struct Receiver {
    url: String,
    bodies: Arc<Mutex<Vec<Value>>>,
}

impl Receiver {
    async fn start() -> Self {
        let bodies = Arc::new(Mutex::new(Vec::new()));
        async fn take(State(bodies): State<Arc<Mutex<Vec<Value>>>>, headers: HeaderMap, body: Bytes) -> StatusCode {
            let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, b"sim-app-secret");
            let given = headers["x-hub-signature-256"]
                .to_str()
                .unwrap()
                .strip_prefix("sha256=")
                .unwrap();
            if aws_lc_rs::hmac::verify(&key, &body, &hex::decode(given).unwrap()).is_err() {
                return StatusCode::UNAUTHORIZED;
            }
            assert!(body.is_ascii(), "escaped as Meta does");
            bodies.lock().unwrap().push(serde_json::from_slice(&body).unwrap());
            StatusCode::OK
        }
        let router = Router::new().route("/hook", post(take)).with_state(Arc::clone(&bodies));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, bodies }
    }

    /// The entries of a list in all changes that came.
    fn all(&self, list: &str) -> Vec<Value> {
        let bodies = self.bodies.lock().unwrap();
        let changes = bodies.iter().flat_map(|body| body["entry"].as_array().unwrap());
        let changes = changes.flat_map(|entry| entry["changes"].as_array().unwrap());
        changes
            .flat_map(|change| change["value"][list].as_array().cloned().unwrap_or_default())
            .collect()
    }
}

#[tokio::test]
async fn statuses_come_signed_doubled_batched_and_out_of_order() {
    let receiver = Receiver::start().await;
    let bench = Bench::start(config(|graph| {
        graph.webhooks.url = Some(receiver.url.clone());
        (graph.read, graph.doubled, graph.batched, graph.reordered) = (1.0, 0.3, 0.3, 0.5);
        graph.throughput_per_s = 1_000;
    }))
    .await;
    for n in 0..50 {
        assert_eq!(
            code(&bench, &template(&format!("7999555{n:04}"), &format!("m{n}"))).await,
            0
        );
    }
    let told = |n: usize, status: &str| {
        let data = format!("m{n}-1");
        receiver
            .all("statuses")
            .iter()
            .any(|one| one["status"] == status && one["biz_opaque_callback_data"] == data)
    };
    until("every status of every message, some twice", || async {
        let twice = receiver.all("statuses").len() > 150;
        twice && (0..50).all(|n| ["sent", "delivered", "read"].iter().all(|status| told(n, status)))
    })
    .await;
    let statuses = receiver.all("statuses");
    let firsts: Vec<_> = (0..50)
        .filter_map(|n| {
            let data = format!("m{n}-1");
            statuses.iter().find(|one| one["biz_opaque_callback_data"] == data)
        })
        .collect();
    assert!(
        firsts.iter().any(|one| one["status"] != "sent"),
        "some came out of order"
    );
    let bodies = receiver.bodies.lock().unwrap();
    let largest = bodies
        .iter()
        .filter_map(|body| body["entry"][0]["changes"].as_array())
        .map(Vec::len)
        .max();
    assert!(largest > Some(1), "some came together");
}

#[tokio::test]
async fn a_magic_number_fails_later_and_guests_answer() {
    let receiver = Receiver::start().await;
    let bench = Bench::start(config(|graph| {
        graph.webhooks.url = Some(receiver.url.clone());
        (graph.answers, graph.before_reply) = (1.0, 1.0);
        graph.answer_texts = vec!["СТОП".to_owned()];
    }))
    .await;
    assert_eq!(code(&bench, &template("79992131050", "m1")).await, 0);
    assert_eq!(receiver.all("statuses")[0]["status"], "sent", "told before the reply");
    assert_eq!(code(&bench, &template("79991234567", "m2")).await, 0);
    until("the failure and the answer", || async {
        let failed = receiver
            .all("statuses")
            .iter()
            .any(|one| one["errors"][0]["code"] == 131_050);
        failed && receiver.all("messages").iter().any(|one| one["text"]["body"] == "СТОП")
    })
    .await;
    let message = &receiver.all("messages")[0];
    assert_eq!(
        (&message["from"], &message["type"]),
        (&json!("79991234567"), &json!("text"))
    );
    assert_eq!(
        code(&bench, &text("79991234567", "до свидания")).await,
        0,
        "the answer opened the window"
    );
}

#[tokio::test]
async fn files_go_up_and_come_down() {
    let bench = plain().await;
    let form = "--b\r\nContent-Disposition: form-data; name=\"messaging_product\"\r\n\r\nwhatsapp\r\n--b\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nimage/png\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\npicture\r\n--b--\r\n";
    let upload = bench
        .client
        .post(url(&bench, "106540352242922/media"))
        .bearer_auth("sim-access-token");
    let upload = upload
        .header("content-type", "multipart/form-data; boundary=b")
        .body(form);
    let (status, uploaded) = answer(upload.send().await.unwrap()).await;
    assert_eq!(status, 200, "{uploaded}");
    let get = async |url: String, token: &str| bench.client.get(url).bearer_auth(token).send().await.unwrap();
    let (_, described) = answer(get(url(&bench, uploaded["id"].as_str().unwrap()), "sim-access-token").await).await;
    assert_eq!(
        (&described["mime_type"], &described["file_size"]),
        (&json!("image/png"), &json!(7))
    );
    let link = described["url"].as_str().unwrap().to_owned();
    assert_eq!(get(link.clone(), "other").await.status(), 401);
    let file = get(link, "sim-access-token").await;
    assert_eq!(file.headers()["content-type"], "image/png");
    assert_eq!(file.text().await.unwrap(), "picture");
    let (status, missing) = answer(get(url(&bench, "4242"), "sim-access-token").await).await;
    assert_eq!((status, &missing["error"]["error_subcode"]), (400, &json!(33)));
    let (_, number) = answer(get(url(&bench, "106540352242922"), "sim-access-token").await).await;
    assert_eq!(number["status"], "CONNECTED");
    let (_, templates) = answer(get(url(&bench, "102290129340398/message_templates"), "sim-access-token").await).await;
    assert_eq!(templates["data"].as_array().unwrap().len(), 3);
}
