//! The promise, over virtual time: whatever happens to workers, clocks, Redis and the rates, no sliding window over
//! the arrivals at the provider ever exceeds its limit, and what the limits allow is used.

mod undisturbed;

use std::collections::VecDeque;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::*;
use crate::{Pacing, RateSpec};

const START: i64 = 1_764_000_000_000_000;
const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3600 * SECOND;

fn parameters(spec: &RateSpec) -> Parameters {
    Parameters::new(spec, Pacing::default(), false)
}

/// Redis: a clock of its own, memories that may vanish or fall back, an epoch.
struct Server {
    ahead: i64,
    memories: Vec<Option<Memory>>,
    /// What would survive a crash.
    written: Vec<Option<Memory>>,
    epoch: Epoch,
}

/// A message on its way; all instants are in true time.
#[derive(Debug, Clone, Copy)]
struct Sent {
    sender: usize,
    arrives: i64,
    /// Which specs were in force when its permit was granted.
    generation: usize,
    /// The order of grants.
    order: usize,
}

/// A row of the ledger.
#[derive(Debug, Clone, Copy)]
struct Attempt {
    sender: usize,
    started: i64,
    /// The instant by the clock of the worker that made it.
    written: i64,
}

#[derive(Debug, Clone, Copy)]
struct Step {
    what: What,
    /// Chance, as far as the step needs it.
    dice: [u16; 4],
}

#[derive(Debug, Clone, Copy)]
enum What {
    /// The next worker wakes up when it was told to, or late.
    Work,
    /// Redis writes its memory to disk.
    Write,
    /// Redis comes back with what it had written, with nothing, or as another server with another clock.
    RestartWithData,
    RestartWithout,
    Failover,
    ChangeSpecs,
    Hold,
}

fn any_step() -> impl Strategy<Value = Step> {
    let what = prop_oneof![
        80 => Just(What::Work),
        3 => Just(What::Write),
        1 => Just(What::RestartWithData),
        1 => Just(What::RestartWithout),
        1 => Just(What::Failover),
        1 => Just(What::ChangeSpecs),
        1 => Just(What::Hold),
    ];
    (what, any::<[u16; 4]>()).prop_map(|(what, dice)| Step { what, dice })
}

fn tight_spec() -> impl Strategy<Value = RateSpec> {
    let rate = (1..60u32, 1..100u32).prop_map(|(permits, span)| format!("{permits}/{span}s"));
    prop::collection::vec(rate, 1..3).prop_map(|rates| rates.join(",").parse().unwrap())
}

/// An organisation with two numbers: three scopes.
const ORGANISATION: usize = 2;
type Specs = [RateSpec; 3];

struct Fleet {
    server: Server,
    generations: Vec<Specs>,
    now: i64,
    /// For each worker: when it wakes up, and how far its clock is ahead.
    workers: Vec<(i64, i64)>,
    ledger: Vec<Attempt>,
    sent: Vec<Sent>,
    granted: usize,
}

impl Fleet {
    fn new(specs: Specs, clocks: &[i64]) -> Self {
        Self {
            server: Server {
                ahead: clocks[0],
                memories: vec![None; 3],
                written: vec![None; 3],
                epoch: Epoch { since: 0, shared: true },
            },
            generations: vec![specs],
            now: START,
            workers: clocks.iter().map(|ahead| (START, *ahead)).collect(),
            ledger: Vec::new(),
            sent: Vec::new(),
            granted: 0,
        }
    }

    fn specs(&self) -> &Specs {
        &self.generations[self.generations.len() - 1]
    }

    fn step(&mut self, step: Step, others: &Specs) {
        match step.what {
            What::Work => self.work(step.dice),
            What::Write => self.server.written = self.server.memories.clone(),
            What::RestartWithData => {
                self.server.memories = self.server.written.clone();
                self.lose(0);
            }
            What::RestartWithout => {
                self.server.memories = vec![None; 3];
                self.lose(0);
            }
            What::Failover => {
                self.server.memories = self.server.written.clone();
                self.lose(i64::from(step.dice[0] % 4000) * 1000 - 2 * SECOND);
            }
            What::ChangeSpecs => {
                let next = if self.generations.len().is_multiple_of(2) {
                    &self.generations[0]
                } else {
                    others
                };
                self.generations.push(next.clone());
            }
            What::Hold => {
                let until = self.now + self.server.ahead + i64::from(step.dice[0]) * 100;
                hold(&mut self.server.memories[usize::from(step.dice[1] % 3)], until);
            }
        }
    }

    /// Begins a new epoch, perhaps on another clock.
    fn lose(&mut self, ahead: i64) {
        self.server.ahead = ahead;
        self.server.epoch.since = self.now + ahead;
    }

