//! Telling a scope its past, from the ledger's attempts.

use super::Epoch;
use super::memory::{Counts, Entry, Memory};
use super::parameters::{DOUBT, LONGEST_LIFE, Parameters};
use super::take::is_lost;

/// A message of the past, `age` before now by the ledger's clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PastGrant {
    pub(crate) age: i64,
    pub(crate) permits: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RestoreAnswer {
    Open,
    /// How long until the ledger may be read.
    TooEarly(i64),
}

/// Makes a lost scope's memory complete. `past` is everything in the ledger within [`Parameters::look_back`], oldest first.
/// How urgent these messages were is not known; they count as marketing, which leaves the others their reserve.
pub(crate) fn restore(
    memory: &mut Option<Memory>,
    parameters: &Parameters,
    past: &[PastGrant],
    now: i64,
    epoch: Epoch,
) -> RestoreAnswer {
    let Some(look_back) = parameters.look_back() else {
        return RestoreAnswer::Open;
    };
    if !is_lost(parameters, memory.as_ref(), now, epoch) {
        return RestoreAnswer::Open;
    }
    let settled = epoch.settled();
    if now < settled {
        return RestoreAnswer::TooEarly(settled - now);
    }
    let known = memory.take().unwrap_or_else(Memory::void);
    let mut restored = Memory::begin(known.hold, now - look_back + DOUBT + LONGEST_LIFE, epoch);
    let valid = known.epoch == epoch.since;
    // A valid memory knows its own grants better than the ledger does. In doubt a message counts twice rather than
    // not at all.
    let before = if valid { known.since + DOUBT } else { i64::MAX };
    for grant in past.iter().filter(|grant| now - grant.age <= before) {
        let use_by = (now - grant.age + DOUBT).min(now) + LONGEST_LIFE;
        restored.grant(grant.permits, true, use_by);
    }
    if let (Some(pace), Some(last)) = (parameters.pace, past.last()) {
        restored.slot = now - last.age + pace.cost(1);
        restored.release = restored.slot;
    }
    if valid {
        keep(&mut restored, known);
    }
    *memory = Some(restored);
    RestoreAnswer::Open
}

/// Appends what a valid memory holds.
fn keep(restored: &mut Memory, known: Memory) {
    let Memory { base, log, .. } = known;
    let mut before = base;
    for Entry { use_by, counts } in log {
        let last = restored.log.back().map_or(i64::MIN, |entry| entry.use_by);
        let so_far = restored.counts();
        restored.log.push_back(Entry {
            use_by: use_by.max(last),
            counts: Counts {
                total: so_far.total + counts.total - before.total,
                marketing: so_far.marketing + counts.marketing - before.marketing,
            },
        });
        before = counts;
    }
    (restored.slot, restored.release) = (known.slot, known.release);
    (restored.yield_rank, restored.yield_until) = (known.yield_rank, known.yield_until);
    restored.quotas = known.quotas;
}
