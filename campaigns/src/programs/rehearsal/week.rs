//! What one guest will get in the next seven days, and why not: of every program that is on, and of every mailing that starts by
//! itself in that time.

use super::as_of::AsOf;
use super::cast::Cast;
use super::leaving::{Leaving, Other};
use super::told::Row;
use super::{RehearsedStore, Stretch};
use crate::programs::LiveProgram;
use crate::rehearsal::{Starting, starts_between};
use crate::{Brand, CampaignError, MailingPlanner, Rendering, Result, spec_of};
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::fault::Why;
use bellhop_domain::held::Hold;
use bellhop_domain::mailing::MailingSpec;
use bellhop_domain::segment::Segment;
use bellhop_domain::{Channel, MailingId, ProgramId, Timestamp, Zone};
use bellhop_store::ledger::{Choice, Moment, Planner};
use bellhop_store::programs::{PastGuest, ProgramState};
use serde::Serialize;

/// The most starts of a mailing that are looked at.
const MOST_STARTS: usize = 31;
/// Why a start has nothing for a guest who is not in its audience.
const OUTSIDE: &str = "outside_audience";

/// What a guest will get in a time.
#[derive(Debug, Serialize)]
pub struct GuestWeek {
    /// By external id.
    pub customer: String,
    pub from: Timestamp,
    pub until: Timestamp,
    pub rows: Vec<WeekRow>,
    /// Programs that have nothing for the guest in this time: they wait for an event, or none of the guest's dates falls into it.
    pub nothing_from: Vec<NothingFrom>,
}

