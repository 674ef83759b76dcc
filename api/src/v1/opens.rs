//! `POST /v1/opens`: the app reports that a push was tapped.

use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::shape::message_id;
use axum::http::StatusCode;
use bellhop_domain::fault::Why;
use bellhop_domain::{MessageId, Timestamp};
use bellhop_store::ledger::OpenClass;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Open {
    /// The push's `message_id`.
    #[schema(schema_with = message_id)]
    message_id: MessageId,
    /// When it was tapped; now if absent. A time ahead of our clock counts as now.
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Opened)]
pub(crate) struct Answer {
    /// Whether this is the message's first open.
    first: bool,
}

pub(crate) async fn post(api: Api, allowed: Allowed<Open>) -> Result<Answer, Problem> {
    let (caller, open) = allowed.into_parts();
    let now = api.now();
    let at = open.at.map_or(now, |at| at.min(now));
    let opened = api
        .ledger
        .open(Some(caller.org), open.message_id, OpenClass::Tap, None, at)
        .await?;
    let opened = opened.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, Why::MessageUnknown))?;
    Ok(Answer { first: opened.first })
}
