//! Rehearses programs: a stretch of time is played on a virtual clock, past or to come, and nothing is written. Who would get
//! what and when, who would not and why, and what it would cost.
//!
//! It goes the same way as dispatchers do. They and it ask the same rules ([`super`], `bellhop-programs`); guests do not depend on
//! each other in a program, so that each is played by itself, and only a page of them is in memory.

mod as_of;
mod cast;
mod heard;
mod leaving;
mod line;
mod told;
mod week;

pub use told::{MessageOf, Outcomes, Rehearsed, Row, TAKEN_AS_TODAY};
pub use week::{GuestWeek, WeekRow, next_week};

use crate::{Brand, CampaignError, Rendering, Result};
use bellhop_domain::fault::Why;
use bellhop_domain::{CustomerId, ProgramId, Timestamp};
use bellhop_store::ledger::Scheduling;
use bellhop_store::programs::{Past, Program, ProgramState, ProgramsBook};
use cast::Cast;
use leaving::Leaving;
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
    let cast = Cast::of(brand, vec![taken_on(program, stretch.from)], stretch, now).await?;
    let mut told = Rehearsed::new(id, name, version, stretch, now);
    let (by, between) = cast.concerning();
    let (org, mut after) = (brand.organisation.id, CustomerId(0));
    loop {
        let page = store.concerned(org, &[id], &by, between, after, PAGE).await?;
        let Some(last) = page.last().copied() else { break };
        after = last;
        let played = cast.play(store, &page).await?;
        let leaving = Leaving::of(brand, rendering, &cast, played).await?;
        leaving.into_iter().for_each(|it| told.add(it.row));
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
