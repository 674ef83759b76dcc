//! `POST /v1/runs/{id}/segment` and `/again`: a segment of some of a run's recipients, and a draft for those who did not get it.

use super::change::create;
use super::document::Segment;
use super::{Read, described, named};
use crate::Api;
use crate::problem::Problem;
use crate::routes::{Allowed, Versioned};
use crate::v1::mailings::{Mailing, draft_of};
use crate::v1::text::name;
use axum::http::StatusCode;
use bellhop_domain::RunId;
use bellhop_domain::fault::{Term, Why};
use bellhop_domain::message::MessageState;
use bellhop_domain::segment::conditions::InRun;
use bellhop_domain::segment::{self, Leaf};
use bellhop_store::guests::ApiCaller;
use bellhop_store::ledger::Run;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

/// The states of messages that their guests did not get. One that may have gone out is not among them.
const NOT_GOT: [MessageState; 4] = [
    MessageState::Cancelled,
    MessageState::Expired,
    MessageState::Suppressed,
    MessageState::Failed,
];

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = SegmentOfRun)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfRun {
    /// The name of the segment.
    name: String,
    /// What it is for.
    #[serde(default)]
    description: String,
    /// Only recipients whose message is in one of these states; all if empty.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    state: Vec<MessageState>,
    /// Only those whose message has this reason, in full.
    reason: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = SendAgain)]
#[serde(deny_unknown_fields)]
pub(crate) struct Again {
    /// The name of the draft; that of the mailing if absent.
    name: Option<String>,
}

async fn own(api: &Api, caller: &ApiCaller, id: i64) -> Result<Run, Problem> {
    let run = api.ledger.run(RunId(id)).await?;
    match run.org == caller.org && !run.test {
        true => Ok(run),
        false => {
            let (what, id) = (Term("run"), id.to_string());
            Err(Problem::new(StatusCode::NOT_FOUND, Why::NotHere { what, id }))
        }
    }
}

fn those(it: InRun) -> segment::Segment {
    segment::Segment::Leaf(Leaf::InRun(Box::new(it)))
}

pub(crate) async fn of_run(api: Api, allowed: Allowed<OfRun, i64>) -> Result<Versioned<Segment>, Problem> {
    let (caller, id, body, asked) = allowed.into_asked();
    let run = own(&api, &caller, id).await?;
    let new = Read {
        name: named(Some(body.name))?,
        description: described(&body.description)?,
        filter: those(InRun {
            id: run.id,
            state: body.state,
            reason: body.reason,
        }),
    };
    create(&api, &caller, &new, &asked).await
}

pub(crate) async fn again(api: Api, allowed: Allowed<Again, i64>) -> Result<Versioned<Mailing>, Problem> {
    let (caller, id, body, asked) = allowed.into_asked();
    let new = name(body.name).map_err(|why| Problem::unprocessable(vec![why.at("name")]))?;
    let run = own(&api, &caller, id).await?;
    let mut file: Value = serde_json::from_str(&run.spec).unwrap_or_default();
    if file.get("audience").is_none_or(Value::is_null) {
        let mailing = run.mailing.0;
        return Err(Problem::new(StatusCode::CONFLICT, Why::NothingToForesee { mailing }));
    }
    let did_not_get_it = those(InRun {
        id: run.id,
        state: NOT_GOT.to_vec(),
        reason: None,
    });
    file["audience"] = serde_json::to_value(&did_not_get_it).unwrap_or_default();
    if let Some(new) = new {
        file["name"] = Value::from(new);
    }
    draft_of(&api, &caller, file, &asked).await
}
