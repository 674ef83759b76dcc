//! The moments of a rule on the wall clock, one after the other.

use super::days::{first_of_week, names};
use super::rule::{Frequency, Rule, Until};
use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};
use std::collections::VecDeque;

/// A rule that names no day in so many years names none.
const SEARCHED_YEARS: i16 = 100;

pub(super) struct Occurrences {
    rule: Rule,
    start: DateTime,
    /// Periods looked at so far.
    period: i64,
    found: VecDeque<DateTime>,
    left: usize,
}

impl Occurrences {
    /// Those of a rule from its start on, which is one of them only if the rule names it.
    pub fn new(rule: &Rule, start: DateTime) -> Self {
        Self {
            rule: rule.clone().with_parts_of(start),
            start,
            period: 0,
            found: VecDeque::new(),
            left: rule.count.unwrap_or(usize::MAX),
        }
    }

    /// The days of a period, and the hour if it is one; `None` after the last that is looked at.
    fn days(&self, period: i64) -> Option<(Vec<Date>, Option<i8>)> {
        let steps = period.checked_mul(self.rule.interval)?;
        let first = self.start.date();
        let from = |day: Date, count: i16| -> Vec<Date> {
            day.series(1.day()).take(usize::try_from(count).unwrap_or(0)).collect()
        };
        let (days, hour): (Vec<Date>, _) = match self.rule.frequency {
            Frequency::Hourly => {
                let hour = self.start.checked_add(steps.hours()).ok()?;
                (vec![hour.date()], Some(hour.hour()))
            }
            Frequency::Daily => (vec![first.checked_add(steps.days()).ok()?], None),
            Frequency::Weekly => {
                let week = first_of_week(first, self.rule.week_start)?;
                (from(week.checked_add(steps.weeks()).ok()?, 7), None)
            }
            Frequency::Monthly => {
                let month = first.first_of_month().checked_add(steps.months()).ok()?;
                (from(month, i16::from(month.days_in_month())), None)
            }
            Frequency::Yearly => {
                let year = first.first_of_year().checked_add(steps.years()).ok()?;
                (from(year, year.days_in_year()), None)
            }
        };
        let searched = days.first()?.year() <= self.start.year().saturating_add(SEARCHED_YEARS);
        searched.then_some((days, hour))
    }

    fn times(&self, hour: Option<i8>) -> Vec<Time> {
        let by_hour = |hour: i8| self.rule.hours.is_empty() || self.rule.hours.contains(&i16::from(hour));
        let hours: Vec<i16> = match hour {
            Some(hour) => by_hour(hour).then_some(i16::from(hour)).into_iter().collect(),
            None => self.rule.hours.clone(),
        };
        let time = |hour: i16, minute: i16| Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0).ok();
        let minutes = |hour: i16| self.rule.minutes.iter().filter_map(move |minute| time(hour, *minute));
        hours.into_iter().flat_map(minutes).collect()
    }

    /// Looks at one more period.
    fn look(&mut self) -> Option<()> {
        let (days, hour) = self.days(self.period)?;
        self.period += 1;
        let times = self.times(hour);
        let named = days.into_iter().filter(|day| names(&self.rule, *day));
        let all: Vec<DateTime> = named
            .flat_map(|day| times.iter().map(move |time| day.to_datetime(*time)))
            .collect();
        let start = self.start;
        self.found.extend(
            positions(&self.rule.positions, all)
                .into_iter()
                .filter(|it| *it >= start),
        );
        Some(())
    }

    fn is_over(&self, at: DateTime) -> bool {
        match self.rule.until {
            Some(Until::Day(day)) => at.date() > day,
            Some(Until::Local(last)) => at > last,
            // Whoever places it in a zone knows.
            Some(Until::Instant(_)) | None => false,
        }
    }
}

/// Those at some positions among the moments of a period, from either end.
fn positions(positions: &[i16], all: Vec<DateTime>) -> Vec<DateTime> {
    if positions.is_empty() {
        return all;
    }
    let last = i16::try_from(all.len()).unwrap_or(i16::MAX);
    let numbered = (1i16..).zip(all);
    let chosen = numbered.filter(|(number, _)| positions.contains(number) || positions.contains(&(number - last - 1)));
    chosen.map(|(_, at)| at).collect()
}

impl Iterator for Occurrences {
    type Item = DateTime;

    fn next(&mut self) -> Option<DateTime> {
        while self.found.is_empty() {
            self.look()?;
        }
        let next = self.found.pop_front()?;
        if self.left == 0 || self.is_over(next) {
            return None;
        }
        self.left -= 1;
        Some(next)
    }
}
