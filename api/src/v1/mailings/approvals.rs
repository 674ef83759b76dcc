//! `/v1/mailings/{id}/approvals`, and what a launch asks of them: above a number of guests a second person must have approved
//! the very version that is launched.

use super::Asking;
use super::edit::moved;
use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::v1::settings::who;
use axum::http::StatusCode;
use bellhop_campaigns::read_spec;
use bellhop_domain::fault::Why;
use bellhop_domain::four_eyes::{Approved, may_launch};
use bellhop_domain::{MailingId, Timestamp};
use bellhop_store::guests::ApiCaller;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Approvals)]
pub(crate) struct Approvals {
    /// The mailing's present version, and who has approved it.
    version: i64,
    approvals: Vec<Approval>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Approval)]
struct Approval {
    person: i64,
    name: String,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

pub(crate) async fn list(api: Api, allowed: Allowed<(), i64>) -> Result<Approvals, Problem> {
    let (caller, id, ()) = allowed.into_all();
    shown(&api, &caller, MailingId(id)).await
}

pub(crate) async fn approve(api: Api, allowed: Allowed<(), i64>) -> Result<Approvals, Problem> {
    let (caller, id, (), asked) = allowed.into_asked();
    let (id, version) = (MailingId(id), asked.version()?);
    let refused = || Problem::new(StatusCode::FORBIDDEN, Why::ApprovalOfPeople);
    let person = caller.person.ok_or_else(refused)?;
    let who = who(&caller);
    let approved = api.store.approve(caller.org, id, version, (person, &who), api.now());
    match approved.await? {
        true => shown(&api, &caller, id).await,
        false => Err(moved(&api, caller.org, id).await),
    }
}

async fn shown(api: &Api, caller: &ApiCaller, id: MailingId) -> Result<Approvals, Problem> {
    let version = api.store.kept_mailing(caller.org, id).await?.version;
    let approvals = api.store.approvals(caller.org, id, version).await?;
    let people = api.accounts.people(caller.org).await?;
    let name = |of| people.iter().find(|it| it.id == of).map(|it| it.name.clone());
    let approvals = approvals.into_iter().map(|it| Approval {
        name: name(it.person).unwrap_or_default(),
        person: it.person.0,
        at: it.at,
    });
    Ok(Approvals {
        version,
        approvals: approvals.collect(),
    })
}

/// Refuses a launch that a second person has not approved. Returns the file that was judged: no other may be launched.
pub(super) async fn judged(api: &Api, caller: &ApiCaller, asking: &Asking, id: MailingId) -> Result<String, Problem> {
    let org = caller.org;
    let kept = api.store.kept_mailing(org, id).await?;
    let most = asking.organisation.settings.approval_above_guests;
    let Some(most) = most else { return Ok(kept.spec) };
    let Some(audience) = read_spec(id, &kept.spec)?.audience else {
        return Ok(kept.spec);
    };
    let guests = api.store.count(org, &audience, api.now()).await?.reachable;
    let approvals = api.store.approvals(org, id, kept.version).await?;
    let by: Vec<_> = approvals.into_iter().map(|it| it.person).collect();
    match may_launch(guests, most, &by, caller.person) {
        Approved::Enough => Ok(kept.spec),
        Approved::ByOneself => {
            let version = kept.version;
            Err(Problem::new(StatusCode::CONFLICT, Why::ApprovalOfOneself { version }))
        }
        Approved::ByNobody => {
            let version = kept.version;
            let why = Why::ApprovalNeeded { guests, most, version };
            Err(Problem::new(StatusCode::CONFLICT, why))
        }
    }
}
