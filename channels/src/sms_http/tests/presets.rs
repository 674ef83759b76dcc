//! Twilio, SMS.ru and Kannel by their presets: every row of PROVIDERS.md §4.6, §4.8 and §4.9.

use super::{ATTEMPT, provider, sms};
use crate::test_server::{Reply, Seen, TestServer};
use crate::{
    Content, Event, OutgoingMessage, Provider, Receipt, ReceiptFor, ReceiptStatus, WebhookError, WebhookRequest,
};
use bellhop_domain::{Outcome, Timestamp};
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// A gateway that answers as it was last told.
struct Gateway {
    server: TestServer,
    answer: Arc<Mutex<(u16, String)>>,
}

impl Gateway {
    async fn start() -> Self {
        let answer = Arc::new(Mutex::new((200, String::new())));
        let script = Arc::clone(&answer);
        let server = TestServer::plain(move |_: &Seen| {
            let (status, body) = script.lock().unwrap().clone();
            Reply::Answer(status, "application/json", body)
        })
        .await;
        Self { server, answer }
    }

    async fn asked(&self, provider: &Arc<dyn Provider>, status: u16, body: impl Into<String>) -> Outcome {
        *self.answer.lock().unwrap() = (status, body.into());
        provider.send(&sms()).await
    }
}

fn twilio(base_url: &str) -> Arc<dyn Provider> {
    provider(&json!({
        "preset": "twilio",
        "base_url": base_url,
        "values": {"account": "AC1", "user": "SK1", "sender": "+15005550006", "callback": "https://b.example/w/1"},
        "secrets": {"password": {"env": "SMSC_PASSWORD"}, "reports": {"env": "TWILIO_TOKEN"}},
    }))
}

fn sms_ru(base_url: &str) -> Arc<dyn Provider> {
    provider(&json!({
        "preset": "sms_ru",
        "base_url": base_url,
        "values": {"sender": "PIZZA"},
        "secrets": {"api_id": {"env": "SMSC_PASSWORD"}, "reports": {"env": "SMSC_REPORTS"}},
    }))
}

fn kannel(base_url: &str) -> Arc<dyn Provider> {
    provider(&json!({
        "preset": "kannel",
        "base_url": base_url,
        "values": {"user": "brand", "callback": "https://b.example/w/1"},
        "secrets": {"password": {"env": "SMSC_PASSWORD"}, "reports": {"env": "SMSC_REPORTS"}},
    }))
}

fn accepted(id: Option<&str>, parts: Option<u16>) -> Outcome {
    Outcome::Accepted {
        provider_id: id.map(str::to_owned),
        cost: None,
        parts,
    }
}

fn pairs(text: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

fn holds(pairs: &[(String, String)], expected: &[(&str, &str)]) {
    for (name, value) in expected {
        let found = pairs.iter().find(|(known, _)| known == name);
        assert_eq!(
            found.map(|(_, value)| value.as_str()),
            Some(*value),
            "{name} in {pairs:?}"
        );
    }
}

fn class(outcome: &Outcome) -> String {
    let text = format!("{outcome:?}");
    text.split([' ', '(']).next().unwrap().to_owned()
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
        (400, 21408, "Misconfigured"),
        (403, 21408, "Misconfigured"),
        (400, 21610, "Held"),
        (400, 21611, "Throttled"),
        (429, 21611, "Throttled"),
        (400, 21612, "Failed"),
        // Codes of the future go by the HTTP status.
        (400, 29999, "Rejected"),
        (500, 29999, "Unknown"),
        (503, 29999, "Retry"),
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

fn call<'a>(url: &'a str, headers: &'a HeaderMap, body: &'a str) -> WebhookRequest<'a> {
    WebhookRequest {
        url,
        query: url.split_once('?').map_or("", |(_, query)| query),
        headers,
        body: body.as_bytes(),
    }
}

fn signed(signature: &str) -> HeaderMap {
    HeaderMap::from_iter([(
        "x-twilio-signature".parse().unwrap(),
        HeaderValue::from_str(signature).unwrap(),
    )])
}

/// As Twilio makes it, with OpenSSL's arithmetic instead of ours.
fn sign(url: &str, body: &str) -> HeaderMap {
    let mut fields = pairs(body);
    fields.sort();
    let text = fields
        .iter()
        .fold(url.to_owned(), |text, (name, value)| text + name + value);
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, b"12345");
    use base64::Engine;
    signed(&base64::engine::general_purpose::STANDARD.encode(aws_lc_rs::hmac::sign(&key, text.as_bytes())))
}

