//! `GET /v1/audit`: who changed what, the latest first, with what was different before and after.

use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use bellhop_domain::fault::Why;
use bellhop_domain::{PersonId, Timestamp};
use bellhop_store::accounts::{Entry, JournalFilter};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

const PAGE: u32 = 50;
const MOST: u32 = 200;

/// Which entries, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Query {
    /// Only what this person did, by id.
    person: Option<i64>,
    /// Only what was done to this, like `mailing 7`.
    thing: Option<String>,
    /// Only then or later.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Only earlier.
    #[param(value_type = Option<String>, format = DateTime)]
    before: Option<Timestamp>,
    /// The `next` of the page before.
    cursor: Option<i64>,
    /// How many, 1 to 200; 50 if absent.
    limit: Option<u32>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Audit)]
pub(crate) struct Page {
    entries: Vec<Done>,
    /// The `cursor` of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
struct Done {
    id: i64,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// `person 7: Anna`, `API key till`, `command line: root` or `bellhop`.
    who: String,
    /// Like `mailing.change`.
    action: String,
    /// Like `mailing 7`.
    thing: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// What of it was different before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    was: Option<Value>,
    /// What of it is different since.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    became: Option<Value>,
}

impl From<Entry> for Done {
    fn from(it: Entry) -> Self {
        Self {
            id: it.id,
            at: it.at,
            who: it.who,
            action: it.action,
            thing: it.object,
            detail: it.detail,
            was: it.was,
            became: it.became,
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
    let filter = JournalFilter {
        person: query.person.map(PersonId),
        object: query.thing.as_deref(),
        from: query.from,
        before: query.before,
    };
    // One more than asked for tells whether there is another page.
    let mut found = api
        .accounts
        .journal(caller.org, filter, query.cursor, limit + 1)
        .await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    Ok(Page {
        next: found.last().filter(|_| more).map(|it| it.id),
        entries: found.into_iter().map(Done::from).collect(),
    })
}
