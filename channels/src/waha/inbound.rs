//! Guests' messages and reactions in WAHA's calls.

use super::outcome::message_id;
use super::webhook::Call;
use crate::Event;
use crate::chat_id::person;
use bellhop_domain::incoming::{Inbound, InboundContent, MediaKind};
use serde_json::Value;

/// A guest's message; `None` if it is a group's, a channel's, or has no time or id.
pub(super) fn message(call: &Call) -> Option<Event> {
    inbound(call, content(call))
}

/// A guest's reaction; our own and those in groups give `None`.
pub(super) fn reaction(call: &Call) -> Option<Event> {
    if call.payload["fromMe"].as_bool() == Some(true) {
        return None;
    }
    let to = message_id(call.text("/reaction/messageId")?).to_owned();
    let emoji = call.text("/reaction/text").map(str::to_owned);
    inbound(call, InboundContent::Reaction { emoji, to })
}

fn inbound(call: &Call, content: InboundContent) -> Option<Event> {
    let answers = call.text("/replyTo/id").map(|id| message_id(id).to_owned());
    Some(Event::Inbound(Inbound {
        also: Vec::new(),
        provider_id: message_id(call.text("/id")?).to_owned(),
        from: person(call.text("/from")?)?,
        name: name(call),
        at: call.at()?,
        content,
        answers,
    }))
}

/// The profile's name: each engine has its own place for it.
fn name(call: &Call) -> Option<String> {
    let places = ["/_data/notifyName", "/_data/pushName", "/_data/Info/PushName"];
    places.into_iter().find_map(|place| call.text(place)).map(str::to_owned)
}

fn content(call: &Call) -> InboundContent {
    let body = call.text("/body").map(str::to_owned);
    if call.payload["hasMedia"].as_bool() == Some(true) {
        return media(call, body);
    }
    if let Some(location) = location(call) {
        return location;
    }
    match body {
        Some(text) => InboundContent::Text(text),
        None => other(call, "message without text"),
    }
}

/// WAHA fetches files only if told to; one that it did not fetch is kept as told.
fn media(call: &Call, caption: Option<String>) -> InboundContent {
    let Some(url) = call.text("/media/url") else {
        return other(call, "media that WAHA did not download");
    };
    let mime = call.text("/media/mimetype").map(str::to_owned);
    InboundContent::Media {
        kind: kind(mime.as_deref().unwrap_or_default()),
        reference: url.to_owned(),
        mime,
        caption,
        filename: call.text("/media/filename").map(str::to_owned),
    }
}

fn kind(mime: &str) -> MediaKind {
    match mime.split_once('/') {
        // WhatsApp's pictures are JPEG; its stickers are WebP.
        Some(("image", "webp")) => MediaKind::Sticker,
        Some(("image", _)) => MediaKind::Image,
        Some(("video", _)) => MediaKind::Video,
        Some(("audio", _)) => MediaKind::Audio,
        _ => MediaKind::Document,
    }
}

fn location(call: &Call) -> Option<InboundContent> {
    let degrees = |place: &str| match call.payload.pointer(place)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    Some(InboundContent::Location {
        latitude: degrees("/location/latitude")?,
        longitude: degrees("/location/longitude")?,
        name: ["/location/name", "/location/title", "/location/description"]
            .into_iter()
            .find_map(|place| call.text(place))
            .map(str::to_owned),
    })
}

fn other(call: &Call, kind: &str) -> InboundContent {
    InboundContent::Other {
        kind: kind.to_owned(),
        raw: call.payload.to_string(),
    }
}
