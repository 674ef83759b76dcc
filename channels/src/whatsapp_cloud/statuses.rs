//! What became of a message, as Meta reports it: `statuses[]` (PROVIDERS.md §5.6).

use super::address::person_at;
use super::call::{time, unrecognised};
use super::codes::{Class, class};
use super::outcome::MetaError;
use crate::json;
use crate::{Event, Receipt, ReceiptFor, ReceiptStatus};
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::{Health, HealthState, Preference};
use serde_json::Value;

/// Reads one status: a receipt and, beside it, what its error says about the guest or the account.
pub(super) fn read(raw: &str, received: Timestamp) -> Vec<Event> {
    let unknown = || vec![unrecognised("status", raw)];
    let Ok(status) = json::read::<Value>(raw.as_bytes()) else {
        return unknown();
    };
    let Some(attempt) = attempt(&status) else {
        return unknown();
    };
    let at = time(&status["timestamp"]);
    let (what, beside): (_, Vec<Event>) = match status["status"].as_str() {
        Some("sent") => (ReceiptStatus::Pending, Vec::new()),
        Some("delivered") => (ReceiptStatus::Delivered, Vec::new()),
        // A voice note that was played counts as read.
        Some("read" | "played") => (ReceiptStatus::Read, Vec::new()),
        Some("failed") => failed(&status, at, received),
        _ => return unknown(),
    };
    let receipt = Receipt {
        attempt,
        status: what,
        at,
        cost: None,
    };
    std::iter::once(Event::Receipt(receipt)).chain(beside).collect()
}

/// The attempt that we named, or else Meta's own id.
fn attempt(status: &Value) -> Option<ReceiptFor> {
    let ours = status["biz_opaque_callback_data"].as_str();
    match ours.and_then(|text| text.parse().ok()) {
        Some(key) => Some(ReceiptFor::Ours(key)),
        None => status["id"].as_str().map(|id| ReceiptFor::Provider(id.to_owned())),
    }
}

fn failed(status: &Value, at: Option<Timestamp>, received: Timestamp) -> (ReceiptStatus, Vec<Event>) {
    let Some(error) = MetaError::read(&status["errors"][0]) else {
        let why = "failed, without a code".to_owned();
        return (ReceiptStatus::Undelivered { why, gone: false }, Vec::new());
    };
    let why = error.why();
    let class = class(error.code);
    if let Some(again) = class.and_then(Class::again) {
        return (ReceiptStatus::NotNow { why, again }, Vec::new());
    }
    match class {
        Some(Class::Fix) => (ReceiptStatus::ContentRefused { why }, Vec::new()),
        Some(Class::Country) => (ReceiptStatus::CountryStopped { why }, Vec::new()),
        Some(Class::Stop) => {
            let stopped = at.map(|at| {
                Event::Health(Health {
                    state: HealthState::Stopped,
                    why: why.clone(),
                    at,
                    ends: None,
                })
            });
            (ReceiptStatus::Rejected { why }, stopped.into_iter().collect())
        }
        Some(Class::OptOut) => {
            let stopped = opt_out(status, at.unwrap_or(received), &why);
            (ReceiptStatus::Undelivered { why, gone: false }, stopped)
        }
        _ => (ReceiptStatus::Undelivered { why, gone: false }, Vec::new()),
    }
}

/// 131050 means that the person has stopped our marketing messages, whatever we believed. In a group it is nobody's
/// word.
fn opt_out(status: &Value, at: Timestamp, why: &str) -> Vec<Event> {
    let person =
        person_at(status, &["recipient_id", "recipient_user_id"]).filter(|_| status["recipient_type"] != "group");
    let stop = |address| {
        Event::Preference(Preference {
            address,
            given: false,
            at,
            how: format!("WhatsApp refused a message: {why}"),
        })
    };
    person
        .into_iter()
        .flat_map(crate::person::Person::all)
        .map(stop)
        .collect()
}
