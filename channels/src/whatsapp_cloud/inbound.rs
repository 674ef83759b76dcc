//! What guests write: `messages[]` (PROVIDERS.md §5.6), and who wrote it. Notices that nobody wrote are kept apart.

use super::address::{person, person_at};
use super::call::{time, unrecognised};
use super::content::{content, notice, text};
use crate::Event;
use crate::json;
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::{Inbound, Moved};
use md5::{Digest, Md5};
use serde_json::Value;
use serde_json::value::RawValue;

/// The keys of a message that name its sender.
const SENDER: [&str; 3] = ["from", "from_user_id", "from_parent_user_id"];
/// The keys of a contact that name the person.
pub(super) const CONTACT: [&str; 4] = ["wa_id", "phone_number", "user_id", "parent_user_id"];

/// The messages of a change, each with its raw text. One that cannot be read does not affect the others.
pub(super) fn read_all(messages: &[&RawValue], contacts: &[&RawValue], received: Timestamp) -> Vec<Event> {
    let value = |raw: &&RawValue| json::read::<Value>(raw.get().as_bytes()).unwrap_or_default();
    let contacts: Vec<Value> = contacts.iter().map(value).collect();
    let messages: Vec<(Value, &str)> = messages.iter().map(|raw| (value(raw), raw.get())).collect();
    let sender = |message: &Value| SENDER.map(|key| message[key].as_str().unwrap_or_default().to_owned());
    // A contact that is the only one belongs to the sender that is the only one.
    let one_sender = messages
        .iter()
        .all(|(message, _)| sender(message) == sender(&messages[0].0));
    messages
        .iter()
        .map(|(message, raw)| {
            let contact = contact(message, &contacts, one_sender);
            event(message, raw, contact, received).unwrap_or_else(|| unrecognised(&named(message), raw))
        })
        .collect()
}

/// The name under which a message is kept that nobody wrote, or that does not say who wrote it.
fn named(message: &Value) -> String {
    match (message["type"].as_str(), message["system"]["type"].as_str()) {
        _ if !message["group_id"].is_null() => "message in a group".to_owned(),
        (Some("system"), Some(kind)) => format!("system {kind}"),
        (Some(kind), _) if notice(kind) => kind.to_owned(),
        _ => "message".to_owned(),
    }
}

/// `None` if it is not a guest's message to us.
fn event(message: &Value, raw: &str, contact: Option<&Value>, received: Timestamp) -> Option<Event> {
    // If there is no time, the time of arrival is used, because what it says still counts.
    let at = time(&message["timestamp"]).unwrap_or(received);
    if message["type"] == "system" {
        return moved(message, at).map(Event::Moved);
    }
    if !message["group_id"].is_null() || message["type"].as_str().is_some_and(notice) {
        return None;
    }
    let of_contact = CONTACT.iter().filter_map(|key| contact?[*key].as_str());
    let from = person(SENDER.iter().filter_map(|key| message[*key].as_str()).chain(of_contact))?;
    Some(Event::Inbound(Inbound {
        provider_id: text(message, "id").unwrap_or_else(|| format!("unnamed-{}", hex::encode(Md5::digest(raw)))),
        from: from.address,
        perhaps: None,
        also: from.also,
        name: contact.and_then(|contact| text(&contact["profile"], "name")),
        at,
        content: content(message, raw),
        answers: text(&message["context"], "id"),
    }))
}

/// A guest's new number or new user id, by WhatsApp's own notice. A new safety number (`user_identity_changed`) does
/// not change the number.
fn moved(message: &Value, at: Timestamp) -> Option<Moved> {
    let system = &message["system"];
    let kind = system["type"].as_str()?;
    let (from, to) = match kind {
        // These keys come from several versions of the API.
        "user_changed_number" | "customer_changed_number" => {
            let before = ["from", "customer"].map(|key| message[key].as_str().or(system[key].as_str()));
            let after = ["wa_id", "new_wa_id", "user_id"].map(|key| system[key].as_str());
            (
                person(before.into_iter().flatten())?,
                person(after.into_iter().flatten())?,
            )
        }
        "user_changed_user_id" => {
            let before = system["previous_user_id"].as_str().or(message["from_user_id"].as_str());
            (person(before)?, person(system["user_id"].as_str())?)
        }
        _ => return None,
    };
    (from.address != to.address).then_some(Moved {
        from: from.address,
        to: to.address,
        at,
    })
}

/// The sender's contact: the one with their number or user id, or the only one there is, unless it has another
/// person's ids.
fn contact<'a>(message: &Value, contacts: &'a [Value], one_sender: bool) -> Option<&'a Value> {
    let sender = person_at(message, &SENDER);
    let is = |contact: &Value| sender.as_ref()?.is(&person_at(contact, &CONTACT)?);
    let theirs = contacts.iter().find(|contact| is(contact) == Some(true));
    theirs.or(match contacts {
        [only] if one_sender && is(only).is_none() => Some(only),
        _ => None,
    })
}
