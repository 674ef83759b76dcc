//! The guest base in plain Rust: what facts must be after any sequence of writes.

use bellhop_domain::consent::{CardWord, Space, Stand, Word, WordSource, allows};
use bellhop_domain::order::OrderStatus;
use bellhop_domain::retention::{OrderFacts, Thresholds};
use bellhop_domain::{Channel, EndpointKind, Money, Timestamp};
use bellhop_store::guests::{CustomerCard, EndpointState, GuestFacts, LiveOrder};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Default)]
pub struct Card {
    pub external_id: String,
    pub restaurant: Option<String>,
    pub blacklisted: bool,
    pub tags: BTreeSet<String>,
    /// The latest word on each channel, and how it was said.
    pub consents: BTreeMap<Channel, (CardWord, &'static str)>,
}

#[derive(Debug)]
pub struct Endpoint {
    pub kind: EndpointKind,
    pub address: String,
    pub state: EndpointState,
    pub registered_at: Timestamp,
    /// Places in the list of cards.
    pub owners: BTreeSet<usize>,
}

#[derive(Debug, Default)]
pub struct Model {
    pub thresholds: Thresholds,
    /// In the order of their creation, as are endpoints.
    pub cards: Vec<Card>,
    pub orders: BTreeMap<String, (usize, LiveOrder)>,
    pub endpoints: Vec<Endpoint>,
    /// What addresses have said.
    pub stands: BTreeMap<(Space, String, Channel), Stand>,
}

fn is_phone(kind: EndpointKind) -> bool {
    matches!(kind, EndpointKind::Phone | EndpointKind::WhatsApp)
}

impl Model {
    pub fn find(&self, external_id: &str) -> Option<usize> {
        self.cards.iter().position(|card| card.external_id == external_id)
    }

    fn create(&mut self, external_ids: impl Iterator<Item = String>) {
        for external_id in external_ids.collect::<BTreeSet<_>>() {
            if self.find(&external_id).is_none() {
                self.cards.push(Card {
                    external_id,
                    ..Card::default()
                });
            }
        }
    }

    fn endpoint(&mut self, kind: EndpointKind, address: &str, now: Timestamp) -> &mut Endpoint {
        let found = self
            .endpoints
            .iter()
            .position(|e| e.kind == kind && e.address == address);
        let at = found.unwrap_or_else(|| {
            self.endpoints.push(Endpoint {
                kind,
                address: address.to_owned(),
                state: EndpointState::Active,
                registered_at: now,
                owners: BTreeSet::new(),
            });
            self.endpoints.len() - 1
        });
        &mut self.endpoints[at]
    }

    fn attach(&mut self, wanted: &[(usize, EndpointKind, String)], now: Timestamp) {
        for kind in EndpointKind::ALL {
            let of_kind = || wanted.iter().filter(|w| w.1 == kind);
            for address in of_kind().map(|w| &w.2).collect::<BTreeSet<_>>() {
                self.endpoint(kind, address, now);
            }
            for (card, _, address) in of_kind() {
                let owners = &mut self.endpoint(kind, address, now).owners;
                if !is_phone(kind) {
                    owners.clear();
                }
                owners.insert(*card);
            }
        }
    }

    fn owner_of_phone(&self, phone: &str) -> Option<usize> {
        let has = |e: &&Endpoint| is_phone(e.kind) && e.address == phone;
        self.endpoints
            .iter()
            .filter(has)
            .filter_map(|e| e.owners.first().copied())
            .min()
    }

    pub fn put_orders(&mut self, reports: &[LiveOrder], now: Timestamp) {
        let phone = |r: &LiveOrder| r.phone.as_ref().map(|p| p.e164().to_owned());
        let external_id = |model: &Model, r: &LiveOrder| match (&r.customer, phone(r)) {
            (Some(id), _) => id.clone(),
            (None, Some(phone)) => match model.owner_of_phone(&phone) {
                Some(card) => model.cards[card].external_id.clone(),
                None => phone,
            },
            (None, None) => panic!("a report names a customer or a phone"),
        };
        let ids: Vec<String> = reports.iter().map(|r| external_id(self, r)).collect();
        self.create(ids.iter().cloned());
        let mut phones = Vec::new();
        for (report, id) in reports.iter().zip(ids) {
            let card = self.find(&id).unwrap();
            if let Some(phone) = phone(report) {
                phones.push((card, EndpointKind::Phone, phone));
            }
            self.put_order(card, report);
        }
        self.attach(&phones, now);
    }

