use super::super::{provider, sms};
use super::{Gateway, accepted, call, class, holds, pairs, receipts};
use crate::{Content, OutgoingMessage, Provider, WebhookError};
use reqwest::header::HeaderMap;
use serde_json::json;
use std::sync::Arc;

fn kannel(base_url: &str) -> Arc<dyn Provider> {
    provider(&json!({
        "preset": "kannel",
        "base_url": base_url,
        "values": {"user": "brand", "callback": "https://b.example/w/1"},
        "secrets": {"password": {"env": "SMSC_PASSWORD"}, "reports": {"env": "SMSC_REPORTS"}},
    }))
}

#[tokio::test]
async fn kannel_takes_a_query_with_our_id_in_the_report_url() {
    let gateway = Gateway::start().await;
    let kannel = kannel(&gateway.server.url());
    for taken in ["0: Accepted for delivery", "3: Queued for later delivery\n"] {
        assert_eq!(gateway.asked(&kannel, 202, taken).await, accepted(None, None));
    }
    let query = pairs(&gateway.server.seen("/cgi-bin/sendsms")[0].query);
    holds(
        &query,
        &[
            ("username", "brand"),
            ("password", "p&ss"),
            ("to", "+79990000000"),
            ("text", "Пицца & кофе: -50%"),
            ("charset", "UTF-8"),
            ("coding", "2"),
            ("validity", "90"),
            ("dlr-mask", "31"),
            ("dlr-url", "https://b.example/w/1?id=0000000000g-1&status=%d&key=secret"),
        ],
    );
    let latin = OutgoingMessage {
        content: Content::Text("Pizza €5"),
        ..sms()
    };
    kannel.send(&latin).await;
    holds(
        &pairs(&gateway.server.seen("/cgi-bin/sendsms")[2].query),
        &[("coding", "0")],
    );
}

#[tokio::test]
async fn every_reply_of_kannel() {
    let gateway = Gateway::start().await;
    let kannel = kannel(&gateway.server.url());
    for (status, body, expected) in [
        (400, "Empty text or receiver not acceptable", "Rejected"),
        (403, "Authorization failed for sendsms", "Misconfigured"),
        (404, "Not found", "Misconfigured"),
        (503, "Temporal failure, try again later.", "Retry"),
        // Without Kannel's own words it comes from something in front of it.
        (503, "", "Unknown"),
        (503, "<html><h1>503 Service Unavailable</h1></html>", "Unknown"),
        (500, "", "Unknown"),
        (502, "Bad Gateway", "Unknown"),
        (504, "", "Unknown"),
        (303, "", "Unknown"),
        (200, "<html><title>Sign in to the network</title></html>", "Unknown"),
        (202, "", "Unknown"),
        (202, "7: Something of a later version", "Rejected"),
    ] {
        let outcome = gateway.asked(&kannel, status, body).await;
        assert_eq!(class(&outcome), expected, "{status} {body}: {outcome:?}");
    }
}

#[test]
fn every_report_of_kannel() {
    let kannel = kannel("http://127.0.0.1:13013");
    for (code, expected) in [
        ("1", "Delivered"),
        ("2", "Undelivered"),
        ("4", "Pending"),
        ("8", "Pending"),
        ("16", "Rejected"),
        ("32", "[]"),
    ] {
        let url = format!("https://b.example/w/1?id=0000000000g-1&status={code}&key=secret");
        let told = receipts(&kannel, &call(&url, &HeaderMap::new(), "")).unwrap();
        assert!(format!("{told:?}").contains(expected), "{code}: {told:?}");
        let forged = url.replace("secret", "secreT");
        assert_eq!(
            receipts(&kannel, &call(&forged, &HeaderMap::new(), "")),
            Err(WebhookError::BadSignature)
        );
    }
}

/// Without the secret no report is believed, and none is requested from Kannel.
#[tokio::test]
async fn without_the_secret_there_are_no_reports() {
    let gateway = Gateway::start().await;
    let kannel = provider(&json!({
        "preset": "kannel",
        "base_url": gateway.server.url(),
        "values": {"user": "brand", "callback": "https://b.example/w/1"},
        "secrets": {"password": {"env": "SMSC_PASSWORD"}},
    }));
    assert!(kannel.webhook().is_none());
    gateway.asked(&kannel, 202, "0: Accepted for delivery").await;
    let query: Vec<_> = pairs(&gateway.server.seen("/cgi-bin/sendsms")[0].query);
    assert!(!query.iter().any(|(name, _)| name == "dlr-url"), "{query:?}");
}
