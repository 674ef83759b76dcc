//! Guests' messages in Green-API's calls.

use super::call::Call;
use crate::Event;
use crate::chat_id;
use crate::number::international;
use crate::person::Person;
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::{Inbound, InboundContent, MediaKind};
use md5::{Digest, Md5};
use serde_json::Value;

/// Where the sender is given: the chat of a person is that person, whose other id may stand beside it. Names are
/// never used, because guests choose them themselves.
const SENDER: [&str; 6] = ["chatId", "sender", "senderId", "chatLid", "senderLid", "lid"];
const PHONES: [&str; 3] = ["phoneNumber", "senderPhoneNumber", "senderPhone"];

/// Notices that are told like messages although nobody wrote them.
const NOTICES: [&str; 5] = [
    "pollUpdateMessage",
    "protocolMessage",
    "pinInChatMessage",
    "keepInChatMessage",
    "senderKeyDistributionMessage",
];

/// A guest's message; `None` if it is from a group, or nobody wrote it.
pub(super) fn message(call: &Call, received: Timestamp) -> Option<Event> {
    let text = |place: &str| call.text(place).map(str::to_owned);
    let kind = call.text("/messageData/typeMessage").unwrap_or("message without type");
    if NOTICES.contains(&kind) {
        return None;
    }
    let from = sender(call)?;
    let (at, content) = (call.at().unwrap_or(received), content(call, kind));
    Some(Event::Inbound(Inbound {
        provider_id: provider_id(call, &content, at),
        from: from.address,
        perhaps: None,
        also: from.also,
        name: text("/senderData/senderName"),
        at,
        answers: text("/messageData/quotedMessage/stanzaId")
            .filter(|_| !matches!(content, InboundContent::Reaction { .. } | InboundContent::Edited { .. })),
        content,
    }))
}

/// The sender; `None` if the chat is not a person's: a group, a status, a channel.
fn sender(call: &Call) -> Option<Person> {
    let own = call.wid().and_then(chat_id::person);
    let at = |key: &&str| call.text(&format!("/senderData/{key}"));
    chat_id::person(at(&"chatId").or_else(|| at(&"sender"))?)?;
    let ids = SENDER.iter().filter_map(at).filter_map(chat_id::person);
    let phones = PHONES.iter().filter_map(|key| {
        let digits: String = call.scalar(&format!("/senderData/{key}"))?;
        let digits = digits.trim_start_matches('+').to_owned();
        let is_number = (5..=20).contains(&digits.len()) && digits.bytes().all(|c| c.is_ascii_digit());
        is_number.then(|| international(&digits))
    });
    Person::of(ids.chain(phones).filter(|address| own.as_ref() != Some(address)))
}

/// WhatsApp's id of the message. A change may be told under the id of the message that it changes, but is a message
/// of its own.
fn provider_id(call: &Call, content: &InboundContent, at: Timestamp) -> String {
    match (content, &call.id_message) {
        (InboundContent::Edited { of, .. }, Some(id)) if id == of => format!("edit:{of}:{}", at.0),
        (InboundContent::Revoked { of }, Some(id)) if id == of => format!("revoke:{of}"),
        (_, Some(id)) => id.clone(),
        (_, None) => format!("unnamed-{}", hex::encode(Md5::digest(call.rest.to_string()))),
    }
}

fn content(call: &Call, kind: &str) -> InboundContent {
    read(call, kind)
        .or_else(|| words(call).map(InboundContent::Text))
        .unwrap_or_else(|| InboundContent::Other {
            kind: kind.to_owned(),
            raw: call.rest.pointer("/messageData").unwrap_or(&Value::Null).to_string(),
        })
}

/// The words of a message, wherever its type has them; for a file of an unknown kind, its caption.
fn words(call: &Call) -> Option<String> {
    let places = [
        "/messageData/extendedTextMessageData/text",
        "/messageData/textMessageData/textMessage",
        "/messageData/fileMessageData/caption",
    ];
    places.into_iter().find_map(|place| call.text(place)).map(str::to_owned)
}

fn read(call: &Call, kind: &str) -> Option<InboundContent> {
    let data = |place: &str| call.text(&format!("/messageData/{place}")).map(str::to_owned);
    Some(match kind {
        "textMessage" => InboundContent::Text(data("textMessageData/textMessage")?),
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
        "editedMessage" => InboundContent::Edited {
            of: data("editedMessageData/stanzaId")?,
            text: data("editedMessageData/textMessage").or_else(|| data("editedMessageData/caption")),
        },
        "deletedMessage" => InboundContent::Revoked {
            of: data("deletedMessageData/stanzaId")?,
        },
        "buttonsResponseMessage"
        | "templateButtonsReplyMessage"
        | "listResponseMessage"
        | "interactiveButtonsResponse"
        | "interactiveButtonsReply" => button(call)?,
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
    call.scalar(&format!("/messageData/locationMessageData/{key}"))
}

/// A tap on a button or on a row of a list: each type has its own names for the payload and the words.
fn button(call: &Call) -> Option<InboundContent> {
    let parts = [
        "buttonsResponseMessage",
        "templateButtonReplyMessage",
        "listResponseMessage",
        "interactiveButtonsResponse",
        "interactiveButtonsReply",
    ];
    let part = |keys: &[&str]| {
        let places = parts
            .iter()
            .flat_map(|part| keys.iter().map(move |key| format!("/messageData/{part}/{key}")));
        places
            .into_iter()
            .find_map(|place| call.text(&place))
            .map(str::to_owned)
    };
    let payload = part(&[
        "selectedButtonId",
        "selectedId",
        "singleSelectReply",
        "singleSelectReply/selectedRowId",
    ]);
    let text = part(&["selectedButtonText", "selectedDisplayText", "title"]).or_else(|| payload.clone())?;
    Some(InboundContent::Button { payload, text })
}
