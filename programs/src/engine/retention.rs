//! Moves between retention categories, at the instants at which they happen without anybody doing anything.

use super::firing::{Firing, is_past};
use super::{Occasion, local};
use crate::definition::RetentionTrigger;
use bellhop_domain::retention::{OrderFacts, Thresholds, category, moves};
use bellhop_domain::{Timestamp, Zone};

/// On the day after the next move into one of the categories.
pub(super) fn next(
    trigger: &RetentionTrigger,
    orders: &OrderFacts,
    thresholds: &Thresholds,
    firings: &[Firing],
    zone: &Zone,
    since: Timestamp,
) -> Option<(Occasion, Timestamp)> {
    moves(orders, thresholds).into_iter().find_map(|(moved_at, into)| {
        if moved_at < since || !trigger.into.contains(&into) {
            return None;
        }
        let day = local::date(zone, moved_at)?;
        let occasion = Occasion::retention(into, day);
        let at = local::instant(zone, local::plus_days(day, 1)?, trigger.at)?;
        let still_there = trigger.into.contains(&category(orders, thresholds, at));
        (still_there && !is_past(firings, &occasion)).then_some((occasion, at))
    })
}
