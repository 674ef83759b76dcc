//! From a message to Green-API's JSON (PROVIDERS.md §5.9).

use crate::chat_id::{Sayable, chat_id, sayable};
use crate::{Media, OutgoingMessage};
use bellhop_domain::Outcome;
use bellhop_domain::incoming::MediaKind;
use serde_json::{Value, json};

/// The most characters of a text.
const LONGEST_TEXT: usize = 4096;

/// The method and its body.
#[derive(Debug, PartialEq)]
pub(super) enum Body {
    SendMessage(Value),
    SendFileByUrl(Value),
}

/// The request to Green-API; the error says why the message cannot be sent.
pub(super) fn body(message: &OutgoingMessage<'_>) -> Result<Body, Outcome> {
    let content = sayable(&message.content)?;
    let chat = chat_id(message.address)?;
    match content {
        Sayable::Text(text) => {
            let long = text.chars().count();
            if long > LONGEST_TEXT {
                let why = format!("too long: {long} characters, Green-API takes {LONGEST_TEXT}");
                return Err(Outcome::Failed { why });
            }
            Ok(Body::SendMessage(json!({"chatId": chat, "message": text})))
        }
        Sayable::Media(media) => file(&chat, &media),
    }
}

fn file(chat: &str, media: &Media<'_>) -> Result<Body, Outcome> {
    if media.kind == MediaKind::Sticker {
        let why = "sticker: a connected number is given no stickers; send a picture".to_owned();
        return Err(Outcome::Rejected { why });
    }
    let mut body = json!({"chatId": chat, "urlFile": media.url, "fileName": name(media)});
    if let Some(caption) = media.caption {
        body["caption"] = json!(caption);
    }
    Ok(Body::SendFileByUrl(body))
}

/// The file's name. Green-API knows the kind by its extension, so a name without one gets the usual extension of its
/// kind.
fn name(media: &Media<'_>) -> String {
    let path = media.url.split(['?', '#']).next().unwrap_or_default();
    let path = path.split_once("://").map_or(path, |(_, rest)| rest);
    let last = path.rsplit_once('/').map_or("", |(_, name)| name);
    let name = media.filename.unwrap_or(last);
    let name = if name.is_empty() { "file" } else { name };
    if name.contains('.') {
        return name.to_owned();
    }
    let ending = match media.kind {
        MediaKind::Image => "jpg",
        MediaKind::Video => "mp4",
        MediaKind::Audio => "ogg",
        MediaKind::Document | MediaKind::Sticker => "pdf",
    };
    format!("{name}.{ending}")
}
