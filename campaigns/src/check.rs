//! Checks a mailing before it is sent: everything that is wrong with it, and what its audience would get.

use crate::forecast::{Row, View, expire};
use crate::rehearsal::{Starting, rehearse, starting};
use crate::{Brand, Rendering, Result, promo, spec_of};
use bellhop_domain::mailing::MailingSpec;
use bellhop_domain::segment::Segment;
use bellhop_domain::{MailingId, Timestamp};
use std::collections::BTreeMap;

pub use crate::check_report::{CheckReport, LaunchFigures};
pub use crate::form::form;

/// Checks a mailing, and rehearses a launch at `now` if nothing is wrong with the mailing itself.
///
/// # Errors
/// When the store cannot answer.
pub async fn check(brand: &Brand<'_>, rendering: &Rendering, id: MailingId, now: Timestamp) -> Result<CheckReport> {
    let mailing = brand.store.mailing(brand.organisation.id, id).await?;
    let spec = spec_of(&mailing)?;
    let mut report = form(brand, &spec, now).await?;
    // A mailing on demand has no audience to rehearse with.
    if spec.audience.is_some() && !report.has_errors() {
        let starting = starting(brand, id, &spec, now).await?;
        report.audience = Some(audience(brand, rendering, (id, &spec), starting).await?);
        report.judge_audience();
    }
    Ok(report)
}

/// Rehearses a start, and foresees what would not leave in time.
async fn audience(
    brand: &Brand<'_>,
    rendering: &Rendering,
    (id, spec): (MailingId, &MailingSpec<Segment>),
    starting: Starting,
) -> Result<LaunchFigures> {
    let mut rehearsed = rehearse(brand, rendering, spec, Some(id), starting).await?;
    let view = View::new(
        *brand,
        None,
        starting.at,
        starting.last.max(starting.at).plus(spec.life()),
    )
    .await?;
    let rows = view.rows(&rehearsed.leaving, None).await?;
    let expired = expire(&mut rehearsed, &rows);
    let mut leaving_by = BTreeMap::new();
    for row in &rows {
        *leaving_by.entry(row.channel).or_default() += row.messages - row.expire;
    }
    let promo = promo::checked(brand.store, brand.organisation.id, spec, starting.at).await?;
    Ok(LaunchFigures {
        promo_codes: promo::figures(promo.list.as_ref(), spec, rehearsed.leaving()),
        at: starting.is_scheduled.then_some(starting.at),
        past_own_time: starting.own_time.is_some().then_some(rehearsed.past_own_time),
        planned: rehearsed.planned,
        leaving: rehearsed.leaving() - expired,
        excluded: rehearsed.excluded,
        not_sent: rehearsed.not_sent,
        first_step: rehearsed.first_step,
        leaving_by,
        sms_parts: rehearsed.sms_parts,
        widened: rehearsed.widened,
        held_back: rows.iter().flat_map(Row::why_late).collect(),
    })
}
