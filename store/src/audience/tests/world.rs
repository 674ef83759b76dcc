//! Random guest bases: as values for the reference, as rows for the databases.

use crate::guests::Settings;
use bellhop_domain::frequency_cap::FrequencyCap;
use bellhop_domain::order::OrderStatus;
use bellhop_domain::recent_marketing::Fate;
use bellhop_domain::retention::Thresholds;
use bellhop_domain::segment::{Endpoint, Guest, MailingMessage, Order, OrderItem};
use bellhop_domain::*;
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use std::fmt::Write;

/// 2026-03-01T00:00:00Z, about which everything happens.
pub const MIDDLE: i64 = 1_772_323_200_000;
pub const DAY: i64 = bellhop_domain::time::DAY_MS;
/// Categories and restaurants of an organisation: more than a mask has bits.
pub const NAMED: i64 = 66;
/// Of the tags a, b and c: the last bit of the facts' mask, the first number without one, and the first bit.
const TAG_ORDINALS: [i64; 3] = [63, 64, 1];
/// Each organisation's rows have numbers of their own.
const IDS: i64 = 100_000;
const HOUR: i64 = DAY / 24;

#[derive(Debug, Clone)]
pub struct World {
    pub thresholds: Thresholds,
    pub cap: FrequencyCap,
    /// The mark on the card itself.
    pub marked: Vec<bool>,
    pub guests: Vec<Guest>,
}

/// Days about the middle at which things happen; few, so that orders, filters and the instant asked meet at borders.
pub const DAYS: [i64; 10] = [-45, -31, -30, -20, -15, -14, -7, -1, 0, 5];

/// An instant on one of these days, or a millisecond beside it.
pub fn instant() -> impl Strategy<Value = Timestamp> {
    (select(&DAYS[..]), select(vec![0, 0, 0, -1, 1])).prop_map(|(day, ms)| Timestamp(MIDDLE + day * DAY + ms))
}

fn name(prefix: &'static str) -> impl Strategy<Value = Option<String>> {
    option::of(select(vec![1, 2, 65, 66]).prop_map(move |n| format!("{prefix} {n}")))
}

fn text(words: &'static [&'static str]) -> impl Strategy<Value = Option<String>> {
    option::of(select(words).prop_map(str::to_owned))
}

fn order() -> impl Strategy<Value = Order> {
    let item = (name("dish"), name("category")).prop_map(|(dish, category)| OrderItem { dish, category });
    (
        instant(),
        select(&OrderStatus::ALL[..]),
        select(vec![0, 1_000_000, 2_505_000, 10_000_000, -500_000]),
        name("restaurant"),
        (text(&["courier", "pickup"]), text(&["app", "site"]), text(&["BACK"])),
        vec(item, 0..3),
    )
        .prop_map(
            |(placed_at, status, total, restaurant, (delivery, source, promo), items)| Order {
                placed_at,
                status,
                total: Money(total),
                restaurant,
                delivery,
                source,
                promo,
                items,
            },
        )
}

/// Few addresses, so that cards share them.
fn endpoint() -> impl Strategy<Value = (EndpointKind, u8, bool)> {
    (select(&EndpointKind::ALL[..]), 0u8..5, prop::bool::weighted(0.8))
}

fn guest() -> impl Strategy<Value = (Guest, Vec<(EndpointKind, u8, bool)>)> {
    let card = (
        text(&["ru", "ru-RU", "en", "EN-us"]),
        option::of(select(vec![101i16, 227, 228, 229, 301, 302, 1231])),
        name("restaurant"),
        btree_set(select(vec!["a", "b", "c"]).prop_map(str::to_owned), 0..3),
        text(&["Kazan", "Tver"]),
    );
    let message = (1i64..3, any::<bool>(), any::<bool>());
    (
        card,
        // Now and then more than the facts keep.
        prop_oneof![5 => vec(order(), 0..5), 1 => vec(order(), 8..12)],
        vec(endpoint(), 0..4),
        btree_set(select(&Channel::ALL[..]), 0..4),
        (vec(message, 0..3), marketing()),
    )
        .prop_map(
            |((locale, birthday, restaurant, tags, city), orders, endpoints, consents, (messages, marketing))| {
                let message = |(mailing, sent, opened): (i64, bool, bool)| MailingMessage {
                    mailing: MailingId(mailing),
                    sent: sent || opened,
                    opened,
                };
                let guest = Guest {
                    customer: CustomerId(0),
                    external_id: String::new(),
                    locale,
                    birthday,
                    restaurant,
                    tags,
                    attributes: city.into_iter().map(|c| ("city".to_owned(), c)).collect(),
                    orders,
                    endpoints: Vec::new(),
                    consents,
                    blacklisted: false,
                    messages: messages.into_iter().map(message).collect(),
                    marketing,
                };
                (guest, endpoints)
            },
        )
}

