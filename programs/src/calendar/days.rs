//! Which days a rule names.

use super::rule::{Frequency, Rule};
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

/// Whether the rule names a day of its period: all parts must hold.
pub(super) fn names(rule: &Rule, day: Date) -> bool {
    let month_length = i16::from(day.days_in_month());
    let (of_month, of_year) = (i16::from(day.day()), day.day_of_year());
    let in_months = rule.months.is_empty() || rule.months.contains(&i16::from(day.month()));
    in_months
        && (rule.weeks.is_empty() || is_of_week(&rule.weeks, day, rule.week_start))
        && (rule.year_days.is_empty() || counted(&rule.year_days, of_year, day.days_in_year()))
        && (rule.month_days.is_empty() || counted(&rule.month_days, of_month, month_length))
        && (rule.days.is_empty() || is_of_days(rule, day))
}

/// Whether the list has a number, which it may count from the end.
fn counted(list: &[i16], number: i16, last: i16) -> bool {
    list.contains(&number) || list.contains(&(number - last - 1))
}

fn is_of_days(rule: &Rule, day: Date) -> bool {
    // Ordinals count within the month, unless the rule is yearly and names no months.
    let in_year = rule.frequency == Frequency::Yearly && rule.months.is_empty();
    let (number, last) = match in_year {
        true => (day.day_of_year(), day.days_in_year()),
        false => (i16::from(day.day()), i16::from(day.days_in_month())),
    };
    let (from_start, from_end) = ((number - 1) / 7 + 1, (number - last) / 7 - 1);
    rule.days
        .iter()
        .filter(|part| part.weekday == day.weekday())
        .any(|part| {
            let ordinal = part.ordinal;
            ordinal.is_none_or(|ordinal| ordinal == from_start || ordinal == from_end)
        })
}

fn is_of_week(weeks: &[i16], day: Date, week_start: Weekday) -> bool {
    let Some((year, number)) = week(day, week_start) else {
        return false;
    };
    // The 28th of December is always in the last week of its year.
    let last = Date::new(year, 12, 28).ok().and_then(|day| week(day, week_start));
    last.is_some_and(|(_, last)| counted(weeks, number, last))
}

/// The year and the number of a day's week: the first week is the first with four days in the year.
fn week(day: Date, week_start: Weekday) -> Option<(i16, i16)> {
    let middle = first_of_week(day, week_start)?.checked_add(3.days()).ok()?;
    Some((middle.year(), (middle.day_of_year() - 1) / 7 + 1))
}

pub(super) fn first_of_week(day: Date, week_start: Weekday) -> Option<Date> {
    let since = (day.weekday().to_monday_zero_offset() - week_start.to_monday_zero_offset()).rem_euclid(7);
    day.checked_sub(i64::from(since).days()).ok()
}
