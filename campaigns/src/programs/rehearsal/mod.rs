//! Rehearses programs: a stretch of time is played on a virtual clock, past or to come, and nothing is written. Who would get
//! what and when, who would not and why, and what it would cost.
//!
//! It goes the same way as dispatchers do. They and it ask the same rules ([`super`], `bellhop-programs`); guests do not depend on
//! each other in a program, so that each is played by itself, and only a page of them is in memory.

mod as_of;
mod heard;
mod leaving;
mod line;
mod told;
mod week;

pub use told::{MessageOf, Outcomes, Rehearsed, Row, TAKEN_AS_TODAY};
pub use week::{GuestWeek, WeekRow, next_week};

use super::{ByDates, ByDefinition, Known, LONGEST_LATE, LiveProgram};
use crate::{Brand, CampaignError, Rendering, Result};
use as_of::AsOf;
use bellhop_domain::fault::Why;
use bellhop_domain::segment::Asked;
use bellhop_domain::time::DAY_MS;
use bellhop_domain::{CustomerId, ProgramId, Timestamp, Zone};
use bellhop_programs::definition::{Definition, Delay, Trigger};
use bellhop_programs::engine::{Firing, FiringState, Occasion, Reason};
use bellhop_store::ledger::Scheduling;
use bellhop_store::programs::{
    self, Concerning, Days, Past, PastFiring, PastGuest, Program, ProgramState, ProgramsBook,
};
use heard::heard;
use leaving::Leaving;
use line::{End, Line, Played, Window};
use std::sync::Arc;
use std::time::Duration;

/// Guests in memory at a time.
const PAGE: u32 = 200;
/// Longer times are refused: events are not kept so long.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);

/// What a rehearsal asks of the store beside what every question about a campaign does.
pub trait RehearsedStore: Past + ProgramsBook + Scheduling {}

impl<T> RehearsedStore for T where T: Past + ProgramsBook + Scheduling {}

/// The time that is rehearsed, and how many firings are told one by one.
#[derive(Debug, Clone, Copy)]
pub struct Stretch {
    pub from: Timestamp,
    pub until: Timestamp,
    pub rows: usize,
}

impl Stretch {
    /// The next seven days.
    pub fn to_come(now: Timestamp, rows: usize) -> Self {
        Self {
            from: now,
            until: now.plus(Duration::from_secs(7 * 24 * 3600)),
            rows,
        }
    }
}

/// Rehearses a program, as if it was on by `from` at the latest.
///
/// # Errors
/// [`CampaignError::Refused`] if the time is none or too long, or this version cannot read the program; an error if the store
/// cannot answer.
pub async fn rehearse(
    brand: &Brand<'_>,
    store: &dyn RehearsedStore,
    rendering: &Rendering,
    id: ProgramId,
    stretch: Stretch,
    now: Timestamp,
) -> Result<Rehearsed> {
    if stretch.until <= stretch.from || stretch.until > stretch.from.plus(LONGEST) {
        return Err(CampaignError::Refused(Why::RehearsalOfNoTime));
    }
    let program = store.program(brand.organisation.id, id).await?;
    let (name, version) = (program.name.clone(), program.version);
    let cast = Cast::of(brand, vec![taken_on(program, stretch.from)], stretch, now)?;
    let mut told = Rehearsed::new(id, name, version, stretch, now);
    let (by, between) = cast.concerning();
    let (org, mut after) = (brand.organisation.id, CustomerId(0));
    loop {
        let page = store.concerned(org, &[id], &by, between, after, PAGE).await?;
        let Some(last) = page.last().copied() else { break };
        after = last;
        let played = cast.play(store, &page).await?;
        let leaving = Leaving::of(brand, rendering, &cast, played).await?;
        leaving.into_iter().for_each(|it| told.add(it));
    }
    told.price(brand.store.lately_paid(org, now).await?);
    Ok(told)
}

/// As it is if it is on, else as if it was switched on at `from`.
fn taken_on(mut program: Program, from: Timestamp) -> Program {
    if program.state != ProgramState::On || program.switched_at > from {
        program.state = ProgramState::On;
        program.switched_at = from;
    }
    program
}

/// The programs that are played, and by what.
struct Cast {
    lives: Vec<LiveProgram>,
    windows: Vec<Window>,
    asked: Asked,
    zone: Zone,
    kinds: Vec<bellhop_domain::EndpointKind>,
    holding: Option<bellhop_domain::held::Holding>,
    /// Whether the time has begun before now, so that what happened is played again.
    is_past: bool,
}

impl Cast {
    fn of(brand: &Brand<'_>, programs: Vec<Program>, stretch: Stretch, now: Timestamp) -> Result<Self> {
        let organisation = brand.organisation;
        let is_past = stretch.from < now;
        let (mut lives, mut windows) = (Vec::new(), Vec::new());
        for program in programs {
            let read = bellhop_programs::read(&program.definition);
            let unreadable = |_| CampaignError::Refused(Why::ProgramUnreadable { program: program.id.0 });
            let known = Known::of(read.map_err(unreadable)?);
            let begin = match is_past {
                true => stretch.from.minus(lead(&known.definition)).max(program.switched_at),
                false => stretch.from,
            };
            windows.push(Window {
                begin: begin.min(stretch.from),
                from: stretch.from,
                until: stretch.until,
            });
            let known = Arc::new(known);
            lives.push(LiveProgram { program, known });
        }
        Ok(Self {
            lives,
            windows,
            asked: Asked {
                as_of: now,
                zone: organisation.timezone.clone(),
                region: organisation.settings.phone_region,
                thresholds: organisation.settings.retention,
                cap: organisation.settings.frequency_cap,
            },
            zone: organisation.timezone.clone(),
            kinds: brand.kinds(),
            holding: organisation.settings.holding(),
            is_past,
        })
    }

