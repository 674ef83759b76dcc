//! `statuses[]` and `user_preferences[]`.

use super::{ATTEMPT, KEY, events_of, of_our_number};
use crate::{Event, Receipt, ReceiptFor, ReceiptStatus};
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::{Health, HealthState, Preference};
use bellhop_domain::receipt::Again;
use serde_json::{Value, json};
use std::time::Duration;

const AT: Timestamp = Timestamp(1_772_355_700_000);

fn status(rest: Value) -> Value {
    let mut status = json!({
        "id": "wamid.1", "timestamp": "1772355700", "recipient_id": "79990000000", "recipient_type": "individual",
        "biz_opaque_callback_data": KEY,
        "pricing": {"billable": true, "pricing_model": "PMP", "type": "regular", "category": "marketing"},
    });
    for (key, value) in rest.as_object().unwrap() {
        status[key] = value.clone();
    }
    status
}

fn read(status: Value) -> Vec<Event> {
    events_of("messages", &of_our_number(json!({"statuses": [status]})))
}

fn receipt(status: ReceiptStatus) -> Event {
    Event::Receipt(Receipt {
        attempt: ReceiptFor::Ours(ATTEMPT),
        status,
        at: Some(AT),
        cost: None,
    })
}

#[test]
fn every_status() {
    for (word, expected) in [
        ("sent", ReceiptStatus::Pending),
        ("delivered", ReceiptStatus::Delivered),
        ("read", ReceiptStatus::Read),
        ("played", ReceiptStatus::Read),
    ] {
        assert_eq!(read(status(json!({"status": word}))), [receipt(expected)], "{word}");
    }
    let future = read(status(json!({"status": "translated"})));
    assert!(
        matches!(&future[..], [Event::Unrecognised { kind, .. }] if kind == "status"),
        "{future:?}"
    );
}

#[test]
fn an_id_that_is_not_ours_is_metas() {
    for data in [json!(null), json!("another system's"), json!(7)] {
        let events = read(status(json!({"status": "read", "biz_opaque_callback_data": data})));
        let Event::Receipt(receipt) = &events[0] else {
            panic!("{events:?}")
        };
        assert_eq!(receipt.attempt, ReceiptFor::Provider("wamid.1".to_owned()));
    }
    let nameless = read(status(
        json!({"status": "read", "biz_opaque_callback_data": null, "id": null}),
    ));
    assert!(matches!(nameless[..], [Event::Unrecognised { .. }]), "{nameless:?}");
}

fn failed(code: i64) -> Vec<Event> {
    read(status(json!({"status": "failed", "errors": [{
        "code": code, "title": "Title", "message": "Message",
        "error_data": {"details": "Details"}, "href": "https://developers.facebook.com/",
    }]})))
}

#[test]
fn failures_by_their_codes_class() {
    let undelivered = |code: i64| {
        receipt(ReceiptStatus::Undelivered {
            why: format!("{code}: Details"),
            gone: false,
        })
    };
    let rejected = |code: i64| {
        receipt(ReceiptStatus::Rejected {
            why: format!("{code}: Details"),
        })
    };
    for code in [131_047, 130_472, 137_000, 131_062, 999_999] {
        assert_eq!(failed(code), [undelivered(code)]);
    }
    for (code, seconds, times) in [
        (131_026, 900, 1),
        (131_049, 86_400, 2),
        (131_056, 6, 2),
        (130_429, 1, 2),
        (131_000, 60, 2),
        (131_052, 60, 2),
    ] {
        let not_now = receipt(ReceiptStatus::NotNow {
            why: format!("{code}: Details"),
            again: Again {
                after: Duration::from_secs(seconds),
                times,
            },
        });
        assert_eq!(failed(code), [not_now]);
    }
    for code in [100, 131_008, 131_053, 132_000, 132_015, 132_016, 135_000] {
        let refused = receipt(ReceiptStatus::ContentRefused {
            why: format!("{code}: Details"),
        });
        assert_eq!(failed(code), [refused]);
    }
    let country = receipt(ReceiptStatus::CountryStopped {
        why: "130497: Details".to_owned(),
    });
    assert_eq!(failed(130_497), [country]);
    for code in [368, 131_031, 131_042, 131_048, 133_010] {
        let stopped = Event::Health(Health {
            state: HealthState::Stopped,
            why: format!("{code}: Details"),
            at: AT,
            ends: None,
        });
        assert_eq!(failed(code), [rejected(code), stopped]);
    }
    let opted_out = Event::Preference(Preference {
        address: "+79990000000".to_owned(),
        given: false,
        at: AT,
        how: "WhatsApp refused a message: 131050: Details".to_owned(),
    });
    assert_eq!(failed(131_050), [undelivered(131_050), opted_out]);
}

#[test]
fn failures_of_odd_shape() {
    for errors in [
        json!(null),
        json!([]),
        json!([{}]),
        json!({"code": 1}),
        json!([{"code": "131026"}]),
    ] {
        let events = read(status(json!({"status": "failed", "errors": errors})));
        let why = "failed, without a code".to_owned();
        assert_eq!(events, [receipt(ReceiptStatus::Undelivered { why, gone: false })]);
    }
    // An opt-out of a user who hides the phone.
    let hidden = read(status(json!({"status": "failed", "errors": [{"code": 131_050}],
        "recipient_id": null, "recipient_user_id": "RU.13491208655302741918"})));
    assert!(
        matches!(&hidden[1], Event::Preference(p) if p.address == "RU.13491208655302741918"),
        "{hidden:?}"
    );
    let timeless = read(status(json!({"status": "delivered", "timestamp": null})));
    assert!(
        matches!(&timeless[..], [Event::Receipt(Receipt { at: None, .. })]),
        "{timeless:?}"
    );
}

fn preferences(told: Value) -> Vec<Event> {
    let value = of_our_number(json!({
        "contacts": [{"profile": {"name": "Anna"}, "wa_id": "79990000000"}],
        "user_preferences": [told],
    }));
    events_of("user_preferences", &value)
}

#[test]
fn wishes_about_marketing() {
    let told = |value: &str| {
        json!({"wa_id": "79990000000", "detail": "User requested to stop marketing messages",
            "category": "marketing_messages", "value": value, "timestamp": 1_772_355_700})
    };
    for (value, given) in [("stop", false), ("resume", true), ("signup", true)] {
        let expected = Event::Preference(Preference {
            address: "+79990000000".to_owned(),
            given,
            at: AT,
            how: format!("WhatsApp user preference: {value}"),
        });
        assert_eq!(preferences(told(value)), [expected]);
    }
    let with = |key: &str, value: Value| {
        let mut told = told("stop");
        told[key] = value;
        told
    };
    let hidden = {
        let mut told = with("wa_id", json!(null));
        told["user_id"] = json!("RU.134");
        preferences(told)
    };
    assert!(
        matches!(&hidden[..], [Event::Preference(p)] if p.address == "RU.134"),
        "{hidden:?}"
    );
    for odd in [
        told("pause"),
        with("category", json!("calls")),
        with("wa_id", json!(null)),
    ] {
        let kept = preferences(odd);
        assert!(
            matches!(&kept[..], [Event::Unrecognised { kind, .. }] if kind == "user_preferences"),
            "{kept:?}"
        );
    }
}
