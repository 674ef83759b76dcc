//! Bonuses that burn.

use super::firing::{Firing, is_past};
use super::guest_dates::Burn;
use super::{Occasion, local};
use crate::definition::BurnTrigger;
use bellhop_domain::{Money, Timestamp, Zone};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// The last day on which they can be spent: what burns at midnight burns at the end of the day before.
fn last_day(burn: &Burn, zone: &Zone) -> Option<Date> {
    local::date(zone, Timestamp(burn.at.0.saturating_sub(1)))
}

/// What burns at the end of each day, without days on which nothing does.
fn by_day(burns: &[Burn], zone: &Zone) -> BTreeMap<Date, Money> {
    let mut days = BTreeMap::new();
    for burn in burns.iter().filter(|it| it.amount.0 > 0) {
        if let Some(day) = last_day(burn, zone) {
            let sum = days.entry(day).or_insert(Money(0));
            sum.0 = sum.0.saturating_add(burn.amount.0);
        }
    }
    days
}

pub(super) fn next(
    trigger: &BurnTrigger,
    burns: &[Burn],
    firings: &[Firing],
    zone: &Zone,
    since: Timestamp,
) -> Option<(Occasion, Timestamp)> {
    by_day(burns, zone).into_keys().find_map(|day| {
        let occasion = Occasion::burn(day);
        let before = local::plus_days(day, -i32::from(trigger.days_before))?;
        let at = local::instant(zone, before, trigger.at)?;
        (at >= since && !is_past(firings, &occasion)).then_some((occasion, at))
    })
}

/// What burns at the end of a day, as last reported; `None` if nothing does any more, because it was spent or its day has
/// moved.
pub fn burns_on(burns: &[Burn], day: Date, zone: &Zone) -> Option<Money> {
    by_day(burns, zone).get(&day).copied()
}
