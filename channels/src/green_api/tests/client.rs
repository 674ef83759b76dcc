use super::{environment, provider, section, text};
use crate::test_server::{Reply, TestServer};
use crate::{Content, Media, OutgoingMessage, Severity, WhatsApp, registry};
use bellhop_domain::Outcome;
use bellhop_domain::incoming::MediaKind;
use serde_json::{Value, json};

const TOKEN: &str = "d75b3a66374942c5b3c019c698abc2067e151558acbd412345";

fn path(method: &str) -> String {
    format!("/waInstance1101000001/{method}/{TOKEN}")
}

fn taken() -> Reply {
    Reply::json(200, r#"{"idMessage":"3EB0"}"#)
}

fn accepted() -> Outcome {
    Outcome::Accepted {
        provider_id: Some("3EB0".to_owned()),
        cost: None,
        parts: None,
    }
}

#[tokio::test]
async fn a_text_over_tls() {
    let server = TestServer::tls(|_| taken()).await;
    let mut section = section(&server.url());
    section["http"]["ca_file"] = json!(server.ca_file);
    assert_eq!(provider(&section).send(&text()).await, accepted());
    let request = &server.seen(&path("sendMessage"))[0];
    assert_eq!(
        (request.method.as_str(), request.content_type.as_str()),
        ("POST", "application/json")
    );
    assert_eq!(request.version, hyper::Version::HTTP_11);
    assert_eq!(
        serde_json::from_str::<Value>(&request.body).unwrap(),
        json!({"chatId": "79990000000@c.us", "message": "Столик ждёт"})
    );
}

#[tokio::test]
async fn a_picture() {
    let server = TestServer::plain(|_| taken()).await;
    let picture = Media {
        kind: MediaKind::Image,
        url: "https://cdn.example/a.png",
        caption: Some("Меню"),
        filename: None,
    };
    let picture = OutgoingMessage {
        content: Content::WhatsApp(WhatsApp::Media(picture)),
        ..text()
    };
    assert_eq!(provider(&section(&server.url())).send(&picture).await, accepted());
    let body: Value = serde_json::from_str(&server.seen(&path("sendFileByUrl"))[0].body).unwrap();
    assert_eq!(body["urlFile"], "https://cdn.example/a.png");
}

#[tokio::test]
async fn a_lost_reply_is_unknown_and_asked_for_once() {
    let server = TestServer::plain(|_| Reply::Lost).await;
    let outcome = provider(&section(&server.url())).send(&text()).await;
    let Outcome::Unknown { why } = outcome else {
        panic!("{outcome:?}")
    };
    assert!(!why.contains(TOKEN), "{why}");
    assert_eq!(server.seen(&path("sendMessage")).len(), 1);
}

#[tokio::test]
async fn no_connection_means_nothing_was_sent_and_no_reason_holds_the_token() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = listener.local_addr().unwrap();
    drop(listener);
    let green = provider(&section(&format!("http://{closed}")));
    let outcome = green.send(&text()).await;
    let Outcome::Retry { why, .. } = outcome else {
        panic!("{outcome:?}")
    };
    let findings = format!("{:?}", green.check().await);
    for told in [why, findings] {
        assert!(!told.contains(TOKEN) && !told.contains("7999"), "{told}");
    }
}

#[tokio::test]
async fn the_doctor_tells_the_instances_state() {
    for (status, body, severity, word) in [
        (200, r#"{"stateInstance":"authorized"}"#, Severity::Fine, "connected"),
        (
            200,
            r#"{"stateInstance":"notAuthorized"}"#,
            Severity::Error,
            "scan the QR code",
        ),
        (200, r#"{"stateInstance":"blocked"}"#, Severity::Error, "banned"),
        (
            200,
            r#"{"stateInstance":"sleepMode"}"#,
            Severity::Warning,
            "phone is off",
        ),
        (200, r#"{"stateInstance":"starting"}"#, Severity::Warning, "starting"),
        (200, r#"{"stateInstance":"yellowCard"}"#, Severity::Error, "spam"),
        (
            200,
            r#"{"stateInstance":"suspended"}"#,
            Severity::Error,
            "contacts only",
        ),
        (200, r#"{"stateInstance":"new"}"#, Severity::Error, "apiUrl"),
        (200, "<html>", Severity::Error, "apiUrl"),
        (401, "", Severity::Error, "apiTokenInstance"),
        (403, "", Severity::Error, "idInstance"),
        (404, "", Severity::Error, "apiUrl"),
    ] {
        let server = TestServer::plain(move |_| Reply::json(status, body)).await;
        let findings = provider(&section(&server.url())).check().await;
        let told = format!("{findings:?}");
        assert!(
            findings.len() == 1 && findings[0].severity == severity,
            "{body}: {told}"
        );
        assert!(told.contains(word) && !told.contains(TOKEN), "{body}: {told}");
        assert_eq!(server.seen(&path("getStateInstance"))[0].method, "GET");
    }
}

#[tokio::test]
async fn the_doctor_misses_the_webhooks_token() {
    let server = TestServer::plain(|_| Reply::json(200, r#"{"stateInstance":"authorized"}"#)).await;
    let mut section = section(&server.url());
    section.as_object_mut().unwrap().remove("webhook_token");
    let green = provider(&section);
    assert!(green.webhook().is_none());
    assert_eq!(green.check().await[1].severity, Severity::Warning);
}

#[test]
fn mistakes_in_the_section_are_named() {
    let with = |key: &str, value: Value| {
        let mut section = section("https://1101.api.green-api.com");
        section[key] = value;
        section
    };
    for (section, words) in [
        (with("base_url", json!("1101.api.green-api.com")), "base_url"),
        (with("instance", json!("waInstance1101")), "not an idInstance"),
        (with("instance", json!("")), "not an idInstance"),
        (
            with("token", json!({"env": "GREEN_HOOK"})),
            "token: it is not an apiTokenInstance",
        ),
        (
            with("token", json!({"env": "NO_SUCH"})),
            "token: the environment variable NO_SUCH",
        ),
        (
            with("webhook_token", json!({"env": "NO_SUCH"})),
            "webhook_token: the environment variable NO_SUCH",
        ),
        (with("tokn", json!("x")), "unknown field `tokn`"),
        (json!({}), "missing field `base_url`"),
    ] {
        let error = registry::build("green_api", &section, &environment)
            .err()
            .unwrap()
            .to_string();
        assert!(error.starts_with("green_api: ") && error.contains(words), "{error}");
        assert!(!error.contains("hook-secret"), "{error}");
    }
}