fn receipts(
    provider: &Arc<dyn Provider>,
    request: &WebhookRequest<'_>,
) -> Result<Vec<(ReceiptFor, ReceiptStatus)>, WebhookError> {
    let receipt = |event| match event {
        Event::Receipt(Receipt { attempt, status, .. }) => (attempt, status),
        other => panic!("{other:?}"),
    };
    let events = provider.webhook().unwrap().parse(request)?;
    Ok(events.into_iter().map(receipt).collect())
}

#[test]
fn the_golden_signature_of_twilio() {
    let twilio = twilio("https://api.twilio.com");
    let (url, body) = (
        "https://example.com/sms/status",
        "To=%2B15005550006&MessageStatus=delivered&MessageSid=SM123",
    );
    let golden = signed("nqr8WuJBZ3P0C4Yv4zTIN9sOq4k=");
    // It is believed; without our id it tells us nothing.
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
        ("failed", "30001", "Undelivered false status 30001"),
        ("failed", "30002", "Rejected status 30002"),
        ("undelivered", "30003", "Undelivered false status 30003"),
        ("undelivered", "30004", "Undelivered false status 30004"),
        ("undelivered", "30005", "Undelivered true status 30005"),
        ("undelivered", "30006", "Undelivered true status 30006"),
        ("undelivered", "30007", "Rejected status 30007"),
        ("undelivered", "30008", "Undelivered false status 30008"),
        ("failed", "30034", "Rejected status 30034"),
        ("failed", "63016", "Rejected status 63016"),
    ] {
        let got = match told(status, code) {
            Some(ReceiptStatus::Undelivered { why, gone }) => format!("Undelivered {gone} {why}"),
            Some(ReceiptStatus::Rejected { why }) => format!("Rejected {why}"),
            other => panic!("{status} {code}: {other:?}"),
        };
        assert!(got.starts_with(&format!("{expected}: ")), "{got}");
    }
}

