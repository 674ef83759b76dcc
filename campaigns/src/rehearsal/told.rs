//! Guests of a rehearsed start, one by one: the first of them, whatever becomes of each.

use bellhop_domain::{Channel, Timestamp};
use serde::Serialize;

/// What a guest would get of a start, or why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GuestRow {
    /// By external id; absent of an app that nobody has logged in to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// By which channel it would go first, and when: at the start, or at the guest's own time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Why nothing goes, as the statistics have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
