//! Mailings that start by themselves (PRODUCT.md §5): made by people, and begun by dispatchers when a start has come.

use crate::check_report::CheckReport;
use crate::launch::gate;
use crate::rehearsal::{next_start, past_own_time, rest_of};
use crate::{Brand, CampaignError, Result, spec_of};
use bellhop_domain::fault::Why;
use bellhop_domain::{MailingId, OrgId, RunId, Timestamp};
use bellhop_programs::calendar::{OwnTime, Reached, Schedule, Start};
use bellhop_store::StoreError;
use bellhop_store::ledger::{OwnTimeOfRun, Scheduled, ScheduledStart, Scheduling};
use std::time::Duration;

/// Starts that are told when a schedule is made.
const TOLD: usize = 5;
/// Schedules begun in one call.
const AT_ONCE: u32 = 100;
const DAY: Duration = Duration::from_secs(24 * 3600);

/// The answer to whoever makes a schedule.
#[derive(Debug)]
pub enum ScheduleAnswer {
    /// Nothing was scheduled: the check of the mailing has errors.
    Refused(Box<CheckReport>),
    /// The next starts, and for how many guests the first of them is past already, if it is at each guest's own time.
    Made {
        starts: Vec<Start>,
        past_own_time: Option<u64>,
    },
}

/// Schedules a mailing that its check lets pass. `who` goes to the audit log.
///
/// # Errors
/// [`CampaignError::Refused`] if no start is to come, or the mailing is not one that starts by itself; an error if the store
/// cannot answer.
pub async fn schedule(
    brand: &Brand<'_>,
    id: MailingId,
    schedule: &Schedule,
    who: &str,
    now: Timestamp,
) -> Result<ScheduleAnswer> {
    let org = brand.organisation.id;
    let mailing = brand.store.mailing(org, id).await?;
    let spec = spec_of(&mailing)?;
    if !spec.origin().is_planned() {
        return Err(CampaignError::Refused(Why::ScheduleOfOnDemand { mailing: id.0 }));
    }
    if schedule.past().is_some() && !spec.keeps_quiet_hours() {
        return Err(CampaignError::Refused(Why::OwnTimeWithoutQuietHours { mailing: id.0 }));
    }
    let first = schedule.starts(now).find(|it| it.last >= now);
    let report = gate(brand, &spec, first.map_or(now, |it| it.at.max(now))).await?;
    if report.has_errors() {
        return Ok(ScheduleAnswer::Refused(Box::new(report)));
    }
    // At each guest's own time a start counts while it is still to come for somebody.
    let coming: Vec<Start> = schedule.starts(now).filter(|it| it.last >= now).take(TOLD).collect();
    let Some(first) = coming.first() else {
        return Err(CampaignError::Refused(Why::ScheduleOver));
    };
    let made = Scheduled {
        org,
        mailing: id,
        schedule: serde_json::to_string(schedule)
            .map_err(|source| CampaignError::Unreadable { mailing: id, source })?,
        made_at: now,
        handled: Timestamp(first.at.0 - 1),
        late: spec.life(),
        next_at: Some(first.at),
    };
    let next = next_start(&made, &spec, now)?.filter(|it| it.own_time.is_some());
    let past_own_time = match &next {
        Some(starting) => Some(past_own_time(brand, &spec, starting).await?),
        None => None,
    };
    brand.store.put_schedule(&made, who, now).await?;
    Ok(ScheduleAnswer::Made {
        starts: coming,
        past_own_time,
    })
}

/// What came of the schedules of which a start had come.
#[derive(Debug, Default)]
pub struct Begun {
    pub runs: Vec<RunId>,
    /// Starts that nobody saw in time.
    pub missed: Vec<(OrgId, MailingId, Timestamp)>,
    /// Schedules that could not be followed, with what hindered it.
    pub trouble: Vec<(MailingId, StoreError)>,
    /// Whether there may be more.
    pub more: bool,
}

/// Begins runs of mailings whose starts have come. Two that do it at once begin no run twice.
///
/// # Errors
/// When the store cannot answer.
pub async fn begin_due<S: Scheduling + ?Sized>(store: &S, now: Timestamp) -> Result<Begun, StoreError> {
    let due = store.due_schedules(AT_ONCE, now).await?;
    let mut begun = Begun {
        more: due.len() == AT_ONCE as usize,
        ..Begun::default()
    };
    for it in due {
        match follow(store, &it, now).await {
            Ok((runs, missed)) => {
                begun.runs.extend(runs);
                begun
                    .missed
                    .extend(missed.into_iter().map(|at| (it.org, it.mailing, at)));
            }
            Err(error) => begun.trouble.push((it.mailing, error)),
        }
    }
    Ok(begun)
}

async fn follow<S: Scheduling + ?Sized>(
    store: &S,
    it: &Scheduled,
    now: Timestamp,
) -> Result<(Vec<RunId>, Vec<Timestamp>), StoreError> {
    let unreadable = |problem: String| StoreError::Corrupt {
        what: "schedule of mailing",
        id: it.mailing.to_string(),
        problem,
    };
    let schedule: Schedule = serde_json::from_str(&it.schedule).map_err(|e| unreadable(e.to_string()))?;
    let (mut starts, mut missed) = (Vec::new(), Vec::new());
    for (start, reached) in schedule.reached(it.made_at, it.handled, now, it.late) {
        match reached {
            Reached::Run => starts.push(scheduled_start(&schedule, &start).map_err(|e| unreadable(e.to_string()))?),
            Reached::Missed => missed.push(start.at),
        }
    }
    let next = schedule.next_start(it.made_at, now).map(|start| start.at);
    let runs = store.begin_scheduled(it, &starts, now, next, now).await?;
    // Whoever was faster has told of them.
    let ours = !runs.is_empty() || starts.is_empty();
    Ok((runs, if ours { missed } else { Vec::new() }))
}

fn scheduled_start(schedule: &Schedule, start: &Start) -> Result<ScheduledStart, serde_json::Error> {
    let own_time = schedule.past().and_then(|past| OwnTime::of(start, past));
    let own_time = own_time.map(|own| {
        let another = if own.may_take_another_day() {
            DAY
        } else {
            Duration::ZERO
        };
        Ok(OwnTimeOfRun {
            told: serde_json::to_string(&own)?,
            last: start.last.plus(another),
        })
    });
    Ok(ScheduledStart {
        at: start.at,
        own_time: own_time.transpose()?,
        rest: rest_of(schedule),
    })
}
