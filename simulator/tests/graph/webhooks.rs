use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::{Value, json};

use crate::support::{Bench, until};
use crate::{code, config, template, text};

/// A receiver of webhooks that believes only Meta's signature.
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

/// As in Meta's pages of 2026-04: every webhook names the person whom it is about by the id that is specific to the
/// business.
#[tokio::test]
async fn webhooks_say_whom_they_are_about() {
    let receiver = Receiver::start().await;
    let bench = Bench::start(config(|graph| graph.webhooks.url = Some(receiver.url.clone()))).await;
    assert_eq!(code(&bench, &template("79991234567", "m1")).await, 0);
    let hidden = json!({"messaging_product": "whatsapp", "recipient": "RU.134", "type": "template",
        "template": {"name": "hello_world", "language": {"code": "en_US"}}});
    assert_eq!(code(&bench, &hidden).await, 0);
    let inbound = format!("{}/_sim/whatsapp/inbound", bench.sim.admin_url());
    for body in [
        json!({"from": "79991234567", "text": "Привет"}),
        json!({"from_user_id": "RU.135", "text": "Привет"}),
    ] {
        bench.client.post(&inbound).json(&body).send().await.unwrap();
    }
    until("all are told", || async {
        receiver.all("statuses").len() >= 4 && receiver.all("messages").len() == 2
    })
    .await;
    for contact in receiver.all("contacts") {
        assert!(contact["user_id"].as_str().unwrap().contains('.'), "{contact}");
    }
    assert_eq!(
        receiver.all("contacts").len(),
        receiver.all("statuses").len() + 2,
        "each has its own"
    );
    for status in receiver.all("statuses") {
        let hidden = status["recipient_id"] == "RU.134";
        assert_eq!(status["recipient_user_id"] == "RU.134", hidden, "{status}");
    }
    let messages = receiver.all("messages");
    assert_eq!(messages[0]["from"], "79991234567");
    assert_eq!(
        (&messages[1]["from"], &messages[1]["from_user_id"]),
        (&Value::Null, &json!("RU.135"))
    );
}