    fn put_order(&mut self, card: usize, report: &LiveOrder) {
        let entry = self.orders.entry(report.external_id.clone());
        let (owner, known) = entry.or_insert_with(|| (card, report.clone()));
        if report.status.code() >= known.status.code() {
            let before = std::mem::replace(known, report.clone());
            *owner = card;
            known.restaurant = known.restaurant.take().or(before.restaurant);
            known.items = known.items.take().or(before.items);
        } else {
            known.restaurant = known.restaurant.take().or_else(|| report.restaurant.clone());
            let none = known.items.as_ref().is_none_or(Vec::is_empty);
            if none && report.items.is_some() {
                known.items.clone_from(&report.items);
            }
        }
    }

    pub fn put_customers(&mut self, cards: &[CustomerCard], how: &'static str, now: Timestamp) {
        self.create(cards.iter().map(|c| c.external_id.clone()));
        let mut addresses = Vec::new();
        let mut consents: BTreeMap<usize, bool> = BTreeMap::new();
        for card in cards {
            let at = self.find(&card.external_id).unwrap();
            if card.restaurant.is_some() {
                self.cards[at].restaurant.clone_from(&card.restaurant);
            }
            if !card.tags.is_empty() {
                self.cards[at].tags = card.tags.iter().cloned().collect();
            }
            let phones = card
                .phones
                .iter()
                .map(|p| (at, EndpointKind::Phone, p.e164().to_owned()));
            addresses.extend(phones.chain(card.fcm_token.iter().map(|t| (at, EndpointKind::Fcm, t.clone()))));
            if let Some(given) = card.marketing_consent {
                consents.insert(at, given);
            }
        }
        self.attach(&addresses, now);
        for (card, given) in consents {
            for channel in Channel::ALL {
                let said = CardWord {
                    given,
                    at: now,
                    source: WordSource::Import,
                };
                let word = self.cards[card].consents.entry(channel).or_insert((said, how));
                // A yes from elsewhere does not overrule a no.
                if word.0.given != given && (word.0.given || word.1 == how) {
                    *word = (said, how);
                }
            }
        }
    }

    /// A word about a card; a guest's own is one of their addresses too.
    pub fn consent(&mut self, card: usize, channel: Channel, said: CardWord, how: &'static str) {
        self.say(card, channel, said, how);
        if said.source.is_own() {
            let of_card = self.endpoints.iter().filter(|e| e.owners.contains(&card));
            let reached = of_card.filter(|e| Space::of(e.kind).kinds().any(|kind| kind.channel() == channel));
            let addresses: BTreeSet<_> = reached.map(|e| (Space::of(e.kind), e.address.clone())).collect();
            for (space, address) in addresses {
                self.hear(space, &address, channel, said, how);
            }
        }
    }

    /// A word by an address: the address's, and that of every card with it.
    pub fn hear(&mut self, space: Space, address: &str, channel: Channel, said: CardWord, how: &'static str) {
        let word = if said.given { Word::Given } else { Word::Withdrawn };
        let stand = self.stands.entry((space, address.to_owned(), channel)).or_default();
        *stand = stand.hear(word, said.at);
        let same = self
            .endpoints
            .iter()
            .filter(|e| Space::of(e.kind) == space && e.address == address);
        for card in same.flat_map(|e| e.owners.clone()).collect::<BTreeSet<_>>() {
            self.say(card, channel, said, how);
        }
    }

    fn say(&mut self, card: usize, channel: Channel, said: CardWord, how: &'static str) {
        let known = self.cards[card].consents.entry(channel).or_insert((said, how));
        if said.overrules(&known.0) {
            *known = (said, how);
        }
    }

