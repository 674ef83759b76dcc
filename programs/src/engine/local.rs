//! Moments of the guest's calendar.

use crate::time_of_day::TimeOfDay;
use bellhop_domain::{Timestamp, Zone};
use jiff::ToSpan;
use jiff::civil::Date;

/// The guest's date at an instant; `None` beyond the calendar, as below.
pub(super) fn date(zone: &Zone, at: Timestamp) -> Option<Date> {
    zone.local(at).ok().map(|local| local.date())
}

pub(super) fn instant(zone: &Zone, day: Date, time: TimeOfDay) -> Option<Timestamp> {
    zone.first_at(day.to_datetime(time.time())).ok()
}

pub(super) fn plus_days(day: Date, days: i32) -> Option<Date> {
    day.checked_add(days.days()).ok()
}

/// So many days of the calendar after an instant, at a time of day; never before the instant.
pub(super) fn days_later(zone: &Zone, at: Timestamp, days: i32, time: TimeOfDay) -> Option<Timestamp> {
    let day = plus_days(date(zone, at)?, days)?;
    let there = instant(zone, day, time)?;
    if there >= at {
        return Some(there);
    }
    instant(zone, plus_days(day, 1)?, time)
}
