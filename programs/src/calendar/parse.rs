//! Reading a recurrence rule.

use super::rule::{DayPart, Frequency, NotRule, Rule, Until};
use bellhop_domain::fault::Why;
use jiff::civil::{Date, DateTime, Time, Weekday};
use std::ops::RangeInclusive;
use std::str::FromStr;

const PARTS: [&str; 13] = [
    "FREQ",
    "INTERVAL",
    "COUNT",
    "UNTIL",
    "BYMONTH",
    "BYWEEKNO",
    "BYYEARDAY",
    "BYMONTHDAY",
    "BYDAY",
    "BYHOUR",
    "BYMINUTE",
    "BYSETPOS",
    "WKST",
];
/// A rule says it, and nobody mails by the second.
const UNSUPPORTED: &str = "BYSECOND";
const MOST_INTERVAL: i64 = 1_000;
const MOST_TIMES: i64 = 100_000;

/// Reads `FREQ=WEEKLY;BYDAY=MO,TH`, with or without `RRULE:` before it.
pub(super) fn rule(text: &str) -> Result<Rule, Why> {
    let text = text.trim().to_uppercase();
    let text = text.strip_prefix("RRULE:").unwrap_or(&text);
    let parts = parts(text)?;
    let value = |name: &str| parts.iter().find(|(part, _)| *part == name).map(|(_, value)| *value);
    let numbers = |name: &str, range: RangeInclusive<i16>| numbers(name, value(name), range);
    let rule = Rule {
        frequency: frequency(value("FREQ").ok_or(Why::RuleWithoutFrequency)?)?,
        interval: number("INTERVAL", value("INTERVAL"), MOST_INTERVAL)?.unwrap_or(1),
        count: number("COUNT", value("COUNT"), MOST_TIMES)?.and_then(|it| usize::try_from(it).ok()),
        until: value("UNTIL").map(until).transpose()?,
        months: numbers("BYMONTH", 1..=12)?,
        weeks: signed(numbers("BYWEEKNO", -53..=53)?, "BYWEEKNO")?,
        year_days: signed(numbers("BYYEARDAY", -366..=366)?, "BYYEARDAY")?,
        month_days: signed(numbers("BYMONTHDAY", -31..=31)?, "BYMONTHDAY")?,
        days: listed(value("BYDAY")).map(day).collect::<Result<_, _>>()?,
        hours: numbers("BYHOUR", 0..=23)?,
        minutes: numbers("BYMINUTE", 0..=59)?,
        positions: signed(numbers("BYSETPOS", -366..=366)?, "BYSETPOS")?,
        week_start: value("WKST").map_or(Ok(Weekday::Monday), |it| weekday(it).ok_or_else(|| unfit("WKST", it)))?,
        text: text.to_owned(),
    };
    goes_together(&rule)?;
    Ok(rule)
}

impl FromStr for Rule {
    type Err = NotRule;

    fn from_str(text: &str) -> Result<Self, NotRule> {
        rule(text).map_err(NotRule)
    }
}

fn parts(text: &str) -> Result<Vec<(&str, &str)>, Why> {
    let mut parts: Vec<(&str, &str)> = Vec::new();
    for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        let unreadable = || Why::RuleUnreadable { part: part.to_owned() };
        let (name, value) = part.split_once('=').ok_or_else(unreadable)?;
        let (name, value) = (name.trim(), value.trim());
        let owned = || name.to_owned();
        if name == UNSUPPORTED {
            return Err(Why::RulePartUnsupported { part: owned() });
        }
        if !PARTS.contains(&name) {
            let known = PARTS.join(", ");
            return Err(Why::RulePartUnknown { part: owned(), known });
        }
        if value.is_empty() {
            return Err(unreadable());
        }
        if parts.iter().any(|(known, _)| *known == name) {
            return Err(Why::RulePartTwice { part: owned() });
        }
        parts.push((name, value));
    }
    Ok(parts)
}

fn frequency(value: &str) -> Result<Frequency, Why> {
    let all = [
        Frequency::Hourly,
        Frequency::Daily,
        Frequency::Weekly,
        Frequency::Monthly,
        Frequency::Yearly,
    ];
    let unfit = || Why::RuleFrequencyUnfit {
        frequency: value.to_owned(),
    };
    all.into_iter().find(|it| it.name() == value).ok_or_else(unfit)
}

fn unfit(part: &str, value: &str) -> Why {
    let (part, value) = (part.to_owned(), value.to_owned());
    Why::RuleValueUnfit { part, value }
}

fn listed(value: Option<&str>) -> impl Iterator<Item = &str> {
    value.into_iter().flat_map(|all| all.split(',')).map(str::trim)
}

fn number(part: &str, value: Option<&str>, most: i64) -> Result<Option<i64>, Why> {
    let Some(value) = value else { return Ok(None) };
    let digits = value.bytes().all(|b| b.is_ascii_digit());
    let number = digits.then(|| value.parse().ok()).flatten();
    let fits = number.filter(|it| (1..=most).contains(it));
    fits.map(Some).ok_or_else(|| unfit(part, value))
}