    pub fn register(&mut self, kind: EndpointKind, address: &str, customer: Option<&str>, muted: bool, now: Timestamp) {
        self.create(customer.map(str::to_owned).into_iter());
        let endpoint = self.endpoint(kind, address, now);
        endpoint.state = if muted {
            EndpointState::Muted
        } else {
            EndpointState::Active
        };
        endpoint.registered_at = now;
        if let Some(card) = customer.and_then(|id| self.find(id)) {
            self.attach(&[(card, kind, address.to_owned())], now);
        }
    }

    pub fn facts(&self, card: usize) -> GuestFacts {
        let mut orders: Vec<&LiveOrder> = self
            .orders
            .values()
            .filter(|(owner, order)| *owner == card && order.status != OrderStatus::Cancelled)
            .map(|(_, order)| order)
            .collect();
        orders.sort_by_key(|o| (o.placed_at, o.external_id.clone()));
        let placed: Vec<Timestamp> = orders.iter().map(|o| o.placed_at).collect();
        let retention = OrderFacts::of(&placed, &self.thresholds);
        let restaurants: BTreeSet<&String> = orders.iter().filter_map(|o| o.restaurant.as_ref()).collect();
        let items = orders.iter().filter_map(|o| o.items.as_ref()).flatten();
        let categories: BTreeSet<&String> = items.filter_map(|i| i.category.as_ref()).collect();
        let home = orders.iter().rev().find_map(|o| o.restaurant.clone());
        let chosen = Channel::ALL.map(|channel| self.live_endpoint(card, channel));
        GuestFacts {
            orders: orders.len() as u64,
            revenue: Money(orders.iter().map(|o| o.total.0).sum()),
            first_at: retention.map(|r| r.first),
            last_at: retention.map(|r| r.latest),
            returned_at: retention.and_then(|r| r.returned),
            restaurants: restaurants.into_iter().cloned().collect(),
            categories: categories.into_iter().cloned().collect(),
            tags: self.cards[card].tags.iter().cloned().collect(),
            home_restaurant: home.or_else(|| self.cards[card].restaurant.clone()),
            consents: self.consents(card),
            silenced: Vec::new(),
            addresses: chosen.iter().flatten().map(|e| (e.kind, e.address.clone())).collect(),
            blacklisted: self.is_blacklisted(card),
            shares_address: chosen.iter().flatten().any(|e| e.owners.len() > 1),
        }
    }

    fn consents(&self, card: usize) -> Vec<Channel> {
        let own = self.endpoints.iter().filter(|e| e.owners.contains(&card));
        let addresses: BTreeSet<_> = own.map(|e| (Space::of(e.kind), e.address.clone())).collect();
        let allowed = |channel: &Channel| {
            let said = self.cards[card].consents.get(channel).map(|(word, _)| *word);
            let stands = addresses
                .iter()
                .filter_map(|(space, address)| self.stands.get(&(*space, address.clone(), *channel)));
            allows(said, &stands.copied().collect::<Vec<_>>())
        };
        Channel::ALL.into_iter().filter(allowed).collect()
    }

    fn live_endpoint(&self, card: usize, channel: Channel) -> Option<&Endpoint> {
        self.endpoints
            .iter()
            .filter(|e| e.kind.channel() == channel && e.state == EndpointState::Active && e.owners.contains(&card))
            .max_by_key(|e| e.registered_at)
    }

    fn is_blacklisted(&self, card: usize) -> bool {
        let phones = |card: usize| -> BTreeSet<&String> {
            let own = self
                .endpoints
                .iter()
                .filter(|e| is_phone(e.kind) && e.owners.contains(&card));
            own.map(|e| &e.address).collect()
        };
        let mine = phones(card);
        let shares = |other: usize| other == card || !phones(other).is_disjoint(&mine);
        (0..self.cards.len()).any(|other| self.cards[other].blacklisted && shares(other))
    }
}
