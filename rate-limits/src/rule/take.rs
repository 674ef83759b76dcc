//! Taking permits.

use super::Epoch;
use super::memory::Memory;
use super::parameters::Parameters;

/// How long marketing waits for somebody more urgent who was told to ask again.
const GRACE: i64 = 1_000_000;

/// The rank of [`crate::Urgency::Marketing`].
const MARKETING: i64 = 2;

/// What is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ask {
    pub(crate) rank: i64,
    pub(crate) wanted: i64,
    /// Thousandths of the pace's jitter.
    pub(crate) jitter: i64,
}

impl Ask {
    fn marketing(self) -> bool {
        self.rank == MARKETING
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TakeAnswer {
    Granted {
        permits: i64,
        /// How long to wait before asking again; 0 if all that was wanted was granted.
        wait: i64,
        /// How long the permits live.
        life: i64,
    },
    /// The indexes of the scopes that do not know enough of their past, and how long until the ledger may be read.
    Lost { scopes: Vec<usize>, wait: i64 },
}

/// Decides, and changes the memory of all scopes or, if one of them is lost, of none.
pub(crate) fn take(
    all_parameters: &[&Parameters],
    memories: &mut [Option<Memory>],
    ask: Ask,
    now: i64,
    epoch: Epoch,
) -> TakeAnswer {
    let lost: Vec<usize> = (all_parameters.iter().zip(&*memories).enumerate())
        .filter(|(_, (parameters, memory))| is_lost(parameters, memory.as_ref(), now, epoch))
        .map(|(place, _)| place)
        .collect();
    if !lost.is_empty() {
        let wait = (epoch.settled() - now).max(0);
        return TakeAnswer::Lost { scopes: lost, wait };
    }
    let mut scopes: Vec<(&Parameters, &mut Memory)> = (all_parameters.iter().copied())
        .zip(memories)
        .map(|(parameters, memory)| (parameters, current(parameters, memory, now, epoch)))
        .collect();

    let rooms = scopes
        .iter()
        .map(|(parameters, memory)| room(parameters, memory, ask, now));
    let permits = rooms.fold(ask.wanted, i64::min);
    let life = all_parameters
        .iter()
        .map(|parameters| parameters.life)
        .min()
        .unwrap_or(0);
    if permits > 0 {
        for (parameters, memory) in &mut scopes {
            grant(parameters, memory, permits, ask, now, life);
        }
    }
    let mut wait = 0;
    if permits < ask.wanted {
        for (parameters, memory) in &mut scopes {
            let limited = limits_free_at(parameters, memory, ask, now);
            if permits == 0 && !ask.marketing() && limited > now {
                stand_aside(memory, ask.rank, limited + GRACE, now);
            }
            let ready = limited.max(others_ready_at(memory, ask, now)).max(pace_ready_at(
                parameters,
                memory,
                ask,
                ask.wanted - permits,
            ));
            wait = wait.max(ready - now);
        }
    }
    TakeAnswer::Granted { permits, wait, life }
}

/// Lengthens a hold; the memory of permits stays.
pub(crate) fn hold(memory: &mut Option<Memory>, until: i64) {
    let memory = memory.get_or_insert_with(Memory::void);
    memory.hold = memory.hold.max(until);
}

/// Ends all holds.
pub(crate) fn release(memory: &mut Memory) {
    memory.hold = 0;
}

/// Whether a scope knows too little of its past.
pub(super) fn is_lost(parameters: &Parameters, memory: Option<&Memory>, now: i64, epoch: Epoch) -> bool {
    if parameters.passing || parameters.windows.is_empty() {
        return false;
    }
    match memory {
        Some(memory) if memory.epoch == epoch.since => memory.since > now - parameters.horizon(),
        _ => true,
    }
}

/// The memory brought up to now, or a new one if it is void.
fn current<'a>(parameters: &Parameters, memory: &'a mut Option<Memory>, now: i64, epoch: Epoch) -> &'a mut Memory {
    let memory = memory.get_or_insert_with(Memory::void);
    if memory.epoch != epoch.since {
        let since = if parameters.passing { epoch.settled() } else { now };
        *memory = Memory::begin(memory.hold, since, epoch);
    }
    memory.refresh(parameters, now);
    memory
}

fn room(parameters: &Parameters, memory: &Memory, ask: Ask, now: i64) -> i64 {
    if others_ready_at(memory, ask, now) > now || passing_ready_at(parameters, memory) > now {
        return 0;
    }
    let windows = parameters
        .windows
        .iter()
        .map(|it| memory.room(*it, ask.marketing(), now));
    let quotas = parameters
        .quotas
        .iter()
        .zip(&memory.quotas)
        .map(|(it, arrival)| it.room(arrival.at, now));
    let room = windows.chain(quotas).fold(i64::MAX, i64::min).max(0);
    match parameters.pace.filter(|_| ask.marketing()) {
        None => room,
        Some(_) if now < memory.release => 0,
        Some(pace) => room.min(1 + pace.fit(now - memory.slot.max(now - pace.late))),
    }
}

fn grant(parameters: &Parameters, memory: &mut Memory, permits: i64, ask: Ask, now: i64, life: i64) {
    if !parameters.windows.is_empty() {
        memory.grant(permits, ask.marketing(), now + life);
    }
    for (quota, arrival) in parameters.quotas.iter().zip(&mut memory.quotas) {
        arrival.at += quota.cost(permits);
    }
    if let Some(pace) = parameters.pace.filter(|_| ask.marketing()) {
        memory.slot = memory.slot.max(now - pace.late) + pace.cost(permits);
        memory.release = memory.slot + pace.jitter * ask.jitter / 1000;
    }
    if ask.rank <= memory.yield_rank {
        (memory.yield_rank, memory.yield_until) = (0, 0);
    }
}

/// When the scope's limits allow one more permit; now if they already do.
fn limits_free_at(parameters: &Parameters, memory: &Memory, ask: Ask, now: i64) -> i64 {
    let windows = parameters.windows.iter().map(|it| memory.free_at(*it, ask.marketing()));
    let quotas = (parameters.quotas.iter().zip(&memory.quotas)).map(|(it, arrival)| arrival.at - it.slack);
    windows
        .chain(quotas)
        .fold(passing_ready_at(parameters, memory).max(now), i64::max)
}

/// When a passing scope has existed for its longest window.
fn passing_ready_at(parameters: &Parameters, memory: &Memory) -> i64 {
    if parameters.passing && !parameters.windows.is_empty() {
        memory.since + parameters.horizon()
    } else {
        i64::MIN
    }
}

/// When the hold and the turn of others end.
fn others_ready_at(memory: &Memory, ask: Ask, now: i64) -> i64 {
    let aside = if ask.rank > memory.yield_rank {
        memory.yield_until
    } else {
        now
    };
    memory.hold.max(aside).max(now)
}

/// When a handful of the `rest` falls due; so few that no place is lost by asking only then.
fn pace_ready_at(parameters: &Parameters, memory: &Memory, ask: Ask, rest: i64) -> i64 {
    match parameters.pace.filter(|_| ask.marketing()) {
        None => i64::MIN,
        Some(pace) => {
            let handful = rest.min(1 + pace.fit(pace.late / 2));
            memory.release.max(memory.slot + pace.cost(handful - 1))
        }
    }
}

fn stand_aside(memory: &mut Memory, rank: i64, until: i64, now: i64) {
    if memory.yield_until <= now || rank < memory.yield_rank {
        (memory.yield_rank, memory.yield_until) = (rank, until);
    } else if rank == memory.yield_rank {
        memory.yield_until = memory.yield_until.max(until);
    }
}
