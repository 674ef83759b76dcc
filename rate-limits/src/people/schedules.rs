//! The promise, over virtual time: whatever happens to workers, clocks and Redis, the provider never sees two messages of a
//! number to one guest within the span, nor more guests of the portfolio in any day than its ceiling.

use std::collections::HashMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::rule::{AdmitAnswer, PastVisit, RestoreAnswer, RollMemory, RollParameters, Visit, admit, restore};
use super::tests::ceiling;
use super::*;
use crate::rule::Epoch;

const START: i64 = 1_764_000_000_000_000;
const SECOND: i64 = 1_000_000;
const APART: i64 = 6 * SECOND;
/// A ceiling's day, shortened so that schedules see many.
const SPAN: i64 = 60 * SECOND;
const NUMBERS: usize = 2;
const CEILING: usize = NUMBERS;

/// A message that was sent, in true time. `counts` is set outside the guest's window.
#[derive(Debug, Clone, Copy)]
struct Sent {
    number: usize,
    person: i64,
    counts: bool,
    arrives: i64,
    started: i64,
    /// The instant by the clock of the worker that sent it.
    written: i64,
}

#[derive(Debug, Clone, Copy)]
enum What {
    Work,
    Write,
    RestartWithData,
    RestartWithout,
    Failover,
}

fn any_step() -> impl Strategy<Value = (What, [u16; 4])> {
    let what = prop_oneof![
        60 => Just(What::Work),
        3 => Just(What::Write),
        1 => Just(What::RestartWithData),
        1 => Just(What::RestartWithout),
        1 => Just(What::Failover),
    ];
    (what, any::<[u16; 4]>())
}

struct Fleet {
    all_parameters: [RollParameters; 2],
    ahead: i64,
    memories: [Option<RollMemory>; NUMBERS + 1],
    written: [Option<RollMemory>; NUMBERS + 1],
    epoch: Epoch,
    now: i64,
    /// How far each worker's clock is ahead.
    clocks: Vec<i64>,
    sent: Vec<Sent>,
    refused: u32,
}

impl Fleet {
    fn new(people: u32, clocks: &[i64]) -> Self {
        let ceiling = RollParameters {
            span: SPAN,
            ..ceiling(people, 10)
        };
        let apart = RollParameters::apart(Duration::from_secs(6));
        assert_eq!(apart.span, APART);
        Self {
            all_parameters: [apart, ceiling],
            ahead: clocks[0],
            memories: [None, None, None],
            written: [None, None, None],
            epoch: Epoch { since: 0, shared: true },
            now: START,
            clocks: clocks.to_vec(),
            sent: Vec::new(),
            refused: 0,
        }
    }

    fn step(&mut self, what: What, dice: [u16; 4]) {
        match what {
            What::Work => self.work(dice),
            What::Write => self.written = self.memories.clone(),
            What::RestartWithData => {
                self.memories = self.written.clone();
                self.lose(0);
            }
            What::RestartWithout => {
                self.memories = [None, None, None];
                self.lose(0);
            }
            What::Failover => {
                self.memories = self.written.clone();
                self.lose(i64::from(dice[0] % 4000) * 1000 - 2 * SECOND);
            }
        }
    }

    fn lose(&mut self, ahead: i64) {
        self.ahead = ahead;
        self.epoch.since = self.now + ahead;
    }

    /// A worker asks for a handful of guests and uses what it gets, or dies with it.
    fn work(&mut self, dice: [u16; 4]) {
        self.now += i64::from(dice[0] % 2000) * 1000;
        let worker = usize::from(dice[1]) % self.clocks.len();
        let number = usize::from(dice[1] / 256) % NUMBERS;
        let rank = [0, 1, 2, 2][usize::from(dice[2] % 4)];
        let visits: Vec<Visit> = (0..1 + dice[3] % 5)
            .map(|nth| Visit {
                person: i64::from((dice[2] / 4 + nth * 7) % 40),
                counts: !(dice[3] >> nth).is_multiple_of(4),
            })
            .collect();
        let mut asked = [self.memories[number].take(), self.memories[CEILING].take()];
        let answer = admit(
            &self.all_parameters,
            &mut asked,
            &visits,
            rank,
            self.now + self.ahead,
            self.epoch,
        );
        [self.memories[number], self.memories[CEILING]] = asked;
        match answer {
            AdmitAnswer::Told { waits, .. } => {
                assert_eq!(waits.len(), visits.len());
                let dies_after = if dice[0].is_multiple_of(16) { 1 } else { usize::MAX };
                let go = visits.iter().zip(&waits).filter(|(_, wait)| wait.is_none());
                let go: Vec<Visit> = go.map(|(visit, _)| *visit).take(dies_after).collect();
                self.refused += waits.iter().flatten().count() as u32;
                for (nth, visit) in go.into_iter().enumerate() {
                    self.use_up(worker, number, visit, i64::from(dice[0] ^ dice[3]) + nth as i64 * 7919);
                }
            }
            AdmitAnswer::Lost { rolls, wait: 0 } => {
                for place in rolls {
                    self.restore(worker, number, place);
                }
            }
            AdmitAnswer::Lost { wait, .. } => self.now += wait,
        }
    }

