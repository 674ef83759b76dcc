//! What several kinds of Meta's calls have in common.

use crate::Event;
use bellhop_domain::Timestamp;
use serde_json::Value as Json;

/// Which calls are ours, because the webhook of a business account reports on all its numbers.
pub(super) struct Ours {
    pub phone_number_id: String,
    pub waba_id: String,
    /// Digits; known only if the settings have it.
    pub display_phone_number: Option<String>,
    /// The configured limit of people in 24 hours.
    pub people: Option<u32>,
}

/// What we do not understand is kept as it came.
pub(super) fn unrecognised(kind: &str, raw: &str) -> Event {
    Event::Unrecognised {
        kind: kind.to_owned(),
        raw: raw.to_owned(),
    }
}

/// A time as Meta writes it: seconds since the epoch.
pub(super) fn seconds(seconds: i64) -> Option<Timestamp> {
    (seconds > 0)
        .then(|| seconds.checked_mul(1000).map(Timestamp))
        .flatten()
}

/// A time written as a number or as text.
pub(super) fn time(value: &Json) -> Option<Timestamp> {
    let whole = value.as_i64().or_else(|| value.as_str()?.trim().parse().ok());
    whole
        .or_else(|| value.as_f64().map(|seconds| seconds as i64))
        .and_then(seconds)
}
