//! What guests write: `messages[]` (PROVIDERS.md §5.6). Every type has a place; what is new is kept as it came.

use super::address::address_at;
use super::webhook::{time, unrecognised};
use crate::Event;
use bellhop_domain::incoming::{Inbound, InboundContent, MediaKind};
use serde_json::Value;

/// Reads one message. One that does not say who, when or which it is cannot be a guest's and is kept as it came.
pub(super) fn read(raw: &str, contacts: &[Value]) -> Event {
    let message: Value = serde_json::from_str(raw).unwrap_or_default();
    inbound(&message, raw, contacts).map_or_else(|| unrecognised("message", raw), Event::Inbound)
}

fn inbound(message: &Value, raw: &str, contacts: &[Value]) -> Option<Inbound> {
    let contact = contact(message, contacts);
    let from = address_at(message, "from", "from_user_id").or_else(|| address_at(contact?, "wa_id", "user_id"))?;
    Some(Inbound {
        also: Vec::new(),
        provider_id: message["id"].as_str().filter(|id| !id.is_empty())?.to_owned(),
        from,
        name: contact.and_then(|contact| text(&contact["profile"], "name")),
        at: time(&message["timestamp"])?,
        content: content(message, raw),
        answers: text(&message["context"], "id"),
    })
}

/// The sender's contact: that of their number or user id, or the only one there is.
fn contact<'a>(message: &Value, contacts: &'a [Value]) -> Option<&'a Value> {
    let is = |contact: &Value, key: &str, of: &str| contact[key].is_string() && contact[key] == message[of];
    let theirs = contacts
        .iter()
        .find(|contact| is(contact, "wa_id", "from") || is(contact, "user_id", "from_user_id"));
    theirs.or(match contacts {
        [only] => Some(only),
        _ => None,
    })
}

fn content(message: &Value, raw: &str) -> InboundContent {
    let kind = message["type"].as_str().unwrap_or("absent");
    let part = &message[kind];
    let known = match kind {
        "text" => text(part, "body").map(InboundContent::Text),
        "image" => media(part, MediaKind::Image),
        "video" => media(part, MediaKind::Video),
        "audio" | "voice" => media(part, MediaKind::Audio),
        "document" => media(part, MediaKind::Document),
        "sticker" => media(part, MediaKind::Sticker),
        "reaction" => reaction(part),
        "location" => location(part),
        "button" => button(part, "payload", "text"),
        "interactive" => interactive(part),
        _ => None,
    };
    known.unwrap_or_else(|| InboundContent::Other {
        kind: kind.to_owned(),
        raw: raw.to_owned(),
    })
}

/// A text that is there and not empty.
fn text(part: &Value, key: &str) -> Option<String> {
    part[key].as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn media(part: &Value, kind: MediaKind) -> Option<InboundContent> {
    Some(InboundContent::Media {
        kind,
        reference: text(part, "id")?,
        mime: text(part, "mime_type"),
        caption: text(part, "caption"),
        filename: text(part, "filename"),
    })
}

/// Taken back: the emoji is empty or absent.
fn reaction(part: &Value) -> Option<InboundContent> {
    Some(InboundContent::Reaction {
        emoji: text(part, "emoji"),
        to: text(part, "message_id")?,
    })
}

fn location(part: &Value) -> Option<InboundContent> {
    let degrees = |key: &str| match &part[key] {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        _ => None,
    };
    Some(InboundContent::Location {
        latitude: degrees("latitude")?,
        longitude: degrees("longitude")?,
        name: text(part, "name").or_else(|| text(part, "address")),
    })
}

/// A tap on a template's quick reply, on a reply button or on a row of a list.
fn button(part: &Value, payload: &str, words: &str) -> Option<InboundContent> {
    Some(InboundContent::Button {
        payload: text(part, payload),
        text: text(part, words)?,
    })
}

/// A form's reply (`nfm_reply`) has no words of the guest's: it is kept as it came, as is one without a body.
fn interactive(part: &Value) -> Option<InboundContent> {
    let kind = part["type"].as_str()?;
    match kind {
        "button_reply" | "list_reply" => button(&part[kind], "id", "title"),
        _ => None,
    }
}
