//! What an event does to a program's firings of its guest.

use super::Occasion;
use super::firing::{Firing, FiringState};
use crate::definition::{Again, Definition, Delay, Per, Trigger};
use crate::order_told::order_of;
use bellhop_domain::event::{Event, EventKind, text_of};
use bellhop_domain::{Timestamp, Zone};

/// What an event asks for. Whether that happens depends on what is there already: [`change`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A new firing, unless there is one of this occasion.
    Fire { occasion: Occasion, due_at: Timestamp },
    /// The waiting firing of the guest gets a new moment and this event's values; if none waits, as [`Step::Fire`].
    Restart { occasion: Occasion, due_at: Timestamp },
    /// What waits for the guest is cancelled: only this occasion, if there is one.
    Cancel {
        occasion: Option<Occasion>,
        /// The kind of the event, for the journal.
        why: EventKind,
    },
}

/// What the event asks of a program that is on, in this order; nothing if it is none of the program's. Whether the guest
/// is in the program's audience is asked before a firing is made.
pub fn on_event(definition: &Definition, event: &Event, zone: &Zone) -> Vec<Step> {
    let cancels = definition.cancel_on.iter().any(|filter| filter.holds(event));
    let cancel = cancels.then(|| Step::Cancel {
        occasion: one_order(definition)
            .then(|| order_of(event))
            .flatten()
            .as_deref()
            .map(Occasion::order),
        why: event.kind,
    });
    cancel.into_iter().chain(fires(definition, event, zone)).collect()
}

fn fires(definition: &Definition, event: &Event, zone: &Zone) -> Option<Step> {
    let Trigger::Event(filter) = &definition.trigger else {
        return None;
    };
    if !filter.holds(event) || came_through_aggregator(event) {
        return None;
    }
    let occasion = occasion(definition.again, event, zone)?;
    let due_at = due(definition.delay, event.at, zone);
    Some(match definition.restarts {
        true => Step::Restart { occasion, due_at },
        false => Step::Fire { occasion, due_at },
    })
}

fn one_order(definition: &Definition) -> bool {
    definition.again == Again::OncePer(Per::Order)
}

/// Orders that came through aggregators trigger nothing (PRODUCT.md §7).
fn came_through_aggregator(event: &Event) -> bool {
    let source = text_of(&event.data, "order.source");
    source.is_some_and(|source| source.trim().eq_ignore_ascii_case("aggregator"))
}

/// `None` if the event tells of no order where one message goes out for each.
fn occasion(again: Again, event: &Event, zone: &Zone) -> Option<Occasion> {
    match again {
        Again::EveryEvent | Again::Rest(_) => Some(Occasion::event(event.number)),
        Again::OncePer(Per::Order) => order_of(event).as_deref().map(Occasion::order),
        Again::OncePer(Per::Year) => Some(Occasion::year(zone.local(event.at).ok()?.year())),
        Again::OncePer(Per::Ever) => Some(Occasion::ever()),
    }
}

fn due(delay: Option<Delay>, at: Timestamp, zone: &Zone) -> Timestamp {
    match delay {
        None => at,
        Some(Delay::Minutes(minutes)) => at.plus(minutes.0),
        // Only beyond the calendar's end there is no such day.
        Some(Delay::Days { days, at: time }) => super::local::days_later(zone, at, i32::from(days), time).unwrap_or(at),
    }
}

/// What a step changes among the firings that the program has of the guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Keep,
    Add {
        occasion: Occasion,
        due_at: Timestamp,
    },
    /// The waiting firing of this occasion gets a new moment, and the event's number and values.
    Move {
        occasion: Occasion,
        due_at: Timestamp,
    },
    Cancel {
        occasions: Vec<Occasion>,
    },
}

/// What a step of the event `number` changes. Events are told in the order of their numbers, again and again after a
/// failure: what a firing has been told of already does not change it a second time.
pub fn change(step: &Step, number: i64, firings: &[Firing]) -> Change {
    let waiting = || firings.iter().filter(|it| it.state == FiringState::Waiting);
    match step {
        Step::Fire { occasion, due_at } => add(occasion, *due_at, firings),
        Step::Restart { occasion, due_at } => {
            if firings.iter().any(|it| number <= it.last_event) {
                return Change::Keep;
            }
            match waiting().next() {
                // An event that is told late does not make the message go sooner.
                Some(it) => Change::Move {
                    occasion: it.occasion.clone(),
                    due_at: it.due_at.max(*due_at),
                },
                None => add(occasion, *due_at, firings),
            }
        }
        Step::Cancel { occasion, .. } => {
            let older = waiting().filter(|it| it.last_event < number);
            let meant = older.filter(|it| occasion.as_ref().is_none_or(|one| *one == it.occasion));
            let occasions: Vec<_> = meant.map(|it| it.occasion.clone()).collect();
            match occasions.is_empty() {
                true => Change::Keep,
                false => Change::Cancel { occasions },
            }
        }
    }
}

fn add(occasion: &Occasion, due_at: Timestamp, firings: &[Firing]) -> Change {
    if firings.iter().any(|it| it.occasion == *occasion) {
        return Change::Keep;
    }
    let occasion = occasion.clone();
    Change::Add { occasion, due_at }
}