    fn ids(&self) -> Vec<ProgramId> {
        self.lives.iter().map(|it| it.program.id).collect()
    }

    fn begin(&self) -> Timestamp {
        self.windows.iter().map(|it| it.begin).min().unwrap_or(self.asked.as_of)
    }

    /// Whom the one program may concern in its time.
    fn concerning(&self) -> (Concerning, (Timestamp, Timestamp)) {
        let Some((live, window)) = self.lives.iter().zip(&self.windows).next() else {
            return (Concerning::Everybody, (self.asked.as_of, self.asked.as_of));
        };
        let by = match &live.known.definition.trigger {
            Trigger::Event(filter) => {
                let cancels = live.known.definition.cancel_on.iter().map(|it| it.kind);
                Concerning::Events(std::iter::once(filter.kind).chain(cancels).collect())
            }
            Trigger::Birthday(_) => match self.dates(live, window).days() {
                Days::Birthdays(days) => Concerning::Birthdays(days),
                Days::BurnsBefore(_) | Days::Orders(_) => Concerning::Everybody,
            },
            Trigger::BonusesBurn(_) => Concerning::Burns,
            Trigger::Retention(_) => {
                let it = &self.asked.thresholds;
                let longest = [it.lost_ms(), it.new_ms(), it.returned_ms()]
                    .into_iter()
                    .max()
                    .unwrap_or(0);
                // A move is told of on the day after it, in any zone.
                Concerning::OrdersSince(Timestamp(window.begin.0 - longest - 3 * DAY_MS))
            }
        };
        (by, (window.begin, window.until))
    }

    fn dates<'a>(&self, live: &'a LiveProgram, window: &Window) -> ByDates<'a> {
        let begin = window.begin;
        let mut all = ByDates::at(
            &live.known,
            self.zone.clone(),
            self.asked.thresholds,
            begin,
            begin,
            window.until,
        );
        all.from = begin.minus(LONGEST_LATE);
        all
    }

    /// Plays all programs for these guests.
    async fn play(
        &self,
        store: &dyn RehearsedStore,
        customers: &[CustomerId],
    ) -> Result<Vec<(PastGuest, Vec<(usize, Played)>)>> {
        let org = self.lives.first().map(|it| it.program.org);
        let Some(org) = org else { return Ok(Vec::new()) };
        let pasts = store.pasts(org, &self.ids(), customers, self.begin()).await?;
        Ok(pasts
            .into_iter()
            .map(|past| {
                let played = self.play_one(&past);
                (past, played)
            })
            .collect())
    }

    fn play_one(&self, past: &PastGuest) -> Vec<(usize, Played)> {
        let guest = AsOf::new(past, &self.asked, self.begin());
        let own = past.zone.as_deref().and_then(|name| Zone::named(name).ok());
        let zone = own.as_ref().unwrap_or(&self.zone);
        let mut all = Vec::new();
        for (i, (live, window)) in self.lives.iter().zip(&self.windows).enumerate() {
            let rule = ByDefinition::new(&live.known, &self.kinds, self.zone.clone(), self.holding);
            let line = Line {
                live,
                rule: &rule,
                guest: &guest,
                zone,
                default_zone: &self.zone,
                thresholds: self.asked.thresholds,
                window: *window,
                firings: self.before(past, live.program.id, window),
            };
            // What is to come is played from now on: what happened has been heard.
            let heard = match self.is_past {
                true => heard(past, window.begin),
                false => Vec::new(),
            };
            let told = |it: &Played| match it.decided_at {
                Some(at) => at >= window.from,
                None => it.firing.due_at < window.until,
            };
            let played = line.play(&heard).into_iter().filter(told);
            all.extend(played.map(|it| (i, it)));
        }
        all
    }

    /// The firings that there are when the play begins: what was decided before, and what waits, unless it is played again.
    fn before(&self, past: &PastGuest, program: ProgramId, window: &Window) -> Vec<Played> {
        let of = past.firings.iter().filter(|it| it.program == program);
        let there = of.filter(|it| match it.decided_at {
            Some(at) => at < window.from,
            None => !self.is_past,
        });
        there.filter_map(played).collect()
    }
}

/// How long before the time the play begins, so that what waits then has fired.
fn lead(definition: &Definition) -> Duration {
    let delay = match definition.delay {
        None => Duration::ZERO,
        Some(Delay::Minutes(minutes)) => minutes.0,
        Some(Delay::Days { days, .. }) => Duration::from_secs(u64::from(days) * 24 * 3600),
    };
    delay + definition.late.span().min(LONGEST_LATE) + Duration::from_secs(2 * 24 * 3600)
}

fn played(it: &PastFiring) -> Option<Played> {
    let reason = || {
        it.reason
            .and_then(|code| Reason::from_code(code.0))
            .unwrap_or(Reason::Guard)
    };
    let end = match it.state {
        programs::FiringState::Waiting => End::Waits,
        // What it was sent by does not matter any more.
        programs::FiringState::Sent => End::Cancelled(Reason::Replanned),
        programs::FiringState::Skipped => End::Skipped(reason()),
        programs::FiringState::Cancelled => End::Cancelled(reason()),
    };
    Some(Played {
        firing: Firing {
            occasion: Occasion(it.occasion.clone()),
            state: FiringState::from_code(it.state.code())?,
            due_at: it.due_at,
            last_event: it.last_event,
        },
        fired_at: it.fired_at,
        decided_at: it.decided_at,
        given: it.given.clone(),
        end,
    })
}
