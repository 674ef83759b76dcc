//! `POST /v1/programs/{id}/rehearsal`, `/v1/mailings/{id}/rehearsal` and `GET /v1/guests/{customer_id}/next-week`: what would go
//! out, as `bellhop … rehearse` tells it. Nothing is written.

use super::guests::known;
use super::mailings::Asking;
use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use bellhop_campaigns::programs::rehearsal::{GuestWeek, Rehearsed, Stretch, next_week, rehearse};
use bellhop_campaigns::rehearsal::{MailingRehearsal, rehearse_mailing};
use bellhop_domain::fault::Why;
use bellhop_domain::{MailingId, ProgramId, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);
/// Rows unless the body says otherwise, and the most of them.
const ROWS: usize = 20;
const MOST_ROWS: usize = 200;

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = RehearsalRequest)]
#[serde(deny_unknown_fields)]
pub(crate) struct Time {
    /// From when on, in the past too; now if absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Until when; a week later if absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// How many guests are told one by one, at most 200; 20 if absent.
    rows: Option<usize>,
}

/// What a program would do in a time: as `bellhop program rehearse --json` has it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProgramRehearsal, value_type = Object)]
pub(crate) struct OfProgram(Rehearsed);

/// What a mailing's starts would do in a time: as `bellhop mailing rehearse --json` has it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MailingRehearsal, value_type = Object)]
pub(crate) struct OfMailing(MailingRehearsal);

/// What a guest will get within seven days: as `bellhop guest next-week --json` has it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GuestWeek, value_type = Object)]
pub(crate) struct Week(GuestWeek);

impl Time {
    fn read(&self, now: Timestamp) -> Result<Stretch, Problem> {
        let rows = self.rows.unwrap_or(ROWS);
        if rows > MOST_ROWS {
            let (least, most) = (0, MOST_ROWS as u64);
            return Err(Problem::unprocessable(vec![
                Why::NumberUnfit { least, most }.at("rows"),
            ]));
        }
        let from = self.from.unwrap_or(now);
        let until = self.to.unwrap_or_else(|| from.plus(WEEK));
        Ok(Stretch { from, until, rows })
    }
}

pub(crate) async fn program(api: Api, allowed: Allowed<Time, i64>) -> Result<OfProgram, Problem> {
    let (caller, id, body) = allowed.into_all();
    let now = api.now();
    let stretch = body.read(now)?;
    api.store.program(caller.org, ProgramId(id)).await?;
    let asking = Asking::of(&api, &caller).await?;
    let (brand, rendering) = (asking.brand(&api), asking.rendering(&api)?);
    let told = rehearse(&brand, api.store.as_ref(), &rendering, ProgramId(id), stretch, now).await?;
    Ok(OfProgram(told))
}

pub(crate) async fn mailing(api: Api, allowed: Allowed<Time, i64>) -> Result<OfMailing, Problem> {
    let (caller, id, body) = allowed.into_all();
    let now = api.now();
    let Stretch { from, until, rows } = body.read(now)?;
    api.ledger.mailing(caller.org, MailingId(id)).await?;
    let asking = Asking::of(&api, &caller).await?;
    let (brand, rendering) = (asking.brand(&api), asking.rendering(&api)?);
    let told = rehearse_mailing(&brand, &rendering, MailingId(id), (from, until), rows, now).await?;
    Ok(OfMailing(told))
}

pub(crate) async fn guest(api: Api, allowed: Allowed<(), String>) -> Result<Week, Problem> {
    let (caller, customer, ()) = allowed.into_all();
    known(&api, &caller, &customer).await?;
    let asking = Asking::of(&api, &caller).await?;
    let (brand, rendering) = (asking.brand(&api), asking.rendering(&api)?);
    let told = next_week(&brand, api.store.as_ref(), &rendering, &customer, api.now()).await?;
    Ok(Week(told))
}
