//! `GET /v1/programs/{id}/statistics`: what a program fired, and what came of it.

use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use bellhop_campaigns::program::figures;
use bellhop_domain::ProgramId;
use bellhop_domain::fault::Why;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// Days unless the query says otherwise.
const DAYS: u32 = 30;
const MOST: u32 = 400;

/// Over which days firings are counted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Days {
    /// So many last ones, 1 to 400; 30 if absent.
    days: Option<u32>,
}

/// Firings by day and in all, and the figures of docs/statistics.md for each version.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProgramStatistics, value_type = Object)]
pub(crate) struct Told(Value);

pub(crate) async fn statistics(api: Api, allowed: Allowed<(), i64>) -> Result<Told, Problem> {
    let (caller, id, (), asked) = allowed.into_asked();
    let days = asked.query::<Days>()?.days.unwrap_or(DAYS);
    if !(1..=MOST).contains(&days) {
        let (least, most) = (1, u64::from(MOST));
        return Err(Problem::unreadable(Why::NumberUnfit { least, most }.at("days")));
    }
    let zone = api.organisations.organisation_by_id(caller.org).await?.timezone;
    let figures = figures(api.store.as_ref(), caller.org, ProgramId(id), days, api.now()).await?;
    // All keys are texts, so that it always can be written.
    Ok(Told(figures.told(&zone).unwrap_or_default()))
}
