//! The rules of RFC 8030 and 8188 for a request.

use hyper::header::CONTENT_ENCODING;
use hyper::{HeaderMap, StatusCode};

const LONGEST_TOPIC: usize = 32;
const URGENCIES: [&str; 4] = ["very-low", "low", "normal", "high"];

/// Why a request is refused.
pub(super) type Refusal = (StatusCode, &'static str);

/// A request in the right form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Push<'r> {
    /// Seconds.
    pub(super) ttl: u64,
    pub(super) urgency: &'r str,
    /// Empty if there is none.
    pub(super) topic: &'r str,
    pub(super) body: &'r [u8],
}

impl<'r> Push<'r> {
    pub(super) fn read(headers: &'r HeaderMap, body: &'r [u8]) -> Result<Self, Refusal> {
        let bad = |words| (StatusCode::BAD_REQUEST, words);
        let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("\u{fffd}"));
        let ttl = header("ttl").ok_or(bad("missing TTL header"))?;
        let digits = !ttl.is_empty() && ttl.bytes().all(|byte| byte.is_ascii_digit());
        let ttl = ttl.parse().ok().filter(|_| digits).ok_or(bad("bad TTL header"))?;
        let urgency = header("urgency").unwrap_or("normal");
        if !URGENCIES.contains(&urgency) {
            return Err(bad("bad Urgency header"));
        }
        let topic = header("topic");
        if !topic.is_none_or(is_topic) {
            return Err(bad("bad Topic header"));
        }
        if header(CONTENT_ENCODING.as_str()) != Some("aes128gcm") {
            return Err(bad("Content-Encoding is not aes128gcm"));
        }
        Ok(Self {
            ttl,
            urgency,
            topic: topic.unwrap_or_default(),
            body,
        })
    }
}

/// RFC 8030 §5.4.
fn is_topic(topic: &str) -> bool {
    let of_alphabet = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=LONGEST_TOPIC).contains(&topic.len()) && topic.bytes().all(of_alphabet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_held_to_the_rfc() {
        let good = [
            ("ttl", "60"),
            ("urgency", "low"),
            ("topic", "run-7_a"),
            ("content-encoding", "aes128gcm"),
        ];
        let read = |change: Option<(&'static str, Option<&'static str>)>| {
            let mut headers: HeaderMap = good
                .iter()
                .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
                .collect();
            match change {
                Some((name, Some(value))) => _ = headers.insert(name, value.parse().unwrap()),
                Some((name, None)) => _ = headers.remove(name),
                None => {}
            }
            Push::read(&headers, b"body")
                .map(|push| push.ttl)
                .map_err(|(status, _)| status.as_u16())
        };
        for change in [None, Some(("urgency", None)), Some(("topic", None))] {
            assert_eq!(read(change), Ok(60), "{change:?}");
        }
        assert_eq!(read(Some(("ttl", Some("0")))), Ok(0));
        let long = "abcdefghijklmnopqrstuvwxyzabcdefg";
        for (name, value) in [
            ("ttl", None),
            ("ttl", Some("")),
            ("ttl", Some("-1")),
            ("ttl", Some("+1")),
            ("ttl", Some("1.5")),
            ("urgency", Some("urgent")),
            ("topic", Some("")),
            ("topic", Some("a b")),
            ("topic", Some("a=b")),
            ("topic", Some(long)),
            ("content-encoding", None),
            ("content-encoding", Some("aesgcm")),
        ] {
            assert_eq!(read(Some((name, value))), Err(400), "{name} {value:?}");
        }
    }
}
