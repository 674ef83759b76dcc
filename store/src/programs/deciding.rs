//! What is asked about a firing that is due, and answered.

use super::types::ReasonCode;
use crate::ledger::PlanGuest;
use bellhop_domain::segment::Segment;
use bellhop_domain::*;

/// A firing that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueFiring {
    pub id: FiringId,
    pub customer: CustomerId,
    pub occasion: String,
    pub fired_at: Timestamp,
    pub due_at: Timestamp,
    /// When the program last sent something to this guest, if the rule asks for that.
    pub sent_before: Option<Timestamp>,
    /// Whether the program lets go what waits; it may have been switched off.
    pub lets_go: bool,
    /// JSON: what its event gave for its texts.
    pub given: Option<String>,
}

/// How its guest stands now.
#[derive(Debug, Clone)]
pub struct Standing {
    pub guest: PlanGuest,
    /// Whether the guard lets the guest through.
    pub holds: bool,
    /// The guest's own time zone, else their home restaurant's, if the rule asks for it.
    pub zone: Option<String>,
    /// JSON: the guest's bonuses that burn, as last reported, if the rule asks for them.
    pub burns: Option<String>,
}

/// What becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Send {
        step: u16,
        kind: EndpointKind,
        endpoint: EndpointId,
        /// JSON: what its texts say beside what is known of the guest.
        given: Option<String>,
        /// JSON: the bonuses that it tells of, and until when they are there.
        granted: Option<String>,
    },
    Skip(ReasonCode),
    /// It is asked about again then.
    Wait(Timestamp),
}

/// What a rule asks beside its guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Needs {
    /// What was sent before.
    pub sent_before: bool,
    /// Where the guests live.
    pub zones: bool,
    /// What of their bonuses burns.
    pub burns: bool,
}

/// By what a version lets its firings go. Pure: asked inside the transaction that does it.
pub trait Rule: Send + Sync {
    /// Whom it lets through.
    fn guard(&self) -> &Segment;
    fn needs(&self) -> Needs;
    /// `standing` is `None` of a guest who has no card any more.
    fn decide(&self, firing: &DueFiring, standing: Option<&Standing>, now: Timestamp) -> Verdict;
}
