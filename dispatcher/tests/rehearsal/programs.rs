//! Programs of every kind of trigger, delay, guard and re-entry.

use serde_json::{Value, json};

pub fn names() -> Vec<&'static str> {
    definitions().into_iter().map(|(name, _)| name).collect()
}

/// By push, else by SMS.
fn told(name: &str, trigger: Value, more: Value) -> Value {
    let mut it = json!({
        "name": name, "trigger": trigger, "purpose": "marketing", "link": "https://brand.example",
        "contents": { "push": { "title": "Hello", "body": "Come" }, "sms": { "text": "Come: {link}" } },
        "waterfall": [{ "channel": "push", "wait_minutes": 120 }, { "channel": "sms" }],
    });
    if let (Some(it), Value::Object(more)) = (it.as_object_mut(), more) {
        it.extend(more);
    }
    it
}

pub fn definitions() -> Vec<(&'static str, Value)> {
    let event = |kind: &str| json!({ "event": { "kind": kind } });
    vec![
        (
            "cart",
            told(
                "cart",
                json!({ "event": { "kind": "cart.changed", "where": { "cart.total": { "min": 1 } } } }),
                json!({ "delay": { "minutes": 60 }, "restarts": true, "again": { "rest": { "days": 1 } }, "late": { "minutes": 180 },
                        "cancel_on": [{ "kind": "order.placed" }, { "kind": "cart.changed", "where": { "cart.total": { "max": 0 } } }] }),
            ),
        ),
        (
            "delivered",
            told(
                "delivered",
                event("order.delivered"),
                json!({ "purpose": "notification", "again": { "once_per": "order" }, "late": { "minutes": 15 } }),
            ),
        ),
        (
            "review",
            told(
                "review",
                event("order.delivered"),
                json!({ "purpose": "notification", "quiet_hours": true, "delay": { "minutes": 60 }, "again": { "once_per": "order" },
                        "cancel_on": [{ "kind": "review.left" }, { "kind": "order.cancelled" }] }),
            ),
        ),
        (
            "welcome",
            told(
                "welcome",
                event("guest.registered"),
                json!({ "again": { "once_per": "ever" } }),
            ),
        ),
        (
            "next day",
            told(
                "next day",
                event("order.placed"),
                json!({ "delay": { "days": 1, "at": "12:00" }, "again": { "rest": { "days": 3 } },
                        "audience": { "tags": { "none": ["staff"] } }, "guard": { "retention": ["new", "active", "returned"] } }),
            ),
        ),
        (
            "birthday bonus",
            told(
                "birthday bonus",
                json!({ "birthday": { "days_before": 7, "through_days_after": 3, "at": "10:00" } }),
                json!({ "grant": { "bonuses": 500, "days": 14 } }),
            ),
        ),
        (
            "birthday",
            told(
                "birthday",
                json!({ "birthday": { "days_before": 0, "at": "10:00" } }),
                json!({}),
            ),
        ),
        (
            "burns",
            told(
                "burns",
                json!({ "bonuses_burn": { "days_before": 3, "at": "10:00" } }),
                json!({}),
            ),
        ),
        (
            "lost",
            told(
                "lost",
                json!({ "retention": { "into": ["cooling", "lost"], "at": "10:00" } }),
                json!({}),
            ),
        ),
    ]
}
