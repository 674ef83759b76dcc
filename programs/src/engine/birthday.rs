//! Birthdays: once a year, however often the date is edited.

use super::firing::{Firing, FiringState, is_past};
use super::guest_dates::Birthday;
use super::{Occasion, local};
use crate::definition::BirthdayTrigger;
use bellhop_domain::{Timestamp, Zone};
use jiff::civil::Date;
use std::time::Duration;

/// Two messages are at least this far apart, so that a date edited from December to January brings no second one.
/// A year less the half by which a guest may correct the date.
const APART: Duration = Duration::from_secs(183 * 24 * 3600);
/// How many birthdays are looked at: that of this year and the next, the one before if its days are not over, and one
/// more in case another is too close to a message.
const LOOKED_AT: i16 = 3;

/// The day on which a birthday is celebrated in a year: 29 February counts as 28 February in common years.
pub(super) fn celebrated(month_day: i16, year: i16) -> Option<Date> {
    let (month, day) = (i8::try_from(month_day / 100).ok()?, i8::try_from(month_day % 100).ok()?);
    let day = Date::new(year, month, day);
    day.or_else(|error| match (month_day, error) {
        (229, _) => Date::new(year, 2, 28),
        (_, error) => Err(error),
    })
    .ok()
}

pub(super) fn next(
    trigger: &BirthdayTrigger,
    birthday: Birthday,
    firings: &[Firing],
    zone: &Zone,
    since: Timestamp,
) -> Option<(Occasion, Timestamp)> {
    let this_year = local::date(zone, since)?.year();
    (this_year - 1..=this_year + LOOKED_AT).find_map(|year| {
        let occasion = Occasion::birthday(year);
        let at = moment(trigger, birthday, zone, year)?;
        let free = !is_past(firings, &occasion) && !too_close(firings, &occasion, at);
        (free && at >= since).then_some((occasion, at))
    })
}

/// When the birthday of a year is told of: the planned time, or later, when the date became known. `None` if that was
/// too late.
fn moment(trigger: &BirthdayTrigger, birthday: Birthday, zone: &Zone, year: i16) -> Option<Timestamp> {
    let day = celebrated(birthday.month_day, year)?;
    let planned = local::plus_days(day, -i32::from(trigger.days_before))?;
    let planned = local::instant(zone, planned, trigger.at)?;
    let Some(told_at) = birthday.told_at.filter(|told_at| *told_at > planned) else {
        return Some(planned);
    };
    let last = local::plus_days(day, i32::from(trigger.through_days_after?))?;
    (local::date(zone, told_at)? <= last).then_some(told_at)
}

/// Whether a message of another year went, or will go, too short a time from this one.
fn too_close(firings: &[Firing], occasion: &Occasion, at: Timestamp) -> bool {
    let others = firings.iter().filter(|it| {
        it.state == FiringState::Sent && it.occasion != *occasion && it.occasion.birthday_year().is_some()
    });
    others.into_iter().any(|it| {
        let apart = at.since(it.due_at).max(it.due_at.since(at));
        apart < APART
    })
}
