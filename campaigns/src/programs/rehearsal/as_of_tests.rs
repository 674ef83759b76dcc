use super::*;
use bellhop_domain::consent::WordSource;
use bellhop_domain::event::Event;
use bellhop_domain::frequency_cap::FrequencyCap;
use bellhop_domain::phone::Region;
use bellhop_domain::segment::Endpoint;
use bellhop_domain::{EndpointId, EndpointKind, Money, Zone};
use bellhop_store::programs::PastEvent;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

const HOUR: i64 = 3_600_000;

fn at(hours: i64) -> Timestamp {
    Timestamp(1_790_000_000_000 + hours * HOUR)
}

fn asked() -> Asked {
    Asked {
        as_of: at(1_000),
        zone: Zone::utc(),
        region: Region::RU,
        thresholds: Thresholds::default(),
        cap: FrequencyCap::NONE,
    }
}

fn past() -> PastGuest {
    PastGuest {
        guest: Guest {
            customer: CustomerId(1),
            external_id: "c1".to_owned(),
            locale: None,
            birthday: None,
            registered_at: None,
            restaurant: None,
            tags: BTreeSet::new(),
            attributes: BTreeMap::new(),
            orders: Vec::new(),
            endpoints: Vec::new(),
            consents: BTreeSet::new(),
            blacklisted: false,
            messages: Vec::new(),
            marketing: Vec::new(),
        },
        orders: Vec::new(),
        may: Permission::default(),
        zone: None,
        birthday_told_at: None,
        blacklisted_at: None,
        gone: Vec::new(),
        words: Vec::new(),
        burns: None,
        events: Vec::new(),
        firings: Vec::new(),
        marketing: Vec::new(),
    }
}

fn word(heard: i64, word: Word, address: Option<&str>, channel: Option<Channel>) -> PastWord {
    let space = Space::of(EndpointKind::Phone);
    PastWord {
        address: address.map(|it| (space, it.to_owned())),
        channel,
        purpose: Purpose::Marketing,
        word,
        source: if channel.is_some() {
            WordSource::Guest
        } else {
            WordSource::Import
        },
        at: at(heard),
        came_at: at(heard),
    }
}

#[test]
fn a_word_counts_from_when_it_was_heard() {
    let sms = Channel::Sms.bit();
    let all: i64 = Channel::ALL.into_iter().map(Channel::bit).sum();
    let mut it = past();
    it.words = vec![
        word(0, Word::Given, None, None),
        word(10, Word::Withdrawn, Some("+79990000001"), Some(Channel::Sms)),
        word(20, Word::Given, Some("+79990000001"), Some(Channel::Sms)),
        word(30, Word::Withdrawn, None, None),
    ];
    let asked = asked();
    let consents = |it: &PastGuest| {
        let guest = AsOf::new(it, &asked, at(0));
        [-1, 5, 15, 25, 31].map(|hour| guest.may(at(hour)).consents)
    };
    assert_eq!(consents(&it), [0, all, all - sms, all, 0]);
    // The words that are kept do not explain that SMS is allowed now, so what they say of it is not believed.
    it.may = Permission::of_consents(sms);
    assert_eq!(consents(&it), [sms, all, all, all, sms]);
}

#[test]
fn an_order_counts_from_when_it_was_told_and_until_it_was_cancelled() {
    let order = |status, placed: i64| Order {
        placed_at: at(placed),
        status,
        total: Money(1),
        restaurant: None,
        delivery: None,
        source: None,
        promo: None,
        items: Vec::new(),
    };
    let told = |kind, number: &str, hour| PastEvent {
        event: Event {
            number: hour,
            kind,
            name: None,
            customer: CustomerId(1),
            at: at(hour),
            data: json!({ "order": { "number": number } }).as_object().unwrap().clone(),
        },
        came_at: at(hour),
        is_news: true,
    };
    let mut it = past();
    it.orders = ["A", "B", "C"].map(str::to_owned).to_vec();
    it.guest.orders = vec![
        order(OrderStatus::Delivered, 5),
        order(OrderStatus::Cancelled, 6),
        order(OrderStatus::Delivered, -50),
    ];
    it.events = vec![
        told(EventKind::OrderPlaced, "A", 8),
        told(EventKind::OrderPlaced, "B", 6),
        told(EventKind::OrderCancelled, "B", 9),
        // Of an order from before the time.
        told(EventKind::OrderDelivered, "C", 2),
    ];
    let asked = asked();
    let guest = AsOf::new(&it, &asked, at(0));
    let counted = |hour: i64| {
        let orders = guest.guest(at(hour)).orders;
        let counted = orders.iter().filter(|it| it.status.counts() && it.placed_at < at(hour));
        let dated = guest.dated(at(hour), &Thresholds::default(), Vec::new()).orders;
        (counted.count(), dated.map(|it| it.latest))
    };
    for (hour, expected) in [
        (1, (1, Some(at(-50)))),
        (7, (2, Some(at(6)))),
        (8, (3, Some(at(6)))),
        (9, (2, Some(at(5)))),
    ] {
        assert_eq!(counted(hour), expected, "hour {hour}");
    }
}

#[test]
fn what_has_an_instant_is_as_of_it() {
    let mut it = past();
    it.guest.birthday = Some(229);
    it.birthday_told_at = Some(at(10));
    it.guest.blacklisted = true;
    it.blacklisted_at = Some(at(20));
    it.guest.endpoints = vec![Endpoint {
        id: EndpointId(7),
        kind: EndpointKind::Fcm,
        address: "token".to_owned(),
        live: false,
        registered_at: at(-100),
    }];
    it.gone = vec![(EndpointId(7), at(30))];
    it.burns = Some(("[1]".to_owned(), at(-5)));
    it.events = vec![PastEvent {
        event: Event {
            number: 1,
            kind: EventKind::BonusesChanged,
            name: None,
            customer: CustomerId(1),
            at: at(40),
            data: json!({ "balance": "5", "burns": [2] }).as_object().unwrap().clone(),
        },
        came_at: at(40),
        is_news: true,
    }];
    let asked = asked();
    let guest = AsOf::new(&it, &asked, at(0));
    let everybody = Segment::everybody();
    let seen = |hour: i64| {
        let standing = guest.standing(&everybody, at(hour));
        let dated = guest.dated(at(hour), &Thresholds::default(), Vec::new());
        (
            dated.birthday,
            standing.guest.blacklisted,
            standing.guest.endpoints[Channel::Push as usize].is_some(),
            standing.burns,
        )
    };
    let (before, told) = (Some("[1]".to_owned()), Some("[2]".to_owned()));
    for (hour, expected) in [
        (-9, (None, false, true, None)),
        (9, (None, false, true, before.clone())),
        (10, (Some(229), false, true, before.clone())),
        (20, (Some(229), true, true, before.clone())),
        (30, (Some(229), true, false, before)),
        (40, (Some(229), true, false, told)),
    ] {
        assert_eq!(seen(hour), expected, "hour {hour}");
    }
}
