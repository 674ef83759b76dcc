//! `POST /v1/senders/{sender}/pause` and `/resume`: stops a sender, and lets it go on.

use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::v1::settings::{has_sender, who};
use crate::v1::text::name;
use bellhop_domain::fault::Why;
use bellhop_domain::{OrgId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = SenderPause)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pause {
    /// Why; `bellhop sender list` and `bellhop doctor` show it.
    reason: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SenderState)]
pub(crate) struct State {
    /// Whether it sends nothing until it is resumed.
    paused: bool,
    /// When the pause in force began, perhaps before this request.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

pub(crate) async fn pause(api: Api, allowed: Allowed<Pause, String>) -> Result<State, Problem> {
    let (caller, sender, body) = allowed.into_all();
    let at_reason = |why: Why| Problem::unprocessable(vec![why.at("reason")]);
    let reason = name(Some(body.reason)).map_err(at_reason)?;
    let reason = reason.ok_or_else(|| at_reason(Why::ReasonEmpty))?;
    has_sender(&api, &caller, &sender).await?;
    let who = who(&caller);
    let reason = format!("{reason}, by {who}");
    api.ledger
        .pause_sender(caller.org, &sender, &reason, &who, api.now())
        .await?;
    state(&api, caller.org, &sender).await
}

pub(crate) async fn resume(api: Api, allowed: Allowed<(), String>) -> Result<State, Problem> {
    let (caller, sender, ()) = allowed.into_all();
    has_sender(&api, &caller, &sender).await?;
    api.ledger
        .resume_sender(caller.org, &sender, &who(&caller), api.now())
        .await?;
    state(&api, caller.org, &sender).await
}

async fn state(api: &Api, org: OrgId, sender: &str) -> Result<State, Problem> {
    let paused = api.ledger.paused_senders().await?;
    let own = paused.into_iter().find(|(of, name, ..)| *of == org && name == sender);
    let (reason, since) = own.map(|(_, _, reason, since)| (reason, since)).unzip();
    Ok(State {
        paused: since.is_some(),
        since,
        reason,
    })
}
