//! The content of a guest's message, by its type (PROVIDERS.md §5.6). Unknown types are kept as they came.

use bellhop_domain::incoming::{InboundContent, MediaKind};
use serde_json::Value;

/// Whether the type is a notice by WhatsApp itself that no guest wrote, like the opening of a chat.
pub(super) fn notice(kind: &str) -> bool {
    matches!(kind, "request_welcome" | "system")
}

pub(super) fn content(message: &Value, raw: &str) -> InboundContent {
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
        "edit" => edit(part),
        "revoke" => text(part, "original_message_id").map(|of| InboundContent::Revoked { of }),
        _ => None,
    };
    // A caption says something even if its file has no usable id.
    let said = || text(part, "caption").map(InboundContent::Text);
    known.or_else(said).unwrap_or_else(|| InboundContent::Other {
        kind: kind.to_owned(),
        raw: raw.to_owned(),
    })
}

/// The text at a key, if it is not empty.
pub(super) fn text(part: &Value, key: &str) -> Option<String> {
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

/// A tap on a template's quick reply, on a reply button or on a row of a list. If its payload or its words are
/// missing, the other stands for both.
fn button(part: &Value, payload: &str, words: &str) -> Option<InboundContent> {
    let payload = text(part, payload);
    let words = text(part, words).or_else(|| payload.clone())?;
    Some(InboundContent::Button { payload, text: words })
}

/// A form's reply (`nfm_reply`) contains no words of the guest, so it is kept as it came, and so is one without a
/// body.
fn interactive(part: &Value) -> Option<InboundContent> {
    let kind = part["type"].as_str()?;
    match kind {
        "button_reply" | "list_reply" => button(&part[kind], "id", "title"),
        _ => None,
    }
}

/// What was changed, and its new words: a text's, or a file's caption.
fn edit(part: &Value) -> Option<InboundContent> {
    let message = &part["message"];
    let kind = message["type"].as_str().unwrap_or("text");
    let words = ["body", "caption"]
        .into_iter()
        .find_map(|key| text(&message[kind], key));
    Some(InboundContent::Edited {
        of: text(part, "original_message_id")?,
        text: words,
    })
}
