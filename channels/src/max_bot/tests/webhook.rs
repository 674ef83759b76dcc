use super::{provider, section};
use crate::{Event, WebhookError, WebhookRequest};
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::{Inbound, InboundContent, MediaKind, Preference};
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

const AT: i64 = 1_772_355_600_123;

fn parse(body: &str, secret: Option<&str>) -> Result<Vec<Event>, WebhookError> {
    let mut headers = HeaderMap::new();
    if let Some(secret) = secret {
        headers.insert("x-max-bot-api-secret", HeaderValue::from_str(secret).unwrap());
    }
    let request = WebhookRequest {
        url: "https://bellhop.example/webhooks/default/max",
        query: "",
        headers: &headers,
        body: body.as_bytes(),
    };
    provider(&section("https://platform-api2.max.ru"))
        .webhook()
        .unwrap()
        .parse(&request)
}

fn update(kind: &str, rest: &Value) -> Vec<Event> {
    let body = with(json!({"update_type": kind, "timestamp": AT}), rest);
    parse(&body.to_string(), Some("hook_secret")).unwrap()
}

fn with(mut whole: Value, rest: &Value) -> Value {
    let more = rest.as_object().unwrap().clone();
    whole.as_object_mut().unwrap().extend(more);
    whole
}

fn user() -> Value {
    json!({"user_id": 987_654_321, "first_name": "Анна", "last_name": "К.", "is_bot": false, "last_activity_time": AT})
}

/// A guest's message in the dialog; the bot is its recipient.
fn message(body: &Value) -> Value {
    json!({
        "sender": user(), "timestamp": AT,
        "recipient": {"chat_id": 5, "chat_type": "dialog", "user_id": 55},
        "body": with(json!({"mid": "mid.17", "seq": 17, "text": null, "attachments": null}), body),
    })
}

fn inbound(event: &Event) -> &Inbound {
    match event {
        Event::Inbound(inbound) => inbound,
        other => panic!("{other:?}"),
    }
}

fn content(body: &Value) -> InboundContent {
    let events = update("message_created", &json!({"message": message(body)}));
    assert_eq!(events.len(), 1);
    inbound(&events[0]).content.clone()
}

#[test]
fn only_the_secret_is_believed() {
    let body = r#"{"update_type":"dialog_muted","timestamp":1}"#;
    assert!(parse(body, Some("hook_secret")).is_ok());
    for secret in [
        None,
        Some(""),
        Some("hook_secre"),
        Some("hook_secret2"),
        Some("Bearer hook_secret"),
    ] {
        assert_eq!(parse(body, secret), Err(WebhookError::BadSignature), "{secret:?}");
    }
    for body in ["", "[]", "{}", r#"{"update_type":7}"#] {
        let told = parse(body, Some("hook_secret"));
        assert!(matches!(told, Err(WebhookError::Unreadable(_))), "{body}: {told:?}");
    }
}

#[test]
fn a_guests_text_that_quotes() {
    let link = json!({"type": "reply", "message": {"mid": "mid.5", "seq": 5, "text": "Пицца?"}});
    let told = with(message(&json!({"text": "СТОП"})), &json!({"link": link}));
    let expected = Inbound {
        perhaps: None,
        also: Vec::new(),
        provider_id: "mid.17".to_owned(),
        from: "987654321".to_owned(),
        name: Some("Анна К.".to_owned()),
        at: Timestamp(AT),
        content: InboundContent::Text("СТОП".to_owned()),
        answers: Some("mid.5".to_owned()),
    };
    let events = update("message_created", &json!({"message": told}));
    assert_eq!(events, [Event::Inbound(expected)]);
}

