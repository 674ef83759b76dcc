//! The handshake, the signature and the envelope.

use super::{NOW, NUMBER, WABA, events_of, of_our_number, ours, provider, section};
use crate::whatsapp_cloud::webhook::read;
use crate::{Event, Receipt, ReceiptFor, ReceiptStatus, WebhookError, WebhookRequest};
use aws_lc_rs::hmac;
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::HealthState;
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

const GOLDEN: &str = r#"{"object":"whatsapp_business_account","entry":[]}"#;
const GOLDEN_SIGNATURE: &str = "sha256=dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756";

fn parse(signature: Option<&str>, body: &[u8]) -> Result<Vec<Event>, WebhookError> {
    let mut headers = HeaderMap::new();
    if let Some(signature) = signature {
        headers.insert("X-Hub-Signature-256", HeaderValue::from_str(signature).unwrap());
    }
    let request = WebhookRequest {
        url: "",
        query: "",
        headers: &headers,
        body,
    };
    provider(&section("https://graph.facebook.com"))
        .webhook()
        .unwrap()
        .parse(&request)
}

fn signed(body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"test_app_secret");
    format!("sha256={}", hex::encode(hmac::sign(&key, body)))
}

#[test]
fn the_golden_signature_is_believed_and_every_other_refused() {
    assert_eq!(parse(Some(GOLDEN_SIGNATURE), GOLDEN.as_bytes()), Ok(Vec::new()));
    let capitals = GOLDEN_SIGNATURE.replace("dec6a680", "DEC6A680");
    assert_eq!(parse(Some(&capitals), GOLDEN.as_bytes()), Ok(Vec::new()));
    let spaced = GOLDEN.replace("\":", "\": ");
    let bare = GOLDEN_SIGNATURE.trim_start_matches("sha256=");
    for (signature, body) in [
        (Some(GOLDEN_SIGNATURE), spaced.as_str()),
        (Some(GOLDEN_SIGNATURE), ""),
        (Some(bare), GOLDEN),
        (Some(&GOLDEN_SIGNATURE[..GOLDEN_SIGNATURE.len() - 2]), GOLDEN),
        (Some("sha256="), GOLDEN),
        (Some("sha256=xyz"), GOLDEN),
        (Some("sha1=dec6a680679a968e7e0319355b23599cbfc54502"), GOLDEN),
        (None, GOLDEN),
    ] {
        assert_eq!(
            parse(signature, body.as_bytes()),
            Err(WebhookError::BadSignature),
            "{signature:?} {body}"
        );
    }
    let mut flipped = GOLDEN_SIGNATURE.to_owned();
    flipped.replace_range(20..21, if &flipped[20..21] == "0" { "1" } else { "0" });
    assert_eq!(
        parse(Some(&flipped), GOLDEN.as_bytes()),
        Err(WebhookError::BadSignature)
    );
}

/// Meta escapes slashes and what is not ASCII, and signs the bytes as they are sent.
#[test]
fn escapes_are_signed_as_they_came_and_read_as_letters() {
    let body = format!(
        r#"{{"object":"whatsapp_business_account","entry":[{{"id":"{WABA}","changes":[{{"field":"messages","value":{{"messaging_product":"whatsapp","metadata":{{"display_phone_number":"15550783881","phone_number_id":"{NUMBER}"}},"contacts":[{{"profile":{{"name":"J\u00e4n"}},"wa_id":"79990000000"}}],"messages":[{{"from":"79990000000","id":"wamid.A","timestamp":"1772355600","type":"text","text":{{"body":"\u0434\u0430 https:\/\/a.example"}}}}]}}}}]}}]}}"#
    );
    let events = parse(Some(&signed(body.as_bytes())), body.as_bytes()).unwrap();
    let [Event::Inbound(inbound)] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert_eq!((inbound.name.as_deref(), inbound.at), (Some("Jän"), NOW));
    assert_eq!(
        inbound.content,
        bellhop_domain::incoming::InboundContent::Text("да https://a.example".to_owned())
    );
    let reserialised = serde_json::from_str::<Value>(&body).unwrap().to_string();
    assert_eq!(
        parse(Some(&signed(body.as_bytes())), reserialised.as_bytes()),
        Err(WebhookError::BadSignature)
    );
}

