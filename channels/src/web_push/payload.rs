//! What the browser shows: one JSON that our service worker reads, and that Safari 18.4 and later shows without one
//! (declarative web push). Serialised straight from borrowed text.

use super::encrypt::LONGEST;
use crate::{OutgoingMessage, WebPush};
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bellhop_domain::MessageId;
use serde::Serialize;
use std::borrow::Cow;

/// Four weeks in seconds: the longest that Google keeps a message; Mozilla refuses more than 30 days.
const LONGEST_TTL: u64 = 2_419_200;
/// RFC 8030 §5.4.
const LONGEST_TOPIC: usize = 32;

/// The text is longer than a push service must take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooLong {
    pub bytes: usize,
}

/// Writes the plaintext.
pub(super) fn encode(message: &OutgoingMessage<'_>, push: &WebPush<'_>) -> Result<Vec<u8>, TooLong> {
    let mut plaintext = Vec::with_capacity(512);
    // Writing text to memory cannot fail.
    let _ = serde_json::to_writer(&mut plaintext, &payload(message, push));
    match plaintext.len() {
        bytes if bytes > LONGEST => Err(TooLong { bytes }),
        _ => Ok(plaintext),
    }
}

fn payload<'a>(message: &OutgoingMessage<'a>, push: &'a WebPush<'a>) -> Payload<'a> {
    Payload {
        // The declarative form requires a link; without one only the service worker can show the message.
        web_push: push.link.map(|_| 8030),
        notification: Notification {
            title: push.title,
            body: push.body,
            navigate: push.link,
            icon: push.icon,
            image: push.image,
            tag: message.collapse_key,
            actions: Actions(push.actions),
            data: Data {
                message_id: message.attempt.message,
            },
        },
    }
}

/// Seconds for which the push service keeps the message.
pub(super) fn time_to_live(message: &OutgoingMessage<'_>) -> u64 {
    message.time_to_live().as_secs().min(LONGEST_TTL)
}

/// The name under which a later message replaces one that still waits. A key that is not a valid topic is hashed into
/// one.
pub(super) fn topic(collapse_key: &str) -> Cow<'_, str> {
    let of_alphabet = |c: u8| c.is_ascii_alphanumeric() || b"-_".contains(&c);
    if (1..=LONGEST_TOPIC).contains(&collapse_key.len()) && collapse_key.bytes().all(of_alphabet) {
        return collapse_key.into();
    }
    let hash = digest::digest(&digest::SHA256, collapse_key.as_bytes());
    let mut topic = URL_SAFE_NO_PAD.encode(hash);
    topic.truncate(LONGEST_TOPIC);
    topic.into()
}

#[derive(Serialize)]
struct Payload<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    web_push: Option<u16>,
    notification: Notification<'a>,
}

#[derive(Serialize)]
struct Notification<'a> {
    title: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    body: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    navigate: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    icon: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'a str>,
    /// Replaces what is already shown, as the topic replaces what still waits.
    tag: &'a str,
    #[serde(skip_serializing_if = "Actions::is_empty")]
    actions: Actions<'a>,
    data: Data,
}

#[derive(Serialize)]
struct Data {
    message_id: MessageId,
}

struct Actions<'a>(&'a [crate::Action<'a>]);

impl Actions<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A button; the service worker knows it by its position.
#[derive(Serialize)]
struct Action<'a> {
    action: String,
    title: &'a str,
    navigate: &'a str,
}

impl Serialize for Actions<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().enumerate().map(|(place, action)| Action {
            action: place.to_string(),
            title: action.title,
            navigate: action.link,
        }))
    }
}
