//! The rule that decides, as a function over values: the generic cell rate algorithm (GCRA).
//!
//! Each limit has a *theoretical arrival time*: every permit moves it forward by one `step`, and permits are granted
//! as long as it is no more than `slack` ahead of now. With `step = (span + slack) / permits`, a window of length
//! `span` whose first permit was granted at t cannot hold more than `permits`: the nth needs t + (n-1)·step ≤ now +
//! slack < t + span + slack, hence n - 1 < permits. `slack` is what lets a caller take several permits at once and
//! come a little late; its price is a rate lower by slack ÷ span.
//!
//! Why this and no crate: one value per limit holds the whole past, so a sender is one small key in Redis; and the
//! worst past there can be is one number too, so that a limiter which lost its memory assumes the worst and is closed
//! for just one step, instead of a whole window. `governor` has neither of the two, and no Lua to share its rule with.
//!
//! Instants here are microseconds since the epoch. All of them and all products stay below 2^53, so that the doubles
//! of Lua compute the same.

use std::time::Duration;

use bellhop_domain::Timestamp;

use crate::{Grant, Limit, RateSpec};

/// The largest slack. With at most 2^32 permits all products stay exact in doubles.
const MAX_SLACK_US: i64 = 1_000_000;
/// Slack is this part of the span.
const SLACK_PART: i64 = 50;

/// What is remembered of a sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Memory {
    /// The spec that `arrivals` belong to.
    pub(crate) spec: RateSpec,
    /// Nothing is granted before.
    pub(crate) hold: i64,
    /// The theoretical arrival time of each limit.
    pub(crate) arrivals: Vec<i64>,
}

/// The answer to a request for permits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) permits: u32,
    /// How long until one more permit is there; 0 if all that was wanted was granted.
    pub(crate) wait_us: i64,
}

impl Decision {
    /// The answer on the caller's clock, to the next whole millisecond.
    pub(crate) fn grant(self, now: Timestamp) -> Grant {
        let wait = Duration::from_millis(u64::try_from(self.wait_us).unwrap_or(0).div_ceil(1000));
        Grant {
            permits: self.permits,
            ask_again: (!wait.is_zero()).then(|| now.plus(wait)),
        }
    }
}

/// The numbers of one limit that both rules compute with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pace {
    /// The time that `permits` take, span and slack. A step is `period_us / permits`, never rounded by itself.
    pub(crate) period_us: i64,
    pub(crate) permits: i64,
    pub(crate) slack_us: i64,
}

impl Pace {
    pub(crate) fn of(limit: Limit) -> Self {
        let span_us = i64::try_from(limit.span().as_micros()).unwrap_or(i64::MAX);
        let slack_us = (span_us / SLACK_PART).min(MAX_SLACK_US);
        Self {
            period_us: span_us + slack_us,
            permits: limit.permits().into(),
            slack_us,
        }
    }

    /// How far `permits` move the arrival time, rounded up.
    fn cost(self, permits: i64) -> i64 {
        (permits * self.period_us + self.permits - 1) / self.permits
    }

    /// The furthest ahead of now that the arrival time can be just after a permit.
    fn worst(self) -> i64 {
        self.slack_us + self.cost(1)
    }

    /// Where the arrival time stands, never before `now`. `remembered` is what the limiter knows, if anything.
    fn arrival(self, remembered: Option<i64>, now: i64, complete_since: i64) -> i64 {
        let worst = now + self.worst();
        let forgotten = complete_since + self.worst();
        // No later than the worst case: a clock that was put back must not close the sender for longer.
        remembered.map_or(worst, |arrival| arrival.max(forgotten).min(worst).max(now))
    }

    /// How many permits fit, with the arrival time at `arrival`, which is not before `now`.
    fn room(self, arrival: i64, now: i64) -> i64 {
        match now + self.slack_us - arrival {
            overdrawn if overdrawn < 0 => 0,
            free => 1 + free * self.permits / self.period_us,
        }
    }
}

