//! Events that are told for the first time, with what was looked up for them.

use crate::base::happened::Event;
use crate::guests::promo_tags::Tagged;
use bellhop_domain::event::Told;
use bellhop_domain::{CustomerId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// An event that is told for the first time.
pub(super) struct Fresh<'a> {
    pub told: &'a Told,
    pub customer: CustomerId,
    pub number: i64,
    pub at: Timestamp,
}

/// What an event changed beyond its own rows.
#[derive(Default)]
pub(super) struct Concerned {
    /// Whose facts have other sources now.
    pub touched: BTreeSet<CustomerId>,
    /// Whose addresses have changed, which others may share.
    pub sharing: BTreeSet<CustomerId>,
    /// What guests have got by the promos that they used.
    pub tagged: Tagged,
}

impl Fresh<'_> {
    pub fn event(&self) -> Event {
        Event {
            number: self.number,
            kind: self.told.kind,
            name: self.told.name.clone(),
            customer: self.customer,
            at: self.at,
            data: self.told.data.clone(),
        }
    }
}

/// The latest of each guest by its own time, of several at one instant the one told last: guests in the order of their
/// numbers, in which everybody locks them.
pub(super) fn latest<'a>(events: Vec<&'a Fresh<'a>>) -> Vec<&'a Fresh<'a>> {
    let mut latest = BTreeMap::new();
    for event in events {
        let known = latest.entry(event.customer).or_insert(event);
        if (event.at, event.number) >= (known.at, known.number) {
            *known = event;
        }
    }
    latest.into_values().collect()
}
