//! Guests' messages, edits, revokes and reactions in WAHA's calls.

use super::call::{Call, is_own, text};
use super::content::{content, words};
use super::outcome::message_id;
use super::people::sender;
use crate::Event;
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::{Inbound, InboundContent};
use md5::{Digest, Md5};
use serde_json::Value;

/// A guest's message; `None` if it is from a group or channel, or nobody wrote it.
pub(super) fn message(call: &Call, received: Timestamp) -> Option<Event> {
    inbound(call, &call.payload, content(&call.payload)?, received)
}

/// A guest's reaction; our own and those in groups give `None`.
pub(super) fn reaction(call: &Call, received: Timestamp) -> Option<Event> {
    if is_own(&call.payload) {
        return None;
    }
    let to = message_id(text(&call.payload, "/reaction/messageId")?).to_owned();
    let emoji = text(&call.payload, "/reaction/text").map(str::to_owned);
    inbound(call, &call.payload, InboundContent::Reaction { emoji, to }, received)
}

/// A guest's message with new words.
pub(super) fn edited(call: &Call, received: Timestamp) -> Option<Event> {
    if is_own(&call.payload) {
        return None;
    }
    let of = ["/editedMessageId", "/_data/editedMessageId", "/id"];
    let of = of.into_iter().find_map(|place| text(&call.payload, place))?;
    let new = text(&call.payload, "/body").or_else(|| match content(&call.payload) {
        Some(InboundContent::Edited { .. }) => words(edited_message(&call.payload)),
        _ => None,
    });
    let content = InboundContent::Edited {
        of: message_id(of).to_owned(),
        text: new.map(str::to_owned),
    };
    inbound(call, &call.payload, content, received)
}

fn edited_message(payload: &Value) -> &Value {
    let places = [
        "/_data/message/protocolMessage/editedMessage",
        "/_data/Message/protocolMessage/editedMessage",
    ];
    let found = places.into_iter().find_map(|place| payload.pointer(place));
    found.unwrap_or(&Value::Null)
}

/// A message that the guest took back. The call holds it as it was before, or the notice after, or both.
pub(super) fn revoked(call: &Call, received: Timestamp) -> Option<Event> {
    let told = ["/after", "/before", ""]
        .into_iter()
        .filter_map(|place| call.payload.pointer(place));
    let told: Vec<&Value> = told.filter(|told| told.is_object()).collect();
    if told.iter().any(|told| is_own(told)) {
        return None;
    }
    let before = |place: &str| told.iter().find_map(|told| text(told, place));
    let of = text(&call.payload, "/revokedMessageId").or_else(|| text(&call.payload, "/before/id"));
    let content = InboundContent::Revoked {
        of: message_id(of.or_else(|| before("/id"))?).to_owned(),
    };
    told.iter()
        .find_map(|told| inbound(call, told, content.clone(), received))
}

fn inbound(call: &Call, payload: &Value, content: InboundContent, received: Timestamp) -> Option<Event> {
    let from = sender(payload, &call.me)?;
    let answers = match content {
        InboundContent::Edited { .. } | InboundContent::Revoked { .. } => None,
        _ => text(payload, "/replyTo/id").map(|id| message_id(id).to_owned()),
    };
    Some(Event::Inbound(Inbound {
        provider_id: provider_id(call, payload, &content),
        from: from.address,
        perhaps: None,
        also: from.also,
        name: name(payload),
        at: call.at(payload).unwrap_or(received),
        content,
        answers,
    }))
}

/// WhatsApp's own id of the message. A change may be told under the id of the message that it changes, but is a
/// message of its own.
fn provider_id(call: &Call, payload: &Value, content: &InboundContent) -> String {
    let own = text(payload, "/id").map(message_id);
    match (content, own) {
        (InboundContent::Revoked { of }, _) => format!("revoke:{of}"),
        (InboundContent::Edited { of, .. }, own) if own.is_none_or(|own| own == of) => {
            format!("edit:{of}:{}", call.timestamp.unwrap_or_default())
        }
        (_, Some(own)) => own.to_owned(),
        (_, None) => format!("unnamed-{}", hex::encode(Md5::digest(payload.to_string()))),
    }
}

/// The profile's name: each engine has its own place for it.
fn name(payload: &Value) -> Option<String> {
    let places = ["/_data/notifyName", "/_data/pushName", "/_data/Info/PushName"];
    places
        .into_iter()
        .find_map(|place| text(payload, place))
        .map(str::to_owned)
}
