//! What outcomes write: each on its attempt, and on the message of it.

use super::types::Recorded;
use crate::sql::Table;
use bellhop_domain::message::{MessageState, WaitingFor};
use bellhop_domain::waterfall::Next;
use bellhop_domain::*;

/// The batch that outcomes belong to, locked.
pub(super) struct Batch {
    pub id: BatchId,
    pub lease: i64,
    pub org: OrgId,
    pub run: RunId,
    pub kind: EndpointKind,
}

/// What the outcomes say of their attempts.
pub(super) fn attempt_columns<'a>(outcomes: &'a [Recorded]) -> Table<'a> {
    Table::default()
        .messages("message", outcomes.iter().map(|o| o.message))
        .ints("endpoint", outcomes.iter().map(|o| o.endpoint.0))
        .ints("outcome", outcomes.iter().map(|o| i64::from(o.state.code())))
        .ints("began", outcomes.iter().map(|o| o.started_at.0))
        .ints("ended", outcomes.iter().map(|o| o.ended_at.0))
        .texts("provider", outcomes.iter().map(|o| o.provider_id.as_deref()))
        .texts("why", outcomes.iter().map(|o| o.reason.as_deref()))
        .ints("price", outcomes.iter().map(|o| o.cost.map(|c| c.0)))
        .ints("pieces", outcomes.iter().map(|o| o.parts.map(i64::from)))
}

/// Adds what the outcomes say of their messages.
pub(super) fn message_columns<'a>(table: Table<'a>, outcomes: &'a [Recorded]) -> Table<'a> {
    let places: Vec<_> = outcomes.iter().map(|o| place(&o.next)).collect();
    table
        .ints("place", places.iter().map(|p| i64::from(p.state.code())))
        .ints(
            "waits",
            places.iter().map(|p| p.waiting_for.map(|w| i64::from(w.code()))),
        )
        .ints("due", places.iter().map(|p| p.due_at.map(|t| t.0)))
        .ints("sent", outcomes.iter().map(sent_at))
        .texts("because", places.iter().map(|p| p.reason))
}

/// What an outcome sets on its message.
pub(super) const MOVE: &str = "state = r.place, waiting_for = r.waits, due_at = r.due, tries = tries + 1,
     sent_at = COALESCE(sent_at, r.sent), reason = r.because";

/// What a [`Next`] writes on its message.
pub(super) struct Place<'a> {
    pub state: MessageState,
    pub waiting_for: Option<WaitingFor>,
    pub due_at: Option<Timestamp>,
    pub reason: Option<&'a str>,
}

pub(super) fn place(next: &Next) -> Place<'_> {
    match next {
        Next::Final { state, reason } => Place {
            state: *state,
            waiting_for: None,
            due_at: None,
            reason: reason.as_deref(),
        },
        Next::Wait { until, for_, reason } => Place {
            state: MessageState::Waiting,
            waiting_for: Some(*for_),
            due_at: Some(*until),
            reason: reason.as_deref(),
        },
    }
}

/// When the provider took it, if it did.
pub(super) fn sent_at(outcome: &Recorded) -> Option<i64> {
    outcome.state.was_accepted().then_some(outcome.ended_at.0)
}
