//! What Meta says about the account, the number and the templates.

use super::events_of;
use crate::Event;
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::{Ends, HealthState};
use serde_json::{Value, json};

#[test]
fn healths() {
    use HealthState::{Degraded, Stopped, Working};
    let banned = |state: Value| json!({"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": state, "waba_ban_date": "October 9, 2026"}});
    let number =
        |event: &str| json!({"display_phone_number": "15550783881", "event": event, "current_limit": "TIER_2K"});
    let template = |event: &str, reason: &str| {
        json!({"event": event, "message_template_id": 1, "message_template_name": "come_back",
            "message_template_language": "ru", "reason": reason})
    };
    let quality = |score: &str| {
        json!({"previous_quality_score": "GREEN", "new_quality_score": score, "message_template_name": "come_back",
            "message_template_language": "ru"})
    };
    let alert =
        json!({"entity_type": "WABA", "alert_severity": "WARNING", "alert_type": "T", "alert_description": "D"});
    let rows = [
        (
            "account_update",
            banned(json!("DISABLE")),
            Stopped,
            "DISABLED_UPDATE: DISABLE: October 9, 2026",
        ),
        (
            "account_update",
            banned(json!(["DISABLE"])),
            Stopped,
            "DISABLED_UPDATE: DISABLE: October 9, 2026",
        ),
        (
            "account_update",
            banned(json!(["SCHEDULE_FOR_DISABLE"])),
            Degraded,
            "DISABLED_UPDATE: SCHEDULE_FOR_DISABLE: October 9, 2026",
        ),
        (
            "account_update",
            banned(json!("REINSTATE")),
            Working,
            "DISABLED_UPDATE: REINSTATE: October 9, 2026",
        ),
        (
            "account_update",
            json!({"event": "ACCOUNT_RESTRICTION", "restriction_info": [
                {"restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": 1}, {"restriction_type": "B"}]}),
            Stopped,
            "ACCOUNT_RESTRICTION: RESTRICTED_BIZ_INITIATED_MESSAGING, B",
        ),
        (
            "account_update",
            json!({"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": "SCAM"}}),
            Stopped,
            "ACCOUNT_VIOLATION: SCAM",
        ),
        ("account_alerts", alert.clone(), Degraded, "WARNING: T: D"),
        (
            "account_alerts",
            json!({"entity_type": "WABA", "alert_info": alert}),
            Degraded,
            "WARNING: T: D",
        ),
        (
            "phone_number_quality_update",
            number("FLAGGED"),
            Degraded,
            "number quality: FLAGGED: TIER_2K",
        ),
        (
            "phone_number_quality_update",
            number("DOWNGRADE"),
            Degraded,
            "number quality: DOWNGRADE: TIER_2K",
        ),
        (
            "phone_number_quality_update",
            number("UNFLAGGED"),
            Working,
            "number quality: UNFLAGGED: TIER_2K",
        ),
        (
            "business_capability_update",
            json!({"max_daily_conversations_per_business": 250}),
            Degraded,
            "Meta lets the portfolio begin with 250 people in 24 hours; set unique_people_per_day to it",
        ),
        (
            "message_template_status_update",
            template("PAUSED", "FIRST_PAUSE"),
            Degraded,
            "template come_back (ru): PAUSED: FIRST_PAUSE",
        ),
        (
            "message_template_status_update",
            template("DISABLED", "NONE"),
            Degraded,
            "template come_back (ru): DISABLED",
        ),
        (
            "message_template_quality_update",
            quality("RED"),
            Degraded,
            "template come_back (ru): quality: RED",
        ),
        (
            "message_template_quality_update",
            quality("YELLOW"),
            Degraded,
            "template come_back (ru): quality: YELLOW",
        ),
    ];
    for (field, value, state, why) in rows {
        let events = events_of(field, &value);
        let [Event::Health(health)] = events.as_slice() else {
            panic!("{field} {value}: {events:?}")
        };
        assert_eq!(
            (health.state, health.why.as_str(), health.at),
            (state, why, Timestamp(1_772_355_000_000)),
            "{field}"
        );
        // A number's good quality is no word about its account.
        let ends = why
            .contains("UNFLAGGED")
            .then_some(Ends::Warning("number quality: FLAGGED"));
        assert_eq!(health.ends, ends, "{why}");
    }
}

#[test]
fn what_calls_nobody_is_kept() {
    for (field, value) in [
        ("account_update", json!({"event": "VERIFIED_ACCOUNT"})),
        (
            "account_alerts",
            json!({"alert_severity": "INFORMATIONAL", "alert_type": "OBA_APPROVED"}),
        ),
        (
            "phone_number_quality_update",
            json!({"event": "UPGRADE", "current_limit": "TIER_10K"}),
        ),
        (
            "business_capability_update",
            json!({"max_daily_conversations_per_business": 10_000}),
        ),
        (
            "business_capability_update",
            json!({"max_daily_conversations_per_business": -1}),
        ),
        (
            "message_template_status_update",
            json!({"event": "APPROVED", "message_template_name": "n"}),
        ),
        ("message_template_quality_update", json!({"new_quality_score": "GREEN"})),
        ("template_category_update", json!({"new_category": "MARKETING"})),
        ("account_update", json!([])),
    ] {
        let (kind, raw) = (field.to_owned(), value.to_string());
        assert_eq!(events_of(field, &value), [Event::Unrecognised { kind, raw }]);
    }
}

#[test]
fn another_numbers_quality_is_not_ours() {
    let flagged = |number: &str| json!({"display_phone_number": number, "event": "FLAGGED"});
    assert_eq!(
        events_of("phone_number_quality_update", &flagged("+1 555-999-0000")),
        []
    );
    assert_eq!(
        events_of("phone_number_quality_update", &flagged("+1 555-078-3881")).len(),
        1
    );
}
