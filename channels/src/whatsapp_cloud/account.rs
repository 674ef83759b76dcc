//! What Meta says about the account, the number and the templates (PROVIDERS.md §5.3, §5.4, §5.6). Pure.

use super::call::{Ours, unrecognised};
use super::config::digits;
use crate::Event;
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::{Ends, Health, HealthState};
use serde_json::Value;

/// The changes of a number's quality.
const QUALITY: &str = "phone_number_quality_update";
/// The beginning of the reason of the only warning that UNFLAGGED ends. It says nothing of a restricted or disabled
/// account, which only Meta's REINSTATE or a human brings back.
const FLAGGED: &str = "number quality: FLAGGED";

/// Reads one change of the account; `None` if it is about another number. A change that requires nobody's attention
/// is kept as it came.
pub(super) fn read(field: &str, raw: &str, at: Timestamp, ours: &Ours) -> Option<Event> {
    let value: Value = serde_json::from_str(raw).unwrap_or_default();
    if of_another_number(&value, ours) {
        return None;
    }
    let judged = match field {
        "account_update" => account_update(&value),
        "account_alerts" => account_alert(&value),
        QUALITY => number_quality(&value),
        "business_capability_update" => capability(&value, ours),
        "message_template_status_update" => template_status(&value),
        "message_template_quality_update" => template_quality(&value),
        _ => None,
    };
    Some(match judged {
        Some((state, why)) => Event::Health(Health {
            state,
            why,
            at,
            ends: (field == QUALITY && state == HealthState::Working).then_some(Ends::Warning(FLAGGED)),
        }),
        None => unrecognised(field, raw),
    })
}

type Judged = Option<(HealthState, String)>;

/// The number that a change names, if we know how ours is shown.
fn of_another_number(value: &Value, ours: &Ours) -> bool {
    let named = value["display_phone_number"]
        .as_str()
        .or(value["phone_number"].as_str());
    match (named, &ours.display_phone_number) {
        (Some(named), Some(ours)) => digits(named) != *ours,
        _ => false,
    }
}

fn word<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// The parts that are there, in one line.
fn line(parts: &[&str]) -> String {
    let there: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    there.join(": ")
}

/// Restriction, violation and ban stop the account; a lifted ban brings it back.
fn account_update(value: &Value) -> Judged {
    let event = word(value, "event");
    let ban = &value["ban_info"]["waba_ban_state"];
    // A word, or a list with one word.
    let ban = ban.as_str().or(ban[0].as_str()).unwrap_or_default();
    let state = match (event, ban) {
        (_, "REINSTATE") => HealthState::Working,
        (_, "SCHEDULE_FOR_DISABLE") => HealthState::Degraded,
        ("ACCOUNT_RESTRICTION" | "ACCOUNT_VIOLATION" | "DISABLED_UPDATE" | "ACCOUNT_DELETED", _) | (_, "DISABLE") => {
            HealthState::Stopped
        }
        _ => return None,
    };
    let restrictions = value["restriction_info"].as_array().into_iter().flatten();
    let restrictions: Vec<&str> = restrictions.map(|one| word(one, "restriction_type")).collect();
    let violation = word(&value["violation_info"], "violation_type");
    let words = [
        event,
        ban,
        word(&value["ban_info"], "waba_ban_date"),
        violation,
        &restrictions.join(", "),
    ];
    Some((state, line(&words)))
}

fn account_alert(value: &Value) -> Judged {
    // Older versions write it flat.
    let alert = Some(&value["alert_info"])
        .filter(|info| info.is_object())
        .unwrap_or(value);
    matches!(word(alert, "alert_severity"), "CRITICAL" | "WARNING").then(|| {
        let words = [
            word(alert, "alert_severity"),
            word(alert, "alert_type"),
            word(alert, "alert_description"),
        ];
        (HealthState::Degraded, line(&words))
    })
}

fn number_quality(value: &Value) -> Judged {
    let event = word(value, "event");
    let state = match event {
        "FLAGGED" | "DOWNGRADE" => HealthState::Degraded,
        "UNFLAGGED" => HealthState::Working,
        _ => return None,
    };
    Some((state, line(&["number quality", event, word(value, "current_limit")])))
}

/// Reports a limit below the configured one, which messages would run into.
fn capability(value: &Value, ours: &Ours) -> Judged {
    let limit = [
        "max_daily_conversations_per_business",
        "max_daily_conversation_per_phone",
    ]
    .iter()
    .find_map(|key| value[*key].as_i64())?;
    // A negative number means no limit.
    let lower = limit >= 0 && ours.people.is_none_or(|people| limit < i64::from(people));
    lower.then(|| {
        let why =
            format!("Meta lets the portfolio begin with {limit} people in 24 hours; set unique_people_per_day to it");
        (HealthState::Degraded, why)
    })
}

fn template_name(value: &Value) -> String {
    format!(
        "template {} ({})",
        word(value, "message_template_name"),
        word(value, "message_template_language")
    )
}

/// Reports a template that may no longer be sent. The number itself still works.
fn template_status(value: &Value) -> Judged {
    let event = word(value, "event");
    matches!(event, "PAUSED" | "DISABLED" | "REJECTED" | "FLAGGED").then(|| {
        let reason = Some(word(value, "reason")).filter(|reason| *reason != "NONE");
        let words = [&template_name(value), event, reason.unwrap_or_default()];
        (HealthState::Degraded, line(&words))
    })
}

fn template_quality(value: &Value) -> Judged {
    let score = word(value, "new_quality_score");
    matches!(score, "RED" | "YELLOW").then(|| {
        let words = [&template_name(value), "quality", score];
        (HealthState::Degraded, line(&words))
    })
}
