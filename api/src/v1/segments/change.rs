//! `POST /v1/segments`, `PUT` and `DELETE /v1/segments/{id}`, `POST /v1/segments/{id}/duplicate`.

use super::document::{Segment, shown};
use super::{Body, Read, named};
use crate::Api;
use crate::problem::Problem;
use crate::routes::{Allowed, Asked, Versioned};
use crate::v1::settings::who;
use bellhop_domain::fault::Why;
use bellhop_domain::{OrgId, SegmentId};
use bellhop_store::guests::ApiCaller;
use bellhop_store::segments::NewSegment;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = SegmentDuplicate)]
#[serde(deny_unknown_fields)]
pub(crate) struct Duplicate {
    /// The name of the new segment.
    name: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RemovedSegment)]
pub(crate) struct Removed {
    /// The segment that is not there any more.
    removed: i64,
}

impl Read {
    fn kept(&self) -> NewSegment<'_> {
        NewSegment {
            name: &self.name,
            description: &self.description,
            filter: &self.filter,
        }
    }
}

pub(crate) async fn post(api: Api, allowed: Allowed<Body>) -> Result<Versioned<Segment>, Problem> {
    let (caller, (), body, asked) = allowed.into_asked();
    create(&api, &caller, &body.read()?, &asked).await
}

pub(crate) async fn duplicate(api: Api, allowed: Allowed<Duplicate, i64>) -> Result<Versioned<Segment>, Problem> {
    let (caller, id, body, asked) = allowed.into_asked();
    let name = named(Some(body.name))?;
    let old = api.store.segment(caller.org, SegmentId(id)).await?;
    let new = Read {
        name,
        description: old.description,
        filter: old.filter,
    };
    create(&api, &caller, &new, &asked).await
}

pub(super) async fn create(
    api: &Api,
    caller: &ApiCaller,
    new: &Read,
    asked: &Asked,
) -> Result<Versioned<Segment>, Problem> {
    let key = asked.keyed()?;
    let once = key.as_ref().map(|key| key.once());
    let id = api
        .store
        .create_segment(caller.org, &new.kept(), once.as_ref(), &who(caller), api.now())
        .await?;
    shown(api, caller.org, id).await
}

pub(crate) async fn put(api: Api, allowed: Allowed<Body, i64>) -> Result<Versioned<Segment>, Problem> {
    let (caller, id, body, asked) = allowed.into_asked();
    let (id, version) = (SegmentId(id), asked.version()?);
    let to = body.read()?;
    let changed = api
        .store
        .change_segment(caller.org, (id, version), &to.kept(), &who(&caller), api.now())
        .await?;
    match changed {
        true => shown(&api, caller.org, id).await,
        false => Err(moved(&api, caller.org, id).await),
    }
}

pub(crate) async fn remove(api: Api, allowed: Allowed<(), i64>) -> Result<Removed, Problem> {
    let (caller, id, (), asked) = allowed.into_asked();
    let (id, version) = (SegmentId(id), asked.version()?);
    let removed = api
        .store
        .remove_segment(caller.org, id, version, &who(&caller), api.now())
        .await?;
    match removed {
        true => Ok(Removed { removed: id.0 }),
        false => Err(moved(&api, caller.org, id).await),
    }
}

/// What is there in place of what was read.
async fn moved(api: &Api, org: OrgId, id: SegmentId) -> Problem {
    let there = match shown(api, org, id).await {
        Ok(there) => there,
        Err(problem) => return problem,
    };
    let version = there.version;
    // Keys of the document are texts, so that it always can be written.
    let current = serde_json::to_value(there.document).unwrap_or_default();
    Problem::moved(Why::SegmentMoved { version }, current)
}
