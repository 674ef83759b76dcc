use super::{TOKEN, provider, section, text};
use crate::test_server::{Reply, TestServer};
use crate::{Chat, Content, OutgoingMessage};
use bellhop_domain::Outcome;
use serde_json::{Value, json};

pub(super) const TAKEN: &str = r#"{"message":{"recipient":{"chat_id":5,"chat_type":"dialog","user_id":987654321},
    "timestamp":1772355600000,"body":{"mid":"mid.0001","seq":1,"text":"x"}}}"#;

#[tokio::test]
async fn a_text_over_tls_of_an_authority_of_its_own() {
    let server = TestServer::tls(|_| Reply::json(200, TAKEN)).await;
    let mut section = section(&server.url());
    section["http"]["ca_file"] = json!(server.ca_file);
    let outcome = provider(&section).send(&text()).await;
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    let request = &server.seen("/messages")[0];
    assert_eq!(
        (request.method.as_str(), request.version),
        ("POST", hyper::Version::HTTP_11)
    );
    assert_eq!(request.authorization, TOKEN);
    assert_eq!(request.query, "disable_link_preview=true&user_id=987654321");
    let expected = json!({"text": "Столик ждёт"});
    assert_eq!(serde_json::from_str::<Value>(&request.body).unwrap(), expected);
}

#[tokio::test]
async fn an_unknown_authority_means_that_nothing_was_sent() {
    let server = TestServer::tls(|_| Reply::json(200, TAKEN)).await;
    let bot = provider(&section(&server.url()));
    let outcome = bot.send(&text()).await;
    assert!(matches!(outcome, Outcome::Retry { .. }), "{outcome:?}");
    assert!(server.seen("/messages").is_empty());
    let finding = &bot.check().await[0];
    assert!(finding.mend.as_ref().unwrap().contains("http.ca_file"), "{finding:?}");
}

#[tokio::test]
async fn a_picture_goes_by_its_address() {
    let server = TestServer::plain(|_| Reply::json(200, TAKEN)).await;
    let content = Content::Chat(Chat {
        text: "x",
        image: Some("https://cdn.example/a.png"),
        button: None,
    });
    let outcome = provider(&section(&server.url()))
        .send(&OutgoingMessage { content, ..text() })
        .await;
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    assert!(server.seen("/messages")[0].body.contains("https://cdn.example/a.png"));
}

#[tokio::test]
async fn a_lost_reply_is_unknown_and_asked_for_once() {
    let server = TestServer::plain(|_| Reply::Lost).await;
    let outcome = provider(&section(&server.url())).send(&text()).await;
    assert!(
        matches!(&outcome, Outcome::Unknown { why } if !why.contains("987654321")),
        "{outcome:?}"
    );
    assert_eq!(server.seen("/messages").len(), 1);
}

#[tokio::test]
async fn no_connection_means_nothing_was_sent_and_no_reason_names_the_guest() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = listener.local_addr().unwrap();
    drop(listener);
    let bot = provider(&section(&format!("http://{closed}")));
    let outcome = bot.send(&text()).await;
    assert!(
        matches!(&outcome, Outcome::Retry { why, .. } if !why.contains("987654321")),
        "{outcome:?}"
    );
    assert!(!format!("{:?}", bot.check().await).contains(TOKEN));
}
