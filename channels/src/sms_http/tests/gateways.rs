//! Gateways that only their section describes: the client is not an SMSC.ru client in disguise.

use super::{provider, sms};
use crate::test_server::{Reply, TestServer};
use bellhop_domain::{Money, Outcome};
use serde_json::{Value, json};

fn accepted(id: Option<&str>, cost: Option<i64>) -> Outcome {
    Outcome::Accepted {
        provider_id: id.map(str::to_owned),
        cost: cost.map(Money),
        parts: None,
    }
}

/// A JSON body with the answer judged per number, as SMS.ru does it (PROVIDERS.md §4.8).
#[tokio::test]
async fn json_with_an_answer_per_number() {
    let server = TestServer::plain(|_| {
        let number = r#"{"status":"OK","status_code":100,"sms_id":"77-1","cost":2.5}"#;
        Reply::json(200, format!(r#"{{"status":"OK","sms":{{"79990000000":{number}}}}}"#))
    })
    .await;
    let section = json!({
        "base_url": format!("{}/prefix/", server.url()),
        "values": {"brand": "Pizza"},
        "send": {
            "path": "/{brand}/send",
            "headers": {"X-Id": "{message_id}"},
            "basic_auth": {"user": "{brand}", "password": "x"},
            "json": {"to": ["{phone_digits}"], "msg": "{brand}: {text}", "ttl": "{ttl_minutes}", "test": 1, "from": "{from?}"},
            "reply": {
                "id": "/sms/{phone_digits}/sms_id",
                "error": "/sms/{phone_digits}/status_code",
                "cost": "/sms/{phone_digits}/cost",
                "taken": ["100"],
            },
        },
    });
    let gateway = provider(&section);
    assert_eq!(gateway.send(&sms()).await, accepted(Some("77-1"), Some(25_000)));
    let request = &server.seen("/prefix/Pizza/send")[0];
    assert_eq!(request.content_type, "application/json");
    assert_eq!(request.authorization, "Basic UGl6emE6eA==");
    assert_eq!(
        serde_json::from_str::<Value>(&request.body).unwrap(),
        json!({"to": ["79990000000"], "msg": "Pizza: Пицца & кофе: -50%", "ttl": "90", "test": 1})
    );
    assert!(gateway.webhook().is_none() && gateway.look_up().is_none());
}

/// A query and a line of text, as Kannel does it (PROVIDERS.md §4.9).
#[tokio::test]
async fn a_get_that_answers_with_a_line() {
    for (status, line, expected) in [
        (202, "0: Accepted for delivery", accepted(None, None)),
        (202, "3: Queued for later delivery\n", accepted(None, None)),
    ] {
        let server = TestServer::plain(move |_| Reply::Answer(status, "text/plain", line.to_owned())).await;
        let section = json!({
            "base_url": server.url(),
            "send": {
                "method": "get",
                "path": "/cgi-bin/sendsms",
                "query": {"to": "{phone}", "text": "{text}", "charset": "UTF-8"},
                "reply": {"format": "text", "error": "/code", "taken": ["0", "3"]},
            },
        });
        assert_eq!(provider(&section).send(&sms()).await, expected, "{line}");
        let request = &server.seen("/cgi-bin/sendsms")[0];
        let sent: Vec<(String, String)> = form_urlencoded::parse(request.query.as_bytes()).into_owned().collect();
        assert_eq!((request.method.as_str(), request.body.as_str()), ("GET", ""));
        assert!(sent.contains(&("to".to_owned(), "+79990000000".to_owned())), "{sent:?}");
        assert!(
            sent.contains(&("text".to_owned(), "Пицца & кофе: -50%".to_owned())),
            "{sent:?}"
        );
    }
}

#[tokio::test]
async fn listed_codes_can_mean_any_outcome() {
    for (outcome, class) in [
        ("retry", "Retry"),
        ("throttled_sender", "Throttled { scope: Sender, after: Some(7s)"),
        ("throttled_recipient", "Throttled { scope: Recipient, after: Some(7s)"),
        ("recipient_gone", "RecipientGone"),
        ("held", "Held"),
        ("opted_out", "OptedOut"),
        ("failed", "Failed"),
        ("rejected", "Rejected"),
        ("misconfigured", "Misconfigured"),
        ("unknown", "Unknown"),
    ] {
        let server = TestServer::plain(|_| Reply::json(400, r#"{"code":21610}"#)).await;
        let section = json!({
            "base_url": server.url(),
            "send": {"path": "/", "json": {}, "reply": {"error": "/code"}},
            "errors": {"21610": {"outcome": outcome, "after_seconds": 7}},
        });
        let got = format!("{:?}", provider(&section).send(&sms()).await);
        assert!(got.starts_with(class), "{outcome}: {got}");
    }
}

#[test]
fn an_account_is_a_gateway_and_its_secrets_and_shows_none() {
    let of = |base_url: &str, secret: &str, sender: &str| {
        let section = json!({
            "preset": "smsc_ru",
            "base_url": base_url,
            "values": {"login": "brand", "sender": sender},
            "secrets": {"password": {"env": secret}},
        });
        provider(&section).account().unwrap()
    };
    let one = of("https://a.example", "SMSC_PASSWORD", "NORTH");
    assert_eq!(one, of("https://a.example", "SMSC_PASSWORD", "SOUTH"));
    assert_ne!(one, of("https://b.example", "SMSC_PASSWORD", "NORTH"));
    assert_ne!(one, of("https://a.example", "SMSC_REPORTS", "NORTH"));
    assert!(!one.contains("p&ss"), "{one}");
}

/// Only those who run the gateway know that no proxy is in front of it, so its section may give a status a meaning.
#[tokio::test]
async fn a_status_means_what_its_section_says() {
    for (status, body, class) in [
        (503, "", "Retry { after: Some(20s)"),
        (503, "<html>", "Retry { after: Some(20s)"),
        (503, r#"{"code":5}"#, "Failed"),
        (502, "", "Unknown"),
        (504, "", "Unknown"),
    ] {
        let server = TestServer::plain(move |_| Reply::json(status, body)).await;
        let section = json!({
            "base_url": server.url(),
            "send": {"path": "/", "json": {}, "reply": {"error": "/code"}},
            "errors": {
                "HTTP 503": {"outcome": "retry", "after_seconds": 20},
                "5": {"outcome": "failed"},
            },
        });
        let got = format!("{:?}", provider(&section).send(&sms()).await);
        assert!(got.starts_with(class), "{status} {body}: {got}");
    }
}

/// A page from something else in front of a gateway is not the gateway's word.
#[tokio::test]
async fn a_page_instead_of_an_answer_is_in_doubt() {
    let page = "<html><title>Welcome to the network</title></html>";
    for (reply, body, class) in [
        (json!({"error": "/code"}), page, "Unknown"),
        (json!({"error": "/code"}), "welcome", "Unknown"),
        (json!({"error": "/code"}), "{}", "Accepted"),
        (json!({"error": "/code"}), "", "Accepted"),
        (json!({"error": "/code", "taken": ["0"]}), "", "Unknown"),
        (
            json!({"format": "text", "error": "/code", "taken": ["0"]}),
            page,
            "Unknown",
        ),
        (
            json!({"format": "text", "error": "/code", "taken": ["0"]}),
            "",
            "Unknown",
        ),
        (
            json!({"format": "text", "error": "/code", "taken": ["0"]}),
            "9: no",
            "Rejected",
        ),
    ] {
        let server = TestServer::plain(move |_| Reply::Answer(200, "text/plain", body.to_owned())).await;
        let section = json!({
            "base_url": server.url(),
            "send": {"path": "/", "form": {"to": "{phone}"}, "reply": reply},
        });
        let got = format!("{:?}", provider(&section).send(&sms()).await);
        assert!(got.starts_with(class), "{reply} {body}: {got}");
    }
}

/// The gateway described in `docs/adding-a-channel.md` works.
#[tokio::test]
async fn the_gateway_of_the_how_to_page() {
    let page = include_str!("../../../../docs/adding-a-channel.md");
    let example = page
        .split("```toml")
        .find(|block| block.contains("base_url"))
        .and_then(|block| block.split("```").next())
        .unwrap();
    let mut section: Value = toml::from_str(example).unwrap();
    let server = TestServer::plain(|_| Reply::json(200, r#"{"message":{"id":"m-1"},"error":{"code":0}}"#)).await;
    section["base_url"] = json!(server.url());
    section["values"] = json!({"report_key": "k"});
    let gateway = provider(&section);
    assert_eq!(gateway.send(&sms()).await, accepted(Some("m-1"), None));
    assert!(gateway.webhook().is_some());
    let body: Value = serde_json::from_str(&server.seen("/v1/send")[0].body).unwrap();
    assert_eq!(
        body,
        json!({"to": "79990000000", "text": "Пицца & кофе: -50%", "external_id": "0000000000g-1"})
    );
}
