//! The next moment that the calendar gives a guest.

use super::firing::{Firing, FiringState};
use super::guest_dates::GuestDates;
use super::{Occasion, birthday, burn, retention};
use crate::definition::{Definition, Trigger};
use bellhop_domain::{Timestamp, Zone};

/// The next moment that a program by dates has for a guest, at or after `since`, and what for. `firings` are those that
/// the program has of the guest: what is past is not done again, and what waits may move.
pub fn next_date(
    definition: &Definition,
    dates: &GuestDates,
    firings: &[Firing],
    zone: &Zone,
    since: Timestamp,
) -> Option<(Occasion, Timestamp)> {
    match &definition.trigger {
        Trigger::Event(_) => None,
        Trigger::Birthday(trigger) => birthday::next(trigger, dates.birthday?, firings, zone, since),
        Trigger::BonusesBurn(trigger) => burn::next(trigger, &dates.burns, firings, zone, since),
        Trigger::Retention(trigger) => {
            retention::next(trigger, &dates.orders?, &dates.thresholds, firings, zone, since)
        }
    }
}

/// What a new plan changes among the guest's firings: at most one waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replan {
    /// They wait for what is not planned any more. They are over: a plan that comes back to them finds them past.
    pub cancel: Vec<Occasion>,
    pub add: Option<(Occasion, Timestamp)>,
    /// It waits, for another moment than before.
    pub retime: Option<(Occasion, Timestamp)>,
}

/// What follows when the next moment is `next`. What is due already is left to be let go.
pub fn replan(next: Option<(Occasion, Timestamp)>, firings: &[Firing], now: Timestamp) -> Replan {
    let waiting = || firings.iter().filter(|it| it.state == FiringState::Waiting);
    let planned = next.as_ref().map(|(occasion, _)| occasion);
    let ahead = waiting().filter(|it| it.due_at > now && planned != Some(&it.occasion));
    let cancel = ahead.map(|it| it.occasion.clone()).collect();
    let there = next
        .as_ref()
        .and_then(|(occasion, _)| firings.iter().find(|it| it.occasion == *occasion));
    let (add, retime) = match (next, there) {
        (Some(next), None) => (Some(next), None),
        (Some(next), Some(it)) if it.state == FiringState::Waiting && it.due_at != next.1 => (None, Some(next)),
        _ => (None, None),
    };
    Replan { cancel, add, retime }
}
