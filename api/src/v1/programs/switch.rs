//! `POST /v1/programs/{id}/on` and `/off`.

use super::{Finding, findings, refused};
use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::shape;
use crate::v1::mailings::Asking;
use crate::v1::settings::who;
use bellhop_campaigns::program::{self, ProgramAnswer};
use bellhop_domain::ProgramId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = SwitchOff)]
#[serde(deny_unknown_fields)]
pub(crate) struct Off {
    /// Whether what waits still goes; else it is skipped at once, and does not come back.
    #[serde(default)]
    after_waiting: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SwitchedProgram)]
pub(crate) struct Switched {
    id: i64,
    #[schema(schema_with = shape::program_state)]
    state: &'static str,
    /// Firings that waited and were skipped.
    skipped: u64,
    /// What is worth knowing about it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Finding>,
}

pub(crate) async fn on(api: Api, allowed: Allowed<(), i64>) -> Result<Switched, Problem> {
    let (caller, id, (), asked) = allowed.into_asked();
    let asking = Asking::of(&api, &caller).await?;
    let (brand, book, who) = (asking.brand(&api), api.store.as_ref(), who(&caller));
    match program::switch_on(&brand, book, ProgramId(id), &who, api.now()).await? {
        ProgramAnswer::Refused(found) => Err(refused(&found, asked.language)),
        ProgramAnswer::Done((), found) => {
            let state = api.store.program(caller.org, ProgramId(id)).await?.state.name();
            Ok(Switched {
                id,
                state,
                skipped: 0,
                problems: findings(&found, asked.language),
            })
        }
    }
}

pub(crate) async fn off(api: Api, allowed: Allowed<Off, i64>) -> Result<Switched, Problem> {
    let (caller, id, body) = allowed.into_all();
    let (program, who) = ((caller.org, ProgramId(id)), who(&caller));
    let skipped = program::switch_off(api.store.as_ref(), program, body.after_waiting, &who, api.now()).await?;
    Ok(Switched {
        id,
        state: api.store.program(caller.org, ProgramId(id)).await?.state.name(),
        skipped,
        problems: Vec::new(),
    })
}
