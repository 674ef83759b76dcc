//! When a scheduled mailing starts, and when each guest's own moment is.

use super::occurrences::Occurrences;
use super::schedule::{Clock, Past, Recurring, Schedule};
use bellhop_domain::{Timestamp, Zone};
use jiff::civil::DateTime;
use jiff::tz::Offset;
use std::time::Duration;

/// One start of a mailing. What was started for an `at` is never started for it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// Of each guest's own time: when it comes first anywhere on earth.
    pub at: Timestamp,
    /// Of each guest's own time: when it comes last anywhere; otherwise `at`.
    pub last: Timestamp,
    /// What the guests' clocks show; `None` if a moment of theirs is not asked for.
    pub local: Option<DateTime>,
}

/// What becomes of a start whose moment has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    Run,
    /// Nobody looked in time, and it is later than the mailing allows.
    Missed,
}

/// No clock on earth is further ahead of UTC, and none further behind.
const FIRST_CLOCK: Offset = Offset::constant(14);
const LAST_CLOCK: Offset = Offset::constant(-12);

impl Schedule {
    /// All starts of a mailing that is launched at `launched`, in their order. Those before it are not left out.
    pub fn starts(&self, launched: Timestamp) -> Box<dyn Iterator<Item = Start> + '_> {
        match self {
            Schedule::Now => Box::new(std::iter::once(at_once(launched))),
            Schedule::At(it) => {
                let local = it.date.0.to_datetime(it.time.time());
                Box::new(placed(&it.zone.0, local).into_iter())
            }
            Schedule::Local(it) => Box::new(everywhere(it.date.0.to_datetime(it.time.time())).into_iter()),
            Schedule::Recurring(it) => Box::new(it.starts()),
        }
    }

    /// The first start after an instant.
    pub fn next_start(&self, launched: Timestamp, after: Timestamp) -> Option<Start> {
        self.starts(launched).find(|start| start.at > after)
    }

    /// The starts that have come after `handled`, the last one that was looked at (or the launch), until `now`. One that is
    /// more than `late` ago is missed: by its last clock, because guests behind it are still in time.
    pub fn reached(
        &self,
        launched: Timestamp,
        handled: Timestamp,
        now: Timestamp,
        late: Duration,
    ) -> Vec<(Start, Reached)> {
        let come = self.starts(launched).skip_while(|start| start.at <= handled);
        let come = come.take_while(|start| start.at <= now);
        come.map(|start| match now > start.last.plus(late) {
            true => (start, Reached::Missed),
            false => (start, Reached::Run),
        })
        .collect()
    }

    /// What becomes of guests whose own time is past, if it is their time that counts.
    pub fn past(&self) -> Option<Past> {
        match self {
            Schedule::Now | Schedule::At(_) => None,
            Schedule::Local(it) => Some(it.past),
            Schedule::Recurring(it) => match it.clock {
                Clock::Of(_) => None,
                Clock::Guests { past } => Some(past),
            },
        }
    }
}

impl Start {
    /// When a guest's message goes; `None` if their time is past and they are skipped. `now` is when that is decided.
    pub fn moment(&self, past: Past, zone: &Zone, now: Timestamp) -> Option<Timestamp> {
        let Some(local) = self.local else {
            return Some(self.at);
        };
        let own = zone.first_at(local).ok()?;
        match past {
            _ if own >= now => Some(own),
            Past::SendNow => Some(now),
            Past::Skip => None,
            Past::NextDay => {
                let today = zone.local(now).ok()?.date();
                let days = today.series(jiff::Span::new().days(1)).take(3);
                let moments = days.filter_map(|day| zone.first_at(day.to_datetime(local.time())).ok());
                moments.into_iter().find(|at| *at >= now)
            }
        }
    }
}

impl Recurring {
    /// What the clock shows at each of them.
    pub(super) fn moments(&self) -> impl Iterator<Item = DateTime> {
        Occurrences::new(&self.rule, self.begins())
    }

    fn starts(&self) -> impl Iterator<Item = Start> {
        let mut before = None;
        let starts = self.moments().map_while(move |local| match &self.clock {
            Clock::Of(zone) => placed(&zone.0, local),
            Clock::Guests { .. } => everywhere(local),
        });
        // Two moments in one gap are one start.
        starts
            .filter(move |start| before.replace(start.at) != Some(start.at))
            .take_while(|start| !self.rule.is_over_at(start.at))
    }

    /// Whether a guest who got a message of the mailing at `last` is still left alone.
    pub fn rests(&self, last: Option<Timestamp>, now: Timestamp) -> bool {
        let span = self
            .rest_days
            .map(|days| Duration::from_secs(u64::from(days) * 24 * 3600));
        last.zip(span).is_some_and(|(last, span)| now < last.plus(span))
    }
}

fn at_once(at: Timestamp) -> Start {
    Start {
        at,
        last: at,
        local: None,
    }
}

/// `None` beyond the calendar's end, as below.
fn placed(zone: &Zone, local: DateTime) -> Option<Start> {
    zone.first_at(local).ok().map(at_once)
}

fn everywhere(local: DateTime) -> Option<Start> {
    let at = |clock: Offset| clock.to_timestamp(local).ok().map(|it| Timestamp(it.as_millisecond()));
    Some(Start {
        at: at(FIRST_CLOCK)?,
        last: at(LAST_CLOCK)?,
        local: Some(local),
    })
}
