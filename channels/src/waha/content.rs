//! The content of a guest's message. WAHA reports texts, captions and files in the same way for all engines. What it
//! leaves to `_data` (taps, edits, revokes, notices) has the engine's own form: WhatsApp's own message, or WEBJS's
//! model of it.

use super::call::text;
use super::outcome::message_id;
use bellhop_domain::incoming::{InboundContent, MediaKind};
use serde_json::Value;

/// Notices that are told like messages although nobody wrote them.
const NOTICES: [&str; 13] = [
    "protocolMessage",
    "pollUpdateMessage",
    "encReactionMessage",
    "pinInChatMessage",
    "keepInChatMessage",
    "senderKeyDistributionMessage",
    "fastRatchetKeySenderKeyDistributionMessage",
    "stickerSyncRmrMessage",
    "callLogMesssage",
    "bcallMessage",
    "call",
    "messageContextInfo",
    "placeholderMessage",
];

/// WEBJS's types of the same.
const NOTICE_TYPES: [&str; 12] = [
    "e2e_notification",
    "notification",
    "notification_template",
    "broadcast_notification",
    "newsletter_notification",
    "pinned_message",
    "protocol",
    "gp2",
    "call_log",
    "poll_update",
    "ciphertext",
    "debug",
];

/// Envelopes around WhatsApp's own message.
const ENVELOPES: [&str; 8] = [
    "ephemeralMessage",
    "viewOnceMessage",
    "viewOnceMessageV2",
    "viewOnceMessageV2Extension",
    "documentWithCaptionMessage",
    "editedMessage",
    "deviceSentMessage",
    "groupMentionedMessage",
];

/// The content; `None` if nobody said anything.
pub(super) fn content(payload: &Value) -> Option<InboundContent> {
    let message = message(payload);
    if let Some(change) = change(payload, message) {
        return Some(change);
    }
    let body = text(payload, "/body").map(str::to_owned);
    let tapped = tap(payload, message, body.as_deref());
    if tapped.is_some() {
        return tapped;
    }
    if payload["hasMedia"].as_bool() == Some(true) {
        return Some(media(payload, body));
    }
    if let Some(location) = location(payload) {
        return Some(location);
    }
    let said = body.or_else(|| words(message).map(str::to_owned));
    match said {
        _ if is_notice(payload, message) => None,
        Some(text) => Some(InboundContent::Text(text)),
        None => Some(other(payload, "message without text")),
    }
}

/// WhatsApp's own message, out of its envelopes.
fn message(payload: &Value) -> &Value {
    let mut message = ["/_data/message", "/_data/Message"]
        .into_iter()
        .find_map(|place| payload.pointer(place))
        .unwrap_or(&Value::Null);
    for _ in 0..ENVELOPES.len() {
        let inner = ENVELOPES.iter().map(|name| &message[*name]["message"]);
        match inner.into_iter().find(|inner| inner.is_object()) {
            Some(inner) => message = inner,
            None => break,
        }
    }
    message
}

fn is_notice(payload: &Value, message: &Value) -> bool {
    let typed = ["/_data/type", "/type"]
        .into_iter()
        .find_map(|place| text(payload, place));
    let of_nobody = message
        .as_object()
        .is_some_and(|message| !message.is_empty() && message.keys().all(|key| NOTICES.contains(&key.as_str())));
    // Baileys reports WhatsApp's own lines in a chat (a new safety number, a timer) as a stub.
    let stub = payload
        .pointer("/_data/messageStubType")
        .is_some_and(|stub| !stub.is_null())
        && message.is_null();
    of_nobody || stub || typed.is_some_and(|kind| NOTICE_TYPES.contains(&kind))
}

/// An id in a message's key, as one engine or the other writes it.
fn key_id(key: &Value) -> Option<String> {
    let id = text(key, "/id").or_else(|| text(key, "/ID"))?;
    Some(message_id(id).to_owned())
}

