use super::super::{ATTEMPT, provider, sms};
use super::{Gateway, accepted, call, class, holds, pairs, receipts};
use crate::{Event, OutgoingMessage, Provider, ReceiptFor, ReceiptStatus, WebhookError};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::HealthState;
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::json;
use std::sync::Arc;

fn twilio(base_url: &str) -> Arc<dyn Provider> {
    provider(&json!({
        "preset": "twilio",
        "base_url": base_url,
        "values": {"account": "AC1", "user": "SK1", "sender": "+15005550006", "callback": "https://b.example/w/1"},
        "secrets": {"password": {"env": "SMSC_PASSWORD"}, "reports": {"env": "TWILIO_TOKEN"}},
    }))
}

#[tokio::test]
async fn twilio_sends_a_form() {
    let gateway = Gateway::start().await;
    let twilio = twilio(&gateway.server.url());
    let body = r#"{"sid":"SM7","status":"queued","num_segments":"2","error_code":null,"error_message":null}"#;
    assert_eq!(gateway.asked(&twilio, 201, body).await, accepted(Some("SM7"), Some(2)));
    let request = &gateway.server.seen("/2010-04-01/Accounts/AC1/Messages.json")[0];
    // SK1:p&ss
    assert_eq!(request.authorization, "Basic U0sxOnAmc3M=");
    let form = pairs(&request.body);
    holds(
        &form,
        &[
            ("To", "+79990000000"),
            ("From", "+15005550006"),
            ("Body", "Пицца & кофе: -50%"),
            ("ValidityPeriod", "5400"),
            ("StatusCallback", "https://b.example/w/1?id=0000000000g-1"),
        ],
    );
    assert!(!form.iter().any(|(name, _)| name == "MessagingServiceSid"), "{form:?}");
    let long = OutgoingMessage {
        expires: Timestamp(sms().now.0 + 3 * 86_400_000),
        ..sms()
    };
    twilio.send(&long).await;
    let form = pairs(&gateway.server.seen("/2010-04-01/Accounts/AC1/Messages.json")[1].body);
    holds(&form, &[("ValidityPeriod", "36000")]);
}

#[tokio::test]
async fn every_error_of_twilio() {
    let gateway = Gateway::start().await;
    let twilio = twilio(&gateway.server.url());
    for (status, code, expected) in [
        (401, 20003, "Misconfigured"),
        (404, 20404, "Rejected"),
        (429, 20429, "Retry"),
        (400, 21211, "RecipientGone"),
        (400, 21614, "RecipientGone"),
        (400, 21635, "RecipientGone"),
        (400, 21212, "Misconfigured"),
        (400, 21606, "Misconfigured"),
        (400, 21408, "CountryStopped"),
        (403, 21408, "CountryStopped"),
        (400, 21610, "OptedOut"),
        (400, 21611, "Throttled"),
        (429, 21611, "Throttled"),
        (400, 21612, "Failed"),
        // Unknown codes are judged by the HTTP status.
        (400, 29999, "Rejected"),
        (500, 29999, "Unknown"),
        (503, 29999, "Unknown"),
    ] {
        let body = format!(r#"{{"code":{code},"message":"words","more_info":"…","status":{status}}}"#);
        let outcome = gateway.asked(&twilio, status, body).await;
        assert_eq!(class(&outcome), expected, "{code}: {outcome:?}");
        assert!(
            format!("{outcome:?}").contains(&format!("error {code}: ")),
            "{outcome:?}"
        );
    }
    for (status, body, expected) in [
        (201, "", "Unknown"),
        (201, "<html>", "Unknown"),
        (502, "<html>", "Unknown"),
        (401, "", "Misconfigured"),
        (429, "", "Throttled"),
    ] {
        assert_eq!(
            class(&gateway.asked(&twilio, status, body).await),
            expected,
            "{status} {body}"
        );
    }
}

fn signed(signature: &str) -> HeaderMap {
    HeaderMap::from_iter([(
        "x-twilio-signature".parse().unwrap(),
        HeaderValue::from_str(signature).unwrap(),
    )])
}

/// The signature as Twilio makes it.
fn sign(url: &str, body: &str) -> HeaderMap {
    let mut fields = pairs(body);
    fields.sort();
    let text = fields
        .iter()
        .fold(url.to_owned(), |text, (name, value)| text + name + value);
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, b"12345");
    signed(&STANDARD.encode(aws_lc_rs::hmac::sign(&key, text.as_bytes())))
}