/// In their order, each once.
fn numbers(part: &str, value: Option<&str>, range: RangeInclusive<i16>) -> Result<Vec<i16>, Why> {
    let number = |text: &str| {
        let number = text.parse().ok().filter(|it| range.contains(it));
        number.ok_or_else(|| unfit(part, text))
    };
    let mut all: Vec<i16> = listed(value).map(number).collect::<Result<_, _>>()?;
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

/// Numbers that count from either end, where nothing is the zeroth.
fn signed(all: Vec<i16>, part: &str) -> Result<Vec<i16>, Why> {
    match all.contains(&0) {
        true => Err(unfit(part, "0")),
        false => Ok(all),
    }
}

fn day(text: &str) -> Result<DayPart, Why> {
    let unfit = || unfit("BYDAY", text);
    let at = text
        .len()
        .checked_sub(2)
        .filter(|at| text.is_char_boundary(*at))
        .ok_or_else(unfit)?;
    let (ordinal, weekday_name) = text.split_at(at);
    let weekday = weekday(weekday_name).ok_or_else(unfit)?;
    let ordinal = match ordinal {
        "" => None,
        number => {
            let number = number
                .parse()
                .ok()
                .filter(|it: &i16| *it != 0 && (-53..=53).contains(it));
            Some(number.ok_or_else(unfit)?)
        }
    };
    Ok(DayPart { ordinal, weekday })
}

fn weekday(name: &str) -> Option<Weekday> {
    Some(match name {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    })
}

/// `20261231`, `20261231T235959` by the schedule's clock, or `20261231T205959Z`.
fn until(text: &str) -> Result<Until, Why> {
    let unfit = || unfit("UNTIL", text);
    let digits = |at: std::ops::Range<usize>| {
        let part = text.get(at).filter(|part| part.bytes().all(|b| b.is_ascii_digit()));
        part.and_then(|part| part.parse::<i16>().ok()).ok_or_else(unfit)
    };
    let small = |number: i16| i8::try_from(number).map_err(|_| unfit());
    let day = Date::new(digits(0..4)?, small(digits(4..6)?)?, small(digits(6..8)?)?).map_err(|_| unfit())?;
    if text.len() == 8 {
        return Ok(Until::Day(day));
    }
    if text.get(8..9) != Some("T") {
        return Err(unfit());
    }
    let (hour, minute, second) = (digits(9..11)?, digits(11..13)?, digits(13..15)?);
    let time = Time::new(small(hour)?, small(minute)?, small(second)?, 0).map_err(|_| unfit())?;
    let local = DateTime::from_parts(day, time);
    match text.get(15..) {
        Some("") => Ok(Until::Local(local)),
        Some("Z") => jiff::tz::Offset::UTC
            .to_timestamp(local)
            .map(Until::Instant)
            .map_err(|_| unfit()),
        _ => Err(unfit()),
    }
}

/// RFC 5545's table of which part stands with which frequency.
fn goes_together(rule: &Rule) -> Result<(), Why> {
    use Frequency::{Daily, Monthly, Weekly, Yearly};
    let ordinal = rule.days.iter().any(|day| day.ordinal.is_some());
    let stray = [
        ("BYWEEKNO", !rule.weeks.is_empty() && rule.frequency != Yearly),
        (
            "BYYEARDAY",
            !rule.year_days.is_empty() && matches!(rule.frequency, Daily | Weekly | Monthly),
        ),
        ("BYMONTHDAY", !rule.month_days.is_empty() && rule.frequency == Weekly),
        ("BYDAY=1MO", ordinal && !matches!(rule.frequency, Monthly | Yearly)),
    ];
    if let Some((part, _)) = stray.into_iter().find(|(_, is)| *is) {
        let (part, frequency) = (part.to_owned(), rule.frequency.name().to_owned());
        return Err(Why::RulePartOfFrequency { part, frequency });
    }
    // Which day of the week is meant: some read DTSTART's, others all seven.
    let alone = |part: &str, other: &str| Why::RulePartAlone {
        part: part.to_owned(),
        other: other.to_owned(),
    };
    if !rule.weeks.is_empty() && (rule.days.is_empty() || ordinal) {
        return Err(alone("BYWEEKNO", "BYDAY=MO"));
    }
    let by = [
        &rule.months,
        &rule.weeks,
        &rule.year_days,
        &rule.month_days,
        &rule.hours,
        &rule.minutes,
    ];
    if !rule.positions.is_empty() && rule.days.is_empty() && by.iter().all(|it| it.is_empty()) {
        return Err(alone("BYSETPOS", "BYDAY"));
    }
    if rule.until.is_some() && rule.count.is_some() {
        return Err(Why::RuleUntilAndCount);
    }
    Ok(())
}
