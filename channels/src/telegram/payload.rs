//! From a message to the Bot API's JSON (core.telegram.org/bots/api: sendMessage, sendPhoto).

use crate::{Content, OutgoingMessage};
use bellhop_domain::Outcome;
use serde_json::{Value, json};

/// The most characters of a text, and of a photo's caption.
const LONGEST_TEXT: usize = 4096;
const LONGEST_CAPTION: usize = 1024;

/// The method and its body.
#[derive(Debug, PartialEq)]
pub(super) enum Body {
    SendMessage(Value),
    SendPhoto(Value),
}

/// The request to Telegram; the error says why the message cannot be sent. The text is sent as it is, without markup.
pub(super) fn body(message: &OutgoingMessage<'_>) -> Result<Body, Outcome> {
    let Content::Chat(content) = &message.content else {
        return Err(Outcome::Rejected {
            why: "content: a Telegram bot takes a text with or without a picture, no other channel's content"
                .to_owned(),
        });
    };
    // A private chat's id is the user's; a negative one is a group's.
    let chat: i64 = message
        .address
        .parse()
        .ok()
        .filter(|id| *id > 0)
        .ok_or_else(|| Outcome::Failed {
            why: "address: it is not the id of a Telegram user".to_owned(),
        })?;
    let longest = if content.image.is_some() {
        LONGEST_CAPTION
    } else {
        LONGEST_TEXT
    };
    let long = content.text.chars().count();
    if long > longest {
        let what = if content.image.is_some() {
            "a picture's caption"
        } else {
            "a text"
        };
        return Err(Outcome::Failed {
            why: format!("too long: {long} characters; {what} has at most {longest}"),
        });
    }
    Ok(match content.image {
        Some(image) => Body::SendPhoto(json!({"chat_id": chat, "photo": image, "caption": content.text})),
        None => Body::SendMessage(json!({"chat_id": chat, "text": content.text})),
    })
}