    /// Uses the admission at some instant of its life; the message arrives before that ends.
    fn use_up(&mut self, worker: usize, number: usize, visit: Visit, chance: i64) {
        let started = self.now + LIFE * (chance % 1000) / 1000;
        let arrives = started + (self.now + LIFE - started) * (chance * 31 % 1000) / 1000;
        self.sent.push(Sent {
            number,
            person: visit.person,
            counts: visit.counts,
            arrives,
            started,
            written: started + self.clocks[worker],
        });
    }

    /// Reads the ledger as it is now, by this worker's clock.
    fn restore(&mut self, worker: usize, number: usize, place: usize) {
        let (parameters, clock) = (self.all_parameters[place], self.now + self.clocks[worker]);
        let since = clock - parameters.look_back();
        let known = self.sent.iter().filter(|it| {
            let concerns = if place == 1 { it.counts } else { it.number == number };
            concerns && it.started <= self.now && it.written >= since
        });
        let past: Vec<PastVisit> = known
            .map(|it| PastVisit {
                person: it.person,
                age: clock - it.written,
            })
            .collect();
        let memory = &mut self.memories[if place == 1 { CEILING } else { number }];
        let outcome = restore(memory, &parameters, &past, self.now + self.ahead, self.epoch);
        assert_eq!(outcome, RestoreAnswer::Open);
    }

    fn check(&mut self) -> Result<(), TestCaseError> {
        self.sent.sort_by_key(|it| it.arrives);
        let mut last: HashMap<(usize, i64), i64> = HashMap::new();
        for it in &self.sent {
            let before = last.insert((it.number, it.person), it.arrives);
            let gap = before.map_or(i64::MAX, |before| it.arrives - before);
            prop_assert!(gap >= APART, "two messages to one guest {} us apart", gap);
        }
        let counted: Vec<&Sent> = self.sent.iter().filter(|it| it.counts).collect();
        let all = self.all_parameters[1].ceiling.map_or(0, |it| it.all);
        let (mut inside, mut first) = (HashMap::<i64, u32>::new(), 0);
        for it in &counted {
            *inside.entry(it.person).or_default() += 1;
            while counted[first].arrives <= it.arrives - SPAN {
                let left = inside.entry(counted[first].person).or_default();
                *left -= 1;
                if *left == 0 {
                    inside.remove(&counted[first].person);
                }
                first += 1;
            }
            prop_assert!(
                inside.len() as i64 <= all,
                "{} guests of {} up to {}",
                inside.len(),
                all,
                it.arrives
            );
        }
        Ok(())
    }
}

#[test]
fn no_guest_hears_too_soon_and_no_day_has_too_many_guests() {
    let clocks = prop::collection::vec(-2 * SECOND..=2 * SECOND, 1..4);
    let steps = prop::collection::vec(any_step(), 50..400);
    let mut runner = TestRunner::new_with_rng(
        Config::with_cases(2000),
        TestRng::from_seed(RngAlgorithm::ChaCha, &[9; 32]),
    );
    let (sent, refused) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    let outcome = runner.run(&(1..25u32, clocks, steps), |(people, clocks, steps)| {
        let mut fleet = Fleet::new(people, &clocks);
        steps.iter().for_each(|(what, dice)| fleet.step(*what, *dice));
        sent.set(sent.get() + fleet.sent.len());
        refused.set(refused.get() + fleet.refused);
        fleet.check()
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    println!("2000 schedules, {} messages, {} refused", sent.get(), refused.get());
    assert!(
        sent.get() > 50_000 && refused.get() > 50_000,
        "the schedules hardly send or hardly refuse"
    );
}
