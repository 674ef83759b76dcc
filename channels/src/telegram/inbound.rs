//! Guests' messages, taps and reactions in Telegram's calls.

use super::outcome::message_id;
use super::webhook::{at, person};
use crate::Event;
use bellhop_domain::incoming::{Inbound, InboundContent, MediaKind};
use serde_json::Value;

/// Files by their key, with their kind; a sticker's picture may move and stays a sticker.
const FILES: [(&str, MediaKind); 7] = [
    ("animation", MediaKind::Video),
    ("video", MediaKind::Video),
    ("video_note", MediaKind::Video),
    ("voice", MediaKind::Audio),
    ("audio", MediaKind::Audio),
    ("sticker", MediaKind::Sticker),
    ("document", MediaKind::Document),
];

/// A guest's message; `None` if it is a group's.
pub(super) fn message(told: &Value) -> Option<Event> {
    Some(Event::Inbound(Inbound {
        also: Vec::new(),
        provider_id: message_id(told)?,
        from: person(&told["chat"])?,
        name: name(&told["from"]),
        at: at(told)?,
        content: content(told),
        answers: message_id(&told["reply_to_message"]),
    }))
}

/// A tap on a button under a message. Telegram tells no time of it: the message's own is the best there is.
pub(super) fn button(told: &Value) -> Option<Event> {
    let message = &told["message"];
    let data = told["data"].as_str()?;
    Some(Event::Inbound(Inbound {
        also: Vec::new(),
        provider_id: format!("callback:{}", told["id"].as_str()?),
        from: person(&message["chat"])?,
        name: name(&told["from"]),
        at: at(message)?,
        content: InboundContent::Button {
            payload: Some(data.to_owned()),
            text: data.to_owned(),
        },
        answers: message_id(message),
    }))
}

/// A reaction set, changed or taken back; of several the last one.
pub(super) fn reaction(told: &Value) -> Option<Event> {
    let to = message_id(told)?;
    let at = at(told)?;
    let emoji = told["new_reaction"]
        .as_array()?
        .iter()
        .rev()
        .find_map(|it| it["emoji"].as_str());
    Some(Event::Inbound(Inbound {
        also: Vec::new(),
        // A reaction has no id: what it is about, when and what, is one.
        provider_id: format!("reaction:{to}:{}:{}", at.0, emoji.unwrap_or_default()),
        from: person(&told["chat"])?,
        name: name(&told["user"]),
        at,
        content: InboundContent::Reaction {
            emoji: emoji.map(str::to_owned),
            to,
        },
        answers: None,
    }))
}

fn name(user: &Value) -> Option<String> {
    let names: Vec<_> = ["first_name", "last_name"]
        .into_iter()
        .filter_map(|key| user[key].as_str())
        .collect();
    (!names.is_empty()).then(|| names.join(" "))
}

fn content(told: &Value) -> InboundContent {
    if let Some(text) = told["text"].as_str() {
        return InboundContent::Text(text.to_owned());
    }
    photo(told)
        .or_else(|| file(told))
        .or_else(|| location(told))
        .unwrap_or_else(|| {
            let known = ["contact", "poll", "dice", "venue", "story", "users_shared"];
            let kind = known.into_iter().find(|key| !told[*key].is_null()).unwrap_or("message");
            InboundContent::Other {
                kind: kind.to_owned(),
                raw: told.to_string(),
            }
        })
}

/// The same picture comes in several sizes, the largest last.
fn photo(told: &Value) -> Option<InboundContent> {
    let largest = told["photo"].as_array()?.last()?;
    Some(InboundContent::Media {
        kind: MediaKind::Image,
        reference: largest["file_id"].as_str()?.to_owned(),
        mime: Some("image/jpeg".to_owned()),
        caption: told["caption"].as_str().map(str::to_owned),
        filename: None,
    })
}

fn file(told: &Value) -> Option<InboundContent> {
    let (file, kind) = FILES
        .into_iter()
        .map(|(key, kind)| (&told[key], kind))
        .find(|(file, _)| file.is_object())?;
    let text = |key: &str| file[key].as_str().map(str::to_owned);
    Some(InboundContent::Media {
        kind,
        reference: text("file_id")?,
        mime: text("mime_type"),
        caption: told["caption"].as_str().map(str::to_owned),
        filename: text("file_name"),
    })
}

fn location(told: &Value) -> Option<InboundContent> {
    let degrees = |key: &str| told["location"][key].as_number().map(ToString::to_string);
    Some(InboundContent::Location {
        latitude: degrees("latitude")?,
        longitude: degrees("longitude")?,
        name: told.pointer("/venue/title").and_then(Value::as_str).map(str::to_owned),
    })
}