/// Decides, and changes what is remembered. `complete_since` is when the limiter's memory began: what happened
/// earlier may be forgotten, in part or wholly, and counts as the worst possible.
pub(crate) fn take(
    memory: &mut Option<Memory>,
    spec: &RateSpec,
    wanted: u32,
    now: i64,
    complete_since: i64,
) -> Decision {
    let hold = memory.as_ref().map_or(0, |memory| memory.hold);
    let known = memory.as_ref().filter(|memory| memory.spec == *spec);
    let remembered = |place: usize| known.and_then(|memory| memory.arrivals.get(place).copied());
    let paces = spec.limits().iter().map(|limit| Pace::of(*limit)).enumerate();
    let mut standing: Vec<(Pace, i64)> = paces
        .map(|(place, pace)| (pace, pace.arrival(remembered(place), now, complete_since)))
        .collect();

    let rooms = standing.iter().map(|(pace, arrival)| pace.room(*arrival, now));
    let permits = if hold > now {
        0
    } else {
        rooms.fold(wanted.into(), i64::min)
    };
    standing
        .iter_mut()
        .for_each(|(pace, arrival)| *arrival += pace.cost(permits));
    let waits = standing.iter().map(|(pace, arrival)| arrival - pace.slack_us - now);
    let wait_us = if permits == i64::from(wanted) {
        0
    } else {
        waits.fold(hold - now, i64::max).max(0)
    };

    let arrivals = standing.into_iter().map(|(_, arrival)| arrival).collect();
    *memory = Some(Memory {
        spec: spec.clone(),
        hold,
        arrivals,
    });
    Decision {
        permits: u32::try_from(permits).unwrap_or(0),
        wait_us,
    }
}