#[test]
fn the_handshake() {
    let cloud = provider(&section("https://graph.facebook.com"));
    let shake = |query: &str| cloud.webhook().unwrap().handshake(query).unwrap();
    let asked = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=our%20word";
    assert_eq!(shake(asked), Ok("1158201444".to_owned()));
    assert_eq!(shake(&asked.replace("%20", "+")), Ok("1158201444".to_owned()));
    for query in [
        asked.replace("word", "words"),
        asked.replace("our%20word", ""),
        asked.replace("subscribe", "unsubscribe"),
        asked.replace("&hub.verify_token=our%20word", ""),
        String::new(),
    ] {
        assert_eq!(shake(&query), Err(WebhookError::BadSignature), "{query}");
    }
    let nothing = shake("hub.mode=subscribe&hub.verify_token=our+word");
    assert!(matches!(nothing, Err(WebhookError::Unreadable(_))), "{nothing:?}");
}

fn delivered(id: &str) -> Value {
    json!({"id": id, "status": "delivered", "timestamp": "1772355700", "recipient_id": "79990000000"})
}

fn receipt(id: &str) -> Event {
    Event::Receipt(Receipt {
        attempt: ReceiptFor::Provider(id.to_owned()),
        status: ReceiptStatus::Delivered,
        at: Some(Timestamp(1_772_355_700_000)),
        cost: None,
    })
}

#[test]
fn batches_keep_their_order_and_duplicates() {
    let change = |ids: &[&str]| {
        let statuses: Vec<_> = ids.iter().map(|id| delivered(id)).collect();
        json!({"field": "messages", "value": of_our_number(json!({"statuses": statuses}))})
    };
    let body = json!({"object": "whatsapp_business_account", "entry": [
        {"id": WABA, "changes": [change(&["a", "b"]), change(&["a"])]},
        {"id": WABA, "changes": [change(&["c"])]},
    ]});
    let events = read(body.to_string().as_bytes(), &ours(), NOW).unwrap();
    assert_eq!(events, ["a", "b", "a", "c"].map(receipt));
}

#[test]
fn other_numbers_and_accounts_are_not_ours() {
    let mut other_number = of_our_number(json!({"statuses": [delivered("a")]}));
    other_number["metadata"]["phone_number_id"] = json!("999999999999999");
    assert_eq!(events_of("messages", &other_number), []);
    let other_account = json!({"object": "whatsapp_business_account", "entry": [{"id": "999999999999999", "changes": [
        {"field": "account_update", "value": {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE"}}},
        // The number decides, not the account that the call names.
        {"field": "messages", "value": of_our_number(json!({"statuses": [delivered("a")]}))},
    ]}]});
    let events = read(other_account.to_string().as_bytes(), &ours(), NOW).unwrap();
    assert_eq!(events, [receipt("a")]);
}

#[test]
fn what_is_new_is_kept_as_it_came() {
    let history = of_our_number(json!({"history": [{"phase": 1}]}));
    for (field, value) in [
        ("history", history.clone()),
        ("messages", of_our_number(json!({}))),
        (
            "messages",
            of_our_number(json!({"errors": [{"code": 131_051, "title": "Unsupported"}]})),
        ),
        ("template_category_update", json!({"new_category": "MARKETING"})),
        ("security", json!("odd")),
        ("messages", json!(null)),
        ("messages", of_our_number(json!({"statuses": null, "messages": []}))),
    ] {
        let raw = value.to_string();
        let kind = field.to_owned();
        assert_eq!(events_of(field, &value), [Event::Unrecognised { kind, raw }]);
    }
    let page = json!({"object": "page", "entry": []}).to_string();
    let events = read(page.as_bytes(), &ours(), NOW).unwrap();
    assert!(
        matches!(&events[..], [Event::Unrecognised { kind, .. }] if kind == "page"),
        "{events:?}"
    );
    for body in ["", "[]", "{", "<html>", r#"{"object":7}"#] {
        let refused = read(body.as_bytes(), &ours(), NOW);
        assert!(
            matches!(refused, Err(WebhookError::Unreadable(_))),
            "{body}: {refused:?}"
        );
    }
}

#[test]
fn a_thousand_failures_of_one_cause_are_one_alarm() {
    let failed = |i: i64| {
        json!({"id": format!("wamid.{i}"), "status": "failed", "timestamp": (1_772_355_000 + i % 500).to_string(),
            "recipient_id": "79990000000", "errors": [{"code": 131_042, "title": "Payment issue"}]})
    };
    let statuses: Vec<_> = (0..1000).map(failed).collect();
    let events = events_of("messages", &of_our_number(json!({"statuses": statuses})));
    let (healths, receipts): (Vec<_>, Vec<_>) = events.iter().partition(|event| matches!(event, Event::Health(_)));
    assert_eq!(receipts.len(), 1000);
    let [Event::Health(health)] = healths[..] else {
        panic!("{healths:?}")
    };
    assert_eq!(
        (health.state, health.why.as_str(), health.at),
        (
            HealthState::Stopped,
            "131042: Payment issue",
            Timestamp(1_772_355_499_000)
        )
    );
}