/// In the order of the instants, as workers write them.
fn marketing() -> impl Strategy<Value = Vec<(Timestamp, Fate)>> {
    let later = select(vec![0, 1, HOUR / 2, 2 * HOUR]);
    let one = (instant(), later, 0..4u8).prop_map(|(at, later, kind)| {
        let fate = match kind {
            0 => Fate::Never,
            1 => Fate::UnderWay,
            _ => Fate::Sent(Timestamp(at.0 + later)),
        };
        (at, fate)
    });
    vec(one, 0..5).prop_map(|mut all| {
        all.sort_by_key(|(at, _)| *at);
        all
    })
}

fn cap() -> impl Strategy<Value = FrequencyCap> {
    select(vec![
        "1/day,3/week",
        "1/day",
        "2/day",
        "2/week",
        "0/day",
        "0/day,1/week",
        "",
    ])
    .prop_map(|written| match written {
        "" => FrequencyCap::NONE,
        written => written.parse().unwrap(),
    })
}

/// The address of an endpoint: a phone and a WhatsApp number of one digit are the same number.
fn address(kind: EndpointKind, n: u8) -> String {
    match kind {
        EndpointKind::Phone | EndpointKind::WhatsApp => format!("+7900000000{n}"),
        _ => format!("token-{n}"),
    }
}

pub fn world() -> impl Strategy<Value = World> {
    let thresholds = select(vec![(14, 30, 14, 14), (5, 9, 3, 20)])
        .prop_map(|(cooling, lost, new, returned)| Thresholds::new(cooling, lost, new, returned).unwrap());
    let states = vec(prop::bool::weighted(0.8), 25);
    let rules = (thresholds, cap());
    (rules, vec((guest(), prop::bool::weighted(0.1)), 1..8), states)
        .prop_map(|(rules, guests, live)| assemble(rules, guests, &live))
}

type Drawn = ((Guest, Vec<(EndpointKind, u8, bool)>), bool);