#[test]
fn the_golden_signature_of_twilio() {
    let twilio = twilio("https://api.twilio.com");
    let (url, body) = (
        "https://example.com/sms/status",
        "To=%2B15005550006&MessageStatus=delivered&MessageSid=SM123",
    );
    let golden = signed("nqr8WuJBZ3P0C4Yv4zTIN9sOq4k=");
    // It is believed, but without our id it tells us nothing.
    let missing = Err(WebhookError::Unreadable("there is no id".to_owned()));
    assert_eq!(receipts(&twilio, &call(url, &golden, body)), missing);
    assert_eq!(receipts(&twilio, &call(url, &sign(url, body), body)), missing);
    let refused = Err(WebhookError::BadSignature);
    for (url, headers, body) in [
        ("https://example.com/sms/status?", golden.clone(), body.to_owned()),
        ("http://example.com/sms/status", golden.clone(), body.to_owned()),
        (url, golden.clone(), body.replace("delivered", "failed")),
        (url, golden, format!("{body}&id=0000000000g-1")),
        (url, signed("nqr8WuJBZ3P0C4Yv4zTIN9sOq4g="), body.to_owned()),
        (url, signed("no base64"), body.to_owned()),
        (url, HeaderMap::new(), body.to_owned()),
    ] {
        assert_eq!(receipts(&twilio, &call(url, &headers, &body)), refused, "{url} {body}");
    }
}

/// Twilio's libraries sign the URL with or without the scheme's port; proxies add a slash or sort the query.
#[test]
fn an_address_that_leads_to_the_same_place_is_as_good() {
    let twilio = twilio("https://api.twilio.com");
    let body = "MessageSid=SM123&MessageStatus=delivered";
    for (came, signed) in [
        ("https://bell.example/w", "https://bell.example:443/w"),
        ("https://bell.example:443/w", "https://bell.example/w"),
        ("https://bell.example/w", "https://bell.example/w/"),
        ("https://Bell.example/w/", "https://bell.example:443/w"),
        ("https://bell.example/w?b=2&a=1", "https://bell.example/w?a=1&b=2"),
    ] {
        let answer = receipts(&twilio, &call(came, &sign(signed, body), body));
        assert_ne!(answer, Err(WebhookError::BadSignature), "{came} {signed}");
    }
    for (came, signed) in [
        ("https://bell.example/w", "http://bell.example/w"),
        ("https://bell.example/w", "https://bell.example:8443/w"),
        ("https://bell.example/w", "https://evil.example/w"),
        ("https://bell.example/w", "https://bell.example/v"),
    ] {
        let answer = receipts(&twilio, &call(came, &sign(signed, body), body));
        assert_eq!(answer, Err(WebhookError::BadSignature), "{came} {signed}");
    }
}

#[test]
fn a_json_body_of_twilio_is_signed_by_its_digest() {
    let twilio = twilio("https://api.twilio.com");
    let body = r#"{"MessageStatus":"delivered"}"#;
    let digest = hex::encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, body.as_bytes()));
    let url = format!("https://b.example/w/1?id=0000000000g-1&bodySHA256={digest}");
    let headers = sign(&url, "");
    let expected = (ReceiptFor::Ours(ATTEMPT), ReceiptStatus::Delivered);
    assert_eq!(receipts(&twilio, &call(&url, &headers, body)), Ok(vec![expected]));
    let changed = body.replace("delivered", "read");
    assert_eq!(
        receipts(&twilio, &call(&url, &headers, &changed)),
        Err(WebhookError::BadSignature)
    );
}

