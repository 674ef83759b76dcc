//! The programs of a rehearsal, and the time that they are played for.

use super::as_of::AsOf;
use super::heard::heard;
use super::line::{End, Line, Played, Window};
use super::{RehearsedStore, Stretch};
use crate::programs::{ByDates, ByDefinition, Known, LONGEST_LATE, LiveProgram};
use crate::{Brand, CampaignError, Result};
use bellhop_domain::fault::Why;
use bellhop_domain::held::Holding;
use bellhop_domain::segment::Asked;
use bellhop_domain::time::DAY_MS;
use bellhop_domain::{CustomerId, EndpointKind, ProgramId, Timestamp, Zone};
use bellhop_programs::definition::{Definition, Delay, Trigger};
use bellhop_programs::engine::{Firing, FiringState, Occasion, Reason};
use bellhop_store::programs::{self, Concerning, Days, PastFiring, PastGuest, Program};
use std::sync::Arc;
use std::time::Duration;

/// The programs that are played, and by what.
pub(super) struct Cast {
    pub lives: Vec<LiveProgram>,
    windows: Vec<Window>,
    pub asked: Asked,
    pub zone: Zone,
    pub kinds: Vec<EndpointKind>,
    pub holding: Option<Holding>,
    /// Whether the time has begun before now, so that what happened is played again.
    is_past: bool,
}

/// The same with the filters of the saved segments that it names, as they are now.
async fn with_saved(brand: &Brand<'_>, mut definition: Definition) -> Result<Definition> {
    for filter in [&mut definition.audience, &mut definition.guard].into_iter().flatten() {
        *filter = brand.store.with_saved(brand.organisation.id, filter).await?;
    }
    Ok(definition)
}

impl Cast {
    pub async fn of(brand: &Brand<'_>, programs: Vec<Program>, stretch: Stretch, now: Timestamp) -> Result<Self> {
        let organisation = brand.organisation;
        let is_past = stretch.from < now;
        let (mut lives, mut windows) = (Vec::new(), Vec::new());
        for program in programs {
            let read = bellhop_programs::read(&program.definition);
            let unreadable = |_| CampaignError::Refused(Why::ProgramUnreadable { program: program.id.0 });
            let known = Known::of(with_saved(brand, read.map_err(unreadable)?).await?);
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

    pub fn ids(&self) -> Vec<ProgramId> {
        self.lives.iter().map(|it| it.program.id).collect()
    }

    pub fn begin(&self) -> Timestamp {
        self.windows.iter().map(|it| it.begin).min().unwrap_or(self.asked.as_of)
    }

    /// Whom the one program may concern in its time.
    pub fn concerning(&self) -> (Concerning, (Timestamp, Timestamp)) {
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
    pub async fn play(
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

    pub fn play_one(&self, past: &PastGuest) -> Vec<(usize, Played)> {
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
