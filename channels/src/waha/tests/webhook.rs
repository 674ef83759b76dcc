use super::{provider, section};
use crate::{Event, Receipt, ReceiptFor, ReceiptStatus, WebhookError, WebhookRequest};
use aws_lc_rs::hmac;
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::{Inbound, InboundContent, MediaKind};
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

/// From WAHA's own documentation, with the key `my-secret-key`.
const GOLDEN_BODY: &str = r#"{"event":"message","session":"default","engine":"WEBJS"}"#;
const GOLDEN: &str = "208f8a55dde9e05519e898b10b89bf0d0b3b0fdf11fdbf09b6b90476301b98d8097c462b2b17a6ce93b6b47a136cf2e78a33a63f6752c2c1631777076153fa89";

fn parse(body: &str, signature: Option<&str>) -> Result<Vec<Event>, WebhookError> {
    let mut headers = HeaderMap::new();
    if let Some(signature) = signature {
        headers.insert("x-webhook-hmac", HeaderValue::from_str(signature).unwrap());
    }
    let request = WebhookRequest {
        url: "https://bellhop.example/webhooks/default/wa",
        query: "",
        headers: &headers,
        body: body.as_bytes(),
    };
    provider(&section("https://waha.example"))
        .webhook()
        .unwrap()
        .parse(&request)
}

pub(super) fn signed(body: &str) -> Vec<Event> {
    let key = hmac::Key::new(hmac::HMAC_SHA512, b"my-secret-key");
    parse(body, Some(&hex::encode(hmac::sign(&key, body.as_bytes())))).unwrap()
}

pub(super) fn call(event: &str, payload: Value) -> Vec<Event> {
    let call = json!({
        "id": "evt_1", "timestamp": 1_741_249_702_485_i64, "event": event, "session": "default",
        "me": {"id": "71111111111@c.us", "lid": "999888777666555@lid"}, "payload": payload, "engine": "GOWS",
    });
    signed(&call.to_string())
}

pub(super) fn told(payload: Value) -> Value {
    let mut whole = json!({
        "id": "false_79990000000@c.us_AAAA", "timestamp": 1_667_561_485, "from": "79990000000@c.us",
        "fromMe": false, "source": "app", "to": "71111111111@c.us", "body": "", "hasMedia": false, "media": null,
    });
    whole
        .as_object_mut()
        .unwrap()
        .extend(payload.as_object().unwrap().clone());
    whole
}

