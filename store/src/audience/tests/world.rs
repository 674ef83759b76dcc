//! Random guest bases: as values for the reference, as rows for the databases.

use bellhop_domain::frequency_cap::FrequencyCap;
use bellhop_domain::message::MessageState;
use bellhop_domain::order::OrderStatus;
use bellhop_domain::recent_marketing::Fate;
use bellhop_domain::retention::Thresholds;
use bellhop_domain::segment::{Endpoint, Guest, MailingMessage, Order, OrderItem};
use bellhop_domain::*;
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// 2026-03-01T00:00:00Z, about which everything happens.
pub const MIDDLE: i64 = 1_772_323_200_000;
pub const DAY: i64 = bellhop_domain::time::DAY_MS;
/// Categories and restaurants of an organisation: more than a mask has bits.
pub const NAMED: i64 = 66;
/// Of the tags a, b and c: the last bit of the facts' mask, the first number without one, and the first bit.
pub const TAG_ORDINALS: [i64; 3] = [63, 64, 1];
/// Each organisation's rows have numbers of their own.
pub const IDS: i64 = 100_000;
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
        (
            option::of(select(vec![101i16, 227, 228, 229, 301, 302, 1231])),
            option::of(instant()),
        ),
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
            |(
                (locale, (birthday, registered_at), restaurant, tags, city),
                orders,
                endpoints,
                consents,
                (messages, marketing),
            )| {
                let message = |(mailing, sent, opened): (i64, bool, bool)| MailingMessage {
                    mailing: MailingId(mailing),
                    run: RunId(mailing),
                    state: match (sent, opened) {
                        (_, true) => MessageState::Opened,
                        (true, false) => MessageState::Sent,
                        (false, false) => MessageState::Failed,
                    },
                    reason: (!sent && !opened).then(|| "invalid".to_owned()),
                    sent: sent || opened,
                    opened,
                };
                let guest = Guest {
                    customer: CustomerId(0),
                    external_id: String::new(),
                    locale,
                    birthday,
                    registered_at,
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
            registered_at: None,
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
