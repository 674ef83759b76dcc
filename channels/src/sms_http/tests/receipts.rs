use super::{ATTEMPT, provider, smsc_section};
use crate::{Event, Receipt, ReceiptFor, ReceiptStatus, WebhookError, WebhookRequest};
use bellhop_domain::{Money, Timestamp};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

fn parse(section: &Value, query: &str, body: &str) -> Result<Vec<Event>, WebhookError> {
    let headers = HeaderMap::new();
    let request = WebhookRequest {
        url: "",
        query,
        headers: &headers,
        body: body.as_bytes(),
    };
    provider(section).webhook().unwrap().parse(&request)
}

fn smsc() -> Value {
    smsc_section("https://smsc.ru")
}

/// The signature of `0000000000g-1:79990000000:1:secret`, by `md5sum`.
const SIGNED: &str = "id=0000000000g-1&phone=79990000000&status=1&md5=b759ec0196ba318ed74abb304a6d692e";

#[test]
fn the_golden_signature_is_believed_and_the_message_is_not_ours() {
    let call = "id=17&phone=79990000000&status=1&md5=5a9dfe521fbdb81fe5d0c6bf94da1626";
    assert_eq!(parse(&smsc(), "", call), Ok(Vec::new()));
    let capitals = call.replace("5a9dfe521fbdb81fe5d0c6bf94da1626", "5A9DFE521FBDB81FE5D0C6BF94DA1626");
    assert_eq!(parse(&smsc(), "", &capitals), Ok(Vec::new()));
}

#[test]
fn our_own_attempt_comes_back() {
    let expected = vec![Event::Receipt(Receipt {
        attempt: ReceiptFor::Ours(ATTEMPT),
        status: ReceiptStatus::Delivered,
        at: None,
        cost: None,
    })];
    assert_eq!(parse(&smsc(), "", SIGNED), Ok(expected.clone()));
    assert_eq!(parse(&smsc(), SIGNED, ""), Ok(expected), "a gateway may call with GET");
}

#[test]
fn what_is_changed_or_unsigned_is_refused() {
    for call in [
        SIGNED.replace("status=1", "status=20"),
        SIGNED.replace("phone=79990000000", "phone=79990000001"),
        SIGNED.replace("g-1", "g-2"),
        SIGNED.replace("&md5=", "&md6="),
        SIGNED.split("&md5=").next().unwrap().to_owned(),
        format!("{}0", SIGNED),
        String::new(),
    ] {
        assert_eq!(parse(&smsc(), "", &call), Err(WebhookError::BadSignature), "{call}");
    }
    let other_secret = {
        let mut section = smsc();
        section["secrets"]["reports"] = json!({"env": "SMSC_PASSWORD"});
        section
    };
    assert_eq!(parse(&other_secret, "", SIGNED), Err(WebhookError::BadSignature));
}

/// A gateway with its own ids, times and prices in a JSON body.
#[test]
fn everything_a_report_can_hold() {
    let section = json!({
        "base_url": "https://gateway.example",
        "send": {"path": "/", "reply": {"error": "/e"}},
        "statuses": {"EXPIRED": {"status": "undelivered", "meaning": "too late"}},
        "receipts": {
            "id": "message", "ids": "gateway", "status": "state", "at": "ts", "cost": "price",
            "signature": {"kind": "md5", "parameter": "sign", "text": "{message}"},
            "acknowledgement": "100",
        },
    });
    let body = r#" {"message":"m-5","state":"EXPIRED","ts":1772355700,"price":"0.0079","x":null,
        "sign":"fe6fb7f329c35e0aa451f32f8bf0843a"}"#;
    let expected = Receipt {
        attempt: ReceiptFor::Provider("m-5".to_owned()),
        status: ReceiptStatus::Undelivered {
            why: "status EXPIRED: too late".to_owned(),
            gone: false,
        },
        at: Some(Timestamp(1_772_355_700_000)),
        cost: Some(Money(79)),
    };
    assert_eq!(parse(&section, "", body), Ok(vec![Event::Receipt(expected)]));
    assert_eq!(provider(&section).webhook().unwrap().acknowledgement(), "100");
    // What cannot be read is not signed either.
    assert_eq!(parse(&section, "", "{"), Err(WebhookError::BadSignature));
    let unsigned_status = r#"{"message":"m-5","sign":"fe6fb7f329c35e0aa451f32f8bf0843a"}"#;
    assert_eq!(
        parse(&section, "", unsigned_status),
        Err(WebhookError::Unreadable("there is no state".to_owned()))
    );
}
