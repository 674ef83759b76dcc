//! The body of a send (PROVIDERS.md §1.3), serialised straight from borrowed text.

use crate::{AttemptKey, OutgoingMessage, Push};
use bellhop_domain::{MessageId, Timestamp};
use serde::{Serialize, Serializer};
use std::fmt;

/// FCM's cap on the keys and values of a message.
const LONGEST: usize = 4096;
/// Four weeks in seconds: the longest FCM keeps a message.
const LONGEST_TTL: u64 = 2_419_200;
const MESSAGE_ID_LENGTH: usize = 11;
/// APNs' cap on `apns-collapse-id`.
const APNS_COLLAPSE_ID: usize = 64;
/// The cap on a push service's `Topic`, which is of the URL-safe base64 alphabet (RFC 8030 §5.4).
const WEB_TOPIC: usize = 32;

/// The text is longer than FCM takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooLong {
    pub bytes: usize,
}

/// Writes the body. A text that is too long is refused here, as this recipient's problem, because names and fallbacks
/// differ. FCM's own answer would not tell that.
pub(super) fn encode(
    message: &OutgoingMessage<'_>,
    push: &Push<'_>,
    analytics_label: Option<&str>,
) -> Result<Vec<u8>, TooLong> {
    let bytes = counted_bytes(message, push);
    if bytes > LONGEST {
        return Err(TooLong { bytes });
    }
    let mut body = Vec::with_capacity(bytes + 512);
    // Writing text to memory cannot fail; an empty body would be refused by FCM and seen.
    let _ = serde_json::to_writer(&mut body, &request(message, push, analytics_label));
    Ok(body)
}

/// The bytes of the keys and values that reach the device.
fn counted_bytes(message: &OutgoingMessage<'_>, push: &Push<'_>) -> usize {
    let pair = |key: &str, value: Option<&str>| value.map_or(0, |v| key.len() + v.len());
    "titlebodymessage_id".len()
        + push.title.len()
        + push.body.len()
        + MESSAGE_ID_LENGTH
        + pair("image", push.image)
        + pair("link", push.link)
        + pair("customer_id", message.customer)
}

fn request<'a>(message: &'a OutgoingMessage<'a>, push: &Push<'a>, label: Option<&'a str>) -> Request<'a> {
    let AttemptKey { message: id, .. } = message.attempt;
    let ttl = message.time_to_live().as_secs().min(LONGEST_TTL);
    Request {
        message: Message {
            token: message.address,
            notification: Notification {
                title: push.title,
                body: push.body,
                image: push.image,
            },
            data: Data {
                message_id: id,
                link: push.link,
                customer_id: message.customer,
            },
            android: Android {
                collapse_key: message.collapse_key,
                ttl: Written(Seconds(ttl)),
                notification: AndroidNotification {
                    tag: message.collapse_key,
                },
            },
            apns: apns(message.collapse_key, message.expires, push),
            webpush: Web {
                headers: WebHeaders {
                    ttl: Written(ttl),
                    topic: Some(message.collapse_key).filter(|key| is_web_topic(key)),
                },
                fcm_options: push
                    .link
                    .filter(|link| link.starts_with("https://"))
                    .map(|link| WebOptions { link }),
            },
            fcm_options: label.map(|analytics_label| Options { analytics_label }),
        },
    }
}

fn apns<'a>(collapse_key: &'a str, expires: Timestamp, push: &Push<'a>) -> Apns<'a> {
    Apns {
        headers: ApnsHeaders {
            expiration: Written(expires.0.max(0) / 1000),
            collapse_id: &collapse_key[..collapse_key.floor_char_boundary(APNS_COLLAPSE_ID)],
        },
        payload: push.image.map(|_| ApnsPayload {
            aps: Aps { mutable_content: 1 },
        }),
        fcm_options: push.image.map(|image| ApnsOptions { image }),
    }
}

fn is_web_topic(key: &str) -> bool {
    (1..=WEB_TOPIC).contains(&key.len()) && key.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_".contains(&c))
}

#[derive(Serialize)]
struct Request<'a> {
    message: Message<'a>,
}

#[derive(Serialize)]
struct Message<'a> {
    token: &'a str,
    notification: Notification<'a>,
    data: Data<'a>,
    android: Android<'a>,
    apns: Apns<'a>,
    webpush: Web<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fcm_options: Option<Options<'a>>,
}

#[derive(Serialize)]
struct Notification<'a> {
    title: &'a str,
    body: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'a str>,
}

/// What the app receives. FCM reserves the keys `from`, `message_type` and all that begin with `google` or `gcm`.
#[derive(Serialize)]
struct Data<'a> {
    message_id: MessageId,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_id: Option<&'a str>,
}

#[derive(Serialize)]
struct Android<'a> {
    collapse_key: &'a str,
    ttl: Written<Seconds>,
    notification: AndroidNotification<'a>,
}

/// The tag replaces a notification that is already shown; the collapse key only one that is still waiting.
#[derive(Serialize)]
struct AndroidNotification<'a> {
    tag: &'a str,
}

#[derive(Serialize)]
struct Apns<'a> {
    headers: ApnsHeaders<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<ApnsPayload>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fcm_options: Option<ApnsOptions<'a>>,
}

#[derive(Serialize)]
struct ApnsHeaders<'a> {
    #[serde(rename = "apns-expiration")]
    expiration: Written<i64>,
    #[serde(rename = "apns-collapse-id")]
    collapse_id: &'a str,
}

#[derive(Serialize)]
struct ApnsPayload {
    aps: Aps,
}

/// Lets the app's extension fetch the picture.
#[derive(Serialize)]
struct Aps {
    #[serde(rename = "mutable-content")]
    mutable_content: u8,
}

#[derive(Serialize)]
struct ApnsOptions<'a> {
    image: &'a str,
}

#[derive(Serialize)]
struct Web<'a> {
    headers: WebHeaders<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fcm_options: Option<WebOptions<'a>>,
}

#[derive(Serialize)]
struct WebHeaders<'a> {
    #[serde(rename = "TTL")]
    ttl: Written<u64>,
    #[serde(rename = "Topic", skip_serializing_if = "Option::is_none")]
    topic: Option<&'a str>,
}

/// FCM takes https links only.
#[derive(Serialize)]
struct WebOptions<'a> {
    link: &'a str,
}

#[derive(Serialize)]
struct Options<'a> {
    analytics_label: &'a str,
}

/// A value that FCM requires as text.
struct Written<T>(T);

impl<T: fmt::Display> Serialize for Written<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A `google.protobuf.Duration` of whole seconds.
struct Seconds(u64);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}s", self.0)
    }
}
