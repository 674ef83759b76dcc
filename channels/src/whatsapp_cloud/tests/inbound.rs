//! `messages[]`: every type of PROVIDERS.md §5.6.

use super::{NOW, events_of, of_our_number};
use crate::Event;
use bellhop_domain::incoming::{Inbound, InboundContent, MediaKind};
use serde_json::{Value, json};

fn message(kind: &str, part: Value) -> Value {
    json!({"from": "79990000000", "id": "wamid.A", "timestamp": "1772355600", "type": kind, kind: part})
}

fn read(message: &Value, contacts: Value) -> Event {
    let mut events = events_of(
        "messages",
        &of_our_number(json!({"contacts": contacts, "messages": [message]})),
    );
    assert_eq!(events.len(), 1);
    events.remove(0)
}

fn anna() -> Value {
    json!([{"profile": {"name": "Анна"}, "wa_id": "79990000000", "user_id": "RU.134"}])
}

fn inbound(message: &Value) -> Inbound {
    match read(message, anna()) {
        Event::Inbound(inbound) => inbound,
        other => panic!("{message}: {other:?}"),
    }
}

fn media(kind: MediaKind, mime: &str, caption: Option<&str>, filename: Option<&str>) -> InboundContent {
    InboundContent::Media {
        kind,
        reference: "1166".to_owned(),
        mime: Some(mime.to_owned()),
        caption: caption.map(str::to_owned),
        filename: filename.map(str::to_owned),
    }
}

#[test]
fn a_text_with_all_that_stands_around_it() {
    let mut message = message("text", json!({"body": "Это ещё есть?"}));
    message["context"] = json!({"from": "15550783881", "id": "wamid.OURS"});
    message["referral"] = json!({"source_url": "https://fb.me/x", "ctwa_clid": "A"});
    let expected = Inbound {
        perhaps: None,
        also: vec!["RU.134".to_owned()],
        provider_id: "wamid.A".to_owned(),
        from: "+79990000000".to_owned(),
        name: Some("Анна".to_owned()),
        at: NOW,
        content: InboundContent::Text("Это ещё есть?".to_owned()),
        answers: Some("wamid.OURS".to_owned()),
    };
    assert_eq!(inbound(&message), expected);
}

#[test]
fn every_type() {
    let button = |payload: Option<&str>, text: &str| InboundContent::Button {
        payload: payload.map(str::to_owned),
        text: text.to_owned(),
    };
    let reaction = |emoji: Option<&str>| InboundContent::Reaction {
        emoji: emoji.map(str::to_owned),
        to: "wamid.OURS".to_owned(),
    };
    let place = |name: Option<&str>| InboundContent::Location {
        latitude: "55.7522".to_owned(),
        longitude: "37.6156".to_owned(),
        name: name.map(str::to_owned),
    };
    let rows = [
        (
            "image",
            json!({"id": "1166", "mime_type": "image/jpeg", "sha256": "x", "caption": "вот", "url": "https://x"}),
            media(MediaKind::Image, "image/jpeg", Some("вот"), None),
        ),
        (
            "video",
            json!({"id": "1166", "mime_type": "video/mp4", "sha256": "x"}),
            media(MediaKind::Video, "video/mp4", None, None),
        ),
        (
            "audio",
            json!({"id": "1166", "mime_type": "audio/ogg; codecs=opus", "sha256": "x", "voice": true}),
            media(MediaKind::Audio, "audio/ogg; codecs=opus", None, None),
        ),
        (
            "document",
            json!({"id": "1166", "mime_type": "application/pdf", "filename": "чек.pdf", "caption": ""}),
            media(MediaKind::Document, "application/pdf", None, Some("чек.pdf")),
        ),
        (
            "sticker",
            json!({"id": "1166", "mime_type": "image/webp", "animated": false}),
            media(MediaKind::Sticker, "image/webp", None, None),
        ),
        (
            "reaction",
            json!({"message_id": "wamid.OURS", "emoji": "👍"}),
            reaction(Some("👍")),
        ),
        (
            "reaction",
            json!({"message_id": "wamid.OURS", "emoji": ""}),
            reaction(None),
        ),
        ("reaction", json!({"message_id": "wamid.OURS"}), reaction(None)),
        (
            "location",
            json!({"latitude": 55.7522, "longitude": 37.6156}),
            place(None),
        ),
        (
            "location",
            json!({"latitude": "55.7522", "longitude": 37.6156, "name": "Кафе", "address": "ул."}),
            place(Some("Кафе")),
        ),
        (
            "button",
            json!({"payload": "yes", "text": "Да"}),
            button(Some("yes"), "Да"),
        ),
        ("button", json!({"text": "Да"}), button(None, "Да")),
        (
            "interactive",
            json!({"type": "button_reply", "button_reply": {"id": "b1", "title": "Да"}}),
            button(Some("b1"), "Да"),
        ),
        (
            "interactive",
            json!({"type": "list_reply", "list_reply": {"id": "r1", "title": "Ряд", "description": "…"}}),
            button(Some("r1"), "Ряд"),
        ),
    ];
    for (kind, part, expected) in rows {
        assert_eq!(inbound(&message(kind, part)).content, expected, "{kind}");
    }
}

#[test]
fn what_has_no_place_is_kept_as_it_came() {
    let rows = [
        (
            "contacts",
            json!([{"name": {"formatted_name": "Пётр"}, "phones": [{"phone": "+7"}]}]),
        ),
        (
            "order",
            json!({"catalog_id": "1", "product_items": [{"product_retailer_id": "a", "quantity": 1}]}),
        ),
        // Encrypted: we learn that it is an edit, but not the new text.
        ("edit", json!({"message": {}})),
        ("revoke", json!({})),
        ("ephemeral", json!({})),
        (
            "interactive",
            json!({"type": "call_permission_reply", "call_permission_reply": {"response": "reject"}}),
        ),
        ("unsupported", json!({"type": "poll"})),
        (
            "interactive",
            json!({"type": "nfm_reply", "nfm_reply": {"name": "flow", "response_json": "{}"}}),
        ),
        // Types without their content.
        ("interactive", json!(null)),
        ("text", json!({})),
        ("reaction", json!({"emoji": "👍"})),
        ("location", json!({"latitude": 1})),
        ("hologram", json!({"depth": 3})),
    ];
    for (kind, part) in rows {
        let message = message(kind, part);
        let expected = InboundContent::Other {
            kind: kind.to_owned(),
            raw: message.to_string(),
        };
        assert_eq!(inbound(&message).content, expected, "{kind}");
    }
}

/// A guest's word counts whatever metadata is missing, as long as it says who wrote it.
#[test]
fn without_a_time_or_an_id_it_is_still_a_word() {
    for key in ["id", "timestamp"] {
        let mut message = message("text", json!({"body": "СТОП"}));
        message[key] = json!(null);
        let told = inbound(&message);
        assert_eq!(told.content, InboundContent::Text("СТОП".to_owned()), "{key}");
        assert!(!told.provider_id.is_empty());
        assert_eq!(told.at, NOW);
    }
    let mut message = message("text", json!({"body": "hi"}));
    message["from"] = json!(null);
    let (kind, raw) = ("message".to_owned(), message.to_string());
    assert_eq!(read(&message, json!([])), Event::Unrecognised { kind, raw });
}
