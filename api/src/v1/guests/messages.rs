//! `GET /v1/guests/{customer_id}/messages`: what a guest was sent, or was to be, the latest first.

use super::known;
use crate::Api;
use crate::problem::Problem;
use crate::routes::{Allowed, text_of_query};
use crate::shape;
use crate::v1::page::page_size;
use bellhop_domain::fault::Why;
use bellhop_domain::{Channel, MailingId, MessageId, Purpose, RunId, Timestamp};
use bellhop_store::ledger::GuestMessage;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which page of a guest's messages.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// The `next` of the page before.
    #[serde(default, deserialize_with = "text_of_query")]
    cursor: Option<String>,
    /// How many, 1 to 200; 50 if absent.
    limit: Option<u32>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GuestMessages)]
pub(crate) struct Page {
    messages: Vec<One>,
    /// The `cursor` of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    next: Option<MessageId>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GuestMessage)]
struct One {
    #[schema(schema_with = shape::message_id)]
    message: MessageId,
    #[schema(value_type = i64)]
    mailing: MailingId,
    mailing_name: String,
    #[schema(value_type = i64)]
    run: RunId,
    /// Whether it is of a test.
    test: bool,
    #[schema(value_type = String)]
    purpose: Purpose,
    /// Of the step that it is at.
    #[schema(schema_with = shape::channel)]
    channel: Channel,
    #[schema(schema_with = shape::message_state)]
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// When it was asked for, or its run began.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    sent_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    opened_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    opened_channel: Option<Channel>,
    /// When it may go on, or could have gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    next_at: Option<Timestamp>,
}

impl From<GuestMessage> for One {
    fn from(it: GuestMessage) -> Self {
        Self {
            message: it.message,
            mailing: it.mailing,
            mailing_name: it.mailing_name,
            run: it.run,
            test: it.test,
            purpose: it.purpose,
            channel: it.channel,
            state: it.state.name(),
            reason: it.reason,
            at: it.at,
            sent_at: it.sent_at,
            opened_at: it.opened_at,
            opened_channel: it.opened_channel,
            next_at: it.next_at,
        }
    }
}

pub(crate) async fn messages(api: Api, allowed: Allowed<(), String>) -> Result<Page, Problem> {
    let (caller, customer, (), asked) = allowed.into_asked();
    let query: Which = asked.query()?;
    let limit = page_size(query.limit)?;
    let after = query.cursor.map(|text| text.parse::<MessageId>()).transpose();
    let after = after.map_err(|_| Problem::unreadable(Why::CursorUnreadable.at("cursor")))?;
    let id = known(&api, &caller, &customer).await?;
    // One more than asked for tells whether there is another page.
    let mut found = api.store.guest_messages(caller.org, id, after, limit + 1).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    Ok(Page {
        next: found.last().filter(|_| more).map(|it| it.message),
        messages: found.into_iter().map(One::from).collect(),
    })
}
