//! `GET /v1/mailings/{id}/runs`, `GET /v1/runs/{id}` and `POST /v1/runs/{id}/pause`, `/resume`, `/cancel`: how far a run is,
//! and its course.

use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::shape;
use crate::v1::settings::who;
use crate::v1::text::name;
use axum::http::StatusCode;
use bellhop_domain::fault::{Term, Why};
use bellhop_domain::statistics::ReasonCount;
use bellhop_domain::{MailingId, OrgId, RunId, Timestamp};
use bellhop_store::ledger::{self, RunChange};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Run)]
pub(crate) struct Run {
    run: i64,
    mailing: i64,
    #[schema(schema_with = shape::run_state)]
    state: &'static str,
    /// Whether it is a test, outside all statistics.
    test: bool,
    #[schema(value_type = String, format = DateTime)]
    start_at: Timestamp,
    /// When its last message was planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    planned_at: Option<Timestamp>,
    /// When what has not left expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// When nothing of it could move any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    finished_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paused_reason: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Runs)]
pub(crate) struct Runs {
    /// The latest first, tests too.
    runs: Vec<Run>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RunProgress)]
pub(crate) struct Progress {
    #[serde(flatten)]
    run: Run,
    /// Messages planned: the sum of `by_state`.
    planned: u64,
    by_state: BTreeMap<&'static str, u64>,
    /// Guests who get none, by reason.
    excluded: BTreeMap<&'static str, u64>,
    /// Why messages were not sent, or not yet.
    reasons: Vec<Reason>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReasonCount)]
struct Reason {
    state: &'static str,
    /// docs/words.md defines each.
    reason: String,
    messages: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    next_from: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    next_until: Option<Timestamp>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = RunPause)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pause {
    /// Why; it is shown until the run is resumed.
    reason: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = RunChange)]
#[serde(deny_unknown_fields)]
pub(crate) struct Course {
    /// Why, for the audit log.
    reason: Option<String>,
}

impl From<ledger::Run> for Run {
    fn from(it: ledger::Run) -> Self {
        Self {
            run: it.id.0,
            mailing: it.mailing.0,
            state: it.state.name(),
            test: it.test,
            start_at: it.start_at,
            planned_at: it.planned_at,
            expires_at: it.expires_at,
            finished_at: it.finished_at,
            paused_reason: it.paused_reason,
        }
    }
}

impl From<ReasonCount> for Reason {
    fn from(it: ReasonCount) -> Self {
        Self {
            state: it.state,
            reason: it.reason,
            messages: it.messages,
            next_from: it.next_from,
            next_until: it.next_until,
        }
    }
}

pub(crate) async fn runs_of(api: Api, allowed: Allowed<(), i64>) -> Result<Runs, Problem> {
    let (caller, id, ()) = allowed.into_all();
    // Read first, so that a mailing that does not exist is not mistaken for one without runs.
    let mailing = api.ledger.mailing(caller.org, MailingId(id)).await?.id;
    let runs = api.ledger.runs_of(caller.org, mailing).await?;
    Ok(Runs {
        runs: runs.into_iter().map(Run::from).collect(),
    })
}

pub(crate) async fn run(api: Api, allowed: Allowed<(), i64>) -> Result<Progress, Problem> {
    let (caller, id, ()) = allowed.into_all();
    let run = shown(&api, caller.org, RunId(id)).await?;
    let progress = api.store.run_progress(caller.org, RunId(id), api.now()).await?;
    Ok(Progress {
        run,
        planned: progress.planned,
        by_state: progress.by_state,
        excluded: progress.excluded,
        reasons: progress.reasons.into_iter().map(Reason::from).collect(),
    })
}

pub(crate) async fn pause(api: Api, allowed: Allowed<Pause, i64>) -> Result<Run, Problem> {
    let (caller, id, body) = allowed.into_all();
    let reason = said(Some(body.reason))?;
    let reason = reason.ok_or_else(|| Problem::unprocessable(vec![Why::ReasonEmpty.at("reason")]))?;
    let (run, who) = (RunId(id), who(&caller));
    let reason = format!("{reason}, by {who}");
    let changed = api
        .store
        .change_run(caller.org, run, RunChange::Pause, Some(&reason), &who, api.now());
    changed.await?;
    shown(&api, caller.org, run).await
}

pub(crate) async fn resume(api: Api, allowed: Allowed<Course, i64>) -> Result<Run, Problem> {
    course(api, allowed, RunChange::Resume).await
}

pub(crate) async fn cancel(api: Api, allowed: Allowed<Course, i64>) -> Result<Run, Problem> {
    course(api, allowed, RunChange::Cancel).await
}

async fn course(api: Api, allowed: Allowed<Course, i64>, change: RunChange) -> Result<Run, Problem> {
    let (caller, id, body) = allowed.into_all();
    let (reason, run) = (said(body.reason)?, RunId(id));
    let (reason, who) = (reason.as_deref(), who(&caller));
    let changed = api.store.change_run(caller.org, run, change, reason, &who, api.now());
    changed.await?;
    shown(&api, caller.org, run).await
}

fn said(reason: Option<String>) -> Result<Option<String>, Problem> {
    name(reason).map_err(|why| Problem::unprocessable(vec![why.at("reason")]))
}

/// A run of the caller's organisation.
pub(super) async fn shown(api: &Api, org: OrgId, id: RunId) -> Result<Run, Problem> {
    let run = api.ledger.run(id).await?;
    match run.org == org {
        true => Ok(run.into()),
        false => {
            let (what, id) = (Term("run"), id.to_string());
            Err(Problem::new(StatusCode::NOT_FOUND, Why::NotHere { what, id }))
        }
    }
}
