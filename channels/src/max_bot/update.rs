//! Fields that several kinds of update have.

use bellhop_domain::Timestamp;
use serde_json::Value;

/// The address of a user, if it is a person.
pub(super) fn person(user: &Value) -> Option<String> {
    if user["is_bot"] == true {
        return None;
    }
    let id = user["user_id"].as_i64().filter(|id| *id > 0)?;
    Some(id.to_string())
}

/// Whether a message was written in a dialog with the bot. In groups and channels nobody speaks to us.
pub(super) fn is_in_dialog(message: &Value) -> bool {
    message.pointer("/recipient/chat_type").and_then(Value::as_str) == Some("dialog")
}

/// An instant in Unix milliseconds.
pub(super) fn at(told: &Value) -> Option<Timestamp> {
    told["timestamp"].as_i64().filter(|at| *at > 0).map(Timestamp)
}

/// The name in the profile; `name` is the older field.
pub(super) fn name(user: &Value) -> Option<String> {
    let names: Vec<_> = ["first_name", "last_name"]
        .into_iter()
        .filter_map(|key| user[key].as_str())
        .collect();
    if names.is_empty() {
        return user["name"].as_str().map(str::to_owned);
    }
    Some(names.join(" "))
}