    /// The worker whose turn it is asks, greedily or not, and uses what it gets or dies with it.
    fn work(&mut self, dice: [u16; 4]) {
        let Some(worker) = (0..self.workers.len()).min_by_key(|worker| self.workers[*worker].0) else {
            return;
        };
        let late = if dice[0].is_multiple_of(8) {
            i64::from(dice[0]) * 100
        } else {
            0
        };
        self.now = self.now.max(self.workers[worker].0) + late;
        let sender = usize::from(dice[1] % 2);
        let rank = [0, 1, 2, 2, 2][usize::from(dice[1] % 5)];
        let wanted = if dice[2].is_multiple_of(4) {
            i64::from(dice[2] % 7) + 1
        } else {
            1000
        };
        let all_parameters = [
            parameters(&self.specs()[sender]),
            parameters(&self.specs()[ORGANISATION]),
        ];
        let scopes = [sender, ORGANISATION];
        let mut memories = scopes.map(|scope| self.server.memories[scope].take());
        let at = self.now + self.server.ahead;
        let ask = Ask {
            rank,
            wanted,
            jitter: i64::from(dice[3] % 1000),
        };
        let answer = take(
            &[&all_parameters[0], &all_parameters[1]],
            &mut memories,
            ask,
            at,
            self.server.epoch,
        );
        for (scope, memory) in scopes.into_iter().zip(memories) {
            self.server.memories[scope] = memory;
        }
        let wait = match answer {
            TakeAnswer::Granted { permits, wait, life } => {
                assert!(permits <= wanted && (permits > 0 || wait > 0));
                self.use_up(worker, sender, permits, life, dice);
                wait
            }
            TakeAnswer::Lost { scopes: lost, wait } => {
                if wait == 0 {
                    lost.iter()
                        .for_each(|place| self.restore(worker, scopes[*place], &all_parameters[*place]));
                }
                wait
            }
        };
        self.workers[worker].0 = self.now + wait.max(1000);
    }

    /// Each permit is used at some instant of its life; its message arrives before the life ends.
    fn use_up(&mut self, worker: usize, sender: usize, permits: i64, life: i64, dice: [u16; 4]) {
        let dies_after = if dice[3].is_multiple_of(16) {
            i64::from(dice[0] % 4)
        } else {
            i64::MAX
        };
        for nth in 0..permits.min(dies_after) {
            let chance = |salt: i64| (i64::from(dice[2]) * 7919 + nth * salt) % 1000;
            let started = self.now + life * chance(104_729) / 1000 * i64::from(dice[3] % 2);
            let arrives = started + (self.now + life - started) * chance(1_299_709) / 1000;
            self.ledger.push(Attempt {
                sender,
                started,
                written: started + self.workers[worker].1,
            });
            self.sent.push(Sent {
                sender,
                arrives,
                generation: self.generations.len() - 1,
                order: self.granted,
            });
            self.granted += 1;
        }
    }

    /// Reads the ledger as it is now, by this worker's clock.
    fn restore(&mut self, worker: usize, scope: usize, parameters: &Parameters) {
        let clock = self.now + self.workers[worker].1;
        let since = clock - parameters.look_back().unwrap();
        let mut past: Vec<PastGrant> = (self.ledger.iter())
            .filter(|it| it.started <= self.now && it.written >= since && (scope == ORGANISATION || it.sender == scope))
            .map(|it| PastGrant {
                age: clock - it.written,
                permits: 1,
            })
            .collect();
        past.sort_by_key(|it| std::cmp::Reverse(it.age));
        let at = self.now + self.server.ahead;
        let outcome = restore(
            &mut self.server.memories[scope],
            parameters,
            &past,
            at,
            self.server.epoch,
        );
        assert_eq!(outcome, RestoreAnswer::Open);
    }

    /// No window holds more than a limit that was in force when the last of its permits was granted.
    fn check(&self) -> Result<(), TestCaseError> {
        for scope in 0..3 {
            let mut sent: Vec<Sent> = self
                .sent
                .iter()
                .copied()
                .filter(|it| scope == ORGANISATION || it.sender == scope)
                .collect();
            sent.sort_by_key(|it| it.arrives);
            let generations: Vec<&RateSpec> = self.generations.iter().map(|specs| &specs[scope]).collect();
            let mut limits: Vec<_> = generations.iter().flat_map(|spec| spec.limits()).collect();
            limits.sort();
            limits.dedup();
            for limit in limits {
                let span = i64::try_from(limit.span().as_micros()).unwrap();
                check_windows(&sent, span, |last, count| {
                    let in_force = generations[last.generation].limits().contains(limit);
                    !in_force || count <= i64::from(limit.permits())
                })?;
            }
        }
        Ok(())
    }
}

fn check_windows(sent: &[Sent], span: i64, holds: impl Fn(Sent, i64) -> bool) -> Result<(), TestCaseError> {
    // The latest granted of a sliding window: candidates in falling order of grant.
    let mut latest: VecDeque<Sent> = VecDeque::new();
    let mut end = 0;
    for (first, start) in sent.iter().enumerate() {
        while end < sent.len() && sent[end].arrives < start.arrives + span {
            while latest.back().is_some_and(|it| it.order < sent[end].order) {
                latest.pop_back();
            }
            latest.push_back(sent[end]);
            end += 1;
        }
        let last = latest[0];
        let count = (end - first) as i64;
        prop_assert!(
            holds(last, count),
            "{} messages within {} us from {}",
            count,
            span,
            start.arrives
        );
        if last.order == start.order {
            latest.pop_front();
        }
    }
    Ok(())
}

#[test]
fn no_window_is_ever_above_its_limit() {
    let clocks = prop::collection::vec(-2 * SECOND..=2 * SECOND, 1..5);
    let specs = || (tight_spec(), tight_spec(), tight_spec()).prop_map(|(a, b, c)| [a, b, c]);
    let steps = prop::collection::vec(any_step(), 50..400);
    let mut runner = TestRunner::new_with_rng(
        Config::with_cases(3000),
        TestRng::from_seed(RngAlgorithm::ChaCha, &[8; 32]),
    );
    let sent = std::cell::Cell::new(0);
    let outcome = runner.run(&(specs(), specs(), clocks, steps), |(first, second, clocks, steps)| {
        let mut fleet = Fleet::new(first, &clocks);
        steps.iter().for_each(|step| fleet.step(*step, &second));
        sent.set(sent.get() + fleet.sent.len());
        fleet.check()
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    println!("3000 schedules, {} messages, no window above its limit", sent.get());
    assert!(sent.get() > 100_000, "the schedules hardly send: {}", sent.get());
}
