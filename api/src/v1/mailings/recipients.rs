//! `GET /v1/runs/{id}/recipients`: the guests behind a figure.

use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::shape;
use crate::v1::page::page_size;
use axum::http::StatusCode;
use bellhop_domain::fault::{Term, Why};
use bellhop_domain::message::MessageState;
use bellhop_domain::{Channel, MessageId, RunId, Timestamp};
use bellhop_store::ledger::{RecipientFilter, RunRecipient};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// So many messages are looked at for one page.
const LOOKED_AT: u32 = 20_000;

/// Which recipients, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Who {
    /// Only those whose message is in this state.
    #[param(schema_with = shape::message_state)]
    state: Option<String>,
    /// Only those whose message has this reason, in full.
    reason: Option<String>,
    /// Only those who opened it, or did not.
    #[param(schema_with = shape::yes_or_no)]
    opened: Option<YesNo>,
    /// The `next` of the page before.
    cursor: Option<i64>,
    /// How many, 1 to 200; 50 if absent.
    limit: Option<u32>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum YesNo {
    True,
    False,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Recipients)]
pub(crate) struct Recipients {
    recipients: Vec<Recipient>,
    /// The `cursor` of the next page; absent on the last. A page may be short, or empty, and not the last: for each, 20,000
    /// messages are looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Recipient)]
struct Recipient {
    #[schema(schema_with = shape::message_id)]
    message: MessageId,
    /// The brand's own id of the guest; absent for an app that nobody has logged in to, and for a guest who is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Of the step that it is at.
    #[schema(schema_with = shape::channel)]
    channel: Channel,
    #[schema(schema_with = shape::message_state)]
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    sent_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    opened_at: Option<Timestamp>,
    /// The first time that a person followed the link.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    followed_at: Option<Timestamp>,
    /// When it may go on, or could have gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    next_at: Option<Timestamp>,
}

impl From<RunRecipient> for Recipient {
    fn from(it: RunRecipient) -> Self {
        Self {
            message: it.message,
            customer: it.customer,
            name: it.name,
            channel: it.channel,
            state: it.state.name(),
            reason: it.reason,
            sent_at: it.sent_at,
            opened_at: it.opened_at,
            followed_at: it.followed_at,
            next_at: it.next_at,
        }
    }
}

fn state_named(name: &str) -> Result<MessageState, Problem> {
    let found = MessageState::ALL.into_iter().find(|state| state.name() == name);
    found.ok_or_else(|| {
        let known = MessageState::ALL.map(MessageState::name).join(", ");
        let value = name.to_owned();
        Problem::unreadable(Why::BodyValueUnknown { value, known }.at("state"))
    })
}

pub(crate) async fn recipients(api: Api, allowed: Allowed<(), i64>) -> Result<Recipients, Problem> {
    let (caller, id, (), asked) = allowed.into_asked();
    let query: Who = asked.query()?;
    let filter = RecipientFilter {
        state: query.state.as_deref().map(state_named).transpose()?,
        reason: query.reason,
        opened: query.opened.map(|it| matches!(it, YesNo::True)),
    };
    let limit = page_size(query.limit)?;
    let run = api.ledger.run(RunId(id)).await?;
    if run.org != caller.org {
        let (what, id) = (Term("run"), id.to_string());
        return Err(Problem::new(StatusCode::NOT_FOUND, Why::NotHere { what, id }));
    }
    let after = query.cursor.unwrap_or(0);
    let page = api.store.recipients(&run, &filter, after, limit, LOOKED_AT).await?;
    Ok(Recipients {
        recipients: page.recipients.into_iter().map(Recipient::from).collect(),
        next: page.next,
    })
}