#[test]
fn every_status_of_twilio() {
    let twilio = twilio("https://api.twilio.com");
    let url = "https://b.example/w/1?id=0000000000g-1";
    let told = |status: &str, code: &str| {
        let error = if code.is_empty() {
            String::new()
        } else {
            format!("&ErrorCode={code}")
        };
        let body = format!("MessageSid=SM1&MessageStatus={status}&To=%2B1&From=%2B2{error}");
        let receipts = receipts(&twilio, &call(url, &sign(url, &body), &body)).unwrap();
        receipts
            .into_iter()
            .map(|(attempt, status)| {
                assert_eq!(attempt, ReceiptFor::Ours(ATTEMPT));
                status
            })
            .next()
    };
    for pending in ["accepted", "scheduled", "queued", "sending", "sent"] {
        assert_eq!(told(pending, ""), Some(ReceiptStatus::Pending), "{pending}");
    }
    assert_eq!(told("delivered", ""), Some(ReceiptStatus::Delivered));
    assert_eq!(
        told("delivered", "30003"),
        Some(ReceiptStatus::Delivered),
        "an error beside a success is none"
    );
    assert_eq!(told("read", ""), Some(ReceiptStatus::Read));
    assert_eq!((told("receiving", ""), told("received", "")), (None, None));
    for (status, code, expected) in [
        ("canceled", "", "Undelivered false status canceled"),
        ("undelivered", "", "Undelivered false status undelivered"),
        ("failed", "", "Undelivered false status failed"),
        (
            "partially_delivered",
            "",
            "Undelivered false status partially_delivered",
        ),
        ("failed", "99999", "Undelivered false status failed"),
        ("failed", "30001", "NotNow 60 s, 5 times status 30001"),
        ("failed", "30002", "Rejected status 30002"),
        ("undelivered", "30003", "NotNow 900 s, 1 times status 30003"),
        ("undelivered", "30004", "Undelivered false status 30004"),
        ("undelivered", "30005", "Undelivered true status 30005"),
        ("undelivered", "30006", "Undelivered true status 30006"),
        ("undelivered", "30007", "ContentRefused status 30007"),
        ("undelivered", "30008", "NotNow 900 s, 1 times status 30008"),
        ("failed", "30034", "CountryStopped status 30034"),
        ("failed", "63016", "Rejected status 63016"),
    ] {
        let got = match told(status, code) {
            Some(ReceiptStatus::Undelivered { why, gone }) => format!("Undelivered {gone} {why}"),
            Some(ReceiptStatus::NotNow { why, again }) => {
                format!("NotNow {} s, {} times {why}", again.after.as_secs(), again.times)
            }
            Some(ReceiptStatus::ContentRefused { why }) => format!("ContentRefused {why}"),
            Some(ReceiptStatus::CountryStopped { why }) => format!("CountryStopped {why}"),
            Some(ReceiptStatus::Rejected { why }) => format!("Rejected {why}"),
            other => panic!("{status} {code}: {other:?}"),
        };
        assert!(got.starts_with(&format!("{expected}: ")), "{got}");
    }
}

#[test]
fn a_suspended_account_stops_the_sender() {
    let twilio = twilio("https://api.twilio.com");
    let url = "https://b.example/w/1?id=0000000000g-1";
    for (status, code, stops) in [
        ("failed", "30002", true),
        ("undelivered", "30034", false),
        ("failed", "30007", false),
        ("failed", "63016", false),
        // An error beside a success does not count.
        ("delivered", "30002", false),
    ] {
        let body = format!("MessageSid=SM1&MessageStatus={status}&To=%2B1&From=%2B2&ErrorCode={code}");
        let events = twilio
            .webhook()
            .unwrap()
            .parse(&call(url, &sign(url, &body), &body))
            .unwrap();
        let health = events.iter().find_map(|event| match event {
            Event::Health(health) => Some((health.state, health.why.contains(code))),
            _ => None,
        });
        assert_eq!(
            health,
            stops.then_some((HealthState::Stopped, true)),
            "{status} {code}: {events:?}"
        );
    }
}
