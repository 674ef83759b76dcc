//! What a request says beside its path and body: its query, its conditions, and the key by which a repeat is known.

use crate::edge::language;
use crate::problem::Problem;
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode, header};
use bellhop_domain::fault::Why;
use bellhop_domain::words::Language;
use bellhop_store::ledger::Once;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// By which a repeat of a request is known (draft-ietf-httpapi-idempotency-key-header).
pub(super) static IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// By which a client says what it has seen of a stream of events.
pub(super) static LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// The longest key.
const KEY_CHARS: usize = 200;

/// What a request says beside its path and body.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    query: String,
    if_match: Option<String>,
    /// The key as it came, and a digest of what was asked for.
    once: Option<(String, String)>,
    /// In which the caller reads.
    pub language: Language,
}

/// A request with a key of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OnceKey {
    key: String,
    request: String,
}

impl OnceKey {
    pub fn once(&self) -> Once<'_> {
        Once {
            key: &self.key,
            request: &self.request,
        }
    }
}

impl Asked {
    pub(super) fn of(parts: &Parts, body: &[u8]) -> Self {
        let text = |name: &HeaderName| {
            let value = parts.headers.get(name)?;
            Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let once = text(&IDEMPOTENCY_KEY).map(|key| (key, digest(parts, body)));
        Self {
            query: parts.uri.query().unwrap_or_default().to_owned(),
            if_match: text(&header::IF_MATCH),
            once,
            language: language(&parts.headers),
        }
    }

    /// The query, by the documented keys only. A number may stand where one is expected, a text elsewhere.
    pub fn query<Q: DeserializeOwned>(&self) -> Result<Q, Problem> {
        let pairs = url::form_urlencoded::parse(self.query.as_bytes());
        let pairs = pairs.map(|(key, value)| (key.into_owned(), of_query(value.into_owned())));
        let object = Value::Object(pairs.collect::<Map<_, _>>());
        serde_path_to_error::deserialize(object).map_err(|error| {
            let place = error.path().to_string();
            let place = if place == "." { String::new() } else { place };
            Problem::unreadable(Why::of_json(&error.into_inner().to_string()).at(place))
        })
    }

    /// The version that a change is made from, by the ETag that was read.
    pub fn version(&self) -> Result<i64, Problem> {
        let tag = self.if_match.as_deref().map(str::trim);
        let version = tag.and_then(|tag| tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok());
        version.ok_or_else(|| Problem::new(StatusCode::PRECONDITION_REQUIRED, Why::IfMatchAbsent))
    }

    /// The request as one that is done once, if it has a key of its own.
    pub fn keyed(&self) -> Result<Option<OnceKey>, Problem> {
        let Some((key, request)) = &self.once else {
            return Ok(None);
        };
        let key = key.trim();
        // The draft has it in quotes, most clients have not.
        let bare = key
            .strip_prefix('"')
            .and_then(|key| key.strip_suffix('"'))
            .unwrap_or(key);
        let fits = (1..=KEY_CHARS).contains(&bare.len()) && bare.bytes().all(|b| b.is_ascii_graphic());
        if !fits {
            let why = Why::IdempotencyKeyUnfit { most: KEY_CHARS };
            return Err(Problem::new(StatusCode::BAD_REQUEST, why));
        }
        Ok(Some(OnceKey {
            key: bare.to_owned(),
            request: request.clone(),
        }))
    }
}

/// Only what is written as a number is one: an id like `007` keeps its zeros.
fn of_query(value: String) -> Value {
    match value.parse::<u64>() {
        Ok(number) if number.to_string() == value => Value::from(number),
        _ => Value::from(value),
    }
}

/// For a text of a query that may be all digits, as names, phones and ids are.
pub(crate) fn text_of_query<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    match Value::deserialize(from)? {
        Value::String(text) => Ok(Some(text)),
        Value::Number(number) => Ok(Some(number.to_string())),
        other => Err(serde::de::Error::custom(format!(
            "invalid type: {other}, expected a string"
        ))),
    }
}

/// The same for the same request, and different for any other.
fn digest(parts: &Parts, body: &[u8]) -> String {
    let mut digest = Sha256::new();
    for part in [parts.method.as_str(), parts.uri.path()] {
        digest.update(part.as_bytes());
        digest.update(b"\n");
    }
    digest.update(body);
    hex::encode(digest.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn asked(path: &str, headers: &[(&str, &str)], body: &[u8]) -> Asked {
        let request = headers.iter().fold(Request::post(path), |request, (name, value)| {
            request.header(*name, *value)
        });
        let (parts, ()) = request.body(()).unwrap().into_parts();
        Asked::of(&parts, body)
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Query {
        state: Option<String>,
        limit: Option<u32>,
    }

    #[test]
    fn a_query_has_documented_keys_only() {
        let query = |path: &str| asked(path, &[], b"").query::<Query>();
        let (state, limit) = (Some("draft".to_owned()), Some(5));
        assert_eq!(query("/v1/x?state=draft&limit=5").unwrap(), Query { state, limit });
        for bad in ["/v1/x?sort=name", "/v1/x?limit=many", "/v1/x?limit=-1"] {
            assert!(query(bad).is_err(), "{bad}");
        }
    }

    #[derive(Debug, Deserialize)]
    struct Words {
        #[serde(default, deserialize_with = "text_of_query")]
        query: Option<String>,
    }

    #[test]
    fn a_text_of_digits_stays_as_it_was_written() {
        for written in ["007", "79990000001", "18446744073709551616", "-1", "Anna"] {
            let query: Words = asked(&format!("/v1/x?query={written}"), &[], b"").query().unwrap();
            assert_eq!(query.query.as_deref(), Some(written));
        }
        assert_eq!(asked("/v1/x", &[], b"").query::<Words>().unwrap().query, None);
    }

    #[test]
    fn a_version_is_read_from_a_strong_tag() {
        let version = |tag: &str| asked("/v1/x", &[("if-match", tag)], b"").version().ok();
        assert_eq!(version("\"3\""), Some(3));
        for bad in ["3", "W/\"3\"", "*", "\"x\"", ""] {
            assert_eq!(version(bad), None, "{bad}");
        }
        assert!(asked("/v1/x", &[], b"").version().is_err());
    }

    #[test]
    fn the_same_request_is_the_same_whatever_it_is_quoted_in() {
        let keyed = |path: &str, key: &str, body: &str| {
            let asked = asked(path, &[("idempotency-key", key)], body.as_bytes());
            asked.keyed()
        };
        let first = keyed("/v1/x", "k-1", "{}").unwrap();
        assert!(first.is_some());
        assert_eq!(keyed("/v1/x", "\"k-1\"", "{}").unwrap(), first);
        for (path, body) in [("/v1/y", "{}"), ("/v1/x", "{ }")] {
            assert_ne!(keyed(path, "k-1", body).unwrap(), first, "{path} {body}");
        }
        for bad in ["", "a b", "\"\"", &"k".repeat(201)] {
            assert!(keyed("/v1/x", bad, "{}").is_err(), "{bad}");
        }
        assert_eq!(asked("/v1/x", &[], b"{}").keyed().unwrap(), None);
    }
}
