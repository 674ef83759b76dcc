//! The client against a scripted Graph API.

use super::{ATTEMPT, KEY, MESSAGES, NOW, cloud, message, provider, section, template};
use crate::test_server::{Reply, TestServer};
use crate::{AttemptKey, Content, Media, OutgoingMessage, WhatsApp};
use bellhop_domain::incoming::MediaKind;
use bellhop_domain::{EndpointKind, Outcome, Timestamp};
use serde_json::{Value, json};

const TAKEN: &str = r#"{"messaging_product":"whatsapp","contacts":[{"input":"79990000000","wa_id":"79990000000"}],"messages":[{"id":"wamid.1"}]}"#;

async fn taking() -> TestServer {
    TestServer::plain(|_| Reply::json(200, TAKEN)).await
}

#[tokio::test]
async fn a_send_over_tls() {
    let server = TestServer::tls(|_| Reply::json(200, TAKEN)).await;
    let cloud = cloud(&server);
    assert_eq!(cloud.kind(), EndpointKind::WhatsApp);
    let expected = Outcome::Accepted {
        provider_id: Some("wamid.1".to_owned()),
        cost: None,
        parts: None,
    };
    assert_eq!(cloud.send(&template()).await, expected);
    let request = &server.seen(MESSAGES)[0];
    assert_eq!(
        (
            request.method.as_str(),
            request.authorization.as_str(),
            request.content_type.as_str()
        ),
        ("POST", "Bearer EAAJ-token", "application/json")
    );
    let body: Value = serde_json::from_str(&request.body).unwrap();
    assert_eq!(
        (&body["to"], &body["biz_opaque_callback_data"]),
        (&json!("79990000000"), &json!(KEY))
    );
}

#[tokio::test]
async fn the_marketing_endpoint_takes_templates_only() {
    let server = taking().await;
    let mut section = section(&server.url());
    section["marketing"] = json!({"ttl_seconds": 43_200});
    section["version"] = json!("v26.0");
    let cloud = provider(&section);
    cloud.send(&template()).await;
    let text = OutgoingMessage {
        last_inbound: Some(NOW),
        ..message(WhatsApp::Text("hi"))
    };
    cloud.send(&text).await;
    let of = |what: &str| server.seen(&format!("/v26.0/106540352242922/{what}")).len();
    assert_eq!((of("marketing_messages"), of("messages")), (1, 1));
}

#[tokio::test]
async fn free_text_and_files_wait_for_the_guest_to_write() {
    let server = taking().await;
    let cloud = cloud(&server);
    let picture = WhatsApp::Media(Media {
        kind: MediaKind::Image,
        url: "https://cdn.example/f",
        caption: None,
        filename: None,
    });
    let ago = |seconds: i64| Some(Timestamp(NOW.0 - seconds * 1000));
    for (last_inbound, open) in [
        (None, false),
        (ago(24 * 3600), false),
        (ago(24 * 3600 - 1), true),
        (ago(0), true),
        // Meta's clock is ahead of ours.
        (ago(-5), true),
    ] {
        for content in [WhatsApp::Text("hi"), picture] {
            let outcome = cloud
                .send(&OutgoingMessage {
                    last_inbound,
                    ..message(content)
                })
                .await;
            match (&outcome, open) {
                (Outcome::Accepted { .. }, true) => {}
                (Outcome::Held { why }, false) => assert!(why.contains("template"), "{why}"),
                _ => panic!("{last_inbound:?}: {outcome:?}"),
            }
        }
    }
    assert_eq!(server.seen(MESSAGES).len(), 6, "what is held is not asked");
    assert!(matches!(cloud.send(&template()).await, Outcome::Accepted { .. }));
}

#[tokio::test]
async fn a_lost_reply_is_unknown_and_asked_for_once() {
    let server = TestServer::plain(|_| Reply::Lost).await;
    let outcome = cloud(&server).send(&template()).await;
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    assert_eq!(server.seen(MESSAGES).len(), 1);
}

#[tokio::test]
async fn a_reply_lost_on_a_kept_connection_is_not_repeated_either() {
    let server = TestServer::plain(|request| {
        if request.body.contains(KEY) {
            Reply::json(200, TAKEN)
        } else {
            Reply::Lost
        }
    })
    .await;
    let cloud = cloud(&server);
    assert!(matches!(cloud.send(&template()).await, Outcome::Accepted { .. }));
    let second = OutgoingMessage {
        attempt: AttemptKey { lease: 2, ..ATTEMPT },
        ..template()
    };
    assert!(matches!(cloud.send(&second).await, Outcome::Unknown { .. }));
    assert_eq!((server.seen(MESSAGES).len(), server.connections()), (2, 1));
}

#[tokio::test]
async fn no_connection_means_nothing_was_sent_and_no_reason_holds_a_secret() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = listener.local_addr().unwrap();
    drop(listener);
    let outcome = provider(&section(&format!("http://{closed}"))).send(&template()).await;
    let Outcome::Retry { why, .. } = outcome else {
        panic!("{outcome:?}")
    };
    assert!(!why.contains("EAAJ") && !why.contains("7999"), "{why}");
}

#[tokio::test]
async fn an_sms_is_no_whatsapp_message() {
    let server = taking().await;
    let sms = OutgoingMessage {
        content: Content::Text("hi"),
        ..template()
    };
    assert!(matches!(cloud(&server).send(&sms).await, Outcome::Rejected { .. }));
    assert_eq!(server.seen(MESSAGES).len(), 0);
}
