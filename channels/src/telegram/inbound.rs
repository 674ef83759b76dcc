//! Guests' messages, edits, taps and reactions in Telegram's calls. Only what is written to the bot in a private chat
//! comes from a guest.

use super::outcome::message_id;
use super::update::{at, person, seconds};
use crate::Event;
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::{Inbound, InboundContent, MediaKind};
use serde_json::Value;

/// Files by their key, with their kind; a sticker stays a sticker even if it is animated.
const FILES: [(&str, MediaKind); 7] = [
    ("animation", MediaKind::Video),
    ("video", MediaKind::Video),
    ("video_note", MediaKind::Video),
    ("voice", MediaKind::Audio),
    ("audio", MediaKind::Audio),
    ("sticker", MediaKind::Sticker),
    ("document", MediaKind::Document),
];

/// What people send, beside texts, files and places.
const OTHERS: [&str; 14] = [
    "contact",
    "poll",
    "dice",
    "story",
    "game",
    "checklist",
    "paid_media",
    "invoice",
    "successful_payment",
    "users_shared",
    "chat_shared",
    "web_app_data",
    "passport_data",
    "giveaway",
];

/// A guest's message; `None` if it is from a group or a bot, or nobody wrote it: a pinned message, a timer, a
/// permission.
pub(super) fn message(told: &Value, received: Timestamp) -> Option<Event> {
    Some(Event::Inbound(Inbound {
        perhaps: None,
        also: Vec::new(),
        provider_id: message_id(told)?,
        from: guest(told)?,
        name: name(&told["from"]),
        at: at(told).unwrap_or(received),
        content: content(told)?,
        answers: message_id(&told["reply_to_message"]),
    }))
}

/// A guest's message with new words: a text or a caption. The update has an id of its own, while the message keeps
/// its id.
pub(super) fn edited(told: &Value, update: &Value, received: Timestamp) -> Option<Event> {
    let of = message_id(told)?;
    let edited = told["edit_date"].as_i64().and_then(seconds).unwrap_or(received);
    Some(Event::Inbound(Inbound {
        perhaps: None,
        also: Vec::new(),
        provider_id: format!("edit:{of}:{}", update["update_id"].as_i64().unwrap_or(edited.0)),
        from: guest(told)?,
        name: name(&told["from"]),
        at: edited,
        content: InboundContent::Edited { text: words(told), of },
        answers: None,
    }))
}

/// The author, if it is a person in a private chat.
fn guest(told: &Value) -> Option<String> {
    if told.pointer("/from/is_bot") == Some(&Value::Bool(true)) {
        return None;
    }
    person(&told["chat"])
}

fn words(told: &Value) -> Option<String> {
    let text = |key: &str| told[key].as_str().map(str::to_owned);
    text("text").or_else(|| text("caption"))
}

/// A tap on a button under a message. Telegram gives no time for it, and the message's time may be long past, so the
/// time of arrival is used.
pub(super) fn button(told: &Value, received: Timestamp) -> Option<Event> {
    let message = &told["message"];
    let data = ["data", "game_short_name"]
        .into_iter()
        .find_map(|key| told[key].as_str())?;
    Some(Event::Inbound(Inbound {
        perhaps: None,
        also: Vec::new(),
        provider_id: format!("callback:{}", told["id"].as_str()?),
        from: person(&message["chat"])?,
        name: name(&told["from"]),
        at: received,
        content: InboundContent::Button {
            payload: Some(data.to_owned()),
            text: words_of_button(message, data).unwrap_or(data).to_owned(),
        },
        answers: message_id(message),
    }))
}

/// The words on the button with this data, under the message that holds it.
fn words_of_button<'a>(message: &'a Value, data: &str) -> Option<&'a str> {
    let rows = message.pointer("/reply_markup/inline_keyboard")?.as_array()?;
    let mut buttons = rows.iter().filter_map(Value::as_array).flatten();
    buttons.find(|it| it["callback_data"] == data)?["text"].as_str()
}

/// A reaction that was set, changed or taken back; of several the last one.
pub(super) fn reaction(told: &Value) -> Option<Event> {
    let to = message_id(told)?;
    let at = at(told)?;
    let emoji = told["new_reaction"]
        .as_array()?
        .iter()
        .rev()
        .find_map(|it| it["emoji"].as_str());
    Some(Event::Inbound(Inbound {
        perhaps: None,
        also: Vec::new(),
        // A reaction has no id, so one is made of its message, its time and its emoji.
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

/// `None` for a notice of Telegram's own.
fn content(told: &Value) -> Option<InboundContent> {
    if let Some(text) = told["text"].as_str() {
        return Some(InboundContent::Text(text.to_owned()));
    }
    let known = photo(told).or_else(|| file(told)).or_else(|| location(told));
    // A caption says something whatever it belongs to.
    let said = || {
        told["caption"]
            .as_str()
            .map(|words| InboundContent::Text(words.to_owned()))
    };
    let other = || {
        let kind = OTHERS.into_iter().find(|key| !told[*key].is_null())?;
        Some(InboundContent::Other {
            kind: kind.to_owned(),
            raw: told.to_string(),
        })
    };
    known.or_else(said).or_else(other)
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