/// An edit, a revoke or a reaction that comes as a message.
fn change(payload: &Value, message: &Value) -> Option<InboundContent> {
    let protocol = &message["protocolMessage"];
    let edited = &protocol["editedMessage"];
    let is = |number: i64, name: &str| protocol["type"] == number || protocol["type"] == name;
    if edited.is_object() || is(14, "MESSAGE_EDIT") {
        return Some(InboundContent::Edited {
            of: key_id(&protocol["key"])?,
            text: words(edited).map(str::to_owned),
        });
    }
    if is(0, "REVOKE") {
        return Some(InboundContent::Revoked {
            of: key_id(&protocol["key"])?,
        });
    }
    // Encrypted once more: we learn that it was changed, but not to what.
    let target = &message["secretEncryptedMessage"]["targetMessageKey"];
    if target.is_object() {
        return Some(InboundContent::Edited {
            of: key_id(target)?,
            text: text(payload, "/body").map(str::to_owned),
        });
    }
    let reaction = &message["reactionMessage"];
    reaction.is_object().then_some(())?;
    Some(InboundContent::Reaction {
        emoji: text(reaction, "/text").map(str::to_owned),
        to: key_id(&reaction["key"])?,
    })
}

/// The words in WhatsApp's own message.
pub(super) fn words(message: &Value) -> Option<&str> {
    let places = [
        "/conversation",
        "/extendedTextMessage/text",
        "/imageMessage/caption",
        "/videoMessage/caption",
        "/documentMessage/caption",
    ];
    places.into_iter().find_map(|place| text(message, place))
}

/// A tap on a button or on a row of a list: its payload and its words.
fn tap(payload: &Value, message: &Value, body: Option<&str>) -> Option<InboundContent> {
    let of = |object: &Value, places: &[&str]| places.iter().find_map(|place| text(object, place)).map(str::to_owned);
    let carried = of(
        message,
        &[
            "/buttonsResponseMessage/selectedButtonId",
            "/buttonsResponseMessage/selectedButtonID",
            "/templateButtonReplyMessage/selectedId",
            "/templateButtonReplyMessage/selectedID",
            "/listResponseMessage/singleSelectReply/selectedRowId",
            "/listResponseMessage/singleSelectReply/selectedRowID",
            "/interactiveResponseMessage/nativeFlowResponseMessage/name",
        ],
    )
    .or_else(|| {
        let places = [
            "/_data/selectedButtonId",
            "/_data/selectedRowId",
            "/selectedButtonId",
            "/selectedRowId",
        ];
        of(payload, &places)
    });
    let shown = of(
        message,
        &[
            "/buttonsResponseMessage/selectedDisplayText",
            "/buttonsResponseMessage/Response/SelectedDisplayText",
            "/templateButtonReplyMessage/selectedDisplayText",
            "/listResponseMessage/title",
            "/interactiveResponseMessage/body/text",
        ],
    );
    let is_tap = carried.is_some() || shown.is_some();
    let text = body.map(str::to_owned).or(shown).or_else(|| carried.clone())?;
    is_tap.then_some(InboundContent::Button { payload: carried, text })
}

/// WAHA fetches files only if told to. Of a file that it did not fetch, the caption is kept, which may say something;
/// without a caption the call is kept as it came.
fn media(payload: &Value, caption: Option<String>) -> InboundContent {
    let Some(url) = text(payload, "/media/url") else {
        return match caption {
            Some(caption) => InboundContent::Text(caption),
            None => other(payload, "media that WAHA did not download"),
        };
    };
    let mime = text(payload, "/media/mimetype").map(str::to_owned);
    InboundContent::Media {
        kind: kind(mime.as_deref().unwrap_or_default()),
        reference: url.to_owned(),
        mime,
        caption,
        filename: text(payload, "/media/filename").map(str::to_owned),
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

fn location(payload: &Value) -> Option<InboundContent> {
    let degrees = |place: &str| match payload.pointer(place)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    Some(InboundContent::Location {
        latitude: degrees("/location/latitude")?,
        longitude: degrees("/location/longitude")?,
        name: ["/location/name", "/location/title", "/location/description"]
            .into_iter()
            .find_map(|place| text(payload, place))
            .map(str::to_owned),
    })
}

fn other(payload: &Value, kind: &str) -> InboundContent {
    InboundContent::Other {
        kind: kind.to_owned(),
        raw: payload.to_string(),
    }
}
