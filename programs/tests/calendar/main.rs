//! The calendar beside dateutil and Python's zoneinfo (`expected.py`), and its rules by tables and properties.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by unwrap")]

mod expected;
mod properties;
mod reading;
mod starting;
mod years;

use bellhop_domain::Timestamp;
use bellhop_programs::calendar::{Schedule, Start};
use serde_json::{Value, json};

fn read(json: &Value) -> Schedule {
    bellhop_programs::calendar::read(json).unwrap_or_else(|fault| panic!("{json}: {fault}"))
}

fn recurring(from: &str, time: &str, rule: &str, zone: &str) -> Schedule {
    read(&json!({"recurring": {"from": from, "time": time, "rule": rule, "zone": zone}}))
}

fn starts(schedule: &Schedule) -> impl Iterator<Item = Start> {
    schedule.starts(Timestamp(0))
}

fn at(text: &str) -> Timestamp {
    bellhop_domain::Zone::utc().parse(text).unwrap()
}
