//! The rule of rolls, as functions over values. Instants are microseconds.
//!
//! A roll remembers for each guest the instant by which the latest message to them is *used*: its request starts, and
//! arrives, before. A guest is forgotten when that instant is a span ago. So every guest whom the provider counts is
//! on the roll, and the limit is kept at the provider however late an admission is used. This has a twin in Lua
//! (`redis/people.lua`, `redis/admit.lua`, `redis/restore_roll.lua`), compared by a property test.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use super::Portfolio;
use crate::rule::{DOUBT, Epoch, LONGEST_LIFE};

/// How long an admission lives. Two messages to one guest are further apart than required by this much.
pub(crate) const LIFE: i64 = 1_000_000;
/// How long less urgent callers wait for somebody who was told to ask again. It is long because a message that was
/// put back returns by way of the ledger.
pub(super) const GRACE: i64 = 5_000_000;
/// The rank of [`crate::Urgency::Marketing`].
const MARKETING: usize = 2;
/// The key under which a ceiling notes that others are waited for: it has one queue for all guests.
const ALL: i64 = 0;

/// The numbers of one roll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RollParameters {
    pub(crate) span: i64,
    /// `None` for a roll that allows each guest one message within the span.
    pub(crate) ceiling: Option<Ceiling>,
}

/// How many different guests may be on the roll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ceiling {
    pub(crate) all: i64,
    /// When this many are on it, marketing adds nobody.
    pub(crate) marketing: i64,
}

impl RollParameters {
    pub(super) fn apart(span: Duration) -> Self {
        Self {
            span: micros(span),
            ceiling: None,
        }
    }

    pub(super) fn ceiling(span: Duration, portfolio: &Portfolio) -> Self {
        let [all, marketing] = [portfolio.people, portfolio.for_marketing()].map(|it| i64::from(it.get()));
        Self {
            span: micros(span),
            ceiling: Some(Ceiling { all, marketing }),
        }
    }

    pub(crate) fn look_back(&self) -> i64 {
        self.span + 2 * (DOUBT + LONGEST_LIFE)
    }
}

fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX / 4)
}

/// One message's guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Visit {
    pub(crate) person: i64,
    /// Whether a ceiling counts it.
    pub(crate) counts: bool,
}

/// A message of the past, `age` before now by the ledger's clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PastVisit {
    pub(crate) person: i64,
    pub(crate) age: i64,
}

/// What is remembered of a roll.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RollMemory {
    epoch: i64,
    /// Everybody who may have been sent a message after this instant is on the roll.
    since: i64,
    /// By when the latest message to a guest is used.
    seen: HashMap<i64, i64>,
    /// The same in order.
    order: BTreeSet<(i64, i64)>,
    /// For each rank: for whom less urgent callers stand aside, and until when.
    aside: [HashMap<i64, i64>; MARKETING],
}

