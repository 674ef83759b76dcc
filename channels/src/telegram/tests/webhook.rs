use super::{provider, section};
use crate::{Event, WebhookError, WebhookRequest};
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::{Inbound, InboundContent, MediaKind, Preference};
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

fn parse(body: &str, secret: Option<&str>) -> Result<Vec<Event>, WebhookError> {
    let mut headers = HeaderMap::new();
    if let Some(secret) = secret {
        headers.insert(
            "x-telegram-bot-api-secret-token",
            HeaderValue::from_str(secret).unwrap(),
        );
    }
    let request = WebhookRequest {
        url: "https://bellhop.example/webhooks/default/tg",
        query: "",
        headers: &headers,
        body: body.as_bytes(),
    };
    provider(&section("https://api.telegram.org"))
        .webhook()
        .unwrap()
        .parse(&request)
}

fn update(kind: &str, told: Value) -> Event {
    let body = json!({"update_id": 1, kind: told}).to_string();
    let mut events = parse(&body, Some("hook_secret")).unwrap();
    assert_eq!(events.len(), 1);
    events.remove(0)
}

fn message(rest: Value) -> Value {
    let mut message = json!({
        "message_id": 17, "date": 1_772_355_600,
        "from": {"id": 987_654_321, "first_name": "Анна", "last_name": "К."},
        "chat": {"id": 987_654_321, "type": "private"},
    });
    message
        .as_object_mut()
        .unwrap()
        .extend(rest.as_object().unwrap().clone());
    message
}

fn inbound(event: Event) -> Inbound {
    match event {
        Event::Inbound(inbound) => inbound,
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_the_secret_is_believed() {
    let body = r#"{"update_id":1,"poll":{}}"#;
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
    for body in ["", "[]", "{}", r#"{"update_id":1}"#] {
        let told = parse(body, Some("hook_secret"));
        assert!(matches!(told, Err(WebhookError::Unreadable(_))), "{body}: {told:?}");
    }
}

#[test]
fn a_guests_text_that_quotes() {
    let quoted = message(json!({"message_id": 5}));
    let told = message(json!({"text": "СТОП", "reply_to_message": quoted}));
    let expected = Inbound {
        also: Vec::new(),
        provider_id: "987654321:17".to_owned(),
        from: "987654321".to_owned(),
        name: Some("Анна К.".to_owned()),
        at: Timestamp(1_772_355_600_000),
        content: InboundContent::Text("СТОП".to_owned()),
        answers: Some("987654321:5".to_owned()),
    };
    assert_eq!(inbound(update("message", told)), expected);
}

#[test]
fn every_kind_of_content() {
    let file = |kind, mime: Option<&str>| InboundContent::Media {
        kind,
        reference: "f1".to_owned(),
        mime: mime.map(str::to_owned),
        caption: Some("вот".to_owned()),
        filename: None,
    };
    for (key, kind) in [
        ("animation", MediaKind::Video),
        ("video", MediaKind::Video),
        ("video_note", MediaKind::Video),
        ("voice", MediaKind::Audio),
        ("audio", MediaKind::Audio),
        ("sticker", MediaKind::Sticker),
        ("document", MediaKind::Document),
    ] {
        let told = message(json!({key: {"file_id": "f1", "mime_type": "x/y"}, "caption": "вот"}));
        assert_eq!(
            inbound(update("message", told)).content,
            file(kind, Some("x/y")),
            "{key}"
        );
    }
    let photo = message(json!({"photo": [{"file_id": "small"}, {"file_id": "f1"}], "caption": "вот"}));
    let picture = inbound(update("message", photo)).content;
    assert_eq!(picture, file(MediaKind::Image, Some("image/jpeg")));
    let place = message(json!({"location": {"latitude": 55.75, "longitude": 37.61}, "venue": {"title": "Кремль"}}));
    let expected = InboundContent::Location {
        latitude: "55.75".to_owned(),
        longitude: "37.61".to_owned(),
        name: Some("Кремль".to_owned()),
    };
    assert_eq!(inbound(update("message", place)).content, expected);
    for (rest, kind) in [(json!({"contact": {}}), "contact"), (json!({"new": {}}), "message")] {
        let content = inbound(update("message", message(rest))).content;
        assert!(
            matches!(&content, InboundContent::Other { kind: told, .. } if told == kind),
            "{content:?}"
        );
    }
}

#[test]
fn a_reaction_its_removal_and_a_tap() {
    for (new, emoji) in [
        (json!([{"type": "emoji", "emoji": "👍"}]), Some("👍")),
        (json!([]), None),
    ] {
        let told = message(json!({"new_reaction": new, "old_reaction": []}));
        let expected = InboundContent::Reaction {
            emoji: emoji.map(str::to_owned),
            to: "987654321:17".to_owned(),
        };
        assert_eq!(inbound(update("message_reaction", told)).content, expected);
    }
    let tap = json!({"id": "9", "from": {"first_name": "Анна"}, "message": message(json!({})), "data": "yes"});
    let tap = inbound(update("callback_query", tap));
    assert_eq!(
        (tap.provider_id.as_str(), tap.answers.as_deref()),
        ("callback:9", Some("987654321:17"))
    );
}

#[test]
fn who_blocks_the_bot_opts_out() {
    let member = |status: &str| {
        update(
            "my_chat_member",
            message(json!({"new_chat_member": {"status": status}})),
        )
    };
    let expected = Preference {
        address: "987654321".to_owned(),
        given: false,
        at: Timestamp(1_772_355_600_000),
        how: "Telegram: the bot was blocked".to_owned(),
    };
    assert_eq!(member("kicked"), Event::Preference(expected));
    assert!(matches!(member("member"), Event::Unrecognised { .. }));
}

#[test]
fn groups_and_other_updates_are_kept_as_they_came() {
    let group = message(json!({"text": "x", "chat": {"id": -100, "type": "supergroup"}}));
    for (kind, told) in [
        ("message", group),
        ("edited_message", message(json!({}))),
        ("poll", json!({})),
    ] {
        assert!(
            matches!(update(kind, told), Event::Unrecognised { kind: told, .. } if told == kind),
            "{kind}"
        );
    }
}