/// Numbers the guests, and gives every endpoint one state and one time of registration, whoever has it.
fn assemble((thresholds, cap): (Thresholds, FrequencyCap), drawn: Vec<Drawn>, live: &[bool]) -> World {
    let marked: Vec<bool> = drawn.iter().map(|(_, marked)| *marked).collect();
    let mut guests: Vec<Guest> = Vec::new();
    for (i, ((mut guest, endpoints), _)) in drawn.into_iter().enumerate() {
        guest.customer = CustomerId(i as i64 + 1);
        guest.external_id = format!("c{}", i + 1);
        for (kind, n, _) in endpoints {
            let id = i64::from(kind.code()) * 5 + i64::from(n);
            if guest.endpoints.iter().all(|e| e.id.0 != id) {
                guest.endpoints.push(Endpoint {
                    id: EndpointId(id),
                    kind,
                    address: address(kind, n),
                    live: live[id as usize % live.len()],
                    registered_at: Timestamp(MIDDLE + id * 7 % 11),
                });
            }
        }
        guests.push(guest);
    }
    let phones_of_marked: Vec<String> = guests
        .iter()
        .zip(&marked)
        .filter(|(_, marked)| **marked)
        .flat_map(|(g, _)| g.phones().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    for (guest, marked) in guests.iter_mut().zip(&marked) {
        guest.blacklisted = *marked || guest.phones().any(|p| phones_of_marked.iter().any(|m| m == p));
    }
    World {
        thresholds,
        cap,
        marked,
        guests,
    }
}

/// A base of guests about whom nothing is known but what `change` makes of them.
pub fn plain<T>(of: impl IntoIterator<Item = T>, mut change: impl FnMut(&mut Guest, T)) -> World {
    let drawn = of.into_iter().map(|it| {
        let mut guest = Guest {
            customer: CustomerId(0),
            external_id: String::new(),
            locale: None,
            birthday: None,
            restaurant: None,
            tags: Default::default(),
            attributes: Default::default(),
            orders: Vec::new(),
            endpoints: Vec::new(),
            consents: Default::default(),
            blacklisted: false,
            messages: Vec::new(),
            marketing: Vec::new(),
        };
        change(&mut guest, it);
        ((guest, Vec::new()), false)
    });
    assemble(Default::default(), drawn.collect(), &[true])
}

/// A delivered order of nothing.
pub fn delivered(placed_at: Timestamp) -> Order {
    Order {
        placed_at,
        status: OrderStatus::Delivered,
        total: Money(0),
        restaurant: None,
        delivery: None,
        source: None,
        promo: None,
        items: Vec::new(),
    }
}

fn quoted(text: &Option<String>) -> String {
    text.as_ref().map_or("NULL".to_owned(), |t| format!("'{t}'"))
}

fn named_id(org: i64, name: &Option<String>) -> String {
    let number = name.as_ref().and_then(|n| n.rsplit(' ').next().map(str::to_owned));
    number.map_or("NULL".to_owned(), |n| {
        (org * IDS + n.parse::<i64>().unwrap()).to_string()
    })
}

impl World {
    /// The number of one of the two mailings.
    pub fn mailing(org: i64, n: i64) -> i64 {
        org * IDS + n
    }

    /// Everything as rows of an organisation, facts still to be computed.
    pub fn rows(&self, org: i64) -> String {
        let mut sql = String::new();
        let settings = Settings {
            retention: self.thresholds,
            frequency_cap: self.cap,
            ..Settings::default()
        };
        let settings = serde_json::to_string(&settings).unwrap();
        let base = org * IDS;
        let zone = "Asia/Vladivostok";
        writeln!(sql, "INSERT INTO organisations (id, slug, name, currency, timezone, settings) VALUES ({org}, 'org{org}', 'o', 'RUB', '{zone}', '{settings}');").unwrap();
        for n in 1..=NAMED {
            let id = base + n;
            writeln!(sql, "INSERT INTO categories (id, org_id, ordinal, name) VALUES ({id}, {org}, {n}, 'category {n}');
                INSERT INTO dishes (id, org_id, name) VALUES ({id}, {org}, 'dish {n}');
                INSERT INTO restaurants (id, org_id, ordinal, name, timezone) VALUES ({id}, {org}, {n}, 'restaurant {n}', '{zone}');").unwrap();
        }
        for (n, tag) in ["a", "b", "c"].iter().enumerate() {
            writeln!(
                sql,
                "INSERT INTO tags (id, org_id, ordinal, name) VALUES ({}, {org}, {}, '{tag}');",
                base + n as i64,
                TAG_ORDINALS[n]
            )
            .unwrap();
        }
        for n in 1..=2 {
            let id = Self::mailing(org, n);
            writeln!(sql, "INSERT INTO mailings (id, org_id, name, spec, created_at) VALUES ({id}, {org}, 'm', '{{}}', 0);
                INSERT INTO runs (id, org_id, mailing_id, state, lane, test, spec, start_at) VALUES ({id}, {org}, {id}, 4, 2, FALSE, '', 0);
                INSERT INTO runs (id, org_id, mailing_id, state, lane, test, spec, start_at) VALUES ({id} + 10, {org}, {id}, 4, 2, TRUE, '', 0);").unwrap();
        }
        for (i, guest) in self.guests.iter().enumerate() {
            self.card(&mut sql, org, i, guest);
            orders(&mut sql, org, guest);
        }
        writeln!(
            sql,
            "INSERT INTO stale_customers (customer_id, org_id) SELECT id, {org} FROM customers WHERE org_id = {org};"
        )
        .unwrap();
        sql
    }

    fn card(&self, sql: &mut String, org: i64, i: usize, guest: &Guest) {
        let (base, id) = (org * IDS, org * IDS + guest.customer.0);
        let marked = if self.marked[i] { "1" } else { "NULL" };
        let birthday = guest.birthday.map_or("NULL".to_owned(), |b| b.to_string());
        writeln!(
            sql,
            "INSERT INTO customers (id, org_id, external_id, locale, birth_month_day, restaurant_id, blacklisted_at) VALUES ({id}, {org}, '{}', {}, {birthday}, {}, {marked});",
            guest.external_id,
            quoted(&guest.locale),
            named_id(org, &guest.restaurant)
        )
        .unwrap();
        for tag in &guest.tags {
            writeln!(sql, "INSERT INTO customer_tags (tag_id, customer_id) SELECT id, {id} FROM tags WHERE org_id = {org} AND name = '{tag}';").unwrap();
        }
        for (key, value) in &guest.attributes {
            writeln!(sql, "INSERT INTO customer_attributes (org_id, customer_id, key, value) VALUES ({org}, {id}, '{key}', '{value}');").unwrap();
        }
        for channel in &guest.consents {
            writeln!(sql, "INSERT INTO consents (org_id, customer_id, channel, purpose, given, at, how) VALUES ({org}, {id}, {}, 1, TRUE, 0, 'test');", *channel as i64).unwrap();
        }
        for e in &guest.endpoints {
            let (state, endpoint) = (if e.live { 1 } else { 2 + e.id.0 % 2 }, base + e.id.0);
            writeln!(sql, "INSERT INTO endpoints (id, org_id, kind, address, state, state_since, registered_at) VALUES ({endpoint}, {org}, {}, '{}', {state}, 0, {}) ON CONFLICT DO NOTHING;
                INSERT INTO customer_endpoints (customer_id, endpoint_id) VALUES ({id}, {endpoint});", e.kind.code(), e.address, e.registered_at.0).unwrap();
        }
        for (n, message) in guest.messages.iter().enumerate() {
            let at = |is: bool| if is { "1" } else { "NULL" };
            let run = base + message.mailing.0;
            writeln!(sql, "INSERT INTO messages (id, org_id, run_id, batch_id, customer_id, endpoint_id, step, state, sent_at, opened_at) VALUES ({id} * 100 + {n}, {org}, {run}, 0, {id}, {id} * 100 + {n}, 0, 1, {}, {});", at(message.sent), at(message.opened)).unwrap();
        }
        kept_marketing(sql, org, id, guest);
        // A test run and an app without a guest say nothing about anybody.
        writeln!(sql, "INSERT INTO messages (id, org_id, run_id, batch_id, customer_id, endpoint_id, step, state, sent_at, opened_at) VALUES ({id} * 100 + 8, {org}, {base} + 11, 0, {id}, {id} * 100 + 8, 0, 1, 1, 1), ({id} * 100 + 9, {org}, {base} + 1, 0, NULL, {id} * 100 + 9, 0, 1, 1, 1);").unwrap();
    }
}

/// Some of those under way have no message, as if its mailing had been removed.
fn kept_marketing(sql: &mut String, org: i64, id: i64, guest: &Guest) {
    if guest.marketing.is_empty() {
        return;
    }
    let mut kept = Vec::new();
    for (n, (at, fate)) in guest.marketing.iter().enumerate() {
        let message = id * 100 + 50 + n as i64;
        kept.push(format!("[{message},{}]", at.0));
        let (state, sent) = match fate {
            Fate::Never => (10 + n % 4, "NULL".to_owned()),
            Fate::UnderWay => (1 + n % 3, "NULL".to_owned()),
            Fate::Sent(sent) => (13, sent.0.to_string()),
        };
        if *fate != Fate::UnderWay || n % 2 == 0 {
            writeln!(sql, "INSERT INTO messages (id, org_id, run_id, batch_id, customer_id, endpoint_id, step, state, sent_at) VALUES ({message}, {org}, 0, 0, {id}, {message}, 0, {state}, {sent});").unwrap();
        }
    }
    writeln!(
        sql,
        "INSERT INTO guest_marketing (customer_id, org_id, turn, latest, messages) VALUES ({id}, {org}, 1, {}, '[{}]');",
        guest.marketing[guest.marketing.len() - 1].0.0,
        kept.join(",")
    )
    .unwrap();
}

fn orders(sql: &mut String, org: i64, guest: &Guest) {
    let customer = org * IDS + guest.customer.0;
    for (n, o) in guest.orders.iter().enumerate() {
        let id = customer * 100 + n as i64;
        writeln!(
            sql,
            "INSERT INTO orders (id, org_id, external_id, customer_id, restaurant_id, placed_at, status, total, delivery, source, promo) VALUES ({id}, {org}, 'o{id}', {customer}, {}, {}, {}, {}, {}, {}, {});",
            named_id(org, &o.restaurant),
            o.placed_at.0,
            o.status.code(),
            o.total.0,
            quoted(&o.delivery),
            quoted(&o.source),
            quoted(&o.promo)
        )
        .unwrap();
        for (position, item) in o.items.iter().enumerate() {
            writeln!(
                sql,
                "INSERT INTO order_items (order_id, position, customer_id, dish_id, category_id, quantity, price) VALUES ({id}, {position}, {customer}, {}, {}, 1, 1);",
                named_id(org, &item.dish),
                named_id(org, &item.category)
            )
            .unwrap();
        }
    }
}
