//! Parts of answers that several providers use.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::{Response, StatusCode};

use super::Reply;

pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=UTF-8");
pub(crate) const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=UTF-8");
pub(crate) const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=UTF-8");

pub(crate) fn reply(status: StatusCode, content_type: HeaderValue, body: String) -> Reply {
    let mut reply = Response::new(Full::new(Bytes::from(body)));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, content_type);
    reply
}

/// A front end's error page where a client expects an answer of an API.
pub(crate) fn html(status: StatusCode, text: &str) -> Reply {
    let (code, name) = (status.as_u16(), status.canonical_reason().unwrap_or_default());
    let page = format!(
        "<!DOCTYPE html>\n<html lang=en>\n<title>Error {code} ({name})!!1</title>\n<p><b>{code}.</b> <ins>That’s an error.</ins>\n<p>{text} <ins>That’s all we know.</ins>\n"
    );
    reply(status, HTML, page)
}

/// The value of `Retry-After` for a pause, as seconds or as an HTTP date (RFC 9110 §10.2.3).
pub(crate) fn retry_after(seconds: u64, as_date: bool, now: DateTime<Utc>) -> String {
    if !as_date {
        return seconds.to_string();
    }
    let until = now + TimeDelta::seconds(i64::try_from(seconds).unwrap_or(i64::from(u32::MAX)));
    until.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Adds `Retry-After` to an answer.
pub(crate) fn with_retry_after(mut reply: Reply, value: &str) -> Reply {
    if let Ok(value) = HeaderValue::from_str(value) {
        reply.headers_mut().insert(RETRY_AFTER, value);
    }
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_has_two_forms() {
        let now = DateTime::from_timestamp(784_111_747, 0).unwrap();
        assert_eq!(retry_after(30, false, now), "30");
        assert_eq!(retry_after(30, true, now), "Sun, 06 Nov 1994 08:49:37 GMT");
    }
}
