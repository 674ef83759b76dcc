//! `GET /v1/programs/{id}/journal`: each firing, and what became of it.

use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::shape;
use crate::v1::page::page_size;
use bellhop_campaigns::program::reason_name;
use bellhop_domain::{FiringId, MessageId, ProgramId, Timestamp};
use bellhop_store::programs::{FiringState, JournalEntry};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which firings, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entries {
    /// Only those in this state.
    #[param(schema_with = shape::firing_state)]
    state: Option<State>,
    /// The `next` of the page before.
    cursor: Option<i64>,
    /// How many, 1 to 200; 50 if absent.
    limit: Option<u32>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Waiting,
    Sent,
    Skipped,
    Cancelled,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProgramJournal)]
pub(crate) struct Journal {
    /// The latest first.
    firings: Vec<Entry>,
    /// The `cursor` of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Firing)]
struct Entry {
    firing: i64,
    version: i32,
    /// The brand's own id of the guest; absent if the guest is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<String>,
    /// What it is for: an event, a date, an order.
    occasion: String,
    #[schema(schema_with = shape::firing_state)]
    state: &'static str,
    /// Why it was not sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    fired_at: Timestamp,
    /// When it goes, or was to go.
    #[schema(value_type = String, format = DateTime)]
    due_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    decided_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
}

/// What was sent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FiringMessage)]
struct Message {
    #[schema(schema_with = shape::message_id)]
    id: MessageId,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl From<State> for FiringState {
    fn from(state: State) -> Self {
        match state {
            State::Waiting => FiringState::Waiting,
            State::Sent => FiringState::Sent,
            State::Skipped => FiringState::Skipped,
            State::Cancelled => FiringState::Cancelled,
        }
    }
}

impl From<JournalEntry> for Entry {
    fn from(it: JournalEntry) -> Self {
        Self {
            firing: it.id.0,
            version: it.version,
            customer: it.customer,
            occasion: it.occasion,
            state: it.state.name(),
            reason: it.reason.map(reason_name),
            fired_at: it.fired_at,
            due_at: it.due_at,
            decided_at: it.decided_at,
            message: it.message.map(|id| Message {
                id,
                state: it.message_state.map(|state| state.name()),
                reason: it.message_reason,
            }),
        }
    }
}

pub(crate) async fn journal(api: Api, allowed: Allowed<(), i64>) -> Result<Journal, Problem> {
    let (caller, id, (), asked) = allowed.into_asked();
    let query: Entries = asked.query()?;
    let limit = page_size(query.limit)?;
    // Read first, so that a program that does not exist is not mistaken for one that has fired nothing.
    let id = api.store.program(caller.org, ProgramId(id)).await?.id;
    let (state, before) = (query.state.map(FiringState::from), query.cursor.map(FiringId));
    // One more than is shown says whether there is another page.
    let mut found = api.store.journal(caller.org, id, state, before, limit + 1).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    Ok(Journal {
        next: found.last().filter(|_| more).map(|last| last.id.0),
        firings: found.into_iter().map(Entry::from).collect(),
    })
}
