use super::{provider, section};
use crate::{Event, Receipt, ReceiptFor, ReceiptStatus, WebhookError, WebhookRequest};
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::{Health, HealthState, Inbound, InboundContent, MediaKind, Preference};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use serde_json::{Value, json};

fn parse(body: &str, authorization: Option<&str>) -> Result<Vec<Event>, WebhookError> {
    let mut headers = HeaderMap::new();
    if let Some(authorization) = authorization {
        headers.insert(AUTHORIZATION, HeaderValue::from_str(authorization).unwrap());
    }
    let request = WebhookRequest {
        url: "https://bellhop.example/webhooks/default/wa",
        query: "",
        headers: &headers,
        body: body.as_bytes(),
    };
    provider(&section("https://green.example"))
        .webhook()
        .unwrap()
        .parse(&request)
}

pub(super) fn call(kind: &str, rest: Value) -> Vec<Event> {
    let mut call = json!({
        "typeWebhook": kind,
        "instanceData": {"idInstance": 1_101_000_001, "wid": "71111111111@c.us", "typeInstance": "whatsapp"},
        "timestamp": 1_586_700_690, "idMessage": "F7AEC1B7086ECDC7E6E45923F5EDB825",
    });
    call.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    parse(&call.to_string(), Some("Bearer hook-secret")).unwrap()
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
fn only_the_secret_is_believed() {
    let body = r#"{"typeWebhook":"deviceInfo"}"#;
    for authorization in ["hook-secret", "Bearer hook-secret", " Bearer hook-secret "] {
        assert!(parse(body, Some(authorization)).is_ok(), "{authorization}");
    }
    for authorization in [
        None,
        Some(""),
        Some("Bearer"),
        Some("Bearer "),
        Some("hook-secre"),
        Some("hook-secret2"),
        Some("Basic hook-secret"),
        Some("Bearer Bearer hook-secret"),
    ] {
        assert_eq!(
            parse(body, authorization),
            Err(WebhookError::BadSignature),
            "{authorization:?}"
        );
    }
}

#[test]
fn what_is_no_call_is_unreadable() {
    for body in ["", "[]", "{", "{}"] {
        let told = parse(body, Some("hook-secret"));
        assert!(matches!(told, Err(WebhookError::Unreadable(_))), "{body}: {told:?}");
    }
}

#[test]
fn every_status_of_a_message() {
    let undelivered = |why: &str, gone| ReceiptStatus::Undelivered {
        why: why.to_owned(),
        gone,
    };
    for (told, status) in [
        (json!({"status": "sent"}), ReceiptStatus::Pending),
        (json!({"status": "delivered"}), ReceiptStatus::Delivered),
        (json!({"status": "read"}), ReceiptStatus::Read),
        (
            json!({"status": "failed"}),
            undelivered("failed: WhatsApp did not take the message", false),
        ),
        (
            json!({"status": "failed", "description": "MessageError: 79990000000 Not authenticated."}),
            undelivered("failed: MessageError: … Not authenticated.", false),
        ),
        (
            json!({"status": "fail"}),
            undelivered("fail: WhatsApp did not take the message", false),
        ),
        (
            json!({"status": "noAccount"}),
            undelivered("noAccount: the number has no WhatsApp", true),
        ),
        (
            json!({"status": "notInGroup"}),
            undelivered("notInGroup: the number is not in the group", false),
        ),
    ] {
        let expected = Receipt {
            attempt: ReceiptFor::Provider("F7AEC1B7086ECDC7E6E45923F5EDB825".to_owned()),
            status,
            at: Some(Timestamp(1_586_700_690_000)),
            cost: None,
        };
        assert_eq!(call("outgoingMessageStatus", told), vec![Event::Receipt(expected)]);
    }
    assert_eq!(
        kind(&call("outgoingMessageStatus", json!({"status": "new"}))),
        "outgoingMessageStatus"
    );
    assert_eq!(kind(&call("outgoingMessageStatus", json!({}))), "outgoingMessageStatus");
}

#[test]
fn a_yellow_card_stops_the_number_and_leaves_the_message_in_the_queue() {
    let events = call("outgoingMessageStatus", json!({"status": "yellowCard"}));
    assert!(
        matches!(&events[..], [
            Event::Receipt(Receipt { status: ReceiptStatus::Pending, .. }),
            Event::Health(Health { state: HealthState::Stopped, why, .. }),
        ] if why.starts_with("yellowCard: ")),
        "{events:?}"
    );
}

#[test]
fn every_state_of_the_instance() {
    for (name, state) in [
        ("authorized", HealthState::Working),
        ("starting", HealthState::Degraded),
        ("sleepMode", HealthState::Degraded),
        ("notAuthorized", HealthState::Stopped),
        ("blocked", HealthState::Stopped),
        ("yellowCard", HealthState::Stopped),
        ("suspended", HealthState::Stopped),
    ] {
        let events = call("stateInstanceChanged", json!({"stateInstance": name}));
        let [Event::Health(health)] = &events[..] else {
            panic!("{events:?}")
        };
        assert_eq!(
            (health.state, health.at),
            (state, Timestamp(1_586_700_690_000)),
            "{name}"
        );
        assert!(health.why.starts_with(name), "{}", health.why);
    }
    assert_eq!(
        kind(&call("stateInstanceChanged", json!({"stateInstance": "new"}))),
        "stateInstanceChanged"
    );
}

#[test]
fn a_used_up_tariff_is_a_warning_without_numbers() {
    let data =
        json!({"quotaData": {"status": "CORRESPONDENTS_QUOTA_EXCEEDED", "description": "only 10001234560@c.us"}});
    // In some of its examples the notice has the name of a block.
    for event in ["quotaExceeded", "incomingBlock"] {
        let events = call(event, data.clone());
        let [Event::Health(health)] = &events[..] else {
            panic!("{events:?}")
        };
        assert_eq!(health.state, HealthState::Degraded);
        assert!(
            health.why.contains("QUOTA") && !health.why.contains("1000"),
            "{}",
            health.why
        );
    }
}

#[test]
fn a_block_is_that_guests_no() {
    let told = |chat: Value, state: &str| call("incomingBlock", json!({"chatId": chat, "chatState": state}));
    let expected = Preference {
        address: "+79990000000".to_owned(),
        given: false,
        at: Timestamp(1_586_700_690_000),
        how: "WhatsApp: blocked the number".to_owned(),
    };
    let blocked = told(json!("79990000000@c.us"), "blocked");
    assert_eq!(blocked, vec![Event::Preference(expected.clone())]);
    let hidden = Preference {
        address: "123456789012345@lid".to_owned(),
        ..expected
    };
    assert_eq!(
        told(json!("123456789012345@lid"), "blocked"),
        vec![Event::Preference(hidden)]
    );
    // Who lets the number in again has not asked for anything.
    assert_eq!(told(json!("79990000000@c.us"), "unblocked"), vec![]);
    for (chat, state) in [
        // Stands for somebody whom WhatsApp does not name.
        (json!("10000000000@c.us"), "blocked"),
        (json!("1203@g.us"), "blocked"),
        (json!(null), "blocked"),
        (json!("79990000000@c.us"), "ofTheFuture"),
    ] {
        assert_eq!(kind(&told(chat.clone(), state)), "incomingBlock", "{chat} {state}");
    }
}

pub(super) fn incoming(chat: &str, data: Value) -> Vec<Event> {
    call(
        "incomingMessageReceived",
        json!({"senderData": {"chatId": chat, "sender": chat, "senderName": "Анна"}, "messageData": data}),
    )
}

#[test]
fn a_guests_text() {
    let text = json!({"typeMessage": "textMessage", "textMessageData": {"textMessage": "СТОП"}});
    let expected = Inbound {
        perhaps: None,
        also: Vec::new(),
        provider_id: "F7AEC1B7086ECDC7E6E45923F5EDB825".to_owned(),
        from: "+79990000000".to_owned(),
        name: Some("Анна".to_owned()),
        at: Timestamp(1_586_700_690_000),
        content: InboundContent::Text("СТОП".to_owned()),
        answers: None,
    };
    assert_eq!(
        incoming("79990000000@c.us", text.clone()),
        vec![Event::Inbound(expected.clone())]
    );
    let hidden = Inbound {
        perhaps: None,
        also: Vec::new(),
        from: "123456789012345@lid".to_owned(),
        ..expected
    };
    assert_eq!(
        incoming("123456789012345@lid", text.clone()),
        vec![Event::Inbound(hidden)]
    );
    assert_eq!(kind(&incoming("1203@g.us", text)), "incomingMessageReceived");
}

#[test]
fn every_type_of_message() {
    let file =
        json!({"downloadUrl": "https://do-media.example/a", "caption": "вот", "fileName": "a", "mimeType": "x/y"});
    let media = |kind| InboundContent::Media {
        kind,
        reference: "https://do-media.example/a".to_owned(),
        mime: Some("x/y".to_owned()),
        caption: Some("вот".to_owned()),
        filename: Some("a".to_owned()),
    };
    let text = |text: &str| InboundContent::Text(text.to_owned());
    for (mut data, expected) in [
        (
            json!({"typeMessage": "extendedTextMessage", "extendedTextMessageData": {"text": "привет"}}),
            text("привет"),
        ),
        (json!({"typeMessage": "imageMessage"}), media(MediaKind::Image)),
        (json!({"typeMessage": "videoMessage"}), media(MediaKind::Video)),
        (json!({"typeMessage": "audioMessage"}), media(MediaKind::Audio)),
        (json!({"typeMessage": "documentMessage"}), media(MediaKind::Document)),
        (json!({"typeMessage": "stickerMessage"}), media(MediaKind::Sticker)),
        (
            json!({"typeMessage": "locationMessage", "locationMessageData": {"latitude": 55.75, "longitude": 37.61, "nameLocation": "Кремль"}}),
            InboundContent::Location {
                latitude: "55.75".to_owned(),
                longitude: "37.61".to_owned(),
                name: Some("Кремль".to_owned()),
            },
        ),
        (
            json!({"typeMessage": "reactionMessage", "extendedTextMessageData": {"text": "👍"}, "quotedMessage": {"stanzaId": "3EB0"}}),
            InboundContent::Reaction {
                emoji: Some("👍".to_owned()),
                to: "3EB0".to_owned(),
            },
        ),
        (
            json!({"typeMessage": "reactionMessage", "extendedTextMessageData": {"text": ""}, "quotedMessage": {"stanzaId": "3EB0"}}),
            InboundContent::Reaction {
                emoji: None,
                to: "3EB0".to_owned(),
            },
        ),
        (
            json!({"typeMessage": "buttonsResponseMessage", "buttonsResponseMessage": {"selectedButtonId": "1", "selectedButtonText": "Да"}}),
            InboundContent::Button {
                payload: Some("1".to_owned()),
                text: "Да".to_owned(),
            },
        ),
        (
            json!({"typeMessage": "templateButtonsReplyMessage", "templateButtonReplyMessage": {"selectedId": "1", "selectedDisplayText": "Да"}}),
            InboundContent::Button {
                payload: Some("1".to_owned()),
                text: "Да".to_owned(),
            },
        ),
    ] {
        data["fileMessageData"] = file.clone();
        let (content, answers) = read(data.clone());
        assert_eq!((content, answers), (expected, None), "{data}");
    }
    let quoted = json!({"typeMessage": "quotedMessage", "extendedTextMessageData": {"text": "да"}, "quotedMessage": {"stanzaId": "3EB0"}});
    assert_eq!(read(quoted), (text("да"), Some("3EB0".to_owned())));
    for (data, kind) in [
        (
            json!({"typeMessage": "contactMessage", "contactMessageData": {}}),
            "contactMessage",
        ),
        (json!({"typeMessage": "pollMessage"}), "pollMessage"),
        // known types without their content
        (json!({"typeMessage": "imageMessage"}), "imageMessage"),
        (json!({"typeMessage": "editedMessage"}), "editedMessage"),
        (json!({"typeMessage": "textMessage"}), "textMessage"),
        (json!({}), "message without type"),
    ] {
        let (content, _) = read(data);
        assert!(
            matches!(&content, InboundContent::Other { kind: told, .. } if told == kind),
            "{content:?}"
        );
    }
}

fn read(data: Value) -> (InboundContent, Option<String>) {
    match &incoming("79990000000@c.us", data)[..] {
        [Event::Inbound(inbound)] => (inbound.content.clone(), inbound.answers.clone()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn echoes_are_no_news_and_the_rest_is_kept_as_it_came() {
    assert_eq!(call("outgoingAPIMessageReceived", json!({})), vec![]);
    for event in ["outgoingMessageReceived", "incomingCall", "deviceInfo", "ofTheFuture"] {
        assert_eq!(kind(&call(event, json!({}))), event);
    }
    let other = json!({"instanceData": {"idInstance": 7}, "stateInstance": "blocked"});
    assert_eq!(
        kind(&call("stateInstanceChanged", other)),
        "stateInstanceChanged of another instance"
    );
}
