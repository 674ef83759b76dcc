//! `GET /v1/mailings/{id}/statistics`: what a mailing brought.

use super::Asking;
use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use bellhop_campaigns::progress::progress;
use bellhop_domain::MailingId;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// The figures of docs/statistics.md, over all runs of the mailing but tests.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Statistics, value_type = Object)]
pub(crate) struct Figures(Value);

pub(crate) async fn statistics(api: Api, allowed: Allowed<(), i64>) -> Result<Figures, Problem> {
    let (caller, id, ()) = allowed.into_all();
    let asking = Asking::of(&api, &caller).await?;
    let progress = progress(api.store.as_ref(), caller.org, MailingId(id), api.now()).await?;
    // All keys are texts, so that it always can be written.
    Ok(Figures(
        progress.told(&asking.organisation.timezone).unwrap_or_default(),
    ))
}
