//! `POST /v1/opens`: the app reports that a push was tapped.

use crate::Api;
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use bellhop_domain::{MessageId, Timestamp};
use bellhop_store::guests::Scope;
use bellhop_store::ledger::OpenClass;
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Open {
    /// The push's `message_id`.
    message_id: MessageId,
    /// When it was tapped; now if absent. A clock that is ahead of ours is not believed.
    at: Option<Timestamp>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Answer {
    /// Whether this is the message's first open.
    first: bool,
}

const BODY_BYTES: usize = 4 << 10;

pub(crate) async fn post(State(api): State<Api>, request: Request) -> Result<Json<Answer>, Problem> {
    let admitted = api.admit::<Open>(request, Scope::Opens, BODY_BYTES).await?;
    let (caller, open) = (admitted.caller, admitted.body);
    let now = api.now();
    let at = open.at.map_or(now, |at| at.min(now));
    let opened = api
        .ledger
        .open(Some(caller.org), open.message_id, OpenClass::Tap, None, at)
        .await?;
    let opened = opened.ok_or_else(|| {
        Problem::new(
            StatusCode::NOT_FOUND,
            "no such message; send the message_id of the push that was tapped",
        )
    })?;
    Ok(Json(Answer { first: opened.first }))
}
