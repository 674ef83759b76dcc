//! What an event does to a guest's firings.

use super::types::ReasonCode;
use bellhop_domain::*;

/// What is to happen to a guest's firings of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub program: ProgramId,
    pub version: i32,
    pub customer: CustomerId,
    /// The number of the event. What an event has done is not done again, however often it is told.
    pub event: i64,
    pub effect: Effect,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Fires, unless it has for this occasion.
    Fire {
        occasion: String,
        due_at: Timestamp,
        /// JSON: what the texts say of the event.
        given: Option<String>,
    },
    /// What waits goes then at the earliest, with these values; if nothing does, it fires.
    Restart {
        occasion: String,
        due_at: Timestamp,
        given: Option<String>,
    },
    /// What waits does not go, or only this of it.
    Cancel {
        occasion: Option<String>,
        reason: ReasonCode,
    },
}

/// How many firings were made, restarted and cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fired {
    pub fired: u64,
    pub restarted: u64,
    pub cancelled: u64,
}
