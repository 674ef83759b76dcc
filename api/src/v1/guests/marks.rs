//! `PUT` and `DELETE /v1/guests/{customer_id}/blacklist`: the mark of a guest who is to get nothing.

use super::known;
use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::v1::settings::who;
use crate::v1::text::name;
use bellhop_domain::fault::Why;
use bellhop_store::guests::{ApiCaller, BlacklistMark};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = BlacklistMark)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mark {
    /// Why; the guest never sees it.
    reason: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Blacklisted)]
pub(crate) struct Marked {
    /// Whether the mark stands now, on this card or on one that shares a phone with it.
    blacklisted: bool,
}

pub(crate) async fn blacklist(api: Api, allowed: Allowed<Mark, String>) -> Result<Marked, Problem> {
    let (caller, customer, body) = allowed.into_all();
    let at_reason = |why: Why| Problem::unprocessable(vec![why.at("reason")]);
    let reason = name(Some(body.reason)).map_err(at_reason)?;
    let reason = reason.ok_or_else(|| at_reason(Why::ReasonEmpty))?;
    put(&api, &caller, &customer, Some(&BlacklistMark { reason })).await
}

pub(crate) async fn unblacklist(api: Api, allowed: Allowed<(), String>) -> Result<Marked, Problem> {
    let (caller, customer, ()) = allowed.into_all();
    put(&api, &caller, &customer, None).await
}

async fn put(api: &Api, caller: &ApiCaller, customer: &str, mark: Option<&BlacklistMark>) -> Result<Marked, Problem> {
    let id = known(api, caller, customer).await?;
    api.guests
        .set_blacklist(caller.org, id, mark, &who(caller), api.now())
        .await?;
    let facts = api.guests.facts(caller.org, id).await?;
    Ok(Marked {
        blacklisted: facts.blacklisted,
    })
}
