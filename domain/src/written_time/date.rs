//! The day of a written time.

use super::NoTime;
use super::scan::Scan;
use jiff::civil::Date;

/// How a year may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Year {
    OfFourDigits,
    /// Two digits are allowed as well, and `26` is 2026: for dates that cannot lie in another century.
    OrTwoDigits,
}

/// A number and how many digits it has.
type Part = (i16, usize);

pub(super) fn read(scan: &mut Scan<'_>, years: Year) -> Result<Date, NoTime> {
    let Some(first) = scan.number() else {
        return month_first(scan, years);
    };
    let separator = scan.any(&['.', '-', '/', ' ']).ok_or(NoTime::Unreadable)?;
    scan.spaces();
    if let Some(month) = scan.word() {
        let month = month_named(month).ok_or(NoTime::Unreadable)?;
        return day_of(first, month, third(scan)?, years);
    }
    let second = scan.number().ok_or(NoTime::Unreadable)?;
    if separator == ' ' {
        return Err(NoTime::Unreadable);
    }
    if scan.any(&[separator]).is_none() {
        return Err(if first.1 <= 2 && second.1 <= 2 {
            NoTime::NoYear
        } else {
            NoTime::Unreadable
        });
    }
    if scan.rest().is_empty() && first.1 <= 2 {
        return Err(NoTime::NoYear);
    }
    numeric(
        first,
        separator,
        second,
        scan.number().ok_or(NoTime::Unreadable)?,
        years,
        scan,
    )
}

fn numeric(
    first: Part,
    separator: char,
    second: Part,
    third: Part,
    years: Year,
    scan: &mut Scan<'_>,
) -> Result<Date, NoTime> {
    if first.1 == 4 {
        return if second.1 <= 2 && third.1 <= 2 {
            civil(first.0, second.0, third.0)
        } else {
            Err(NoTime::Unreadable)
        };
    }
    if first.1 > 2 || second.1 > 2 {
        return Err(NoTime::Unreadable);
    }
    if separator == '.' {
        let day = civil(year(third, years)?, second.0, first.0)?;
        year_word(scan);
        return Ok(day);
    }
    if third.1 != 4 {
        return Err(NoTime::ShortYear);
    }
    // With these separators most countries write the day first, and some the month.
    let day_first = civil(third.0, second.0, first.0);
    let month_first = civil(third.0, first.0, second.0);
    match (day_first, month_first) {
        (Ok(one), Ok(other)) if one != other => Err(NoTime::Ambiguous(one.to_string(), other.to_string())),
        (Ok(day), _) | (Err(_), Ok(day)) => Ok(day),
        (Err(error), Err(_)) => Err(error),
    }
}

/// `Mar 1, 2026`.
fn month_first(scan: &mut Scan<'_>, years: Year) -> Result<Date, NoTime> {
    let month = scan.word().and_then(month_named).ok_or(NoTime::Unreadable)?;
    scan.any(&['.']);
    scan.spaces();
    let day = scan.number().ok_or(NoTime::Unreadable)?;
    scan.any(&[',']);
    day_of(day, month, third(scan)?, years)
}

/// The year after a day and a month's name.
fn third(scan: &mut Scan<'_>) -> Result<Part, NoTime> {
    while scan.any(&['.', '-', '/', ' ', ',']).is_some() {}
    let year = scan.number().ok_or(NoTime::NoYear)?;
    year_word(scan);
    Ok(year)
}

/// `2026 г.`
fn year_word(scan: &mut Scan<'_>) {
    let rest = scan.rest().trim_start();
    let behind = ["года", "год", "г"].iter().find_map(|word| rest.strip_prefix(word));
    if let Some(behind) = behind.filter(|behind| !behind.starts_with(char::is_alphabetic)) {
        *scan = Scan::new(behind.trim_start_matches('.'));
    }
}

fn day_of(day: Part, month: i16, of_year: Part, years: Year) -> Result<Date, NoTime> {
    if day.1 > 2 {
        return Err(NoTime::Unreadable);
    }
    civil(year(of_year, years)?, month, day.0)
}

fn year(part: Part, years: Year) -> Result<i16, NoTime> {
    match part {
        (year, 4) => Ok(year),
        (year @ 0..=69, 2) if years == Year::OrTwoDigits => Ok(2000 + year),
        (_, 2) => Err(NoTime::ShortYear),
        _ => Err(NoTime::Unreadable),
    }
}

fn civil(year: i16, month: i16, day: i16) -> Result<Date, NoTime> {
    let part = |n: i16| i8::try_from(n).map_err(|_| NoTime::NoSuchDay);
    Date::new(year, part(month)?, part(day)?).map_err(|_| NoTime::NoSuchDay)
}

/// The month by the first letters of its name in Russian, Ukrainian or English, full or abbreviated.
fn month_named(word: &str) -> Option<i16> {
    const NAMES: [(i16, &[&str]); 12] = [
        (1, &["янв", "січ", "jan"]),
        (2, &["фев", "лют", "feb"]),
        (3, &["мар", "бер", "mar"]),
        (4, &["апр", "кві", "apr"]),
        (5, &["мая", "май", "тра", "may"]),
        (6, &["июн", "чер", "jun"]),
        (7, &["июл", "лип", "jul"]),
        (8, &["авг", "сер", "aug"]),
        (9, &["сен", "вер", "sep"]),
        (10, &["окт", "жов", "oct"]),
        (11, &["ноя", "лис", "nov"]),
        (12, &["дек", "гру", "dec"]),
    ];
    let named = |names: &[&str]| names.iter().any(|name| word.starts_with(name));
    NAMES.iter().find(|(_, names)| named(names)).map(|(month, _)| *month)
}
