//! The simulation from one instant at which a rate changes to the next.

use std::time::Duration;

use bellhop_domain::Timestamp;

use super::{Bottleneck, Ceiling, Number, Part, Task};
use crate::rule::Parameters;
use crate::warm_up::{Progress, Stage};
use crate::{Limit, Pacing, RateSpec};

/// Nobody waits longer than this.
const YEAR_MS: f64 = 366.0 * 86_400_000.0;
const DAY: Duration = Duration::from_secs(24 * 3600);

pub(super) struct SimulatedRun {
    pub(super) finish: Option<Timestamp>,
    /// Messages sent before the deadline.
    pub(super) in_time: u64,
    pub(super) bottleneck: Option<Bottleneck>,
}

/// Marketing messages per millisecond, and the limit that this rate comes from.
fn pace(rates: &RateSpec, pacing: Pacing) -> (f64, Option<Limit>) {
    match Parameters::new(rates, pacing, false).pace {
        None => (f64::INFINITY, None),
        Some(pace) => (pace.permits as f64 * 1000.0 / pace.period as f64, Some(pace.limit)),
    }
}

pub(super) fn rate(rates: &RateSpec, pacing: Pacing) -> f64 {
    pace(rates, pacing).0
}

/// The state of a number at some instant.
struct SimulatedNumber<'a> {
    number: &'a Number,
    progress: Option<Progress>,
    rate: f64,
    limit: Option<Limit>,
    warming_up: bool,
    /// When that state changes.
    until: Timestamp,
}

const NEVER: Timestamp = Timestamp(i64::MAX);

impl<'a> SimulatedNumber<'a> {
    fn new(number: &'a Number, pacing: Pacing, now: Timestamp) -> Self {
        let progress = number.warm_up.as_ref().map(|(_, progress)| *progress);
        let mut simulated = Self {
            number,
            progress,
            rate: 0.0,
            limit: None,
            warming_up: false,
            until: now,
        };
        simulated.move_to(pacing, now);
        simulated
    }

    fn move_to(&mut self, pacing: Pacing, now: Timestamp) {
        if now < self.until {
            return;
        }
        let own = &self.number.rates;
        let (mut rates, mut until) = (Some(own.clone()), NEVER);
        if let (Some((ramp, _)), Some(progress)) = (&self.number.warm_up, &mut self.progress) {
            *progress = progress.at(now);
            let stage = ramp.stage(*progress);
            rates = stage.rates(own);
            if stage != Stage::Full {
                until = progress.since.plus(DAY);
            }
        }
        if now < self.number.free_from {
            (rates, until) = (None, until.min(self.number.free_from));
        }
        let (rate, limit) = rates.map_or((0.0, None), |rates| pace(&rates, pacing));
        let own_limit = limit.is_some_and(|limit| own.limits().contains(&limit));
        (self.rate, self.limit, self.warming_up, self.until) = (rate, limit, limit.is_some() && !own_limit, until);
    }
}

/// What is left of a part, and the stretches in which it is held.
struct Left<'a> {
    messages: f64,
    closed: std::iter::Peekable<std::slice::Iter<'a, (Timestamp, Timestamp)>>,
    open: bool,
    /// When that state changes.
    until: Timestamp,
}

impl<'a> Left<'a> {
    fn new(part: &'a Part, share: f64) -> Self {
        Self {
            messages: part.messages as f64 * share,
            closed: part.closed.iter().peekable(),
            open: true,
            until: Timestamp(0),
        }
    }

    fn move_to(&mut self, now: Timestamp) {
        while self.closed.next_if(|(_, until)| *until <= now).is_some() {}
        (self.open, self.until) = match self.closed.peek() {
            None => (true, NEVER),
            Some((from, until)) if *from <= now => (false, *until),
            Some((from, _)) => (true, *from),
        };
    }
}

/// What is left of a ceiling's day.
struct Places<'a> {
    ceiling: &'a Ceiling,
    left: f64,
    ends: Timestamp,
}

impl<'a> Places<'a> {
    /// Starts with one place taken, by the first message.
    fn new(ceiling: &'a Ceiling, start: Timestamp) -> Self {
        Self {
            ceiling,
            left: f64::from(ceiling.people.get() - 1) + 10.0 * LAST,
            ends: start.plus(DAY),
        }
    }

    fn move_to(&mut self, now: Timestamp) {
        while self.ends <= now {
            self.left = self.ceiling.people.get().into();
            self.ends = self.ends.plus(DAY);
        }
    }

    fn used_up(&self) -> bool {
        self.left < LAST
    }
}

/// A tiny part of a message that stands for the last one, which only has to wait until it may go.
const LAST: f64 = 1e-9;

