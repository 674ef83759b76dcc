//! `POST /v1/programs` and `PUT /v1/programs/{id}`: a definition is checked and kept.

use super::document::{Program, shown};
use super::{findings, refused};
use crate::Api;
use crate::problem::Problem;
use crate::routes::{Allowed, Versioned};
use crate::v1::mailings::Asking;
use crate::v1::settings::who;
use bellhop_campaigns::program::{self, ProgramAnswer};
use bellhop_domain::fault::Why;
use bellhop_domain::{OrgId, ProgramId};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A program's definition (docs/programs.md).
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ProgramDefinition, value_type = Object)]
pub(crate) struct Definition(Map<String, Value>);

pub(crate) async fn post(api: Api, allowed: Allowed<Definition>) -> Result<Versioned<Program>, Problem> {
    let (caller, (), Definition(json), asked) = allowed.into_asked();
    let key = asked.keyed()?;
    let once = key.as_ref().map(|key| key.once());
    let asking = Asking::of(&api, &caller).await?;
    // A repeat is answered though the definition may not be fit any more.
    if let Some(once) = &once
        && let Some(made) = api.store.made(caller.org, once).await?
    {
        return shown(&api, caller.org, ProgramId(made), Vec::new()).await;
    }
    let (brand, book, who) = (asking.brand(&api), api.store.as_ref(), who(&caller));
    let text = Value::Object(json).to_string();
    match program::create(&brand, book, &text, once.as_ref(), &who, api.now()).await? {
        ProgramAnswer::Refused(found) => Err(refused(&found, asked.language)),
        ProgramAnswer::Done(id, found) => shown(&api, caller.org, id, findings(&found, asked.language)).await,
    }
}

pub(crate) async fn put(api: Api, allowed: Allowed<Definition, i64>) -> Result<Versioned<Program>, Problem> {
    let (caller, id, Definition(json), asked) = allowed.into_asked();
    let (id, from) = (ProgramId(id), i32::try_from(asked.version()?).unwrap_or(0));
    let asking = Asking::of(&api, &caller).await?;
    let (brand, book, who) = (asking.brand(&api), api.store.as_ref(), who(&caller));
    let text = Value::Object(json).to_string();
    match program::edit(&brand, book, (id, Some(from)), &text, &who, api.now()).await? {
        ProgramAnswer::Refused(found) => Err(refused(&found, asked.language)),
        ProgramAnswer::Done(None, _) => Err(moved(&api, caller.org, id).await),
        ProgramAnswer::Done(Some(_), found) => shown(&api, caller.org, id, findings(&found, asked.language)).await,
    }
}

/// What is there in place of what was read.
async fn moved(api: &Api, org: OrgId, id: ProgramId) -> Problem {
    match shown(api, org, id, Vec::new()).await {
        Err(problem) => problem,
        Ok(there) => {
            let version = there.version;
            // Keys of the document are texts, so that it always can be written.
            Problem::moved(
                Why::ProgramMoved { version },
                serde_json::to_value(there.document).unwrap_or_default(),
            )
        }
    }
}
