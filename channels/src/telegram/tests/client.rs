use super::{TOKEN, environment, provider, section, text};
use crate::test_server::{Reply, TestServer};
use crate::{Severity, registry};
use bellhop_domain::Outcome;
use serde_json::{Value, json};

const TAKEN: &str = r#"{"ok":true,"result":{"message_id":17,"chat":{"id":987654321,"type":"private"}}}"#;
const UNKNOWN_CHAT: &str = r#"{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}"#;

fn path(method: &str) -> String {
    format!("/bot{TOKEN}/{method}")
}

#[tokio::test]
async fn a_text_over_tls() {
    let server = TestServer::tls(|_| Reply::json(200, TAKEN)).await;
    let mut section = section(&server.url());
    section["http"]["ca_file"] = json!(server.ca_file);
    let outcome = provider(&section).send(&text()).await;
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    let request = &server.seen(&path("sendMessage"))[0];
    assert_eq!(
        (request.method.as_str(), request.version),
        ("POST", hyper::Version::HTTP_11)
    );
    let expected = json!({"chat_id": 987_654_321, "text": "Столик ждёт"});
    assert_eq!(serde_json::from_str::<Value>(&request.body).unwrap(), expected);
}

#[tokio::test]
async fn an_unknown_chat_is_given_up_once_a_message_was_taken() {
    let server = TestServer::plain(|request| match request.body.contains("987654321") {
        true => Reply::json(200, TAKEN),
        false => Reply::json(400, UNKNOWN_CHAT),
    })
    .await;
    let bot = provider(&section(&server.url()));
    let unknown = crate::OutgoingMessage {
        address: "17",
        ..text()
    };
    assert!(matches!(bot.send(&unknown).await, Outcome::Failed { .. }));
    assert!(matches!(bot.send(&text()).await, Outcome::Accepted { .. }));
    assert!(matches!(bot.send(&unknown).await, Outcome::RecipientGone { .. }));
}

#[tokio::test]
async fn a_lost_reply_is_unknown_and_asked_for_once() {
    let server = TestServer::plain(|_| Reply::Lost).await;
    let outcome = provider(&section(&server.url())).send(&text()).await;
    assert!(
        matches!(&outcome, Outcome::Unknown { why } if !why.contains(TOKEN)),
        "{outcome:?}"
    );
    assert_eq!(server.seen(&path("sendMessage")).len(), 1);
}

#[tokio::test]
async fn no_connection_means_nothing_was_sent_and_no_reason_holds_the_token() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = listener.local_addr().unwrap();
    drop(listener);
    let bot = provider(&section(&format!("http://{closed}")));
    let outcome = bot.send(&text()).await;
    assert!(
        matches!(&outcome, Outcome::Retry { why, .. } if !why.contains(TOKEN)),
        "{outcome:?}"
    );
    assert!(!format!("{:?}", bot.check().await).contains(TOKEN));
}

#[tokio::test]
async fn the_doctor_asks_for_the_bot_and_its_webhook() {
    for (webhook, severities) in [
        (
            r#"{"ok":true,"result":{"url":"https://x.example"}}"#,
            vec![Severity::Fine],
        ),
        (
            r#"{"ok":true,"result":{"url":""}}"#,
            vec![Severity::Fine, Severity::Warning],
        ),
        (
            r#"{"ok":true,"result":{"url":"https://x.example","last_error_message":"Connection timed out"}}"#,
            vec![Severity::Fine, Severity::Warning],
        ),
    ] {
        let server = TestServer::plain(move |request| match request.path.ends_with("getMe") {
            true => Reply::json(200, r#"{"ok":true,"result":{"id":123456,"username":"brand_bot"}}"#),
            false => Reply::json(200, webhook),
        })
        .await;
        let findings = provider(&section(&server.url())).check().await;
        assert!(findings[0].what.contains("@brand_bot"));
        let told: Vec<_> = findings.iter().map(|finding| finding.severity).collect();
        assert_eq!(told, severities, "{findings:?}");
    }
    let server = TestServer::plain(|_| Reply::json(401, r#"{"ok":false,"description":"Unauthorized"}"#)).await;
    let findings = provider(&section(&server.url())).check().await;
    assert!(
        findings[0].severity == Severity::Error && findings[0].what.contains("Unauthorized"),
        "{findings:?}"
    );
}

#[test]
fn mistakes_in_the_section_are_named() {
    let with = |key: &str, value: Value| {
        let mut section = section("https://api.telegram.org");
        section[key] = value;
        section
    };
    for (section, words) in [
        (
            with("token", json!({"env": "TELEGRAM_HOOK"})),
            "token: it is not a bot's token",
        ),
        (
            with("token", json!({"env": "NO_SUCH"})),
            "token: the environment variable NO_SUCH",
        ),
        (
            with("webhook_secret", json!({"env": "NO_SUCH"})),
            "webhook_secret: the environment",
        ),
        (with("base_url", json!("telegram")), "base_url"),
        (with("tokn", json!("x")), "unknown field `tokn`"),
        (json!({}), "missing field `token`"),
    ] {
        let error = registry::build("telegram", &section, &environment)
            .err()
            .unwrap()
            .to_string();
        assert!(error.starts_with("telegram: ") && error.contains(words), "{error}");
    }
}
