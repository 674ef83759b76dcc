//! From a message to MAX's JSON (dev.max.ru/docs-api/methods/POST/messages).

use crate::{Action, Content, OutgoingMessage};
use bellhop_domain::Outcome;
use serde_json::{Value, json};

/// The most characters of a text, of a button's title and of its link.
const LONGEST_TEXT: usize = 4000;
const LONGEST_TITLE: usize = 128;
const LONGEST_LINK: usize = 2048;

/// The recipient, and the body of the request.
#[derive(Debug, PartialEq)]
pub(super) struct Request {
    pub user: i64,
    pub body: Value,
}

/// The request for a message; the error says why it cannot be sent. The text goes out as it is, without markup.
pub(super) fn request(message: &OutgoingMessage<'_>) -> Result<Request, Outcome> {
    let Content::Chat(content) = &message.content else {
        return Err(Outcome::Rejected {
            why: "content: a bot in MAX takes a text, a picture and a button, no other channel's content".to_owned(),
        });
    };
    let user = message.address.parse().ok().filter(|id| *id > 0);
    let user = user.ok_or_else(|| Outcome::Failed {
        why: "address: it is no user's id in MAX".to_owned(),
    })?;
    no_longer("a text", content.text, LONGEST_TEXT)?;
    let mut body = json!({"text": content.text});
    let mut attachments = Vec::new();
    if let Some(image) = content.image {
        attachments.push(json!({"type": "image", "payload": {"url": image}}));
    }
    if let Some(button) = content.button {
        attachments.push(keyboard(button)?);
    }
    if !attachments.is_empty() {
        body["attachments"] = attachments.into();
    }
    Ok(Request { user, body })
}

/// One row of one button.
fn keyboard(Action { title, link }: Action<'_>) -> Result<Value, Outcome> {
    no_longer("a button's title", title, LONGEST_TITLE)?;
    no_longer("a button's link", link, LONGEST_LINK)?;
    let button = json!({"type": "link", "text": title, "url": link});
    Ok(json!({"type": "inline_keyboard", "payload": {"buttons": [[button]]}}))
}

fn no_longer(what: &str, text: &str, longest: usize) -> Result<(), Outcome> {
    let long = text.chars().count();
    if long <= longest {
        return Ok(());
    }
    Err(Outcome::Failed {
        why: format!("too long: {long} characters; {what} has at most {longest}"),
    })
}
