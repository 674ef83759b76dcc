use super::*;
use serde_json::json;

fn units(n: i64) -> Money {
    Money(n * crate::money::UNITS)
}

fn reason_count(state: &'static str, reason: &str, messages: u64, next: Option<[i64; 2]>) -> ReasonCount {
    ReasonCount {
        state,
        reason: reason.to_owned(),
        messages,
        next_from: next.map(|at| Timestamp(at[0])),
        next_until: next.map(|at| Timestamp(at[1])),
    }
}

fn counts() -> Counts {
    let push = ChannelCounts {
        sent: 60,
        accepted_attempts: 61,
        failed: vec![
            ("UNREGISTERED: Requested entity was not found.".into(), 3),
            ("UNREGISTERED".into(), 1),
        ],
        opened: 20,
        ..ChannelCounts::default()
    };
    let sms = ChannelCounts {
        sent: 39,
        accepted_attempts: 39,
        delivered: 30,
        opened: 5,
        cost: Money(79 * 39),
        ..ChannelCounts::default()
    };
    Counts {
        excluded: [("no_consent", 4)].into(),
        by_state: [("opened", 25), ("sent", 70), ("failed", 5)].into(),
        channels: [(Channel::Push, push), (Channel::Sms, sms)].into(),
        opened_sms_link: 5,
        recipients: 80,
        credited: Credited {
            orders: 3,
            revenue: units(1000),
            recipients: 2,
            orders_by_non_recipients: 1,
            revenue_by_non_recipients: units(7),
        },
        reasons: vec![
            reason_count("failed", "UNREGISTERED: gone", 3, None),
            reason_count("failed", "UNREGISTERED", 2, None),
        ],
        slots: Slots::default(),
    }
}

#[test]
fn the_json_is_the_contract() {
    let statistics = MailingStatistics::new(
        MailingState::Run(RunState::Finished),
        [Channel::Push],
        counts(),
        2,
        Timestamp(0),
    );
    assert_eq!(
        serde_json::to_value(&statistics).unwrap(),
        json!({
            "state": "finished",
            "planned": 100,
            "excluded": {"no_consent": 4},
            "by_state": {"failed": 5, "opened": 25, "sent": 70},
            "reasons": [{"state": "failed", "reason": "UNREGISTERED", "messages": 5}],
            "channels": {
                "push": {"sent": 60, "delivered": null, "failed": {"UNREGISTERED": 4}, "opened": 20, "cost": "0.00"},
                "sms": {"sent": 39, "delivered": 30, "failed": {}, "opened": 5, "cost": "0.31"},
            },
            "sends": 100,
            "guests_reached": 80,
            "opened": 25,
            "opened_sms_link": 5,
            "orders": 3,
            "buyers": 2,
            "average_check": "333.33",
            "revenue": "1000.00",
            "revenue_per_send": "10.00",
            "revenue_per_message": "10.00",
            "revenue_per_guest_reached": "12.50",
            "conversion": 0.025,
            "cost": "0.31",
            "orders_by_non_recipients": 1,
            "revenue_by_non_recipients": "7.00",
            "as_of": "1970-01-01T00:00:00Z",
        })
    );
}

#[test]
fn a_draft_divides_nothing_by_zero() {
    let channels = [Channel::Push, Channel::Sms];
    let draft = MailingStatistics::new(MailingState::Draft, channels, Counts::default(), 2, Timestamp(0));
    let json = serde_json::to_value(&draft).unwrap();
    assert_eq!((&json["state"], &json["planned"]), (&json!("draft"), &json!(0)));
    assert_eq!((&json["excluded"], &json["by_state"]), (&json!({}), &json!({})));
    for key in [
        "average_check",
        "revenue_per_send",
        "revenue_per_message",
        "revenue_per_guest_reached",
        "conversion",
    ] {
        assert!(json[key].is_null(), "{key}");
    }
    assert_eq!(json["channels"]["sms"]["delivered"], 0);
    assert!(json["channels"]["push"]["delivered"].is_null());
    let keys: Vec<_> = serde_json::to_string(&draft)
        .unwrap()
        .split('"')
        .map(str::to_owned)
        .collect();
    assert_eq!(keys[1], "state");
}

#[test]
fn a_states_reasons_with_one_code_are_one_and_keep_their_first_and_last_time() {
    let told = few_reasons(vec![
        reason_count("suppressed", "frequency_cap", 1, Some([5, 9])),
        reason_count("suppressed", "frequency_cap: again", 2, Some([3, 4])),
        reason_count("waiting", "frequency_cap", 7, None),
    ]);
    assert_eq!(
        told,
        [
            reason_count("suppressed", "frequency_cap", 3, Some([3, 9])),
            reason_count("waiting", "frequency_cap", 7, None)
        ]
    );
    let many = (0..100).map(|i| reason_count("failed", &format!("E{i}: x"), i + 1, None));
    let few = few_reasons(many.collect());
    assert_eq!((few.len(), few.iter().map(|one| one.messages).sum::<u64>()), (20, 5050));
    assert!(few.iter().any(|one| one.reason == "other"));
}

#[test]
fn reasons_are_few_and_hold_no_ids() {
    assert_eq!(reason_code("status 20: no such number +79990000000"), "status 20");
    assert_eq!(reason_code(""), "unspecified");
    assert_eq!(reason_code(&"ы".repeat(100)).chars().count(), 60);
    let many = (0..100).map(|i| (format!("E{i}: x"), i + 1)).collect();
    let shown = by_reason(many);
    assert_eq!((shown.len(), shown.values().sum::<u64>()), (20, 5050));
    assert_eq!((shown["E99"], shown["other"]), (100, (1..=81).sum()));
}
