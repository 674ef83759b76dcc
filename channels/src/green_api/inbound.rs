//! Guests' messages in Green-API's calls.

use super::webhook::Call;
use crate::Event;
use crate::chat_id::person;
use bellhop_domain::incoming::{Inbound, InboundContent, MediaKind};
use serde_json::Value;

/// A guest's message; `None` if it is a group's, or has no time or id.
pub(super) fn message(call: &Call) -> Option<Event> {
    let text = |place: &str| call.text(place).map(str::to_owned);
    Some(Event::Inbound(Inbound {
        also: Vec::new(),
        provider_id: call.id_message.clone()?,
        from: person(call.text("/senderData/chatId")?)?,
        name: text("/senderData/senderName"),
        at: call.at()?,
        content: content(call),
        answers: text("/messageData/quotedMessage/stanzaId")
            .filter(|_| call.text("/messageData/typeMessage") != Some("reactionMessage")),
    }))
}

fn content(call: &Call) -> InboundContent {
    let kind = call.text("/messageData/typeMessage").unwrap_or("message without type");
    read(call, kind).unwrap_or_else(|| InboundContent::Other {
        kind: kind.to_owned(),
        raw: call.rest.pointer("/messageData").unwrap_or(&Value::Null).to_string(),
    })
}

fn read(call: &Call, kind: &str) -> Option<InboundContent> {
    let data = |place: &str| call.text(&format!("/messageData/{place}")).map(str::to_owned);
    Some(match kind {
        "textMessage" => InboundContent::Text(data("textMessageData/textMessage")?),
        "extendedTextMessage" | "quotedMessage" => {
            InboundContent::Text(data("extendedTextMessageData/text").or_else(|| data("textMessageData/textMessage"))?)
        }
        "imageMessage" => media(call, MediaKind::Image)?,
        "videoMessage" => media(call, MediaKind::Video)?,
        "audioMessage" => media(call, MediaKind::Audio)?,
        "documentMessage" => media(call, MediaKind::Document)?,
        "stickerMessage" => media(call, MediaKind::Sticker)?,
        "locationMessage" => InboundContent::Location {
            latitude: degrees(call, "latitude")?,
            longitude: degrees(call, "longitude")?,
            name: data("locationMessageData/nameLocation"),
        },
        "reactionMessage" => InboundContent::Reaction {
            emoji: data("extendedTextMessageData/text"),
            to: data("quotedMessage/stanzaId")?,
        },
        "buttonsResponseMessage" | "templateButtonsReplyMessage" => button(call, kind)?,
        _ => return None,
    })
}

fn media(call: &Call, kind: MediaKind) -> Option<InboundContent> {
    let file = |key: &str| {
        call.text(&format!("/messageData/fileMessageData/{key}"))
            .map(str::to_owned)
    };
    Some(InboundContent::Media {
        kind,
        reference: file("downloadUrl")?,
        mime: file("mimeType"),
        caption: file("caption"),
        filename: file("fileName"),
    })
}

fn degrees(call: &Call, key: &str) -> Option<String> {
    match call.rest.pointer(&format!("/messageData/locationMessageData/{key}"))? {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}

fn button(call: &Call, kind: &str) -> Option<InboundContent> {
    let (part, id, text) = match kind {
        "buttonsResponseMessage" => ("buttonsResponseMessage", "selectedButtonId", "selectedButtonText"),
        _ => ("templateButtonReplyMessage", "selectedId", "selectedDisplayText"),
    };
    let part = |key: &str| call.text(&format!("/messageData/{part}/{key}")).map(str::to_owned);
    Some(InboundContent::Button {
        payload: part(id),
        text: part(text)?,
    })
}
