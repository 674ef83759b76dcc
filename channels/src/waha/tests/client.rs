use super::{environment, provider, section, text};
use crate::test_server::{Reply, Seen, TestServer};
use crate::{Content, OutgoingMessage, Severity, Template, WhatsApp, registry};
use bellhop_domain::Outcome;
use serde_json::{Value, json};

const SEND: &str = "/api/sendText";
const CHECK: &str = "/api/contacts/check-exists";
const TAKEN: &str = r#"{"id":"true_79990000000@c.us_3EB0"}"#;

fn accepted() -> Outcome {
    Outcome::Accepted {
        provider_id: Some("3EB0".to_owned()),
        cost: None,
        parts: None,
    }
}

/// A server that accepts every message and answers `number` to the number check.
async fn checking(number: impl Fn() -> Reply + Send + Sync + 'static) -> TestServer {
    TestServer::plain(move |request| match request.path.as_str() {
        CHECK => number(),
        _ => Reply::json(201, TAKEN),
    })
    .await
}

fn first() -> OutgoingMessage<'static> {
    OutgoingMessage {
        last_inbound: None,
        ..text()
    }
}

fn chat(request: &Seen) -> Value {
    serde_json::from_str::<Value>(&request.body).unwrap()["chatId"].clone()
}

#[tokio::test]
async fn a_known_guest_is_sent_to_at_once() {
    let server = TestServer::tls(|_| Reply::json(201, TAKEN)).await;
    let mut section = section(&server.url());
    section["http"]["ca_file"] = json!(server.ca_file);
    assert_eq!(provider(&section).send(&text()).await, accepted());
    let request = &server.seen(SEND)[0];
    assert_eq!(
        (request.method.as_str(), request.content_type.as_str()),
        ("POST", "application/json")
    );
    assert_eq!(request.headers["x-api-key"], "s3cret");
    assert_eq!(request.version, hyper::Version::HTTP_11);
    assert_eq!(
        serde_json::from_str::<Value>(&request.body).unwrap(),
        json!({"session": "default", "chatId": "79990000000@c.us", "text": "Столик ждёт"})
    );
    assert_eq!(server.seen(CHECK).len(), 0);
}

