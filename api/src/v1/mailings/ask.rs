//! `POST /v1/mailings/{id}/check`, `/preview` and `/forecast`: questions about a mailing that change nothing.

use super::finding::{Report, errors};
use super::{Asking, named};
use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use bellhop_campaigns::check::CheckReport;
use bellhop_campaigns::forecast::{Forecast, ForecastAnswer, foresee};
use bellhop_campaigns::{check, preview};
use bellhop_domain::fault::Why;
use bellhop_domain::words::Language;
use bellhop_domain::{MailingId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PreviewRequest)]
#[serde(deny_unknown_fields)]
pub(crate) struct ForWhom {
    /// The brand's own ids of 1 to 20 guests.
    customers: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Previews)]
pub(crate) struct Previews {
    previews: Vec<Preview>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Preview)]
struct Preview {
    customer: String,
    /// What the guest would get, by channel; for a text that cannot be rendered, an `error` with its `code`.
    #[schema(value_type = Object)]
    contents: BTreeMap<&'static str, Value>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ForecastRequest)]
#[serde(deny_unknown_fields)]
pub(crate) struct ByWhen {
    /// A deadline to judge the mailing by.
    #[schema(value_type = Option<String>, format = DateTime)]
    by: Option<Timestamp>,
}

/// When the mailing will be finished, and what holds it back: as `bellhop mailing forecast --json` has it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Forecast, value_type = Object)]
pub(crate) struct Foreseen(Forecast);

pub(crate) async fn check(api: Api, allowed: Allowed<(), i64>) -> Result<Report, Problem> {
    let (caller, id, (), asked) = allowed.into_asked();
    api.ledger.mailing(caller.org, MailingId(id)).await?;
    let asking = Asking::of(&api, &caller).await?;
    let rendering = asking.rendering(&api)?;
    let report = check::check(&asking.brand(&api), &rendering, MailingId(id), api.now()).await?;
    Ok(Report::of(report, asked.language))
}

pub(crate) async fn preview(api: Api, allowed: Allowed<ForWhom, i64>) -> Result<Previews, Problem> {
    let (caller, id, body) = allowed.into_all();
    let customers = named(body.customers)?;
    api.ledger.mailing(caller.org, MailingId(id)).await?;
    let asking = Asking::of(&api, &caller).await?;
    let (rendering, id) = (asking.rendering(&api)?, MailingId(id));
    let store = api.store.as_ref();
    let found = preview::preview(store, &asking.organisation, &rendering, id, &customers, api.now()).await?;
    let previews = found.into_iter().map(|it| Preview {
        customer: it.customer,
        contents: it.contents,
    });
    Ok(Previews {
        previews: previews.collect(),
    })
}

pub(crate) async fn forecast(api: Api, allowed: Allowed<ByWhen, i64>) -> Result<Foreseen, Problem> {
    let (caller, id, body, asked) = allowed.into_asked();
    api.ledger.mailing(caller.org, MailingId(id)).await?;
    let asking = Asking::of(&api, &caller).await?;
    let rendering = asking.rendering(&api)?;
    match foresee(&asking.brand(&api), &rendering, MailingId(id), body.by, api.now()).await? {
        ForecastAnswer::Foreseen(forecast) => Ok(Foreseen(forecast)),
        ForecastAnswer::Refused(report) => Err(refused(id, report, asked.language)),
    }
}

/// The problem whose answer is the report of the check.
pub(super) fn refused(mailing: i64, report: CheckReport, language: Language) -> Problem {
    let errors = errors(&report);
    let report = serde_json::to_value(Report::of(report, language)).unwrap_or_default();
    Problem::reported(Why::MailingUnfit { mailing }, errors, report)
}
