//! A guest's own switch for our marketing, `user_preferences[]` (PROVIDERS.md §5.6).

use super::address::address_at;
use super::webhook::{time, unrecognised};
use crate::Event;
use bellhop_domain::incoming::Preference;
use serde_json::Value;

/// Reads one preference; what is no wish about marketing is kept as it came.
pub(super) fn read(raw: &str) -> Event {
    let told: Value = serde_json::from_str(raw).unwrap_or_default();
    preference(&told).map_or_else(|| unrecognised("user_preferences", raw), Event::Preference)
}

fn preference(told: &Value) -> Option<Preference> {
    let value = told["value"].as_str()?;
    let given = match (told["category"].as_str()?, value) {
        ("marketing_messages", "stop") => false,
        ("marketing_messages", "resume" | "signup") => true,
        _ => return None,
    };
    Some(Preference {
        address: address_at(told, "wa_id", "user_id")?,
        given,
        at: time(&told["timestamp"])?,
        how: format!("WhatsApp user preference: {value}"),
    })
}
