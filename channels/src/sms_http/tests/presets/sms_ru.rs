use super::super::provider;
use super::{Gateway, accepted, call, class, holds, pairs, receipts};
use crate::{Provider, ReceiptFor, ReceiptStatus, WebhookError};
use reqwest::header::HeaderMap;
use serde_json::json;
use std::sync::Arc;

fn sms_ru(base_url: &str) -> Arc<dyn Provider> {
    provider(&json!({
        "preset": "sms_ru",
        "base_url": base_url,
        "values": {"sender": "PIZZA"},
        "secrets": {"api_id": {"env": "SMSC_PASSWORD"}, "reports": {"env": "SMSC_REPORTS"}},
    }))
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
    // The request was accepted, but the number was not.
    let body = r#"{"status":"OK","status_code":100,"sms":{"79990000000":{"status":"ERROR","status_code":207,"status_text":"…"}}}"#;
    assert_eq!(class(&gateway.asked(&sms_ru, 200, body).await), "RecipientGone");
    for (body, expected) in [
        // Accepted, but for which number?
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
