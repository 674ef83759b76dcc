use super::{provider, section};
use crate::{Event, WebhookError, WebhookRequest};
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::{Inbound, InboundContent, MediaKind, Preference};
use bellhop_domain::opt_out::{Reading, Wish};
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
        perhaps: None,
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
    for kind in ["contact", "poll", "dice", "web_app_data", "paid_media"] {
        let content = inbound(update("message", message(json!({kind: {}})))).content;
        assert!(
            matches!(&content, InboundContent::Other { kind: told, .. } if told == kind),
            "{content:?}"
        );
    }
    // A message of an unknown kind may still say something.
    let said = message(json!({"paid_media": {}, "caption": "стоп"}));
    assert_eq!(
        inbound(update("message", said)).content,
        InboundContent::Text("стоп".to_owned())
    );
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

/// A bot's data is for its program; what the guest has read stands on the button.
#[test]
fn a_tap_says_what_stands_on_the_button() {
    let keyboard = json!({"inline_keyboard": [
        [{"text": "Меню", "url": "https://brand.example"}, {"text": "Заказать", "callback_data": "m:6"}],
        [{"text": "Отписаться", "callback_data": "m:7"}],
    ]});
    for (data, text, no) in [
        ("m:7", "Отписаться", true),
        ("m:6", "Заказать", false),
        // Of another version of the keyboard.
        ("m:8", "m:8", false),
        ("STOP", "STOP", true),
    ] {
        let tap = json!({"id": "9", "from": {"first_name": "Анна"}, "data": data,
            "message": message(json!({"reply_markup": keyboard}))});
        let content = inbound(update("callback_query", tap)).content;
        let expected = InboundContent::Button {
            payload: Some(data.to_owned()),
            text: text.to_owned(),
        };
        assert_eq!(content, expected);
        let stop = matches!(content.reading(), Reading::Sure { wish: Wish::Stop, .. });
        assert_eq!(stop, no, "{data}");
    }
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
fn groups_notices_and_other_updates_are_kept_as_they_came() {
    let group_message = |text: &str| message(json!({"text": text, "chat": {"id": -100, "type": "supergroup"}}));
    let group = group_message("стоп");
    for (kind, told) in [
        ("message", group),
        ("edited_message", group_message("стоп")),
        ("channel_post", group_message("стоп")),
        ("edited_channel_post", group_message("стоп")),
        ("business_message", message(json!({"text": "стоп"}))),
        ("chat_member", message(json!({"new_chat_member": {"status": "kicked"}}))),
        ("poll", json!({})),
        ("poll_answer", json!({"user": {"id": 987_654_321}, "option_ids": [0]})),
        (
            "callback_query",
            json!({"id": "9", "message": group_message("x"), "data": "STOP"}),
        ),
        (
            "my_chat_member",
            json!({
                "chat": {"id": -100, "type": "group"}, "date": 1_772_355_600, "new_chat_member": {"status": "kicked"},
            }),
        ),
        // As the group itself, as a channel, and with a reaction or an edit in one.
        (
            "message",
            message(
                json!({"text": "стоп", "sender_chat": {"id": -100, "type": "supergroup"}, "chat": {"id": -100, "type": "supergroup"}}),
            ),
        ),
        (
            "message",
            message(json!({"caption": "стоп", "photo": [{"file_id": "f"}], "chat": {"id": -5, "type": "group"}})),
        ),
        (
            "message_reaction",
            message(
                json!({"new_reaction": [{"type": "emoji", "emoji": "👎"}], "chat": {"id": -100, "type": "supergroup"}}),
            ),
        ),
        // Notices that nobody wrote.
        ("message", message(json!({"pinned_message": {"message_id": 1}}))),
        (
            "message",
            message(json!({"message_auto_delete_timer_changed": {"message_auto_delete_time": 86_400}})),
        ),
        ("message", message(json!({"write_access_allowed": {}}))),
        ("message", message(json!({"new": {}}))),
        (
            "message",
            message(json!({"text": "стоп", "from": {"id": 5, "is_bot": true, "first_name": "B"}})),
        ),
    ] {
        assert!(
            matches!(update(kind, told), Event::Unrecognised { kind: told, .. } if told == kind),
            "{kind}"
        );
    }
}

/// The rules for opt-outs must read exactly what was written: a command, its bot, its payload.
#[test]
fn commands_come_as_they_were_written() {
    for text in [
        "/start",
        "/start promo42",
        "/stop",
        "/stop@OurBot",
        "/unsubscribe",
        "СТОП",
    ] {
        let told = inbound(update(
            "message",
            message(json!({"text": text, "entities": [{"type": "bot_command"}]})),
        ));
        assert_eq!(told.content, InboundContent::Text(text.to_owned()));
    }
}

#[test]
fn an_edit_is_the_guests_new_word_and_each_is_another() {
    let edit = |update: i64, rest: Value| {
        let mut told = message(json!({"edit_date": 1_772_355_660}));
        told.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        let body = json!({"update_id": update, "edited_message": told}).to_string();
        inbound(parse(&body, Some("hook_secret")).unwrap().remove(0))
    };
    let words = |text: Option<&str>| InboundContent::Edited {
        of: "987654321:17".to_owned(),
        text: text.map(str::to_owned),
    };
    let first = edit(5, json!({"text": "СТОП"}));
    assert_eq!(first.content, words(Some("СТОП")));
    assert_eq!(
        (first.provider_id.as_str(), first.at),
        ("edit:987654321:17:5", Timestamp(1_772_355_660_000))
    );
    assert_eq!(
        edit(6, json!({"photo": [{"file_id": "f"}], "caption": "стоп"})).content,
        words(Some("стоп"))
    );
    assert_eq!(edit(9, json!({"text": "/stop"})).content, words(Some("/stop")));
    assert_eq!(
        edit(7, json!({"location": {"latitude": 1, "longitude": 2}})).content,
        words(None)
    );
    assert_ne!(
        edit(8, json!({"text": "СТОП"})).provider_id,
        first.provider_id,
        "the third word of three"
    );
}

#[test]
fn what_stands_beside_the_update_hides_it_not() {
    let body = json!({"update_id": 1, "a_new_key": {}, "message": message(json!({"text": "СТОП"}))}).to_string();
    let told = inbound(parse(&body, Some("hook_secret")).unwrap().remove(0));
    assert_eq!(told.content, InboundContent::Text("СТОП".to_owned()));
}

/// A stop that is tapped under an old message is newer than a consent given since that message.
#[test]
fn a_tap_is_as_new_as_its_coming() {
    for old in [message(json!({})), message(json!({"date": 0}))] {
        let tap = json!({"id": "9", "from": {"first_name": "Анна"}, "message": old, "data": "STOP"});
        let tap = inbound(update("callback_query", tap));
        assert!(tap.at.0 > 1_772_355_600_000 + 86_400_000, "{:?}", tap.at);
    }
}

#[test]
fn half_an_emoji_in_a_name_costs_no_word() {
    let body = message(json!({"text": "СТОП"})).to_string().replace("К.", r"К\ud83c");
    let body = format!(r#"{{"update_id":1,"message":{body}}}"#);
    let told = inbound(parse(&body, Some("hook_secret")).unwrap().remove(0));
    assert_eq!(told.content, InboundContent::Text("СТОП".to_owned()));
}
