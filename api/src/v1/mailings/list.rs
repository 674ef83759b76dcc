//! `GET /v1/mailings`: the organisation's mailings, the latest first, a page at a time.

use super::document::Listed;
use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::shape;
use bellhop_domain::fault::Why;
use bellhop_domain::message::RunState;
use bellhop_domain::statistics::MailingState;
use bellhop_domain::{MailingId, Timestamp};
use bellhop_store::ledger::MailingFilter;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Mailings on a page unless the query says otherwise.
const PAGE: u32 = 50;
const MOST: u32 = 200;

/// Which mailings, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Query {
    /// Only those in this state.
    #[param(schema_with = shape::mailing_state)]
    state: Option<State>,
    /// Only those created then or later.
    #[param(value_type = Option<String>, format = DateTime)]
    created_from: Option<Timestamp>,
    /// Only those created earlier.
    #[param(value_type = Option<String>, format = DateTime)]
    created_before: Option<Timestamp>,
    /// The `next` of the page before.
    cursor: Option<i64>,
    /// How many, 1 to 200; 50 if absent.
    limit: Option<u32>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Draft,
    Scheduled,
    Running,
    Paused,
    Finished,
    Cancelled,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Mailings)]
pub(crate) struct Page {
    mailings: Vec<Listed>,
    /// The `cursor` of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<i64>,
    /// How many there are on all pages.
    total: u64,
}

impl From<State> for MailingState {
    fn from(state: State) -> Self {
        match state {
            State::Draft => MailingState::Draft,
            State::Scheduled => MailingState::Run(RunState::Scheduled),
            State::Running => MailingState::Run(RunState::Running),
            State::Paused => MailingState::Run(RunState::Paused),
            State::Finished => MailingState::Run(RunState::Finished),
            State::Cancelled => MailingState::Run(RunState::Cancelled),
        }
    }
}

pub(crate) async fn list(api: Api, allowed: Allowed<()>) -> Result<Page, Problem> {
    let (caller, (), (), asked) = allowed.into_asked();
    let query: Query = asked.query()?;
    let limit = query.limit.unwrap_or(PAGE);
    if !(1..=MOST).contains(&limit) {
        let (least, most) = (1, u64::from(MOST));
        return Err(Problem::unreadable(Why::NumberUnfit { least, most }.at("limit")));
    }
    let filter = MailingFilter {
        state: query.state.map(MailingState::from),
        created_from: query.created_from,
        created_before: query.created_before,
    };
    let before = query.cursor.map(MailingId);
    // One more than asked for tells whether there is another page.
    let found = api.store.mailing_page(caller.org, &filter, before, limit + 1).await?;
    let mut mailings = found.mailings;
    let more = mailings.len() > limit as usize;
    mailings.truncate(limit as usize);
    Ok(Page {
        next: mailings.last().filter(|_| more).map(|it| it.id.0),
        mailings: mailings.into_iter().map(Listed::from).collect(),
        total: found.total,
    })
}
