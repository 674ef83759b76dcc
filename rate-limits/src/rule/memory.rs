//! What is remembered about a scope.

use std::collections::VecDeque;

use super::Epoch;
use super::parameters::{Parameters, Window};

/// Permits granted ever, counted from an arbitrary start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) total: i64,
    pub(crate) marketing: i64,
}

/// One grant: the instant by which its permits are used, and the counts including it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) use_by: i64,
    pub(crate) counts: Counts,
}

/// A quota's theoretical arrival time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arrival {
    pub(crate) span: i64,
    pub(crate) permits: i64,
    pub(crate) at: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Memory {
    /// The `since` of the epoch in which this memory was begun or restored; a memory from another epoch is void.
    /// Epochs cannot be ordered by it, because those of a failover are on different clocks.
    pub(crate) epoch: i64,
    /// The log holds every grant whose permits may have been used after this.
    pub(crate) since: i64,
    /// Forgotten after this instant if it passes; `i64::MAX` if it lasts.
    pub(crate) kept_until: i64,
    /// Nothing is granted before this instant.
    pub(crate) hold: i64,
    /// Marketing's next place in the pace; it is given away a little later.
    pub(crate) slot: i64,
    pub(crate) release: i64,
    /// Until when all ranks above this one stand aside.
    pub(crate) yield_rank: i64,
    pub(crate) yield_until: i64,
    /// The counts before the log's first entry.
    pub(crate) base: Counts,
    /// The grants in the order of `use_by`.
    pub(crate) log: VecDeque<Entry>,
    pub(crate) quotas: Vec<Arrival>,
}

impl Memory {
    /// A memory that begins now, and is complete from `since` on.
    pub(super) fn begin(hold: i64, since: i64, epoch: Epoch) -> Self {
        Self {
            epoch: epoch.since,
            since,
            hold,
            kept_until: i64::MAX,
            ..Self::default()
        }
    }

    /// A memory that belongs to no epoch.
    pub(super) fn void() -> Self {
        Self {
            epoch: -1,
            kept_until: i64::MAX,
            ..Self::default()
        }
    }

    /// Whether anything of it may still count.
    pub(crate) fn is_kept(&self, now: i64) -> bool {
        now < self.kept_until.max(self.hold)
    }

    pub(super) fn counts(&self) -> Counts {
        self.log.back().map_or(self.base, |entry| entry.counts)
    }

    /// What was granted but no longer counts in a window of `span`.
    fn passed(&self, span: i64, now: i64) -> Counts {
        let first = self.log.partition_point(|entry| entry.use_by + span <= now);
        first.checked_sub(1).map_or(self.base, |at| self.log[at].counts)
    }

    /// How many permits a window has left.
    pub(super) fn room(&self, window: Window, marketing: bool, now: i64) -> i64 {
        let (passed, counts) = (self.passed(window.span, now), self.counts());
        let room = window.permits - (counts.total - passed.total);
        if marketing {
            room.min(window.marketing - (counts.marketing - passed.marketing))
        } else {
            room
        }
    }

    /// When a window has room for one more permit; this may be in the past.
    pub(super) fn free_at(&self, window: Window, marketing: bool) -> i64 {
        let counts = self.counts();
        let all = self.passed_at(counts.total - window.permits, window.span, |counts| counts.total);
        if !marketing {
            return all;
        }
        let theirs = counts.marketing - window.marketing;
        all.max(self.passed_at(theirs, window.span, |counts| counts.marketing))
    }

    /// When more than `bound` permits have left a window of `span`; long ago if the log need not be searched.
    fn passed_at(&self, bound: i64, span: i64, of: fn(&Counts) -> i64) -> i64 {
        if of(&self.base) > bound {
            return i64::MIN;
        }
        let first = self.log.partition_point(|entry| of(&entry.counts) <= bound);
        self.log.get(first).map_or(i64::MIN, |entry| entry.use_by + span)
    }

    /// Forgets what no longer counts in any window, and adapts the rest to the parameters and the clock.
    pub(super) fn refresh(&mut self, parameters: &Parameters, now: i64) {
        self.kept_until = if parameters.passing {
            now + parameters.horizon() + parameters.life
        } else {
            i64::MAX
        };
        if parameters.windows.is_empty() {
            (self.base, self.since) = (self.counts(), now);
            self.log.clear();
        } else {
            let old = now - parameters.horizon();
            let passed = self.log.partition_point(|entry| entry.use_by <= old);
            if let Some(last) = self.log.drain(..passed).next_back() {
                (self.base, self.since) = (last.counts, self.since.max(last.use_by));
            }
        }
        self.quotas = parameters.quotas.iter().map(|quota| self.arrival(quota, now)).collect();
        if let Some(pace) = parameters.pace {
            // A clock that was put back, or a raised limit, must not close the scope for longer than a place.
            let next = now + pace.cost(1);
            self.slot = self.slot.min(next);
            self.release = self.release.min(next + pace.jitter);
        }
    }

    /// A quota's arrival time, not before now. If it is unknown, the worst possible value is assumed.
    fn arrival(&self, quota: &super::parameters::Quota, now: i64) -> Arrival {
        let (span, permits) = (quota.span, quota.permits);
        let known = self.quotas.iter().find(|it| (it.span, it.permits) == (span, permits));
        let worst = now + quota.worst();
        let at = known.map_or(worst, |it| it.at.min(worst).max(now));
        Arrival { span, permits, at }
    }

    pub(super) fn grant(&mut self, permits: i64, marketing: bool, use_by: i64) {
        let mut counts = self.counts();
        counts.total += permits;
        counts.marketing += if marketing { permits } else { 0 };
        // The log must stay in order even if the clock was put back or an earlier permit lived longer. Taking the
        // later instant never grants too much.
        let use_by = self.log.back().map_or(use_by, |last| last.use_by.max(use_by));
        self.log.push_back(Entry { use_by, counts });
    }
}
