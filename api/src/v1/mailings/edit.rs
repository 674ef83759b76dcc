//! `GET`, `PUT` and `DELETE /v1/mailings/{id}`: a mailing is read with its version, and changed or removed only by whoever
//! has read it as it is.

use super::create::File;
use super::document::{Mailing, shown};
use super::refusal::no_draft;
use crate::Api;
use crate::problem::Problem;
use crate::routes::{Allowed, Versioned};
use crate::v1::settings::who;
use axum::http::StatusCode;
use bellhop_campaigns::draft;
use bellhop_domain::fault::Why;
use bellhop_domain::{MailingId, OrgId};
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RemovedMailing)]
pub(crate) struct Removed {
    /// The mailing that is not there any more.
    removed: i64,
}

pub(crate) async fn get(api: Api, allowed: Allowed<(), i64>) -> Result<Versioned<Mailing>, Problem> {
    let (caller, id, ()) = allowed.into_all();
    shown(&api, caller.org, MailingId(id)).await
}

pub(crate) async fn put(api: Api, allowed: Allowed<File, i64>) -> Result<Versioned<Mailing>, Problem> {
    let (caller, id, File(file), asked) = allowed.into_asked();
    let draft = draft::read_value(file).map_err(no_draft)?;
    let (id, version) = (MailingId(id), asked.version()?);
    let (store, who) = (api.store.as_ref(), who(&caller));
    let organisation = api.organisations.organisation_by_id(caller.org).await?;
    let four_eyes = organisation.settings.approval_above_guests.is_some();
    if four_eyes && store.schedule(caller.org, id).await?.is_some() {
        let mailing = id.0;
        return Err(Problem::new(
            StatusCode::CONFLICT,
            Why::ApprovedAndScheduled { mailing },
        ));
    }
    match draft::change(store, caller.org, (id, version), &draft, &who, api.now()).await? {
        true => shown(&api, caller.org, id).await,
        false => Err(moved(&api, caller.org, id).await),
    }
}

pub(crate) async fn remove(api: Api, allowed: Allowed<(), i64>) -> Result<Removed, Problem> {
    let (caller, id, (), asked) = allowed.into_asked();
    let (id, version) = (MailingId(id), asked.version()?);
    let (store, who) = (api.store.as_ref(), who(&caller));
    match store.remove_mailing(caller.org, id, version, &who, api.now()).await? {
        true => Ok(Removed { removed: id.0 }),
        false => Err(moved(&api, caller.org, id).await),
    }
}

/// What is there in place of what was read.
pub(super) async fn moved(api: &Api, org: OrgId, id: MailingId) -> Problem {
    let there = match shown(api, org, id).await {
        Ok(there) => there,
        Err(problem) => return problem,
    };
    let version = there.version;
    // Keys of the document are texts, so that it always can be written.
    let current = serde_json::to_value(there.document).unwrap_or_default();
    Problem::moved(Why::MailingMoved { version }, current)
}