#[test]
fn every_kind_of_content() {
    for (kind, expected) in [
        ("image", MediaKind::Image),
        ("video", MediaKind::Video),
        ("audio", MediaKind::Audio),
        ("file", MediaKind::Document),
        ("sticker", MediaKind::Sticker),
    ] {
        let file = json!({"type": kind, "payload": {"url": "https://i.example/f", "token": "t"}, "filename": "f.pdf"});
        let expected = InboundContent::Media {
            kind: expected,
            reference: "https://i.example/f".to_owned(),
            mime: None,
            caption: Some("стоп".to_owned()),
            filename: Some("f.pdf".to_owned()),
        };
        assert_eq!(
            content(&json!({"text": "стоп", "attachments": [file]})),
            expected,
            "{kind}"
        );
    }
    let place = json!({"attachments": [{"type": "location", "latitude": 55.75, "longitude": 37.61}]});
    let expected = InboundContent::Location {
        latitude: "55.75".to_owned(),
        longitude: "37.61".to_owned(),
        name: None,
    };
    assert_eq!(content(&place), expected);
    for kind in ["contact", "share", "of_the_future"] {
        let told = json!({"type": kind, "payload": {}});
        let alone = content(&json!({"attachments": [told]}));
        assert!(
            matches!(&alone, InboundContent::Other { kind: it, .. } if it == kind),
            "{alone:?}"
        );
        // What cannot be named may still stand beside words.
        let said = content(&json!({"text": "стоп", "attachments": [told]}));
        assert_eq!(said, InboundContent::Text("стоп".to_owned()));
    }
}

#[test]
fn several_files_are_several_messages_and_the_first_has_the_words() {
    let file = |name: &str| json!({"type": "image", "payload": {"url": name}});
    let told = message(&json!({"text": "стоп", "attachments": [file("a"), file("b")]}));
    let events = update("message_created", &json!({"message": told}));
    let seen: Vec<_> = events
        .iter()
        .map(|event| (inbound(event).provider_id.as_str(), inbound(event).content.words()))
        .collect();
    assert_eq!(seen, [("mid.17", Some("стоп")), ("mid.17#1", None)]);
}

#[test]
fn what_is_passed_on_is_not_the_guests_word() {
    let link = json!({"type": "forward", "message": {"mid": "mid.5", "seq": 5, "text": "СТОП"}});
    let passed_on = |body: Value| {
        let told = with(message(&json!({})), &json!({"link": link, "body": body}));
        update("message_created", &json!({"message": told}))
    };
    for (body, id) in [
        (Value::Null, format!("forward:987654321:{AT}")),
        (json!({"mid": "mid.17", "seq": 17, "text": ""}), "mid.17".to_owned()),
    ] {
        let events = passed_on(body);
        let told = inbound(&events[0]);
        assert_eq!(told.provider_id, id);
        assert!(matches!(&told.content, InboundContent::Other { kind, .. } if kind == "forward"));
    }
    let commented = passed_on(json!({"mid": "mid.17", "seq": 17, "text": "СТОП"}));
    assert_eq!(inbound(&commented[0]).content, InboundContent::Text("СТОП".to_owned()));
}

#[test]
fn an_edit_is_the_guests_new_word_and_each_is_another() {
    let edit = |at: i64| {
        let body =
            json!({"update_type": "message_edited", "timestamp": at, "message": message(&json!({"text": "СТОП"}))});
        inbound(&parse(&body.to_string(), Some("hook_secret")).unwrap()[0]).clone()
    };
    let first = edit(AT + 60_000);
    let words = InboundContent::Edited {
        of: "mid.17".to_owned(),
        text: Some("СТОП".to_owned()),
    };
    assert_eq!((&first.content, first.at), (&words, Timestamp(AT + 60_000)));
    assert_ne!(edit(AT + 61_000).provider_id, first.provider_id);
}

#[test]
fn a_tap_says_its_payload_and_its_words() {
    let keyboard = json!({"type": "inline_keyboard", "payload": {"buttons": [
        [{"type": "link", "text": "Меню", "url": "https://b.example"}],
        [{"type": "callback", "text": "Отписаться", "payload": "no"}],
    ]}});
    // The bot's own message, in the dialog with the guest.
    let shown = message(&json!({"text": "Пицца?", "attachments": [keyboard]}));
    let tap = |payload: &str, message: &Value| {
        let callback = json!({"timestamp": AT + 5, "callback_id": "cb.9", "payload": payload, "user": user()});
        update("message_callback", &json!({"callback": callback, "message": message}))
    };
    for (payload, words) in [("no", "Отписаться"), ("other", "other")] {
        let events = tap(payload, &shown);
        let told = inbound(&events[0]);
        assert_eq!(
            (told.provider_id.as_str(), told.answers.as_deref(), told.at),
            ("callback:cb.9", Some("mid.17"), Timestamp(AT + 5))
        );
        let expected = InboundContent::Button {
            payload: Some(payload.to_owned()),
            text: words.to_owned(),
        };
        assert_eq!(told.content, expected);
    }
    // Of a message that is gone nobody can say where it stood.
    assert!(matches!(&tap("no", &Value::Null)[0], Event::Unrecognised { .. }));
}

