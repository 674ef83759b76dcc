//! `GET`, `PUT` and `DELETE /v1/mailings/{id}/schedule`: when a mailing starts by itself (docs/schedules.md).

use super::Asking;
use super::approvals::judged;
use super::ask::refused;
use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::v1::settings::who;
use bellhop_campaigns::schedule::{self, ScheduleAnswer};
use bellhop_domain::{MailingId, Timestamp};
use bellhop_programs::calendar;
use bellhop_store::StoreError;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// A schedule (docs/schedules.md).
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = Schedule, value_type = Object)]
pub(crate) struct Wanted(Value);

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MailingSchedule)]
pub(crate) struct Scheduled {
    mailing: i64,
    /// As it was given; absent if it starts only when it is launched.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    schedule: Option<Value>,
    /// When it starts next; a schedule that is over has none. At guests' own time, when it starts for the first of them.
    #[schema(value_type = Vec<String>, format = DateTime)]
    next: Vec<Timestamp>,
    /// Of a schedule at guests' own time that was just set: those whose time at the first start is past already.
    #[serde(skip_serializing_if = "Option::is_none")]
    past_own_time: Option<u64>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RemovedSchedule)]
pub(crate) struct Unscheduled {
    mailing: i64,
    /// `false` if it had none.
    removed: bool,
}

pub(crate) async fn schedule(api: Api, allowed: Allowed<(), i64>) -> Result<Scheduled, Problem> {
    let (caller, id, ()) = allowed.into_all();
    // Read first, so that a mailing that does not exist is not mistaken for one without a schedule.
    let mailing = api.ledger.mailing(caller.org, MailingId(id)).await?.id;
    let Some(kept) = api.store.schedule(caller.org, mailing).await? else {
        return Ok(Scheduled {
            mailing: id,
            schedule: None,
            next: Vec::new(),
            past_own_time: None,
        });
    };
    let schedule = serde_json::from_str(&kept.schedule).map_err(|error| StoreError::Corrupt {
        what: "schedule of mailing",
        id: id.to_string(),
        problem: error.to_string(),
    })?;
    Ok(Scheduled {
        mailing: id,
        schedule: Some(schedule),
        next: kept.next_at.into_iter().collect(),
        past_own_time: None,
    })
}

pub(crate) async fn put_schedule(api: Api, allowed: Allowed<Wanted, i64>) -> Result<Scheduled, Problem> {
    let (caller, id, Wanted(value), asked) = allowed.into_asked();
    let read = calendar::read(&value).map_err(|fault| Problem::unprocessable(vec![fault]))?;
    let asking = Asking::of(&api, &caller).await?;
    // A schedule is a launch: four eyes see it before.
    judged(&api, &caller, &asking, MailingId(id)).await?;
    let (brand, who) = (asking.brand(&api), who(&caller));
    match schedule::schedule(&brand, MailingId(id), &read, &who, api.now()).await? {
        ScheduleAnswer::Refused(report) => Err(refused(id, *report, asked.language)),
        ScheduleAnswer::Made { starts, past_own_time } => Ok(Scheduled {
            mailing: id,
            schedule: Some(value),
            next: starts.into_iter().map(|start| start.at).collect(),
            past_own_time,
        }),
    }
}

pub(crate) async fn remove_schedule(api: Api, allowed: Allowed<(), i64>) -> Result<Unscheduled, Problem> {
    let (caller, id, ()) = allowed.into_all();
    let mailing = api.ledger.mailing(caller.org, MailingId(id)).await?.id;
    let who = who(&caller);
    let removed = api.store.remove_schedule(caller.org, mailing, &who, api.now()).await?;
    Ok(Unscheduled { mailing: id, removed })
}
