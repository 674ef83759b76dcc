//! A guest as of an instant, as far as the store can tell: orders, words of consent, bonuses, birthdays that were told, dead
//! addresses and the blacklist have their instants. The rest (tags, attributes, the card) is taken as it is today.

use bellhop_domain::consent::{CardWord, Space, Stand, Word, allows, notifies};
use bellhop_domain::event::{EventKind, value_of};
use bellhop_domain::order::OrderStatus;
use bellhop_domain::retention::{OrderFacts, Thresholds};
use bellhop_domain::segment::{Asked, Guest, Order, Segment};
use bellhop_domain::{Channel, CustomerId, Permission, Purpose, Timestamp};
use bellhop_store::ledger::PlanGuest;
use bellhop_store::programs::{DatedGuest, KnownFiring, PastGuest, PastWord, Standing};
use serde_json::Value;
use std::collections::HashMap;

/// What is known of a guest, and the organisation's rules to ask by.
pub(super) struct AsOf<'a> {
    pub past: &'a PastGuest,
    pub asked: &'a Asked,
    /// By order: when it was first told of, and when it was cancelled.
    orders: Vec<(Timestamp, Option<Timestamp>)>,
}

impl<'a> AsOf<'a> {
    /// `since`: from when on all events are among those of `past`.
    pub fn new(past: &'a PastGuest, asked: &'a Asked, since: Timestamp) -> Self {
        let mut told: HashMap<&str, (Timestamp, Option<Timestamp>)> = HashMap::new();
        for it in &past.events {
            let number = it
                .event
                .kind
                .order_status()
                .and_then(|_| value_of(&it.event.data, "order.number"));
            let Some(number) = number.and_then(Value::as_str) else {
                continue;
            };
            let (_, cancelled) = told.entry(number).or_insert((it.came_at, None));
            if it.event.kind == EventKind::OrderCancelled {
                cancelled.get_or_insert(it.came_at);
            }
        }
        let known = |(number, order): (&String, &Order)| match told.get(number.as_str()) {
            Some((first, cancelled)) if order.placed_at >= since => (*first, *cancelled),
            // Of an order from before, only what became of it later is among them.
            Some((_, cancelled)) => (order.placed_at, *cancelled),
            None => (order.placed_at, None),
        };
        Self {
            past,
            asked,
            orders: past.orders.iter().zip(&past.guest.orders).map(known).collect(),
        }
    }

    pub fn customer(&self) -> CustomerId {
        self.past.guest.customer
    }

    fn is_blacklisted(&self, at: Timestamp) -> bool {
        self.past.guest.blacklisted && self.past.blacklisted_at.is_none_or(|since| since <= at)
    }

    /// What the guest allowed: by the words that had been heard, if any has been heard since; else as it is.
    pub fn may(&self, at: Timestamp) -> Permission {
        if self.past.words.iter().all(|word| word.came_at <= at) {
            return self.past.may;
        }
        let (then, now) = (
            amount_to(&self.past.words, at),
            amount_to(&self.past.words, Timestamp(i64::MAX)),
        );
        // Where the words that are kept do not amount to what holds today, something else was known.
        let kept = |then: i64, now: i64, today: i64| (then & !(now ^ today)) | (today & (now ^ today));
        Permission {
            consents: kept(then.consents, now.consents, self.past.may.consents),
            silenced: kept(then.silenced, now.silenced, self.past.may.silenced),
        }
    }

    /// The guest as conditions see them.
    pub fn guest(&self, at: Timestamp) -> Guest {
        let mut guest = self.past.guest.clone();
        let mut known = self.orders.iter();
        guest.orders.retain_mut(|order| {
            let (told, cancelled) = known.next().copied().unwrap_or((order.placed_at, None));
            if order.status == OrderStatus::Cancelled && cancelled.is_some_and(|cancelled| cancelled > at) {
                order.status = OrderStatus::Placed;
            }
            told <= at
        });
        for endpoint in &mut guest.endpoints {
            let gone = self.past.gone.iter().find(|(id, _)| *id == endpoint.id);
            endpoint.live |= gone.is_some_and(|(_, since)| *since > at);
        }
        let may = self.may(at);
        guest.consents = Channel::ALL
            .into_iter()
            .filter(|it| may.consents & it.bit() != 0)
            .collect();
        guest.blacklisted = self.is_blacklisted(at);
        guest.birthday = self.birthday(at).map(|(day, _)| day);
        guest
    }