#[test]
fn who_stops_the_bot_or_removes_the_dialog_opts_out() {
    for (kind, how) in [
        ("bot_stopped", "MAX: the bot was stopped"),
        ("dialog_removed", "MAX: the dialog was removed"),
    ] {
        let expected = Preference {
            address: "987654321".to_owned(),
            given: false,
            at: Timestamp(AT),
            how: how.to_owned(),
        };
        let told = update(kind, &json!({"chat_id": 5, "user": user()}));
        assert_eq!(told, [Event::Preference(expected)]);
    }
}

/// Whoever starts the bot again has not asked for marketing; what the link brought is kept.
#[test]
fn a_start_says_nothing_and_keeps_what_the_link_brought() {
    let events = update("bot_started", &json!({"chat_id": 5, "user": user(), "payload": "STOP"}));
    let told = inbound(&events[0]);
    assert_eq!(told.provider_id, format!("started:987654321:{AT}"));
    assert_eq!(told.content.reading(), bellhop_domain::opt_out::Reading::Ordinary);
    assert!(
        matches!(&told.content, InboundContent::Other { kind, raw } if kind == "bot_started" && raw.contains("STOP"))
    );
}

#[test]
fn groups_bots_and_other_updates_are_kept_as_they_came() {
    let stop = json!({"text": "стоп"});
    let in_a = |kind: &str| {
        let recipient = json!({"recipient": {"chat_id": -100, "chat_type": kind, "user_id": null}});
        json!({"message": with(message(&stop), &recipient)})
    };
    let bots = with(
        message(&stop),
        &json!({"sender": {"user_id": 55, "is_bot": true, "first_name": "B"}}),
    );
    let nobodys = with(message(&stop), &json!({"sender": null}));
    let callback = json!({"timestamp": AT, "callback_id": "cb.9", "payload": "STOP", "user": user()});
    for (kind, rest) in [
        ("message_created", in_a("chat")),
        ("message_created", in_a("channel")),
        ("message_edited", in_a("chat")),
        ("message_created", json!({"message": bots})),
        ("message_created", json!({"message": nobodys})),
        ("message_created", json!({"message": message(&json!({}))})),
        ("message_created", json!({})),
        ("message_callback", with(in_a("chat"), &json!({"callback": callback}))),
        ("comment_created", in_a("channel")),
        (
            "message_removed",
            json!({"message_id": "mid.17", "chat_id": 5, "user_id": 987_654_321}),
        ),
        ("dialog_cleared", json!({"chat_id": 5, "user": user()})),
        ("dialog_muted", json!({"chat_id": 5, "user": user(), "muted_until": AT})),
        ("dialog_unmuted", json!({"chat_id": 5, "user": user()})),
        (
            "bot_added",
            json!({"chat_id": -100, "user": user(), "is_channel": false}),
        ),
        (
            "bot_removed",
            json!({"chat_id": -100, "user": user(), "is_channel": false}),
        ),
        (
            "user_removed",
            json!({"chat_id": -100, "user": user(), "is_channel": false}),
        ),
        (
            "chat_title_changed",
            json!({"chat_id": -100, "user": user(), "title": "стоп"}),
        ),
        ("of_the_future", json!({"user": user()})),
        ("bot_stopped", json!({"chat_id": 5, "user": {}})),
    ] {
        let events = update(kind, &rest);
        assert!(
            matches!(&events[..], [Event::Unrecognised { kind: told, .. }] if told == kind),
            "{kind}: {events:?}"
        );
    }
}

#[test]
fn half_an_emoji_in_a_name_costs_no_word() {
    let body = json!({"update_type": "message_created", "timestamp": AT, "message": message(&json!({"text": "СТОП"}))});
    let body = body.to_string().replace("К.", r"К\ud83c");
    let events = parse(&body, Some("hook_secret")).unwrap();
    assert_eq!(inbound(&events[0]).content, InboundContent::Text("СТОП".to_owned()));
}