#[tokio::test]
async fn sms_ru_is_judged_per_number() {
    let gateway = Gateway::start().await;
    let sms_ru = sms_ru(&gateway.server.url());
    let body = r#"{"status":"OK","status_code":100,"sms":{"79990000000":{"status":"OK","status_code":100,"sms_id":"000000-10"}},"balance":4122.5}"#;
    assert_eq!(
        gateway.asked(&sms_ru, 200, body).await,
        accepted(Some("000000-10"), None)
    );
    let request = &gateway.server.seen("/sms/send")[0];
    holds(
        &pairs(&request.body),
        &[
            ("api_id", "p&ss"),
            ("to", "79990000000"),
            ("msg", "Пицца & кофе: -50%"),
            ("from", "PIZZA"),
            ("json", "1"),
        ],
    );
    // The request was taken and the number was not.
    let body = r#"{"status":"OK","status_code":100,"sms":{"79990000000":{"status":"ERROR","status_code":207,"status_text":"…"}}}"#;
    assert_eq!(class(&gateway.asked(&sms_ru, 200, body).await), "RecipientGone");
    for (body, expected) in [
        // Taken, but which number?
        (r#"{"status":"OK","status_code":100,"sms":{}}"#, "Unknown"),
        (r#"{"status":"OK","status_code":100}"#, "Unknown"),
        ("", "Unknown"),
        ("<html>", "Unknown"),
        (r#"{"status_code":999}"#, "Rejected"),
    ] {
        assert_eq!(class(&gateway.asked(&sms_ru, 200, body).await), expected, "{body}");
    }
}

#[tokio::test]
async fn every_error_of_sms_ru() {
    let gateway = Gateway::start().await;
    let sms_ru = sms_ru(&gateway.server.url());
    let rows: &[(&str, &[u16])] = &[
        (
            "Misconfigured",
            &[200, 201, 204, 206, 300, 301, 302, 303, 304, 305, 901, 902],
        ),
        ("RecipientGone", &[202, 207]),
        ("Rejected", &[203, 205, 208, 210, 211, 212, 213, 216]),
        ("Held", &[209, 214, 230, 231, 232, 233]),
        ("Retry", &[220, 500]),
        ("Failed", &[150]),
    ];
    for (expected, codes) in rows {
        for code in *codes {
            let whole = format!(r#"{{"status":"ERROR","status_code":{code},"status_text":"…"}}"#);
            let number = format!(r#"{{"status":"OK","status_code":100,"sms":{{"79990000000":{whole}}}}}"#);
            for body in [whole, number] {
                let outcome = gateway.asked(&sms_ru, 200, body).await;
                assert_eq!(class(&outcome), *expected, "{code}: {outcome:?}");
                assert!(
                    format!("{outcome:?}").contains(&format!("error {code}: ")),
                    "{outcome:?}"
                );
            }
        }
    }
}

#[test]
fn several_reports_of_sms_ru_in_one_call() {
    let sms_ru = sms_ru("https://sms.ru");
    let no_headers = HeaderMap::new();
    let url = "https://b.example/w/1?key=secret";
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("data[0]", "sms_status\n000000-1\n103\n1772355700")
        .append_pair("data[1]", "callcheck_status\n5\n401")
        .append_pair("data[10]", "sms_status\r\n000000-3\r\n102")
        .append_pair("data[2]", "sms_status\n000000-2\n104")
        .append_pair("data[3]", "sms_status\n000000-4\n999")
        .append_pair("other", "sms_status\n1\n103")
        .finish();
    let told = receipts(&sms_ru, &call(url, &no_headers, &body)).unwrap();
    let by = |id: &str| ReceiptFor::Provider(id.to_owned());
    let expired = ReceiptStatus::Undelivered {
        why: "status 104: expired".to_owned(),
        gone: false,
    };
    assert_eq!(
        told,
        [
            (by("000000-1"), ReceiptStatus::Delivered),
            (by("000000-2"), expired),
            (by("000000-3"), ReceiptStatus::Pending),
        ]
    );
    assert_eq!(sms_ru.webhook().unwrap().acknowledgement(), "100");
    for url in [
        "https://b.example/w/1",
        "https://b.example/w/1?key=secreT",
        "https://b.example/w/1?k=secret",
    ] {
        let with_key_in_the_form = format!("{body}&key=secret");
        assert_eq!(
            receipts(&sms_ru, &call(url, &no_headers, &with_key_in_the_form)),
            Err(WebhookError::BadSignature),
            "{url}"
        );
    }
    assert_eq!(receipts(&sms_ru, &call(url, &no_headers, "")), Ok(Vec::new()));
    let torn = receipts(&sms_ru, &call(url, &no_headers, "data%5B0%5D=sms_status%0A1"));
    assert_eq!(torn, Err(WebhookError::Unreadable("there is no status".to_owned())));
}

#[test]
fn every_status_of_sms_ru() {
    let sms_ru = sms_ru("https://sms.ru");
    for (code, expected) in [
        ("-1", "[]"),
        ("100", "Pending"),
        ("101", "Pending"),
        ("102", "Pending"),
        ("103", "Delivered"),
        ("104", "Undelivered"),
        ("105", "Undelivered"),
        ("106", "Undelivered"),
        ("107", "Undelivered"),
        ("108", "Rejected"),
        ("110", "Read"),
        ("150", "Undelivered"),
    ] {
        let body = format!("data%5B0%5D=sms_status%0A1%0A{code}");
        let told = receipts(
            &sms_ru,
            &call("https://b.example/w/1?key=secret", &HeaderMap::new(), &body),
        )
        .unwrap();
        assert!(format!("{told:?}").contains(expected), "{code}: {told:?}");
    }
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
        (500, "", "Unknown"),
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

#[test]
fn a_preset_says_what_it_lacks() {
    for (section, told) in [
        (json!({"preset": "twilio"}), "{account} is not set"),
        (json!({"preset": "sms_ru"}), "{api_id} is not set"),
        (json!({"preset": "kannel"}), "missing field `base_url`"),
        (
            json!({"preset": "twillio"}),
            "known are kannel, sms_ru, smsc_ru, twilio",
        ),
    ] {
        let error = super::registry::build("sms_http", &section, &super::environment)
            .err()
            .unwrap()
            .to_string();
        assert!(error.contains(told), "{error}");
    }
}

/// Without its secret no report is believed, and none is asked for at Kannel.
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
    let text: Value = json!(query);
    assert!(!text.to_string().contains("b.example"));
}
