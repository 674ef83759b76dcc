//! What a guest's message has besides its text (dev.max.ru/docs-api/objects/Message): files, a place, and the rest.

use bellhop_domain::incoming::{InboundContent, MediaKind};
use serde_json::Value;

/// Files by their type.
const FILES: [(&str, MediaKind); 5] = [
    ("image", MediaKind::Image),
    ("video", MediaKind::Video),
    ("audio", MediaKind::Audio),
    ("file", MediaKind::Document),
    ("sticker", MediaKind::Sticker),
];

/// Everything in a body, in its order: each file is a content of its own, and the first one has the text as its caption.
/// `raw` is the whole message, which is kept if nothing else can be made of it.
pub(super) fn contents(body: &Value, raw: &Value) -> Vec<InboundContent> {
    let words = body["text"].as_str().filter(|text| !text.is_empty());
    let all = body["attachments"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut found: Vec<_> = all.iter().filter_map(file).collect();
    if let Some(InboundContent::Media { caption, .. }) = found.first_mut() {
        *caption = words.map(str::to_owned);
        return found;
    }
    // A text counts even if the attachments are of an unknown kind.
    let said = || words.map(|text| InboundContent::Text(text.to_owned()));
    let place = || all.iter().find_map(location);
    let other = || {
        let kind = all.iter().find_map(|it| it["type"].as_str())?;
        Some(InboundContent::Other {
            kind: kind.to_owned(),
            raw: raw.to_string(),
        })
    };
    said().or_else(place).or_else(other).into_iter().collect()
}

fn file(attachment: &Value) -> Option<InboundContent> {
    let told = attachment["type"].as_str()?;
    let (_, kind) = FILES.into_iter().find(|(name, _)| *name == told)?;
    Some(InboundContent::Media {
        kind,
        reference: attachment.pointer("/payload/url")?.as_str()?.to_owned(),
        mime: None,
        caption: None,
        filename: attachment["filename"].as_str().map(str::to_owned),
    })
}

fn location(attachment: &Value) -> Option<InboundContent> {
    (attachment["type"] == "location").then_some(())?;
    let degrees = |key: &str| attachment[key].as_number().map(ToString::to_string);
    Some(InboundContent::Location {
        latitude: degrees("latitude")?,
        longitude: degrees("longitude")?,
        name: None,
    })
}

/// The title of the button with this payload under one of our messages.
pub(super) fn words_of_button<'a>(body: &'a Value, payload: &str) -> Option<&'a str> {
    let rows = body["attachments"]
        .as_array()?
        .iter()
        .filter_map(|it| it.pointer("/payload/buttons")?.as_array());
    let mut buttons = rows.flatten().filter_map(Value::as_array).flatten();
    buttons.find(|it| it["payload"] == payload)?["text"].as_str()
}
