//! What a session says of itself, and WhatsApp of the number.

use super::webhook::{call, kind};
use crate::Event;
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::{Ends, Health, HealthState};
use serde_json::{Value, json};

#[test]
fn every_state_of_the_session() {
    for (status, state, word) in [
        ("STOPPED", HealthState::Stopped, "start it"),
        ("STARTING", HealthState::Degraded, "starting"),
        ("SCAN_QR_CODE", HealthState::Stopped, "scan the QR code"),
        ("PASSKEY_REQUIRED", HealthState::Stopped, "passkey"),
        ("PASSKEY_CONFIRMATION_REQUIRED", HealthState::Stopped, "compare a code"),
        ("WORKING", HealthState::Working, "connected"),
        ("FAILED", HealthState::Stopped, "restart it"),
    ] {
        let told = health(json!({"status": status, "statuses": [], "data": null}));
        assert_eq!((told.state, told.at), (state, Timestamp(1_741_249_702_485)), "{status}");
        assert!(told.why.starts_with(status) && told.why.contains(word), "{}", told.why);
    }
    assert_eq!(
        kind(&call("session.status", json!({"status": "NEW"}))),
        "session.status"
    );
}

fn health(payload: Value) -> Health {
    match call("session.status", payload).as_slice() {
        [Event::Health(health)] => health.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_restricted_number_stops_though_its_session_works() {
    for (data, state, word) in [
        (
            json!({"reachoutTimelock": {"isActive": true, "timeEnforcementEnds": 1_772_355_600}}),
            HealthState::Stopped,
            "until 2026-03-01",
        ),
        (
            json!({"reachoutTimelock": {"isActive": true}}),
            HealthState::Stopped,
            "reachout",
        ),
        (
            json!({"reachoutTimelock": {"isActive": false}}),
            HealthState::Working,
            "connected",
        ),
        (
            json!({"messageCapping": {"cappingStatus": "CAPPED"}}),
            HealthState::Stopped,
            "CAPPED",
        ),
        (
            json!({"messageCapping": {"cappingStatus": "FIRST_WARNING"}}),
            HealthState::Degraded,
            "FIRST_WARNING",
        ),
        (
            json!({"messageCapping": {"cappingStatus": "NONE"}}),
            HealthState::Working,
            "connected",
        ),
    ] {
        let told = health(json!({"status": "WORKING", "data": data}));
        assert!(told.state == state && told.why.contains(word), "{told:?}");
    }
}

#[test]
fn a_session_ends_only_the_restrictions_of_which_it_speaks() {
    let both: &[&str] = &["reachout timelock", "CAPPED"];
    let (timelock, capped) = (&both[..1], &both[1..]);
    let lock = |active| json!({"reachoutTimelock": {"isActive": active}});
    for (status, data, stands) in [
        ("WORKING", Value::Null, both),
        ("WORKING", json!({}), both),
        ("WORKING", json!({"reachoutTimelock": null}), both),
        ("STARTING", Value::Null, both),
        ("SCAN_QR_CODE", Value::Null, both),
        ("WORKING", lock(false), capped),
        ("WORKING", lock(true), capped),
        (
            "WORKING",
            json!({"messageCapping": {"cappingStatus": "NONE"}}),
            timelock,
        ),
        (
            "WORKING",
            json!({"reachoutTimelock": {"isActive": false}, "messageCapping": {"cappingStatus": "NONE"}}),
            &both[..0],
        ),
    ] {
        let told = health(json!({"status": status, "data": data}));
        assert_eq!(told.ends, Some(Ends::AllBut(stands)), "{told:?}");
    }
    for (data, reason) in [
        (lock(true), timelock[0]),
        (json!({"messageCapping": {"cappingStatus": "CAPPED"}}), capped[0]),
    ] {
        let told = health(json!({"status": "WORKING", "data": data}));
        assert!(told.why.starts_with(reason), "{told:?}");
    }
}
