//! What several kinds of update have in common.

use bellhop_domain::Timestamp;
use serde_json::Value;

/// The address of a chat, if it is one person's.
pub(super) fn person(chat: &Value) -> Option<String> {
    (chat["type"] == "private").then_some(())?;
    chat["id"].as_i64().map(|id| id.to_string())
}

/// An instant in Unix seconds.
pub(super) fn at(told: &Value) -> Option<Timestamp> {
    told["date"].as_i64().and_then(seconds)
}

pub(super) fn seconds(seconds: i64) -> Option<Timestamp> {
    (seconds > 0)
        .then(|| seconds.checked_mul(1000).map(Timestamp))
        .flatten()
}