pub(super) fn kind(events: &[Event]) -> &str {
    match events {
        [Event::Unrecognised { kind, raw }] => {
            assert!(raw.starts_with('{'));
            kind
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_golden_signature_is_believed_and_no_other() {
    assert_eq!(kind(&parse(GOLDEN_BODY, Some(GOLDEN)).unwrap()), "message");
    assert!(parse(GOLDEN_BODY, Some(&GOLDEN.to_uppercase())).is_ok());
    let forged = GOLDEN.replacen('2', "3", 1);
    for (body, signature) in [
        (GOLDEN_BODY, Some(forged.as_str())),
        (GOLDEN_BODY, Some(&GOLDEN[..64])),
        (GOLDEN_BODY, Some("")),
        (GOLDEN_BODY, Some("no hex")),
        (GOLDEN_BODY, None),
        (&GOLDEN_BODY.replace("WEBJS", "GOWS"), Some(GOLDEN)),
        (&GOLDEN_BODY.replace(',', ", "), Some(GOLDEN)),
    ] {
        assert_eq!(parse(body, signature), Err(WebhookError::BadSignature), "{signature:?}");
    }
}

#[test]
fn what_is_signed_but_no_call_is_unreadable() {
    for body in ["", "[]", "{", r#"{"session":"default"}"#] {
        let key = hmac::Key::new(hmac::HMAC_SHA512, b"my-secret-key");
        let signature = hex::encode(hmac::sign(&key, body.as_bytes()));
        assert!(
            matches!(parse(body, Some(&signature)), Err(WebhookError::Unreadable(_))),
            "{body}"
        );
    }
}

#[test]
fn every_ack() {
    let undelivered = ReceiptStatus::Undelivered {
        why: "ERROR: WhatsApp did not take the message".to_owned(),
        gone: false,
    };
    for (ack, name, status) in [
        (-1, "ERROR", undelivered),
        (0, "PENDING", ReceiptStatus::Pending),
        (1, "SERVER", ReceiptStatus::Pending),
        (2, "DEVICE", ReceiptStatus::Delivered),
        (3, "READ", ReceiptStatus::Read),
        (4, "PLAYED", ReceiptStatus::Read),
    ] {
        let expected = vec![Event::Receipt(Receipt {
            attempt: ReceiptFor::Provider("3EB0".to_owned()),
            status,
            at: Some(Timestamp(1_741_249_702_485)),
            cost: None,
        })];
        let payload =
            json!({"id": "true_79990000000@c.us_3EB0", "from": "79990000000@c.us", "fromMe": true, "ack": ack});
        assert_eq!(call("message.ack", payload.clone()), expected, "{name} by its number");
        let mut payload = payload;
        payload["ackName"] = json!(name);
        assert_eq!(call("message.ack", payload), expected, "{name}");
    }
    let of = |key: &str, value: Value| {
        let mut payload = json!({"id": "true_7@c.us_3EB0", "from": "7@c.us", "fromMe": true, "ack": 2});
        payload[key] = value;
        call("message.ack", payload)
    };
    assert_eq!(of("fromMe", json!(false)), vec![], "what we read ourselves");
    assert_eq!(kind(&of("ack", json!(9))), "message.ack");
    assert_eq!(kind(&of("from", json!("1203@g.us"))), "message.ack");
    assert_eq!(kind(&of("id", Value::Null)), "message.ack");
}

#[test]
fn a_guests_text() {
    let expected = vec![Event::Inbound(Inbound {
        perhaps: None,
        also: Vec::new(),
        provider_id: "AAAA".to_owned(),
        from: "+79990000000".to_owned(),
        name: Some("Анна".to_owned()),
        at: Timestamp(1_667_561_485_000),
        content: InboundContent::Text("СТОП".to_owned()),
        answers: Some("3EB0".to_owned()),
    })];
    for (data, quoted) in [
        (json!({"notifyName": "Анна"}), "true_79990000000@c.us_3EB0"),
        (json!({"pushName": "Анна"}), "3EB0"),
        (json!({"Info": {"PushName": "Анна"}}), "3EB0"),
    ] {
        let payload = told(json!({"body": "СТОП", "_data": data, "replyTo": {"id": quoted}}));
        assert_eq!(call("message", payload.clone()), expected);
        assert_eq!(call("message.any", payload), expected);
    }
}

#[test]
fn every_kind_of_content() {
    let media = |kind, mime: &str| InboundContent::Media {
        kind,
        reference: "http://waha:3000/api/files/a".to_owned(),
        mime: Some(mime.to_owned()),
        caption: Some("вот".to_owned()),
        filename: None,
    };
    for (mime, kind) in [
        ("image/jpeg", MediaKind::Image),
        ("image/webp", MediaKind::Sticker),
        ("video/mp4", MediaKind::Video),
        ("audio/ogg; codecs=opus", MediaKind::Audio),
        ("application/pdf", MediaKind::Document),
    ] {
        let file = json!({"url": "http://waha:3000/api/files/a", "mimetype": mime, "filename": null});
        let payload = told(json!({"hasMedia": true, "body": "вот", "media": file}));
        assert_eq!(content(payload), media(kind, mime), "{mime}");
    }
    let location = json!({"latitude": 55.75, "longitude": "37.61", "description": "Кремль"});
    assert_eq!(
        content(told(json!({"location": location}))),
        InboundContent::Location {
            latitude: "55.75".to_owned(),
            longitude: "37.61".to_owned(),
            name: Some("Кремль".to_owned()),
        }
    );
    for (payload, kind) in [
        (
            json!({"hasMedia": true, "media": null}),
            "media that WAHA did not download",
        ),
        (
            json!({"hasMedia": true, "media": {"url": null}}),
            "media that WAHA did not download",
        ),
        (json!({"vCards": ["BEGIN:VCARD"]}), "message without text"),
        (json!({"location": null}), "message without text"),
    ] {
        assert!(
            matches!(content(told(payload)), InboundContent::Other { kind: told, .. } if told == kind),
            "{kind}"
        );
    }
}

fn content(payload: Value) -> InboundContent {
    match call("message", payload).as_slice() {
        [Event::Inbound(inbound)] => inbound.content.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_reaction_and_its_removal() {
    for (text, emoji) in [("🙏", Some("🙏")), ("", None)] {
        let reaction = json!({"text": text, "messageId": "true_79990000000@c.us_3EB0"});
        let payload = json!({
            "id": "false_79990000000@c.us_BBBB", "from": "79990000000@c.us", "fromMe": false,
            "timestamp": 1_710_481_111.853, "reaction": reaction,
        });
        let expected = Event::Inbound(Inbound {
            perhaps: None,
            also: Vec::new(),
            provider_id: "BBBB".to_owned(),
            from: "+79990000000".to_owned(),
            name: None,
            at: Timestamp(1_710_481_111_853),
            content: InboundContent::Reaction {
                emoji: emoji.map(str::to_owned),
                to: "3EB0".to_owned(),
            },
            answers: None,
        });
        assert_eq!(call("message.reaction", payload), vec![expected]);
    }
    let own = json!({"fromMe": true, "id": "x", "from": "7@c.us", "reaction": {"text": "🙏", "messageId": "y"}});
    assert_eq!(kind(&call("message.reaction", own)), "message.reaction");
}

#[test]
fn hidden_ids_stay_and_groups_are_kept_as_they_came() {
    let from = |chat: &str| call("message", told(json!({"body": "x", "from": chat})));
    let [Event::Inbound(inbound)] = &from("123456789012345@lid")[..] else {
        panic!()
    };
    assert_eq!(inbound.from, "123456789012345@lid");
    for chat in ["120363402931855007@g.us", "1203@newsletter", "status@broadcast", ""] {
        assert_eq!(kind(&from(chat)), "message", "{chat}");
    }
}

#[test]
fn our_own_sends_are_no_news_but_the_phones_are_kept() {
    let own = |source: &str| {
        call(
            "message.any",
            told(json!({"fromMe": true, "source": source, "body": "x"})),
        )
    };
    assert_eq!(own("api"), vec![]);
    assert_eq!(kind(&own("app")), "message.any");
}

#[test]
fn other_events_and_other_sessions_are_kept_as_they_came() {
    for event in [
        "message.waiting",
        "message.edited",
        "message.revoked",
        "poll.vote",
        "poll.vote.failed",
        "call.received",
        "group.v2.participants",
        "chat.archive",
        "new.one",
    ] {
        assert_eq!(kind(&call(event, json!({}))), event);
    }
    let other = json!({"event": "message", "session": "bar", "payload": told(json!({"body": "x"}))});
    assert_eq!(kind(&signed(&other.to_string())), "message of another session");
}
