//! What becomes of a firing when its moment comes.

use super::{Firing, Reason};
use crate::definition::{Again, Definition};
use bellhop_domain::Timestamp;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Send,
    Skip(Reason),
    /// It is not due before this instant.
    Wait(Timestamp),
}

/// What is known when a firing is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Circumstances {
    /// Whether the program is on, or what waits is let go although it is off.
    pub on: bool,
    /// Whether [`Definition::guard`] holds for the guest.
    pub guard: bool,
    /// Whether an event has cancelled it.
    pub cancelled: bool,
    /// When the program's latest message to this guest was let go.
    pub last_sent: Option<Timestamp>,
}

/// Whether a firing is let go at `now`. What follows from consent, caps, quiet hours and addresses is asked after this.
pub fn let_go(definition: &Definition, firing: &Firing, now: Timestamp, known: Circumstances) -> Verdict {
    if known.cancelled {
        return Verdict::Skip(Reason::CancelledByEvent);
    }
    if !known.on {
        return Verdict::Skip(Reason::SwitchedOff);
    }
    if now < firing.due_at {
        return Verdict::Wait(firing.due_at);
    }
    if now > firing.due_at.plus(definition.late.span()) {
        return Verdict::Skip(Reason::Late);
    }
    if rests(definition, now, known.last_sent) {
        return Verdict::Skip(Reason::ReEntry);
    }
    if !known.guard {
        return Verdict::Skip(Reason::Guard);
    }
    Verdict::Send
}

fn rests(definition: &Definition, now: Timestamp, last_sent: Option<Timestamp>) -> bool {
    match (definition.again, last_sent) {
        (Again::Rest(rest), Some(last)) => now < last.plus(rest.span()),
        _ => false,
    }
}
