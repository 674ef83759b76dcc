//! Guests' messages, edits, taps and starts in MAX's calls. Only what is written in a dialog with the bot comes from a guest.

use super::attachments::{contents, words_of_button};
use super::update::{at, is_in_dialog, name, person};
use crate::Event;
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::{Inbound, InboundContent};
use serde_json::Value;

/// A guest's message; nothing if it is from a group or a bot. A message with several files becomes as many messages.
pub(super) fn message(update: &Value, received: Timestamp) -> Vec<Event> {
    let told = &update["message"];
    let Some(from) = guest(told) else {
        return Vec::new();
    };
    let at = at(told).unwrap_or(received);
    let id = mid(told).unwrap_or_else(|| format!("forward:{from}:{}", at.0));
    let contents = match forwarded(told) {
        Some(content) => vec![content],
        None => contents(&told["body"], told),
    };
    let inbound = |(place, content): (usize, InboundContent)| {
        Event::Inbound(Inbound {
            perhaps: None,
            also: Vec::new(),
            provider_id: if place == 0 {
                id.clone()
            } else {
                format!("{id}#{place}")
            },
            from: from.clone(),
            name: name(&told["sender"]),
            at,
            content,
            answers: answered(told),
        })
    };
    contents.into_iter().enumerate().map(inbound).collect()
}

/// The guest's new text. An edit has no id: the changed message's id and the time stand for one.
pub(super) fn edited(update: &Value, received: Timestamp) -> Option<Event> {
    let told = &update["message"];
    let (of, at) = (mid(told)?, at(update).unwrap_or(received));
    Some(Event::Inbound(Inbound {
        perhaps: None,
        also: Vec::new(),
        provider_id: format!("edit:{of}:{}", at.0),
        from: guest(told)?,
        name: name(&told["sender"]),
        at,
        content: InboundContent::Edited {
            text: told.pointer("/body/text").and_then(Value::as_str).map(str::to_owned),
            of,
        },
        answers: None,
    }))
}

/// A tap on a button. If the message is gone, nobody can say whether it was in a group.
pub(super) fn button(update: &Value, received: Timestamp) -> Option<Event> {
    let (told, message) = (&update["callback"], &update["message"]);
    is_in_dialog(message).then_some(())?;
    let payload = told["payload"].as_str()?;
    Some(Event::Inbound(Inbound {
        perhaps: None,
        also: Vec::new(),
        provider_id: format!("callback:{}", told["callback_id"].as_str()?),
        from: person(&told["user"])?,
        name: name(&told["user"]),
        at: at(told).or_else(|| at(update)).unwrap_or(received),
        content: InboundContent::Button {
            payload: Some(payload.to_owned()),
            text: words_of_button(&message["body"], payload).unwrap_or(payload).to_owned(),
        },
        answers: mid(message),
    }))
}

/// A guest pressed *Start*; `payload` is what the link brought along. A start gives no consent.
pub(super) fn started(update: &Value, received: Timestamp) -> Option<Event> {
    let user = &update["user"];
    let (from, at) = (person(user)?, at(update).unwrap_or(received));
    Some(Event::Inbound(Inbound {
        perhaps: None,
        also: Vec::new(),
        provider_id: format!("started:{from}:{}", at.0),
        from,
        name: name(user),
        at,
        content: InboundContent::Other {
            kind: "bot_started".to_owned(),
            raw: update.to_string(),
        },
        answers: None,
    }))
}

fn guest(message: &Value) -> Option<String> {
    is_in_dialog(message).then(|| person(&message["sender"])).flatten()
}

fn mid(message: &Value) -> Option<String> {
    let mid = message.pointer("/body/mid")?.as_str()?;
    (!mid.is_empty()).then(|| mid.to_owned())
}

fn answered(message: &Value) -> Option<String> {
    let link = &message["link"];
    let reply = link["type"] == "reply";
    reply
        .then(|| link.pointer("/message/mid")?.as_str().map(str::to_owned))
        .flatten()
}

/// A forwarded message, whose words are somebody else's. If the guest adds a text, that text is theirs and counts.
fn forwarded(message: &Value) -> Option<InboundContent> {
    let own = message
        .pointer("/body/text")
        .and_then(Value::as_str)
        .unwrap_or_default();
    (message.pointer("/link/type")? == "forward" && own.is_empty()).then(|| InboundContent::Other {
        kind: "forward".to_owned(),
        raw: message.to_string(),
    })
}
