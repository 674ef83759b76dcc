//! The numbers that both rules compute with, drawn from a spec once.
//!
//! Everything is whole microseconds and whole permits, below 2^53 with all products, so that the doubles of Lua compute
//! the same.

use crate::{Limit, Pacing, RateSpec};

/// Limits of up to this many permits are exact, larger ones are quotas.
const EXACT: i64 = 10_000;
const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// A permit's life is this part of the shortest span, within these bounds. The granted window is longer than the span
/// by that life, so a longer life costs throughput; with a shorter one, more permits would expire unused.
const LIFE_PART: i64 = 20;
const LIFE: (i64, i64) = (SECOND / 4, 3 * SECOND);
/// The longest that any permit lives, whatever the rates were when it was granted.
pub(crate) const LONGEST_LIFE: i64 = LIFE.1;
/// A permit's life under a quota, which costs 1.6 per cent of throughput for a span of a minute.
const QUOTA_LIFE: i64 = SECOND;

/// A quota's slack is this part of its span, and at most a second.
const SLACK_PART: i64 = 200;
/// The pace is slower than the limit by one in this many. That leaves room for late callers and for the jitter, which
/// the windows would otherwise not allow.
const PACE_PART: i64 = 200;
/// A caller who is late by up to this part of the spacing, or by up to the fixed time, makes up for it.
const LATE_PART: i64 = 4;
const LATE: i64 = SECOND / 4;
/// The jitter is up to this part of the spacing; spacings below a second have none. It is smaller than the lateness
/// that is made up for, or it would slow the pace down.
const JITTER_PART: i64 = 5;

/// How far an instant of the ledger may be from the limiter's: two clocks, each wrong by up to two seconds.
pub(crate) const DOUBT: i64 = 4 * SECOND;

/// One scope's numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parameters {
    /// The scope is one of very many with short windows, whose past the ledger does not know.
    pub(crate) passing: bool,
    pub(crate) life: i64,
    pub(crate) windows: Vec<Window>,
    pub(crate) quotas: Vec<Quota>,
    /// None if nothing is limited.
    pub(crate) pace: Option<Pace>,
}

/// An exact limit: every grant is remembered for as long as it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) span: i64,
    pub(crate) permits: i64,
    /// How many of them marketing may use.
    pub(crate) marketing: i64,
}

/// A large limit, by the generic cell rate algorithm: a *theoretical arrival time* moves forward by `period /
/// permits` with every permit, and permits are granted while it is no more than `slack` ahead of now. With `period =
/// span + life + slack`, a stretch of `span + life` whose first permit was granted at t cannot hold more than
/// `permits`: the nth needs t + (n-1)·period/permits ≤ now + slack < t + period, hence n - 1 < permits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quota {
    pub(crate) span: i64,
    pub(crate) permits: i64,
    pub(crate) period: i64,
    pub(crate) slack: i64,
}

/// Marketing's even spacing: `period / permits` from one message to the next, given by the tightest limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pace {
    pub(crate) limit: Limit,
    pub(crate) period: i64,
    pub(crate) permits: i64,
    pub(crate) late: i64,
    pub(crate) jitter: i64,
}

impl Parameters {
    pub(crate) fn new(rates: &RateSpec, pacing: Pacing, passing: bool) -> Self {
        let life = life(rates);
        let (exact, large): (Vec<Limit>, Vec<Limit>) =
            (rates.limits().iter().copied()).partition(|limit| i64::from(limit.permits()) <= EXACT);
        let windows = exact.into_iter().map(|limit| Window {
            span: span(limit),
            permits: limit.permits().into(),
            marketing: for_marketing(limit, pacing),
        });
        let paces = rates.limits().iter().map(|limit| Pace::of(*limit, pacing, life));
        Self {
            passing,
            life,
            windows: windows.collect(),
            quotas: large.into_iter().map(|limit| Quota::of(limit, life)).collect(),
            pace: paces.reduce(Pace::slower),
        }
    }

    /// The longest exact window; zero if there is none.
    pub(crate) fn horizon(&self) -> i64 {
        self.windows.iter().map(|window| window.span).max().unwrap_or(0)
    }

    /// How far back the ledger must be read so that nothing that counts is missed.
    pub(crate) fn look_back(&self) -> Option<i64> {
        (!self.passing && !self.windows.is_empty()).then(|| self.horizon() + 2 * (DOUBT + LONGEST_LIFE))
    }
}

impl Quota {
    fn of(limit: Limit, life: i64) -> Self {
        let span = span(limit);
        let slack = (span / SLACK_PART).min(SECOND);
        Self {
            span,
            permits: limit.permits().into(),
            period: span + life + slack,
            slack,
        }
    }

    /// How far `permits` move the arrival time, rounded up.
    pub(crate) fn cost(self, permits: i64) -> i64 {
        cost(permits, self.period, self.permits)
    }

    /// The furthest ahead of now that the arrival time can be just after a permit.
    pub(crate) fn worst(self) -> i64 {
        self.slack + self.cost(1)
    }

    /// How many permits fit, with the arrival time at `arrival`, which is not before `now`.
    pub(crate) fn room(self, arrival: i64, now: i64) -> i64 {
        match now + self.slack - arrival {
            overdrawn if overdrawn < 0 => 0,
            free => 1 + free * self.permits / self.period,
        }
    }
}

impl Pace {
    fn of(limit: Limit, pacing: Pacing, life: i64) -> Self {
        let whole = span(limit) + life;
        let open = i64::try_from(pacing.open_per_day.as_micros()).unwrap_or(DAY);
        // In thousandths of a day; at least one, because it must not be zero.
        let open = (open.clamp(0, DAY) / (DAY / 1000)).max(1);
        let stretched = if span(limit) >= DAY { whole / 1000 * open } else { whole };
        let (period, permits) = (stretched + stretched / PACE_PART, for_marketing(limit, pacing));
        let spacing = period / permits;
        Self {
            limit,
            period,
            permits,
            late: (spacing / LATE_PART).max(LATE),
            jitter: if spacing < SECOND { 0 } else { spacing / JITTER_PART },
        }
    }

    fn slower(self, other: Self) -> Self {
        let product = |period: i64, permits: i64| i128::from(period) * i128::from(permits);
        if product(self.period, other.permits) < product(other.period, self.permits) {
            other
        } else {
            self
        }
    }

    /// The span of `permits` messages, rounded up.
    pub(crate) fn cost(self, permits: i64) -> i64 {
        cost(permits, self.period, self.permits)
    }

    /// How many fit into a span.
    pub(crate) fn fit(self, span: i64) -> i64 {
        span * self.permits / self.period
    }
}

fn cost(count: i64, period: i64, permits: i64) -> i64 {
    (count * period + permits - 1) / permits
}

fn span(limit: Limit) -> i64 {
    i64::try_from(limit.span().as_micros()).unwrap_or(i64::MAX)
}

fn for_marketing(limit: Limit, pacing: Pacing) -> i64 {
    let permits = i64::from(limit.permits());
    (permits - permits * i64::from(pacing.reserve_percent.min(100)) / 100).max(1)
}

fn life(rates: &RateSpec) -> i64 {
    let shortest = rates.limits().iter().map(|limit| span(*limit)).min();
    let usual = shortest.map_or(LIFE.1, |span| (span / LIFE_PART).clamp(LIFE.0, LIFE.1));
    if rates.limits().iter().any(|limit| i64::from(limit.permits()) > EXACT) {
        usual.min(QUOTA_LIFE)
    } else {
        usual
    }
}
