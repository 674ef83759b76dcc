//! Rehearses a mailing over a time: each start of its schedule, or one launch.

use super::starts::{Starting, between};
use super::{ByZone, GuestRow, NotSent, Rehearsed, rehearse_all};
use crate::{Brand, CampaignError, Rendering, Result, spec_of};
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::fault::Why;
use bellhop_domain::{Channel, EndpointKind, MailingId, Money, Timestamp};
use bellhop_store::ledger::LatelyPaid;
use serde::Serialize;
use std::collections::BTreeMap;

/// What a mailing would do in a time, or would have done.
#[derive(Debug, Serialize)]
pub struct MailingRehearsal {
    pub mailing: MailingId,
    pub from: Timestamp,
    pub until: Timestamp,
    pub starts: Vec<StartRehearsed>,
    /// Whether there are more starts than are rehearsed at once.
    pub more_starts: bool,
}

/// One start.
#[derive(Debug, Serialize)]
pub struct StartRehearsed {
    pub at: Timestamp,
    pub planned: u64,
    pub leaving: u64,
    pub excluded: BTreeMap<Exclusion, u64>,
    pub not_sent: BTreeMap<String, NotSent>,
    pub first_step: BTreeMap<Channel, u64>,
    pub sms_parts: u64,
    /// Of a start at each guest's own time: for how many it is past when it begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub past_own_time: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Money>,
    pub rows: Vec<GuestRow>,
    pub rows_left_off: u64,
}

/// Rehearses the starts of a mailing's schedule in a time; without a schedule, a launch at its beginning. Orders are as of each
/// start; whatever else the audience asks, and consents, are as they are today.
///
/// # Errors
/// [`CampaignError::Refused`] if the mailing is on demand, or the time is none; an error if the store cannot answer.
pub async fn rehearse_mailing(
    brand: &Brand<'_>,
    rendering: &Rendering,
    id: MailingId,
    (from, until): (Timestamp, Timestamp),
    rows: usize,
    now: Timestamp,
) -> Result<MailingRehearsal> {
    if until <= from {
        return Err(CampaignError::Refused(Why::RehearsalOfNoTime));
    }
    let org = brand.organisation.id;
    let spec = spec_of(&brand.store.mailing(org, id).await?)?;
    if spec.audience.is_none() {
        return Err(CampaignError::Refused(Why::NothingToForesee { mailing: id.0 }));
    }
    let (starts, more_starts) = match brand.store.schedule(org, id).await? {
        Some(scheduled) => between(&scheduled, from, until)?,
        None => (vec![Starting::launch(from)], false),
    };
    let rehearsed = rehearse_all(brand, rendering, &spec, Some(id), &starts, rows).await?;
    let paid = brand.store.lately_paid(org, now).await?;
    let told = starts.iter().zip(rehearsed).map(|(start, it)| told(start, it, &paid));
    Ok(MailingRehearsal {
        mailing: id,
        from,
        until,
        starts: told.collect(),
        more_starts,
    })
}

fn told(starting: &Starting, it: Rehearsed, paid: &[LatelyPaid]) -> StartRehearsed {
    let sms_parts = it
        .sms_parts
        .iter()
        .map(|(parts, messages)| *parts as u64 * messages)
        .sum();
    StartRehearsed {
        at: starting.at,
        planned: it.planned,
        leaving: it.leaving(),
        cost: cost(&it.leaving, sms_parts, paid),
        excluded: it.excluded,
        not_sent: it.not_sent,
        first_step: it.first_step,
        sms_parts,
        past_own_time: starting.own_time.is_some().then_some(it.past_own_time),
        rows: it.rows,
        rows_left_off: it.rows_left_off,
    }
}

/// By what messages have cost lately: an SMS by its parts, another by itself.
fn cost(leaving: &BTreeMap<EndpointKind, ByZone>, sms_parts: u64, paid: &[LatelyPaid]) -> Option<Money> {
    let messages = |kind: EndpointKind| leaving.get(&kind).map(|zones| zones.values().sum::<u64>());
    let parts = |kind| if kind == EndpointKind::Phone { sms_parts } else { 0 };
    let each = paid
        .iter()
        .filter_map(|it| Some(it.of(messages(it.kind)?, parts(it.kind))));
    each.reduce(|all, one| Money(all.0.saturating_add(one.0)))
}