pub(super) fn simulate(task: &Task, start: Timestamp) -> SimulatedRun {
    let shared = task.shared.iter().map(|it| (&it.name, pace(&it.rates, task.pacing)));
    let shared = shared.min_by(|a, b| a.1.0.total_cmp(&b.1.0));
    let mut numbers: Vec<SimulatedNumber<'_>> = (task.numbers.iter())
        .map(|number| SimulatedNumber::new(number, task.pacing, start))
        .collect();
    // The first message leaves at once.
    let all = task.messages() as f64 - 1.0 + LAST;
    let share = all / task.messages().max(1) as f64;
    let mut parts: Vec<Left<'_>> = (task.parts.iter())
        .filter(|part| part.messages > 0)
        .map(|part| Left::new(part, share))
        .collect();
    let mut places = task.ceiling.as_ref().map(|ceiling| Places::new(ceiling, start));
    let mut now = start.0 as f64;
    let (mut in_time, mut begun, mut holds) = (None, false, Holds::default());
    let end = now + YEAR_MS;
    let deadline = task.deadline.map_or(f64::INFINITY, |deadline| deadline.0 as f64);
    let left = |parts: &[Left<'_>]| parts.iter().map(|part| part.messages).sum::<f64>();
    while !parts.is_empty() && now < end {
        let at = Timestamp(now.ceil() as i64);
        if now >= deadline {
            in_time.get_or_insert(sent_of(all - left(&parts), begun));
        }
        let mut next = if now < deadline { deadline.min(end) } else { end };
        parts.iter_mut().for_each(|part| part.move_to(at));
        numbers.iter_mut().for_each(|number| number.move_to(task.pacing, at));
        let changes = parts.iter().map(|part| part.until);
        next = (changes.chain(numbers.iter().map(|number| number.until))).fold(next, |next, at| next.min(at.0 as f64));
        if let Some(places) = &mut places {
            places.move_to(at);
            next = next.min(places.ends.0 as f64);
        }
        let able = numbers.iter().filter(|number| number.rate > 0.0);
        let slowest = able.clone().min_by(|a, b| a.rate.total_cmp(&b.rate));
        let rate_of_all: f64 = able.map(|number| number.rate).sum();
        let quota = shared.filter(|(_, (rate, _))| *rate < rate_of_all);
        let rate = quota.map_or(rate_of_all, |(_, (rate, _))| rate);
        let open: f64 = parts.iter().filter(|part| part.open).map(|part| part.messages).sum();
        if let Some(places) = places.as_ref().filter(|places| places.used_up() && open > 0.0) {
            let limit = Limit::per_day(places.ceiling.people);
            holds.add(&places.ceiling.name, Some(limit), false, next - now);
            now = next;
            continue;
        }
        if open == 0.0 || rate == 0.0 {
            now = next;
            continue;
        }
        // All parts that are open end together, because they go in proportion to what is left.
        let left = places.as_ref().map_or(f64::INFINITY, |places| places.left);
        let sent = (rate * (next - now)).min(open).min(left);
        let over = sent >= open;
        let span = sent / rate;
        begun = true;
        if span > 0.0 {
            match (quota, slowest) {
                (Some((name, (_, limit))), _) => holds.add(name, limit, false, span),
                (None, Some(number)) => holds.add(&number.number.name, number.limit, number.warming_up, span),
                (None, None) => {}
            }
        }
        if over {
            parts.retain(|part| !part.open);
            now += span;
        } else {
            let kept = 1.0 - sent / open;
            (parts.iter_mut().filter(|part| part.open)).for_each(|part| part.messages *= kept);
            now = if sent < left { next } else { now + span };
        }
        if let Some(places) = &mut places {
            places.left -= sent;
        }
    }
    SimulatedRun {
        finish: parts.is_empty().then_some(Timestamp(now.ceil() as i64)),
        in_time: in_time.unwrap_or(sent_of(all - left(&parts), begun)),
        bottleneck: holds.longest(),
    }
}

/// How many messages have left: the first as soon as anything may go, and those after it.
fn sent_of(later: f64, begun: bool) -> u64 {
    if begun { 1 + (later.max(0.0) + 1e-6) as u64 } else { 0 }
}

/// What held the mailing back, and for how long.
#[derive(Default)]
struct Holds(Vec<(Bottleneck, f64)>);

impl Holds {
    fn add(&mut self, name: &str, limit: Option<Limit>, warming_up: bool, span: f64) {
        let Some(limit) = limit else { return };
        let bottleneck = Bottleneck {
            name: name.to_owned(),
            limit,
            warming_up,
        };
        match self.0.iter_mut().find(|(known, _)| *known == bottleneck) {
            Some((_, total)) => *total += span,
            None => self.0.push((bottleneck, span)),
        }
    }

    fn longest(self) -> Option<Bottleneck> {
        let longest = self.0.into_iter().max_by(|a, b| a.1.total_cmp(&b.1));
        longest.map(|(bottleneck, _)| bottleneck)
    }
}
