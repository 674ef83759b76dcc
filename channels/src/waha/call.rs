//! A call from WAHA, with what all kinds of calls have in common.

use bellhop_domain::Timestamp;
use serde::Deserialize;
use serde_json::Value;

/// The fields of every call that we use; each of WAHA's engines adds others.
#[derive(Deserialize)]
pub(super) struct Call {
    pub event: String,
    #[serde(default)]
    pub session: String,
    /// Unix milliseconds; absent in old versions.
    pub timestamp: Option<i64>,
    /// The number of the session itself: `id`, `lid`.
    #[serde(default)]
    pub me: Value,
    #[serde(default)]
    pub payload: Value,
}

impl Call {
    /// As [`text`] of its payload.
    pub fn text(&self, place: &str) -> Option<&str> {
        text(&self.payload, place)
    }

    /// When it happened: the payload's seconds, else the call's own time.
    pub fn at(&self, payload: &Value) -> Option<Timestamp> {
        let seconds = payload.pointer("/timestamp");
        let milliseconds = seconds
            .and_then(Value::as_f64)
            .map(|seconds| (seconds * 1000.0).round() as i64);
        milliseconds.or(self.timestamp).filter(|at| *at > 0).map(Timestamp)
    }
}

/// The non-empty text at a JSON pointer.
pub(super) fn text<'a>(payload: &'a Value, place: &str) -> Option<&'a str> {
    let text = payload.pointer(place)?.as_str()?;
    (!text.is_empty()).then_some(text)
}

/// Whether the session's own number wrote it, wherever the engine says so.
pub(super) fn is_own(payload: &Value) -> bool {
    let places = [
        "/fromMe",
        "/_data/key/fromMe",
        "/_data/Info/IsFromMe",
        "/_data/id/fromMe",
    ];
    let said = places
        .into_iter()
        .any(|place| payload.pointer(place) == Some(&Value::Bool(true)));
    said || text(payload, "/id").is_some_and(|id| id.starts_with("true_"))
}
