//! The body of a send (PROVIDERS.md §2.3), serialised straight from borrowed text.

use crate::{AttemptKey, OutgoingMessage, Push};
use bellhop_domain::MessageId;
use serde::Serialize;

/// Apple's cap on the whole body.
const LONGEST: usize = 4096;

/// The body is longer than Apple takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooLong {
    pub bytes: usize,
}

/// Writes the body. A body that is too long is refused here, as this recipient's problem, because names and fallbacks
/// differ. Apple's own answer would not tell that.
pub(super) fn encode(message: &OutgoingMessage<'_>, push: &Push<'_>, sound: Option<&str>) -> Result<Vec<u8>, TooLong> {
    let mut body = Vec::with_capacity(512);
    // Writing text to memory cannot fail; an empty body would be refused by Apple and seen.
    let _ = serde_json::to_writer(&mut body, &payload(message, push, sound));
    match body.len() {
        bytes if bytes > LONGEST => Err(TooLong { bytes }),
        _ => Ok(body),
    }
}

fn payload<'a>(message: &'a OutgoingMessage<'a>, push: &Push<'a>, sound: Option<&'a str>) -> Payload<'a> {
    let AttemptKey { message: id, .. } = message.attempt;
    Payload {
        aps: Aps {
            alert: Alert {
                title: Some(push.title).filter(|title| !title.is_empty()),
                body: push.body,
            },
            sound,
            mutable_content: push.image.map(|_| 1),
        },
        message_id: id,
        image: push.image,
        link: push.link,
        customer_id: message.customer,
    }
}

/// What the app receives; the keys beside `aps` are the same as in FCM's `data`.
#[derive(Serialize)]
struct Payload<'a> {
    aps: Aps<'a>,
    message_id: MessageId,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_id: Option<&'a str>,
}

#[derive(Serialize)]
struct Aps<'a> {
    alert: Alert<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sound: Option<&'a str>,
    /// Lets the app's extension fetch the picture.
    #[serde(rename = "mutable-content", skip_serializing_if = "Option::is_none")]
    mutable_content: Option<u8>,
}

#[derive(Serialize)]
struct Alert<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    body: &'a str,
}
