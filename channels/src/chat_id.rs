//! Chat ids of gateways that hold a phone's WhatsApp session: `79991234567@c.us` is a person, `…@lid` a person who hides
//! the number, `…@g.us` a group, `…@newsletter` a channel (PROVIDERS.md §5.8).

use crate::number::international;
use crate::{Content, Media, WhatsApp};
use bellhop_domain::Outcome;

/// The chat behind an endpoint's address: a phone in E.164, or the hidden id that an inbound message came from. A
/// Cloud API user id means nothing to the session of a phone.
pub(crate) fn chat_id(address: &str) -> Result<String, Outcome> {
    let digits = address.strip_prefix('+').filter(|digits| is_number(digits));
    let hidden = address.strip_suffix("@lid").filter(|digits| is_number(digits));
    match (digits, hidden) {
        (Some(digits), _) => Ok(format!("{digits}@c.us")),
        (None, Some(_)) => Ok(address.to_owned()),
        (None, None) => Err(Outcome::Failed {
            why: "address: a connected number reaches phone numbers and @lid ids only".to_owned(),
        }),
    }
}

/// The address of the person behind a chat id; `None` for groups, channels and broadcasts.
pub(crate) fn person(chat_id: &str) -> Option<String> {
    let (id, server) = chat_id.split_once('@')?;
    // One of a person's devices: 79991234567:12@s.whatsapp.net, 79991234567.0:12@…, or 79991234567_1:12@….
    let id = id.split_once([':', '.', '_']).map_or(id, |(id, _device)| id);
    match server {
        "c.us" | "s.whatsapp.net" | "hosted" if is_number(id) => Some(international(id)),
        "lid" | "hosted.lid" if is_number(id) => Some(format!("{id}@lid")),
        _ => None,
    }
}

fn is_number(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_digit())
}

/// What the session of a phone can send; only the Cloud API has templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sayable<'a> {
    Text(&'a str),
    Media(Media<'a>),
}

/// The content as a phone can send it; the error says why it cannot.
pub(crate) fn sayable<'a>(content: &Content<'a>) -> Result<Sayable<'a>, Outcome> {
    let why = match content {
        Content::WhatsApp(WhatsApp::Text(text)) => return Ok(Sayable::Text(text)),
        Content::WhatsApp(WhatsApp::Media(media)) => return Ok(Sayable::Media(*media)),
        Content::WhatsApp(WhatsApp::Template(_)) => {
            "template: a connected number cannot send approved templates; give the mailing a WhatsApp text"
        }
        _ => "content: a connected WhatsApp number takes a WhatsApp message, no other channel's",
    };
    Err(Outcome::Rejected { why: why.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_become_chats() {
        for (address, chat) in [
            ("+79991234567", Some("79991234567@c.us")),
            ("123456789012345@lid", Some("123456789012345@lid")),
            ("RU.13491208655302741918", None),
            ("79991234567", None),
            ("+", None),
            ("+7999abc", None),
            ("12345@g.us", None),
            ("", None),
        ] {
            assert_eq!(chat_id(address).ok().as_deref(), chat, "{address}");
        }
    }

    #[test]
    fn chats_become_addresses_of_persons() {
        for (chat, address) in [
            ("79991234567@c.us", Some("+79991234567")),
            ("79991234567@s.whatsapp.net", Some("+79991234567")),
            ("79991234567:12@s.whatsapp.net", Some("+79991234567")),
            ("123456789012345@lid", Some("123456789012345@lid")),
            ("123456789012345:3@lid", Some("123456789012345@lid")),
            ("79991234567.0:3@s.whatsapp.net", Some("+79991234567")),
            ("79991234567_1:12@s.whatsapp.net", Some("+79991234567")),
            ("123456789012345_1:3@lid", Some("123456789012345@lid")),
            ("79991234567_1@c.us", Some("+79991234567")),
            ("79991234567@hosted", Some("+79991234567")),
            ("5215512345678@c.us", Some("+525512345678")),
            ("22507123456@s.whatsapp.net", Some("+2250707123456")),
            ("79991234567@msgr", None),
            ("79991234567@bot", None),
            ("79991234567@call", None),
            ("123456789012345:99@hosted.lid", Some("123456789012345@lid")),
            ("120363402931855007@g.us", None),
            ("120363402931855007@newsletter", None),
            ("status@broadcast", None),
            ("@c.us", None),
            ("79991234567", None),
        ] {
            assert_eq!(person(chat).as_deref(), address, "{chat}");
        }
    }

    proptest! {
        #[test]
        fn a_phone_survives_its_chat(digits in "[1-9][0-9]{6,14}") {
            let address = format!("+{digits}");
            // In the country's own spelling, where it has two.
            prop_assert_eq!(person(&chat_id(&address).unwrap()), Some(international(&digits)));
        }
    }
}
