//! What became of a message, by Meta's word: `statuses[]` (PROVIDERS.md §5.6).

use super::address::address_at;
use super::codes::{Class, class};
use super::outcome::MetaError;
use super::webhook::{time, unrecognised};
use crate::{Event, Receipt, ReceiptFor, ReceiptStatus};
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::{Health, HealthState, Preference};
use serde_json::Value;

/// Reads one status: a receipt, and what its error says of the guest or of the account beside it.
pub(super) fn read(raw: &str) -> Vec<Event> {
    let unknown = || vec![unrecognised("status", raw)];
    let Ok(status) = serde_json::from_str::<Value>(raw) else {
        return unknown();
    };
    let Some(attempt) = attempt(&status) else {
        return unknown();
    };
    let at = time(&status["timestamp"]);
    let (what, beside) = match status["status"].as_str() {
        Some("sent") => (ReceiptStatus::Pending, None),
        Some("delivered") => (ReceiptStatus::Delivered, None),
        // A voice note that was played was seen.
        Some("read" | "played") => (ReceiptStatus::Read, None),
        Some("failed") => failed(&status, at),
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

/// The attempt that we named, else Meta's own id.
fn attempt(status: &Value) -> Option<ReceiptFor> {
    let ours = status["biz_opaque_callback_data"].as_str();
    match ours.and_then(|text| text.parse().ok()) {
        Some(key) => Some(ReceiptFor::Ours(key)),
        None => status["id"].as_str().map(|id| ReceiptFor::Provider(id.to_owned())),
    }
}

fn failed(status: &Value, at: Option<Timestamp>) -> (ReceiptStatus, Option<Event>) {
    let Some(error) = MetaError::read(&status["errors"][0]) else {
        let why = "failed, without a code".to_owned();
        return (ReceiptStatus::Undelivered { why, gone: false }, None);
    };
    let why = error.why();
    let class = class(error.code);
    if let Some(again) = class.and_then(Class::again) {
        return (ReceiptStatus::NotNow { why, again }, None);
    }
    match class {
        Some(Class::Fix) => (ReceiptStatus::ContentRefused { why }, None),
        Some(Class::Country) => (ReceiptStatus::CountryStopped { why }, None),
        Some(Class::Stop) => {
            let stopped = at.map(|at| {
                Event::Health(Health {
                    state: HealthState::Stopped,
                    why: why.clone(),
                    at,
                })
            });
            (ReceiptStatus::Rejected { why }, stopped)
        }
        Some(Class::OptOut) => {
            let stopped = opt_out(status, at, &why);
            (ReceiptStatus::Undelivered { why, gone: false }, stopped)
        }
        _ => (ReceiptStatus::Undelivered { why, gone: false }, None),
    }
}

/// 131050: the person has stopped our marketing messages, whatever we still believed.
fn opt_out(status: &Value, at: Option<Timestamp>, why: &str) -> Option<Event> {
    Some(Event::Preference(Preference {
        address: address_at(status, "recipient_id", "recipient_user_id")?,
        given: false,
        at: at?,
        how: format!("WhatsApp refused a message: {why}"),
    }))
}
