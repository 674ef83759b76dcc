//! What a send must look like (PROVIDERS §2.2, §2.3).

use hyper::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::Value;

use super::replies::Refused;

const LONGEST_COLLAPSE_ID: usize = 64;
const LONGEST_PAYLOAD: usize = 4096;
const PUSH_TYPES: [&str; 11] = [
    "alert",
    "background",
    "controls",
    "complication",
    "fileprovider",
    "liveactivity",
    "location",
    "mdm",
    "pushtotalk",
    "voip",
    "widgets",
];

/// The headers of a send, each checked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Headers<'a> {
    pub(super) topic: &'a str,
    pub(super) push_type: &'a str,
    pub(super) priority: u8,
    /// Seconds since the epoch; if absent, as long as Apple likes.
    pub(super) expiration: Option<u64>,
    pub(super) collapse_id: &'a str,
}

impl<'a> Headers<'a> {
    pub(super) fn read(headers: &'a HeaderMap, topics: &[String]) -> Result<Self, Refused> {
        let bad = |reason| (StatusCode::BAD_REQUEST, reason);
        let names = [
            "apns-topic",
            "apns-push-type",
            "apns-priority",
            "apns-expiration",
            "apns-collapse-id",
            "apns-id",
        ];
        if names.iter().any(|name| headers.get_all(*name).iter().count() > 1) {
            return Err(bad("DuplicateHeaders"));
        }
        let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
        let topic = text("apns-topic").ok_or(bad("MissingTopic"))?;
        if !topics.iter().any(|known| known == topic) {
            return Err(bad("TopicDisallowed"));
        }
        let push_type = text("apns-push-type").unwrap_or("alert");
        if !PUSH_TYPES.contains(&push_type) {
            return Err(bad("InvalidPushType"));
        }
        let priority = match text("apns-priority").unwrap_or("10") {
            "10" if push_type != "background" => 10,
            "5" => 5,
            "1" => 1,
            _ => return Err(bad("BadPriority")),
        };
        let expiration = text("apns-expiration").map(str::parse).transpose();
        if text("apns-id").is_some_and(|id| !is_uuid(id)) {
            return Err(bad("BadMessageId"));
        }
        let collapse_id = headers
            .get("apns-collapse-id")
            .map(|id| id.as_bytes())
            .unwrap_or_default();
        if collapse_id.len() > LONGEST_COLLAPSE_ID {
            return Err(bad("BadCollapseId"));
        }
        Ok(Self {
            topic,
            push_type,
            priority,
            expiration: expiration.map_err(|_| bad("BadExpirationDate"))?,
            collapse_id: str::from_utf8(collapse_id).map_err(|_| bad("BadCollapseId"))?,
        })
    }
}

/// A UUID in its canonical form, lower case.
fn is_uuid(id: &str) -> bool {
    let digits = |part: &str| part.bytes().all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c));
    let lengths: Vec<usize> = id.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && id.split('-').all(digits)
}

pub(super) fn uuid(high: u64, low: u64) -> String {
    let hex = format!("{high:016x}{low:016x}");
    format!(
        "{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    )
}

/// What the app receives. The keys beside `aps` are the sender's own.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Payload {
    aps: Value,
    #[serde(default)]
    pub(super) message_id: String,
    #[serde(default)]
    pub(super) customer_id: String,
    #[serde(default)]
    pub(super) link: String,
    #[serde(skip)]
    pub(super) title: String,
    #[serde(skip)]
    pub(super) body: String,
}

impl Payload {
    pub(super) fn read(body: &[u8], push_type: &str) -> Result<Self, Refused> {
        if body.len() > LONGEST_PAYLOAD {
            return Err((StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLarge"));
        }
        let empty = (StatusCode::BAD_REQUEST, "PayloadEmpty");
        let mut payload: Self = serde_json::from_slice(body).map_err(|_| empty)?;
        let alert = &payload.aps["alert"];
        let text = |name: &str| alert[name].as_str().unwrap_or_default().to_owned();
        let (title, body) = match alert.as_str() {
            Some(body) => (String::new(), body.to_owned()),
            None => (text("title"), text("body")),
        };
        if push_type == "alert" && title.is_empty() && body.is_empty() {
            return Err(empty);
        }
        (payload.title, payload.body) = (title, body);
        Ok(payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::{HeaderName, HeaderValue};

    fn read(change: &[(&'static str, &str)]) -> Result<(u8, Option<u64>), &'static str> {
        let mut headers = HeaderMap::new();
        let right = [
            ("apns-topic", "com.example.app"),
            ("apns-id", "eabeae54-14a8-11e5-b60b-1697f925ec7b"),
        ];
        for (name, value) in right.iter().copied().chain(change.iter().copied()) {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        Headers::read(&headers, &["com.example.app".to_owned()])
            .map(|headers| (headers.priority, headers.expiration))
            .map_err(|(_, reason)| reason)
    }

    #[test]
    fn each_header_has_its_rule() {
        assert_eq!(read(&[]), Ok((10, None)));
        assert_eq!(
            read(&[("apns-priority", "5"), ("apns-expiration", "0")]),
            Ok((5, Some(0)))
        );
        let long = "x".repeat(65);
        for (name, value, reason) in [
            ("apns-topic", "com.example.other", "TopicDisallowed"),
            ("apns-push-type", "advert", "InvalidPushType"),
            ("apns-push-type", "background", "BadPriority"),
            ("apns-priority", "7", "BadPriority"),
            ("apns-expiration", "tomorrow", "BadExpirationDate"),
            ("apns-expiration", "-1", "BadExpirationDate"),
            ("apns-id", "17", "BadMessageId"),
            ("apns-id", "EABEAE54-14A8-11E5-B60B-1697F925EC7B", "BadMessageId"),
            ("apns-collapse-id", &long, "BadCollapseId"),
        ] {
            assert_eq!(read(&[(name, value)]), Err(reason), "{name}: {value}");
        }
        assert_eq!(
            Headers::read(&HeaderMap::new(), &[]),
            Err((StatusCode::BAD_REQUEST, "MissingTopic"))
        );
    }

    #[test]
    fn a_payload_has_an_alert_and_fits() {
        let read = |body: &str| {
            Payload::read(body.as_bytes(), "alert")
                .map(|payload| (payload.title, payload.body))
                .map_err(|(_, reason)| reason)
        };
        let both = |title: &str, body: &str| Ok((title.to_owned(), body.to_owned()));
        assert_eq!(read(r#"{"aps":{"alert":{"title":"T","body":"B"}}}"#), both("T", "B"));
        assert_eq!(read(r#"{"aps":{"alert":"B"},"x":[1]}"#), both("", "B"));
        for empty in ["", "{}", "[]", r#"{"aps":{}}"#, r#"{"aps":{"alert":""}}"#] {
            assert_eq!(read(empty), Err("PayloadEmpty"), "{empty}");
        }
        let frame = r#"{"aps":{"alert":""}}"#.len();
        let of = |length: usize| format!(r#"{{"aps":{{"alert":"{}"}}}}"#, "x".repeat(length - frame));
        assert!(read(&of(4096)).is_ok());
        assert_eq!(read(&of(4097)), Err("PayloadTooLarge"));
    }

    #[test]
    fn apples_own_ids_are_uuids() {
        assert!(is_uuid(&uuid(1, u64::MAX)));
    }
}