    fn birthday(&self, at: Timestamp) -> Option<(i16, Option<Timestamp>)> {
        let told_at = self.past.birthday_told_at;
        let day = self.past.guest.birthday?;
        told_at.is_none_or(|told| told <= at).then_some((day, told_at))
    }

    /// Whether a filter let the guest in.
    pub fn holds(&self, segment: &Segment, at: Timestamp) -> bool {
        let asked = Asked {
            as_of: at,
            ..self.asked.clone()
        };
        segment.is_everybody() || segment.holds(&self.guest(at), &asked)
    }

    /// JSON: what of the guest's bonuses burned, as it had been reported.
    fn burns(&self, at: Timestamp) -> Option<String> {
        let told = self
            .past
            .events
            .iter()
            .filter(|it| it.event.kind == EventKind::BonusesChanged && it.came_at <= at);
        if let Some(latest) = told.max_by_key(|it| (it.event.at, it.event.number)) {
            let burns = value_of(&latest.event.data, "burns").cloned();
            return Some(burns.unwrap_or_else(|| Value::Array(Vec::new())).to_string());
        }
        let (burns, as_of) = self.past.burns.as_ref()?;
        (*as_of <= at).then(|| burns.clone())
    }

    /// What a calendar knew of the guest.
    pub fn dated(&self, at: Timestamp, thresholds: &Thresholds, firings: Vec<KnownFiring>) -> DatedGuest {
        let birthday = self.birthday(at);
        let orders = self.past.guest.orders.iter().zip(&self.orders);
        let counted = orders.filter(|(order, (told, cancelled))| {
            let counts = order.status.counts() || cancelled.is_some_and(|cancelled| cancelled > at);
            counts && *told <= at
        });
        let mut placed: Vec<Timestamp> = counted.map(|(order, _)| order.placed_at).collect();
        placed.sort_unstable();
        DatedGuest {
            customer: self.customer(),
            birthday: birthday.map(|(day, _)| day),
            birthday_told_at: birthday.and_then(|(_, told_at)| told_at),
            burns: self.burns(at),
            orders: OrderFacts::of(&placed, thresholds),
            zone: self.past.zone.clone(),
            firings,
        }
    }

    /// How the guest stood when a firing was let go.
    pub fn standing(&self, guard: &Segment, at: Timestamp) -> Standing {
        let guest = self.guest(at);
        let mut endpoints = [None; Channel::ALL.len()];
        for channel in Channel::ALL {
            endpoints[channel as usize] = guest.live(channel).map(|it| (it.kind, it.id));
        }
        Standing {
            holds: self.holds(guard, at),
            guest: PlanGuest {
                customer: self.customer(),
                blacklisted: guest.blacklisted,
                may: self.may(at),
                endpoints,
            },
            zone: self.past.zone.clone(),
            burns: self.burns(at),
        }
    }

    /// The instants at which a plan of the guest's dates may have become another.
    pub fn news_of_dates(&self) -> impl Iterator<Item = Timestamp> {
        let told = self.past.events.iter().map(|it| it.came_at);
        told.chain(self.past.birthday_told_at)
    }
}

/// What the words that were heard until an instant amount to.
fn amount_to(words: &[PastWord], at: Timestamp) -> Permission {
    let mut permission = Permission::default();
    for channel in Channel::ALL {
        let (card, stands) = heard(words, Purpose::Marketing, channel, at);
        if allows(card, &stands) {
            permission.consents |= channel.bit();
        }
        let (card, stands) = heard(words, Purpose::Notification, channel, at);
        if !notifies(card, &stands) {
            permission.silenced |= channel.bit();
        }
    }
    permission
}

fn heard(words: &[PastWord], purpose: Purpose, channel: Channel, at: Timestamp) -> (Option<CardWord>, Vec<Stand>) {
    let mut card: Option<CardWord> = None;
    let mut stands: HashMap<&(Space, String), Stand> = HashMap::new();
    let of =
        |it: &&PastWord| it.purpose == purpose && it.came_at <= at && it.channel.is_none_or(|said| said == channel);
    for it in words.iter().filter(of) {
        if let Some(address) = &it.address {
            let stand = stands.entry(address).or_default();
            *stand = stand.hear(it.word, it.at);
            continue;
        }
        let said = CardWord {
            given: it.word == Word::Given,
            at: it.at,
            source: it.source,
        };
        // A file's word is only kept where it replaced another.
        let is_files = !it.source.is_own() && it.channel.is_none();
        if card.is_none_or(|known| is_files || said.overrules(&known)) {
            card = Some(said);
        }
    }
    (card, stands.into_values().collect())
}

#[cfg(test)]
#[path = "as_of_tests.rs"]
mod tests;
