//! When a mailing will be finished, and what holds it back: a pure simulation, before launch and while it runs.
//!
//! Marketing leaves at an even pace, so a number is a constant rate between the instants at which something changes: the
//! start or end of a time zone's quiet stretch, the next day of a warm-up, the end of a hold. The simulation goes from one such
//! instant to the next. Traffic that is more urgent than marketing lives on the reserve and is not counted.

mod simulation;

use std::fmt;
use std::num::NonZeroU32;

use bellhop_domain::Timestamp;

use crate::warm_up::{Progress, Ramp};
use crate::{Limit, Pacing, RateSpec};
use simulation::simulate;

/// A number (or gateway account, or app) that can send.
#[derive(Debug, Clone)]
pub struct Number {
    pub name: String,
    pub rates: RateSpec,
    pub warm_up: Option<(Ramp, Progress)>,
    /// It sends nothing before this instant: the end of a hold, or an instant in the past.
    pub free_from: Timestamp,
}

/// Rates that several numbers share: those of a portfolio, an account or an organisation.
#[derive(Debug, Clone)]
pub struct Shared {
    pub name: String,
    pub rates: RateSpec,
}

/// The most guests who may get a first message in any day, for all numbers together: a portfolio's ceiling, less what
/// marketing leaves to the others. Messages go as fast as the numbers can, and then none goes until the day is over.
#[derive(Debug, Clone)]
pub struct Ceiling {
    pub name: String,
    pub people: NonZeroU32,
}

/// Messages to the guests of one time zone, which are held at the same times.
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// Those that have not been sent yet.
    pub messages: u64,
    /// When marketing is held, in order, none overlapping: the quiet hours of these recipients.
    pub closed: Vec<(Timestamp, Timestamp)>,
}

/// The work of one pool.
#[derive(Debug, Clone)]
pub struct Task {
    /// Parts that are open at the same time go side by side, each in proportion to what it has left.
    pub parts: Vec<Part>,
    /// The numbers that are not stopped.
    pub numbers: Vec<Number>,
    pub shared: Vec<Shared>,
    pub ceiling: Option<Ceiling>,
    pub pacing: Pacing,
    pub deadline: Option<Timestamp>,
}

impl Task {
    /// Messages that have not been sent yet.
    pub fn messages(&self) -> u64 {
        self.parts.iter().map(|part| part.messages).sum()
    }
}

/// What holds a mailing back for most of its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bottleneck {
    /// A number's or a shared quota's name.
    pub name: String,
    pub limit: Limit,
    /// Whether the limit is the ceiling of a warm-up.
    pub warming_up: bool,
}

/// A change by which all messages would go out before the deadline. Each is enough by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    Deadline(Timestamp),
    /// Sending only this many messages.
    Messages(u64),
    /// This many more numbers, warmed up and with the rates of the fastest.
    Numbers(u32),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    /// When the last message leaves; `None` if not within a year.
    pub finish: Option<Timestamp>,
    /// `None` if nothing limits it.
    pub bottleneck: Option<Bottleneck>,
    /// Messages that do not go out before the deadline.
    pub late: u64,
    /// Empty if all messages go out before the deadline.
    pub remedies: Vec<Remedy>,
}

impl Forecast {
    pub fn fits(&self) -> bool {
        self.late == 0
    }
}

/// The most additional numbers that are tried.
const MORE_NUMBERS: u32 = 1000;

/// Foresees a task from `now` on.
pub fn forecast(task: &Task, now: Timestamp) -> Forecast {
    let (run, messages) = (simulate(task, now), task.messages());
    let late = match (task.deadline, run.finish) {
        (Some(deadline), Some(finish)) if finish > deadline => messages - run.in_time.min(messages),
        (Some(_), None) => messages - run.in_time.min(messages),
        _ => 0,
    };
    let remedies = if late == 0 {
        Vec::new()
    } else {
        let numbers = more_numbers(task, now).map(Remedy::Numbers);
        let fewer = (late < messages).then_some(Remedy::Messages(messages - late));
        let later = run.finish.map(Remedy::Deadline);
        [numbers, fewer, later].into_iter().flatten().collect()
    };
    Forecast {
        finish: run.finish,
        bottleneck: run.bottleneck,
        late,
        remedies,
    }
}

/// The smallest number of additional numbers that is enough.
fn more_numbers(task: &Task, now: Timestamp) -> Option<u32> {
    let warm = |number: &Number| Number {
        warm_up: None,
        free_from: now,
        ..number.clone()
    };
    let model = task.numbers.iter().max_by(|a, b| {
        let pace = |number: &Number| simulation::rate(&number.rates, task.pacing);
        pace(a).total_cmp(&pace(b))
    });
    let model = warm(model?);
    let enough = |more: u32| {
        let mut larger = task.clone();
        larger.numbers.extend((0..more).map(|_| model.clone()));
        let finish = simulate(&larger, now).finish;
        finish.is_some_and(|finish| task.deadline.is_none_or(|deadline| finish <= deadline))
    };
    if !enough(MORE_NUMBERS) {
        return None;
    }
    let (mut least, mut most) = (1, MORE_NUMBERS);
    while least < most {
        let middle = least.midpoint(most);
        if enough(middle) {
            most = middle;
        } else {
            least = middle + 1;
        }
    }
    Some(least)
}

impl fmt::Display for Bottleneck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = if self.warming_up { ", while it warms up" } else { "" };
        write!(f, "{} ({}{why})", self.name, self.limit)
    }
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Remedy::Deadline(at) => write!(f, "a deadline of {at}"),
            Remedy::Messages(count) => write!(f, "no more than {count} messages"),
            Remedy::Numbers(count) => write!(f, "{count} more warm numbers like the fastest"),
        }
    }
}

impl fmt::Display for Forecast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.finish {
            Some(finish) => write!(f, "The last message leaves at {finish}")?,
            None => write!(f, "It will not end within a year")?,
        }
        if let Some(bottleneck) = &self.bottleneck {
            write!(f, "; held back by {bottleneck}")?;
        }
        f.write_str(".")?;
        if self.late > 0 {
            write!(f, " {} messages miss the deadline.", self.late)?;
            let remedies: Vec<String> = self.remedies.iter().map(Remedy::to_string).collect();
            if !remedies.is_empty() {
                write!(f, " It would fit with {}.", remedies.join(", or "))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