/// Lengthens a hold; what is remembered of permits stays.
pub(crate) fn hold(memory: &mut Option<Memory>, until: i64) {
    match memory {
        Some(memory) => memory.hold = memory.hold.max(until),
        // An unlimited spec's memory: any other spec finds it strange and starts from the worst case.
        None => {
            *memory = Some(Memory {
                spec: RateSpec::UNLIMITED,
                hold: until,
                arrivals: Vec::new(),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::spec::tests::any_spec;

    const START: i64 = 1_764_000_000_000_000;

    /// What happens to a sender, one after the other.
    #[derive(Debug, Clone)]
    enum Step {
        /// Waits as told, or a little longer, and takes all there is: this fills windows.
        Greedy {
            late: i64,
        },
        Take(u32),
        Pass(i64),
        Forget,
        Write,
        Restart,
    }

    fn any_step() -> impl Strategy<Value = Step> {
        prop_oneof![
            100 => prop_oneof![9 => Just(0), 1 => 0..100_000i64].prop_map(|late| Step::Greedy { late }),
            4 => prop_oneof![0..5u32, 0..=u32::MAX].prop_map(Step::Take),
            2 => prop_oneof![0..2_000i64, 0..3_000_000i64, 0..100_000_000_000i64].prop_map(Step::Pass),
            1 => Just(Step::Forget),
            1 => Just(Step::Write),
            1 => Just(Step::Restart),
        ]
    }

    /// With several permits at once, and windows that a few hundred steps fill.
    fn tight_spec() -> impl Strategy<Value = RateSpec> {
        let rate = (1..150u32, 1..100u32).prop_map(|(permits, span)| format!("{permits}/{span}s"));
        prop::collection::vec(rate, 1..3).prop_map(|rates| rates.join(",").parse().unwrap())
    }

    struct Sender {
        memory: Option<Memory>,
        /// What would be left of `memory` if the newest writes were lost.
        written: Option<Memory>,
        now: i64,
        complete_since: i64,
        wait: i64,
    }

    impl Sender {
        /// Returns how much is wanted, if anything is.
        fn live_through(&mut self, step: &Step) -> Option<u32> {
            match step {
                Step::Greedy { late } => {
                    self.now += self.wait + late;
                    return Some(u32::MAX);
                }
                Step::Take(wanted) => return Some(*wanted),
                Step::Pass(span) => self.now += span,
                Step::Forget => self.memory = None,
                Step::Write => self.written = self.memory.clone(),
                Step::Restart => (self.memory, self.complete_since) = (self.written.clone(), self.now),
            }
            None
        }
    }

    /// When how much was granted.
    fn run(spec: &RateSpec, steps: &[Step]) -> Vec<(i64, i64)> {
        let mut sender = Sender {
            memory: None,
            written: None,
            now: START,
            complete_since: 0,
            wait: 0,
        };
        let mut granted = Vec::new();
        for step in steps {
            let Some(wanted) = sender.live_through(step) else {
                continue;
            };
            let decision = take(&mut sender.memory, spec, wanted, sender.now, sender.complete_since);
            assert!(decision.permits <= wanted);
            assert_eq!(decision.wait_us == 0, decision.permits == wanted);
            sender.wait = decision.wait_us;
            granted.push((sender.now, decision.permits.into()));
        }
        granted
    }

    fn assert_within(spec: &RateSpec, granted: &[(i64, i64)]) -> Result<(), TestCaseError> {
        for limit in spec.limits() {
            let span = i64::try_from(limit.span().as_micros()).unwrap();
            for (first, (start, _)) in granted.iter().enumerate() {
                let window = granted[first..].iter().take_while(|(at, _)| *at < start + span);
                let sum: i64 = window.map(|(_, permits)| permits).sum();
                prop_assert!(
                    sum <= limit.permits().into(),
                    "{} permits within {} from {}",
                    sum,
                    limit,
                    start
                );
            }
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn no_window_holds_more_than_its_limit(spec in tight_spec(), steps in prop::collection::vec(any_step(), 1..500)) {
            assert_within(&spec, &run(&spec, &steps))?;
        }

        #[test]
        fn extreme_rates_hold_too(spec in any_spec(), steps in prop::collection::vec(any_step(), 1..60)) {
            assert_within(&spec, &run(&spec, &steps))?;
        }

        #[test]
        fn who_asks_when_told_is_granted_and_uses_the_rate(spec in tight_spec(), wanted in 1..50u32) {
            let (mut memory, mut now) = (None, START);
            let mut granted = 0;
            for _ in 0..300 {
                let decision = take(&mut memory, &spec, wanted, now, 0);
                granted += i64::from(decision.permits);
                if decision.permits == 0 {
                    now += decision.wait_us;
                    let decision = take(&mut memory, &spec, 1, now, 0);
                    prop_assert_eq!(decision.permits, 1);
                    granted += 1;
                }
            }
            let slowest = spec.limits().iter().map(|limit| Pace::of(*limit)).max_by_key(|pace| pace.cost(1));
            let pace = slowest.unwrap();
            // All but what the start withheld, and no less than 49 parts of 50 of the rate.
            prop_assert!(granted + 2 >= (now - START) * pace.permits / pace.period_us);
        }

        #[test]
        fn a_wait_is_never_longer_than_one_step_however_the_clock_jumps(
            spec in tight_spec(), jump in -1_000_000_000_000i64..1_000_000_000_000, wanted in 1..50u32,
        ) {
            let mut memory = None;
            take(&mut memory, &spec, wanted, START, 0);
            let decision = take(&mut memory, &spec, wanted, START + jump, 0);
            let longest = spec.limits().iter().map(|limit| Pace::of(*limit).cost(1)).max().unwrap();
            prop_assert!(decision.wait_us <= longest);
        }

        #[test]
        fn numbers_stay_exact_in_doubles(spec in any_spec(), wanted: u32) {
            for pace in spec.limits().iter().map(|limit| Pace::of(*limit)) {
                let most = pace.room(START, START).min(wanted.into());
                prop_assert!(most * pace.period_us + pace.permits < 1 << 53);
                prop_assert!(pace.slack_us * pace.permits < 1 << 53);
            }
        }
    }

    #[test]
    fn a_hold_grants_nothing_and_outlives_a_change_of_the_spec() {
        let mut memory = None;
        hold(&mut memory, START + 5_000_000);
        hold(&mut memory, START + 1_000_000);
        for spec in ["unlimited", "30/s"] {
            let spec = spec.parse().unwrap();
            let held = take(&mut memory, &spec, 1, START + 2_000_000, 0);
            assert_eq!(
                held,
                Decision {
                    permits: 0,
                    wait_us: 3_000_000
                }
            );
        }
        let free = take(&mut memory, &"30/s".parse().unwrap(), 1, START + 5_000_000, 0);
        assert_eq!(free.permits, 1);
    }

    #[test]
    fn instants_round_up_to_the_next_millisecond() {
        let grant = Decision {
            permits: 0,
            wait_us: 1001,
        }
        .grant(Timestamp(5));
        assert_eq!(grant.ask_again, Some(Timestamp(7)));
        assert_eq!(Decision { permits: 3, wait_us: 0 }.grant(Timestamp(5)).ask_again, None);
    }
}