impl RollMemory {
    fn begin(since: i64, epoch: Epoch) -> Self {
        Self {
            epoch: epoch.since,
            since,
            ..Self::default()
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.seen.len()
    }

    fn add(&mut self, person: i64, use_by: i64) {
        let known = self.seen.get(&person).copied();
        if known.is_some_and(|known| known >= use_by) {
            return;
        }
        if let Some(known) = known {
            self.order.remove(&(known, person));
        }
        self.seen.insert(person, use_by);
        self.order.insert((use_by, person));
    }

    fn refresh(&mut self, parameters: &RollParameters, now: i64) {
        while let Some((use_by, person)) = self.order.first().copied().filter(|it| it.0 <= now - parameters.span) {
            self.order.remove(&(use_by, person));
            self.seen.remove(&person);
            self.since = self.since.max(use_by);
        }
        for aside in &mut self.aside {
            aside.retain(|_, until| *until > now);
        }
    }

    /// Until when callers of this rank stand aside for somebody more urgent.
    fn aside_until(&self, whom: i64, rank: usize) -> i64 {
        let before = self.aside.iter().take(rank);
        before
            .filter_map(|aside| aside.get(&whom).copied())
            .max()
            .unwrap_or(i64::MIN)
    }

    /// When the nth of those on the roll is forgotten, from 0.
    fn leaves_at(&self, nth: i64, span: i64) -> i64 {
        let nth = usize::try_from(nth)
            .unwrap_or(0)
            .min(self.order.len().saturating_sub(1));
        self.order.iter().nth(nth).map_or(i64::MIN, |(use_by, _)| use_by + span)
    }
}

impl Ceiling {
    fn of(self, rank: usize) -> i64 {
        if rank == MARKETING { self.marketing } else { self.all }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AdmitAnswer {
    Told {
        /// For each visit, how long to wait and the index of the roll that requires it; `None` if it may go.
        waits: Vec<Option<(i64, usize)>>,
        /// How many more guests the ceiling has room for, and how long until there is room for one; `None` if there
        /// is no ceiling.
        room: Option<(i64, i64)>,
    },
    /// The indexes of the rolls that do not know enough of their past, and how long until the ledger may be read.
    Lost { rolls: Vec<usize>, wait: i64 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RestoreAnswer {
    Open,
    /// How long until the ledger may be read.
    TooEarly(i64),
}

/// Decides on one message for each visit, in this order. A guest who may go is put on all rolls; one who may not is
/// put on none.
pub(crate) fn admit(
    all_parameters: &[RollParameters],
    memories: &mut [Option<RollMemory>],
    visits: &[Visit],
    rank: usize,
    now: i64,
    epoch: Epoch,
) -> AdmitAnswer {
    let lost =
        |(parameters, memory): (&RollParameters, &Option<RollMemory>)| is_lost(parameters, memory.as_ref(), now, epoch);
    let rolls: Vec<usize> = (0..all_parameters.len())
        .filter(|at| lost((&all_parameters[*at], &memories[*at])))
        .collect();
    if !rolls.is_empty() {
        let wait = (epoch.settled() - now).max(0);
        return AdmitAnswer::Lost { rolls, wait };
    }
    let mut rolls: Vec<(&RollParameters, &mut RollMemory)> =
        all_parameters.iter().zip(memories.iter_mut().flatten()).collect();
    for (parameters, memory) in &mut rolls {
        memory.refresh(parameters, now);
    }
    // How many already wait for a place of the ceiling.
    let mut behind = 0;
    let waits = visits.iter().map(|visit| {
        let ready: Vec<i64> = rolls
            .iter()
            .map(|(parameters, memory)| ready_at(parameters, memory, *visit, rank, behind, now))
            .collect();
        let last = (0..ready.len()).max_by_key(|place| (ready[*place], std::cmp::Reverse(*place)))?;
        if ready[last] <= now {
            rolls
                .iter_mut()
                .for_each(|(parameters, memory)| grant(parameters, memory, *visit, rank, now));
            return None;
        }
        for ((parameters, memory), ready) in rolls.iter_mut().zip(&ready).filter(|(_, ready)| **ready > now) {
            behind += i64::from(parameters.ceiling.is_some());
            stand_aside(parameters, memory, *visit, rank, ready + GRACE);
        }
        Some((ready[last] - now, last))
    });
    let waits = waits.collect();
    let room = rolls.iter().find_map(|(parameters, memory)| {
        let ceiling = parameters.ceiling?;
        let free = (ceiling.of(rank) - memory.len() as i64).max(0);
        let stranger = Visit {
            person: i64::MIN,
            counts: true,
        };
        let ready = ready_at(parameters, memory, stranger, rank, 0, now);
        Some(if ready > now { (0, ready - now) } else { (free, 0) })
    });
    AdmitAnswer::Told { waits, room }
}

fn is_lost(parameters: &RollParameters, memory: Option<&RollMemory>, now: i64, epoch: Epoch) -> bool {
    memory.is_none_or(|memory| memory.epoch != epoch.since || memory.since > now - parameters.span)
}

/// When a message may go, as far as this roll is concerned. `behind` others wait for a place of the ceiling before
/// it.
fn ready_at(parameters: &RollParameters, memory: &RollMemory, visit: Visit, rank: usize, behind: i64, now: i64) -> i64 {
    let seen = memory.seen.get(&visit.person);
    let (whom, free) = match parameters.ceiling {
        None => (visit.person, seen.map_or(i64::MIN, |use_by| use_by + parameters.span)),
        Some(_) if !visit.counts || seen.is_some() => return now,
        Some(ceiling) => {
            let over = memory.len() as i64 - ceiling.of(rank) + behind;
            let free = if over < 0 {
                i64::MIN
            } else {
                memory.leaves_at(over, parameters.span)
            };
            (ALL, free)
        }
    };
    free.max(memory.aside_until(whom, rank)).max(now)
}

fn grant(parameters: &RollParameters, memory: &mut RollMemory, visit: Visit, rank: usize, now: i64) {
    if parameters.ceiling.is_some() && !visit.counts {
        return;
    }
    let whom = if parameters.ceiling.is_some() {
        ALL
    } else {
        visit.person
    };
    memory.add(visit.person, now + LIFE);
    if let Some(aside) = memory.aside.get_mut(rank) {
        aside.remove(&whom);
    }
}

fn stand_aside(parameters: &RollParameters, memory: &mut RollMemory, visit: Visit, rank: usize, until: i64) {
    let whom = if parameters.ceiling.is_some() {
        ALL
    } else {
        visit.person
    };
    if let Some(aside) = memory.aside.get_mut(rank) {
        let known = aside.entry(whom).or_insert(until);
        *known = until.max(*known);
    }
}

/// Makes a lost roll's memory complete. `past` is everything in the ledger within [`RollParameters::look_back`].
pub(crate) fn restore(
    memory: &mut Option<RollMemory>,
    parameters: &RollParameters,
    past: &[PastVisit],
    now: i64,
    epoch: Epoch,
) -> RestoreAnswer {
    if !is_lost(parameters, memory.as_ref(), now, epoch) {
        return RestoreAnswer::Open;
    }
    let settled = epoch.settled();
    if now < settled {
        return RestoreAnswer::TooEarly(settled - now);
    }
    let mut restored = RollMemory::begin(now - parameters.look_back() + DOUBT + LONGEST_LIFE, epoch);
    for visit in past {
        restored.add(visit.person, (now - visit.age + DOUBT).min(now) + LONGEST_LIFE);
    }
    // Keep what a still valid memory knows in addition, however little that is.
    if let Some(known) = memory.take().filter(|known| known.epoch == epoch.since) {
        known
            .order
            .iter()
            .for_each(|(use_by, person)| restored.add(*person, *use_by));
        restored.aside = known.aside;
    }
    *memory = Some(restored);
    RestoreAnswer::Open
}