#[tokio::test]
async fn a_first_message_asks_for_the_number_and_goes_to_the_chat_it_is_told() {
    let server = checking(|| Reply::json(200, r#"{"numberExists":true,"chatId":"559912345678@c.us"}"#)).await;
    assert_eq!(provider(&section(&server.url())).send(&first()).await, accepted());
    let asked = &server.seen(CHECK)[0];
    assert_eq!(
        (asked.method.as_str(), asked.query.as_str()),
        ("GET", "phone=79990000000&session=default")
    );
    assert_eq!(asked.headers["x-api-key"], "s3cret");
    assert_eq!(chat(&server.seen(SEND)[0]), "559912345678@c.us");
}

#[tokio::test]
async fn a_number_without_whatsapp_is_gone_and_nothing_is_sent() {
    let server = checking(|| Reply::json(200, r#"{"numberExists":false}"#)).await;
    let outcome = provider(&section(&server.url())).send(&first()).await;
    assert!(
        matches!(outcome, Outcome::RecipientGone { since: None, .. }),
        "{outcome:?}"
    );
    assert_eq!(server.seen(SEND).len(), 0);
}

#[tokio::test]
async fn a_lost_answer_to_the_number_check_leaves_nothing_in_doubt() {
    let server = checking(|| Reply::Lost).await;
    let outcome = provider(&section(&server.url())).send(&first()).await;
    assert!(matches!(outcome, Outcome::Retry { .. }), "{outcome:?}");
    assert_eq!((server.seen(CHECK).len(), server.seen(SEND).len()), (1, 0));
}

#[tokio::test]
async fn hidden_ids_and_sections_without_the_check_are_not_asked_for() {
    let server = checking(|| Reply::json(200, r#"{"numberExists":false}"#)).await;
    let hidden = OutgoingMessage {
        address: "123456789012345@lid",
        ..first()
    };
    assert_eq!(provider(&section(&server.url())).send(&hidden).await, accepted());
    assert_eq!(chat(&server.seen(SEND)[0]), "123456789012345@lid");
    let mut unchecked = section(&server.url());
    unchecked["check_numbers"] = json!(false);
    assert_eq!(provider(&unchecked).send(&first()).await, accepted());
    assert_eq!(server.seen(CHECK).len(), 0);
}

#[tokio::test]
async fn a_lost_reply_is_unknown_and_asked_for_once() {
    let server = TestServer::plain(|_| Reply::Lost).await;
    let outcome = provider(&section(&server.url())).send(&text()).await;
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    assert_eq!(server.seen(SEND).len(), 1);
}

#[tokio::test]
async fn no_connection_means_nothing_was_sent() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = listener.local_addr().unwrap();
    drop(listener);
    let outcome = provider(&section(&format!("http://{closed}"))).send(&first()).await;
    let Outcome::Retry { why, .. } = outcome else {
        panic!("{outcome:?}")
    };
    assert!(!why.contains("7999"), "{why}");
}

#[tokio::test]
async fn what_cannot_be_sent_makes_no_request() {
    let server = checking(|| Reply::json(200, r#"{"numberExists":true}"#)).await;
    let waha = provider(&section(&server.url()));
    let template = Template {
        name: "spring",
        language: "ru",
        header: None,
        parameters: &[],
        buttons: &[],
    };
    let template = OutgoingMessage {
        content: Content::WhatsApp(WhatsApp::Template(template)),
        ..first()
    };
    assert!(matches!(waha.send(&template).await, Outcome::Rejected { .. }));
    let foreign = OutgoingMessage {
        address: "RU.13491208655302741918",
        ..first()
    };
    assert!(matches!(waha.send(&foreign).await, Outcome::Failed { .. }));
    assert_eq!((server.seen(CHECK).len(), server.seen(SEND).len()), (0, 0));
}

#[tokio::test]
async fn the_doctor_tells_the_sessions_state() {
    for (status, body, severity, word) in [
        (
            200,
            r#"{"name":"default","status":"WORKING"}"#,
            Severity::Fine,
            "WORKING",
        ),
        (200, r#"{"status":"SCAN_QR_CODE"}"#, Severity::Error, "scan the QR code"),
        (200, r#"{"status":"STOPPED"}"#, Severity::Error, "start it"),
        (200, r#"{"status":"STARTING"}"#, Severity::Error, "wait a moment"),
        (200, r#"{"status":"PASSKEY_REQUIRED"}"#, Severity::Error, "passkey"),
        (
            200,
            r#"{"status":"PASSKEY_CONFIRMATION_REQUIRED"}"#,
            Severity::Error,
            "compare a code",
        ),
        (200, r#"{"status":"FAILED"}"#, Severity::Error, "restart it"),
        (200, r#"{"status":"NEW"}"#, Severity::Error, "version"),
        (200, "<html>", Severity::Error, "base_url"),
        (401, "", Severity::Error, "WAHA_API_KEY"),
        (404, "", Severity::Error, "create it"),
    ] {
        let server = TestServer::plain(move |_| Reply::json(status, body)).await;
        let findings = provider(&section(&server.url())).check().await;
        assert_eq!(findings.len(), 1);
        let told = format!("{findings:?}");
        assert!(
            findings[0].severity == severity && told.contains(word),
            "{body}: {told}"
        );
        assert_eq!(server.seen("/api/sessions/default").len(), 1);
    }
    let server = TestServer::plain(|_| Reply::Lost).await;
    assert_eq!(
        provider(&section(&server.url())).check().await[0].severity,
        Severity::Error
    );
}

#[tokio::test]
async fn the_doctor_misses_the_webhooks_key() {
    let server = TestServer::plain(|_| Reply::json(200, r#"{"status":"WORKING"}"#)).await;
    let mut section = section(&server.url());
    section.as_object_mut().unwrap().remove("webhook_key");
    let waha = provider(&section);
    assert!(waha.webhook().is_none());
    assert_eq!(waha.check().await[1].severity, Severity::Warning);
}

#[tokio::test]
async fn a_session_that_waits_for_its_phone_has_a_code_and_no_other_has() {
    const QR: &str = "/api/default/auth/qr";
    for (reply, expected) in [
        (
            Reply::json(200, r#"{"mimetype":"image/png","data":"iVBORw0KGgo="}"#),
            Some(("image/png", "iVBORw0KGgo=")),
        ),
        (
            Reply::json(422, r#"{"error":"Session status is not as expected"}"#),
            None,
        ),
        (
            Reply::json(200, r#"{"mimetype":"text/html","data":"iVBORw0KGgo="}"#),
            None,
        ),
        (
            Reply::json(200, r#"{"mimetype":"image/png","data":"\"><script>"}"#),
            None,
        ),
    ] {
        let answer = std::sync::Mutex::new(Some(reply));
        let server = TestServer::plain(move |_| answer.lock().unwrap().take().unwrap()).await;
        let code = provider(&section(&server.url())).link_code().await;
        let told = code.as_ref().map(|it| (it.mime.as_str(), it.data.as_str()));
        assert_eq!(told, expected);
        assert_eq!(server.seen(QR)[0].headers["accept"], "application/json");
    }
}

#[test]
fn mistakes_in_the_section_are_named() {
    let with = |key: &str, value: Value| {
        let mut section = section("https://waha.example");
        section[key] = value;
        section
    };
    for (section, words) in [
        (with("base_url", json!("waha:3000")), "neither http nor https"),
        (with("session", json!("")), "not the name of a session"),
        (with("session", json!("a/b")), "not the name of a session"),
        (
            with("api_key", json!("plain")),
            "api_key: is not a reference to a secret",
        ),
        (
            with("api_key", json!({"env": "NO_SUCH"})),
            "api_key: the environment variable NO_SUCH",
        ),
        (
            with("webhook_key", json!({"env": "NO_SUCH"})),
            "webhook_key: the environment variable NO_SUCH",
        ),
        (with("sesion", json!("x")), "unknown field `sesion`"),
        (with("http", json!({"timeout_seconds": 1})), "at least 10"),
        (json!({}), "missing field `base_url`"),
    ] {
        let error = registry::build("waha", &section, &environment)
            .err()
            .unwrap()
            .to_string();
        assert!(error.starts_with("waha: ") && error.contains(words), "{error}");
    }
}
