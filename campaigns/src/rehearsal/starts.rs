//! The starts of a mailing that are rehearsed: those of its schedule, or one at an instant.

use crate::{Brand, CampaignError, Result};
use bellhop_domain::mailing::MailingSpec;
use bellhop_domain::segment::Segment;
use bellhop_domain::{MailingId, Timestamp};
use bellhop_programs::calendar::{OwnTime, Schedule, Start};
use bellhop_store::ledger::Scheduled;
use std::time::Duration;

/// The most starts of one rehearsal: each remembers the addresses that it has reached.
pub const MOST_STARTS: usize = 31;

const DAY: Duration = Duration::from_secs(24 * 3600);
/// By so much less than whole days a guest rests, so that clocks that are put forward do not cost them the next run.
const CHANGE_OF_CLOCKS: Duration = Duration::from_secs(2 * 3600);

/// A start, as it is rehearsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Starting {
    /// Which start it is; rests count from start to start.
    pub start: Timestamp,
    /// When its run is planned: at the start, or later if nobody was there.
    pub at: Timestamp,
    /// When the clock shows it last on earth; the lives of its messages count from then.
    pub last: Timestamp,
    /// At what time of each guest's own clock its messages go.
    pub own_time: Option<OwnTime>,
    /// For how long a guest who had the mailing is left alone.
    pub rest: Option<Duration>,
    /// Whether a schedule has it, and no launch now.
    pub is_scheduled: bool,
}

impl Starting {
    /// A launch at an instant.
    pub fn launch(at: Timestamp) -> Self {
        Self {
            start: at,
            at,
            last: at,
            own_time: None,
            rest: None,
            is_scheduled: false,
        }
    }

    fn of(schedule: &Schedule, start: &Start, at: Timestamp) -> Self {
        Self {
            start: start.at,
            at: start.at.max(at),
            last: start.last,
            own_time: schedule.past().and_then(|past| OwnTime::of(start, past)),
            rest: rest_of(schedule),
            is_scheduled: true,
        }
    }
}

fn read(scheduled: &Scheduled) -> Result<Schedule> {
    serde_json::from_str(&scheduled.schedule).map_err(|source| CampaignError::Unreadable {
        mailing: scheduled.mailing,
        source,
    })
}

/// The next start of a schedule, which may be one that has come and that nobody has begun yet.
pub(crate) fn next<A>(scheduled: &Scheduled, spec: &MailingSpec<A>, now: Timestamp) -> Result<Option<Starting>> {
    let schedule = read(scheduled)?;
    let is_to_come = |it: &Start| it.at > scheduled.handled && it.last.plus(spec.life()) >= now;
    let next = schedule.starts(scheduled.made_at).find(is_to_come);
    Ok(next.map(|start| Starting::of(&schedule, &start, now)))
}

/// The next start of the mailing's schedule; without one, a launch now.
pub(crate) async fn starting(
    brand: &Brand<'_>,
    id: MailingId,
    spec: &MailingSpec<Segment>,
    now: Timestamp,
) -> Result<Starting> {
    let scheduled = brand.store.schedule(brand.organisation.id, id).await?;
    let next = scheduled.map(|it| next(&it, spec, now)).transpose()?.flatten();
    Ok(next.unwrap_or_else(|| Starting::launch(now)))
}

/// The starts in a time, the first [`MOST_STARTS`], and whether there are more. What somebody else has begun is one as well.
pub(crate) fn between(scheduled: &Scheduled, from: Timestamp, until: Timestamp) -> Result<(Vec<Starting>, bool)> {
    let schedule = read(scheduled)?;
    let within = |it: &Start| it.at < until;
    let starts = schedule.starts(scheduled.made_at);
    let starts = starts.skip_while(|it| it.last < from || it.at < from && it.at <= scheduled.handled);
    let mut all: Vec<Starting> = starts
        .take_while(within)
        .take(MOST_STARTS + 1)
        .map(|start| Starting::of(&schedule, &start, from))
        .collect();
    let more = all.len() > MOST_STARTS;
    all.truncate(MOST_STARTS);
    Ok((all, more))
}

/// For how long guests of an earlier run are left alone.
pub(crate) fn rest_of(schedule: &Schedule) -> Option<Duration> {
    let rest_days = match schedule {
        Schedule::Recurring(it) => it.rest_days,
        Schedule::Now | Schedule::At(_) | Schedule::Local(_) => None,
    };
    rest_days.map(|days| (DAY * u32::from(days)).saturating_sub(CHANGE_OF_CLOCKS))
}