/// Something that the guest will get, or will not.
#[derive(Debug, Serialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum WeekRow {
    Program {
        program: ProgramId,
        name: String,
        #[serde(flatten)]
        row: Row,
    },
    Mailing {
        mailing: MailingId,
        name: String,
        start: Timestamp,
        #[serde(skip_serializing_if = "Option::is_none")]
        channel: Option<Channel>,
        #[serde(skip_serializing_if = "Option::is_none")]
        leaves_at: Option<Timestamp>,
        /// Why nothing goes, as the statistics have it.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

impl WeekRow {
    /// When it comes, or would.
    fn at(&self) -> Timestamp {
        match self {
            WeekRow::Program { row, .. } => row.message.as_ref().map_or(row.due_at, |it| it.leaves_at),
            WeekRow::Mailing { start, leaves_at, .. } => leaves_at.unwrap_or(*start),
        }
    }
}

#[derive(Debug, Serialize)]
pub struct NothingFrom {
    pub program: ProgramId,
    pub name: String,
    /// `waits_for_event`, or `no_date`.
    pub reason: &'static str,
}

/// What the guest with this external id will get from `now` on for seven days, if nothing happens meanwhile.
///
/// # Errors
/// [`CampaignError::Refused`] if there is no such guest; an error if the store cannot answer.
pub async fn next_week(
    brand: &Brand<'_>,
    store: &dyn RehearsedStore,
    rendering: &Rendering,
    customer: &str,
    now: Timestamp,
) -> Result<GuestWeek> {
    let org = brand.organisation.id;
    let id = crate::brand::known(brand.store, brand.organisation, customer).await?;
    let stretch = Stretch::to_come(now, usize::MAX);
    let programs = store.programs(org).await?;
    let live = programs
        .into_iter()
        .filter(|it| it.state != ProgramState::Off)
        .collect();
    let cast = Cast::of(brand, live, stretch, now).await?;
    let past = store.pasts(org, &cast.ids(), &[id], now).await?.into_iter().next();
    let Some(past) = past else {
        return Err(CampaignError::Refused(Why::GuestGone {
            organisation: brand.organisation.slug.clone(),
        }));
    };
    let mut mailings = mailings(brand, store, &cast, &past, stretch).await?;
    let mut others: Vec<Other> = mailings.iter().filter_map(MailingStart::other).collect();
    let played = cast.play_one(&past);
    let leaving = Leaving::of_one(brand, rendering, &cast, (past, played), &mut others).await?;
    for it in &mut mailings {
        let of = others.iter().find(|other| Some(other.leaves_at) == it.leaves_at);
        if it.obeys_caps && of.is_some_and(|other| other.is_capped) {
            it.reason = Some(Exclusion::FrequencyCap.name().to_owned());
        }
    }
    let idle = |it: &(usize, &LiveProgram)| leaving.iter().all(|row| row.program != it.0);
    let nothing_from = cast.lives.iter().enumerate().filter(idle).map(|(_, live)| NothingFrom {
        program: live.program.id,
        name: live.program.name.clone(),
        reason: if live.known.is_by_date() {
            "no_date"
        } else {
            "waits_for_event"
        },
    });
    let nothing_from = nothing_from.collect();
    let of_programs = leaving.into_iter().map(|it| WeekRow::Program {
        program: cast.lives[it.program].program.id,
        name: cast.lives[it.program].program.name.clone(),
        row: it.row,
    });
    let mut rows: Vec<WeekRow> = of_programs.chain(mailings.into_iter().map(MailingStart::row)).collect();
    rows.sort_by_key(WeekRow::at);
    Ok(GuestWeek {
        customer: customer.to_owned(),
        from: stretch.from,
        until: stretch.until,
        rows,
        nothing_from,
    })
}

/// One start of a mailing, for the guest.
struct MailingStart {
    mailing: MailingId,
    name: String,
    start: Timestamp,
    channel: Option<Channel>,
    leaves_at: Option<Timestamp>,
    reason: Option<String>,
    obeys_caps: bool,
}

impl MailingStart {
    fn other(&self) -> Option<Other> {
        Some(Other {
            leaves_at: self.leaves_at?,
            obeys_caps: self.obeys_caps,
            is_capped: false,
        })
    }

    fn row(self) -> WeekRow {
        let goes = self.reason.is_none();
        WeekRow::Mailing {
            mailing: self.mailing,
            name: self.name,
            start: self.start,
            channel: self.channel.filter(|_| goes),
            leaves_at: self.leaves_at.filter(|_| goes),
            reason: self.reason,
        }
    }
}

async fn mailings(
    brand: &Brand<'_>,
    store: &dyn RehearsedStore,
    cast: &Cast,
    past: &PastGuest,
    stretch: Stretch,
) -> Result<Vec<MailingStart>> {
    let org = brand.organisation.id;
    let mut all = Vec::new();
    for scheduled in store.schedules(org, stretch.until).await? {
        let mailing = brand.store.mailing(org, scheduled.mailing).await?;
        let mut spec = spec_of(&mailing)?;
        if let Some(audience) = &mut spec.audience {
            *audience = brand.store.with_saved(org, audience).await?;
        }
        let (starts, _) = starts_between(&scheduled, stretch.from, stretch.until)?;
        let mut last_planned = None;
        for starting in starts.into_iter().take(MOST_STARTS) {
            let mut one = MailingStart {
                mailing: scheduled.mailing,
                name: mailing.name.clone(),
                start: starting.at,
                channel: None,
                leaves_at: None,
                reason: None,
                obeys_caps: spec.purpose().obeys_caps(),
            };
            if let Some(rest) = starting.rest {
                let since = starting.start.minus(rest);
                let customers = [past.guest.customer];
                let before = brand
                    .store
                    .rested(scheduled.mailing, &customers, since, starting.start)
                    .await?;
                if !before.is_empty() || last_planned.is_some_and(|at| at > since) {
                    one.reason = Some(Exclusion::Resting.name().to_owned());
                }
            }
            if one.reason.is_none() {
                match fate(cast, past, &spec, &starting) {
                    Ok((channel, at)) => (one.channel, one.leaves_at) = (Some(channel), Some(at)),
                    Err(reason) => one.reason = Some(reason.to_owned()),
                }
            }
            if one.reason.is_none() {
                last_planned = Some(starting.start);
            }
            all.push(one);
        }
    }
    Ok(all)
}

/// By which channel a start reaches the guest and when, or why not.
fn fate(
    cast: &Cast,
    past: &PastGuest,
    spec: &MailingSpec<Segment>,
    starting: &Starting,
) -> Result<(Channel, Timestamp), &'static str> {
    let guest = AsOf::new(past, &cast.asked, cast.begin());
    let audience = spec.audience.as_ref().ok_or(OUTSIDE)?;
    if !guest.holds(audience, starting.at) {
        return Err(OUTSIDE);
    }
    let planner = MailingPlanner::new(spec, &cast.kinds, false).at_own_time(starting.own_time);
    let standing = guest.standing(audience, starting.at);
    let step = match planner.choose(&standing.guest) {
        Choice::Send { step, .. } => step,
        Choice::Exclude(reason) => return Err(reason.name()),
    };
    let channel = spec
        .waterfall
        .get(usize::from(step))
        .map(|it| it.channel)
        .ok_or(OUTSIDE)?;
    let own = past.zone.as_deref().and_then(|name| Zone::named(name).ok());
    let zone = own.as_ref().unwrap_or(&cast.zone);
    let at = match planner.moment(zone, starting.at) {
        Moment::Now => starting.at,
        Moment::At(at) => at.max(starting.at),
        Moment::Never => return Err(Exclusion::OwnTimePast.name()),
    };
    let holding = cast.holding.filter(|_| spec.keeps_quiet_hours());
    let hold = holding.map(|holding| holding.at(zone, at, Some(starting.last.plus(spec.life())), 0));
    Ok(match hold {
        Some(Ok(Hold::Until(until))) => (channel, until),
        _ => (channel, at),
    })
}
