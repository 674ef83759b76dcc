//! When a mailing will be finished, and what holds it back (PRODUCT.md §8).

mod backlog;
pub mod load;
mod nights;
mod numbers;
mod view;
mod warming;

pub use view::Row;
pub(crate) use view::{View, expire};
pub use warming::Warming;

use crate::check_report::CheckReport;
use crate::form::form;
use crate::rehearsal::{Rehearsed, Starting, rehearse, starting};
use crate::runs::alive;
use crate::{Brand, CampaignError, Rendering, Result, spec_of};
use backlog::of_run;
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::fault::Why;
use bellhop_domain::mailing::MailingSpec;
use bellhop_domain::segment::Segment;
use bellhop_domain::{MailingId, Timestamp};
use bellhop_store::ledger::Run;
use serde::Serialize;
use std::collections::BTreeMap;

/// The forecast for the first messages of a mailing, or for all of it that is under way. What later steps of its
/// waterfall will send is known only once it is known who did not open.
#[derive(Debug, Serialize)]
pub struct Forecast {
    pub mailing: MailingId,
    /// When the forecast begins: now, or at the launch or the next start if that is still to come.
    pub from: Timestamp,
    /// Messages that have not left by then expire.
    pub expires: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Timestamp>,
    /// When the last message leaves or expires; absent if a channel does not finish within a year.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finish: Option<Timestamp>,
    /// Messages that miss the deadline.
    pub late: u64,
    /// Messages that a launch would plan, or has planned and not sent yet.
    pub planned: u64,
    /// The planned messages that would leave.
    pub leaving: u64,
    /// Guests whom a launch would leave out; those of a planned run are in its statistics.
    pub excluded: BTreeMap<Exclusion, u64>,
    /// Planned messages that would not be sent on any step, by reason.
    pub not_sent: BTreeMap<String, u64>,
    /// Of a start at each guest's own time: for how many guests that is past when it begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub past_own_time: Option<u64>,
    pub channels: Vec<Row>,
}

/// The answer to the question.
#[derive(Debug)]
pub enum ForecastAnswer {
    /// A launch would be refused because of the errors in this report.
    Refused(CheckReport),
    Foreseen(Forecast),
}

/// Forecasts the next start of a mailing, which is a launch at `now` if it has no schedule, or its run if one is under way. `by` is a deadline to judge
/// it by.
///
/// # Errors
/// When the mailing is on demand, or the store cannot answer.
pub async fn foresee(
    brand: &Brand<'_>,
    rendering: &Rendering,
    id: MailingId,
    by: Option<Timestamp>,
    now: Timestamp,
) -> Result<ForecastAnswer> {
    let (store, org) = (brand.store, brand.organisation.id);
    let spec = spec_of(&store.mailing(org, id).await?)?;
    if spec.audience.is_none() {
        return Err(CampaignError::Refused(Why::NothingToForesee { mailing: id.0 }));
    }
    let run = alive(&store.runs_of(org, id).await?).cloned();
    if run.is_none() {
        let form = form(brand, &spec, now).await?;
        if form.has_errors() {
            return Ok(ForecastAnswer::Refused(form));
        }
    }
    let mailing = Foreseeing { id, spec, run, by };
    Ok(ForecastAnswer::Foreseen(mailing.forecast(brand, rendering, now).await?))
}

/// What a forecast is made of.
struct Foreseeing {
    id: MailingId,
    spec: MailingSpec<Segment>,
    /// The run of the mailing that is not over.
    run: Option<Run>,
    by: Option<Timestamp>,
}

impl Foreseeing {
    async fn forecast(&self, brand: &Brand<'_>, rendering: &Rendering, now: Timestamp) -> Result<Forecast> {
        let run = self.run.as_ref();
        let start = match run {
            Some(run) => Starting::launch(now.max(run.start_at)),
            None => starting(brand, self.id, &self.spec, now).await?,
        };
        let from = start.at;
        let expires = match run.and_then(|run| run.expires_at) {
            Some(expires) => expires,
            None => start.last.max(from).plus(self.spec.life()),
        };
        let view = View::new(*brand, run.map(|run| run.id), from, expires).await?;
        let mut rehearsed = match run.filter(|run| run.planned_at.is_some()) {
            Some(run) => {
                let leaving = of_run(&view.unsent, run.id);
                Rehearsed {
                    planned: leaving.values().flat_map(BTreeMap::values).sum(),
                    leaving,
                    ..Rehearsed::default()
                }
            }
            None => rehearse(brand, rendering, &self.spec, Some(self.id), start).await?,
        };
        let rows = view.rows(&rehearsed.leaving, self.by).await?;
        let expired = expire(&mut rehearsed, &rows);
        let finishes: Option<Vec<Timestamp>> = rows
            .iter()
            .map(|row| if row.expire > 0 { Some(expires) } else { row.finish })
            .collect();
        Ok(Forecast {
            mailing: self.id,
            from,
            expires,
            by: self.by,
            // No sooner than the last guest's own time.
            finish: finishes.map(|all| {
                all.into_iter()
                    .max()
                    .unwrap_or(from)
                    .max(rehearsed.last_moment.unwrap_or(from))
            }),
            past_own_time: start.own_time.is_some().then_some(rehearsed.past_own_time),
            late: rows.iter().map(|row| row.late).sum(),
            planned: rehearsed.planned,
            leaving: rehearsed.leaving() - expired,
            excluded: rehearsed.excluded,
            not_sent: (rehearsed.not_sent.into_iter())
                .map(|(reason, failing)| (reason, failing.messages))
                .collect(),
            channels: rows,
        })
    }
}
