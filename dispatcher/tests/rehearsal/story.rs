//! What happens to guests in a month, drawn from a seed.

use bellhop_domain::{Timestamp, Zone};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const ZONES: [Option<&str>; 5] = [
    None,
    Some("Asia/Almaty"),
    Some("America/Vancouver"),
    Some("Pacific/Apia"),
    Some("Europe/Berlin"),
];

/// Something that happens.
#[derive(Debug, Clone)]
pub enum Happening {
    Event(Value),
    Consent {
        guest: u32,
        given: bool,
    },
    Blacklist {
        guest: u32,
    },
    /// The app was removed.
    AppGone {
        guest: u32,
    },
}

/// A guest as the brand's file has them.
#[derive(Debug, Clone)]
pub struct Card {
    pub number: u32,
    pub zone: Option<&'static str>,
    pub birthday: Option<String>,
    pub consents: bool,
    pub has_app: bool,
    pub has_phone: bool,
    pub tag: Option<&'static str>,
}

pub struct Story {
    pub cards: Vec<Card>,
    /// From a hundred days before the month on, in their order.
    pub happenings: Vec<(Timestamp, Happening)>,
    pub imported_at: Timestamp,
    pub from: Timestamp,
    pub until: Timestamp,
}

impl Story {
    pub fn of(seed: u64, guests: u32, from: Timestamp, until: Timestamp) -> Self {
        let mut teller = Teller {
            random: StdRng::seed_from_u64(seed),
            happenings: Vec::new(),
            from,
            until,
            number: 0,
        };
        let cards: Vec<Card> = (1..=guests).map(|guest| teller.card(guest)).collect();
        for card in &cards {
            // A date that was known before is not kept, so a rehearsal knows only the one that was told.
            teller.guest(card.number, card.birthday.is_none());
        }
        let mut happenings = teller.happenings;
        happenings.sort_by_key(|(at, _)| *at);
        // Of two at one instant nobody could say which a dispatcher hears first.
        let mut last = Timestamp(0);
        for (at, _) in &mut happenings {
            *at = Timestamp(at.0.max(last.0 + 1));
            last = *at;
        }
        Self {
            cards,
            happenings,
            imported_at: Timestamp(from.0 - 110 * DAY),
            from,
            until,
        }
    }
}

struct Teller {
    random: StdRng,
    happenings: Vec<(Timestamp, Happening)>,
    from: Timestamp,
    until: Timestamp,
    number: u32,
}

impl Teller {
    fn chance(&mut self, percent: u32) -> bool {
        self.random.random_range(0..100) < percent
    }

    fn between(&mut self, from: i64, until: i64) -> Timestamp {
        Timestamp(self.random.random_range(from..until))
    }

    fn in_time(&mut self) -> Timestamp {
        let (from, until) = (self.from.0, self.until.0);
        self.between(from, until)
    }

    fn card(&mut self, number: u32) -> Card {
        Card {
            number,
            zone: ZONES[self.random.random_range(0..ZONES.len())],
            birthday: self.chance(50).then(|| self.birthday(-3, 45)),
            consents: self.chance(80),
            has_app: self.chance(50),
            has_phone: self.chance(85),
            tag: self.chance(15).then_some("staff"),
        }
    }

    /// A birthday some days from the beginning.
    fn birthday(&mut self, first: i64, last: i64) -> String {
        let day = Timestamp(self.from.0 + self.random.random_range(first..last) * DAY);
        let day = Zone::utc().local(day).unwrap();
        format!("1990-{:02}-{:02}", day.month(), day.day())
    }

    fn tell(&mut self, at: Timestamp, guest: u32, kind: &str, more: Value) {
        if at >= self.until {
            return;
        }
        self.number += 1;
        let mut event =
            json!({ "id": format!("e-{}", self.number), "type": kind, "customer_id": format!("guest-{guest}") });
        if let (Some(event), Value::Object(more)) = (event.as_object_mut(), more) {
            event.extend(more);
        }
        self.happenings.push((at, Happening::Event(event)));
    }

    fn guest(&mut self, guest: u32, tells_birthday: bool) {
        self.orders(guest);
        for _ in 0..self.random.random_range(0..3) {
            self.cart(guest);
        }
        if tells_birthday && self.chance(80) {
            let at = self.in_time();
            let day = (at.0 - self.from.0) / DAY;
            let birthday = self.birthday(day - 5, day + 12);
            self.tell(
                at,
                guest,
                "guest.registered",
                json!({ "guest": { "birthday": birthday, "source": "app" } }),
            );
        }
        for _ in 0..self.random.random_range(0..3) {
            let at = self.in_time();
            self.bonuses(guest, at);
        }
        if self.chance(25) {
            let at = self.in_time();
            let given = self.chance(40);
            self.happenings.push((at, Happening::Consent { guest, given }));
        }
        if self.chance(6) {
            let at = self.in_time();
            self.happenings.push((at, Happening::Blacklist { guest }));
        }
        if self.chance(10) {
            let at = self.in_time();
            self.happenings.push((at, Happening::AppGone { guest }));
        }
    }

    fn bonuses(&mut self, guest: u32, at: Timestamp) {
        let burns: Vec<Value> = (0..self.random.random_range(0..3))
            .map(|_| {
                let day = Timestamp(at.0 + self.random.random_range(1..20) * DAY);
                json!({ "amount": self.random.random_range(1..500), "at": day.to_rfc3339() })
            })
            .collect();
        self.tell(at, guest, "bonuses.changed", json!({ "balance": 900, "burns": burns }));
    }

    fn cart(&mut self, guest: u32) {
        let mut at = self.in_time();
        for _ in 0..self.random.random_range(1..4) {
            let total = if self.chance(15) {
                0
            } else {
                self.random.random_range(1..3_000)
            };
            let items = match total {
                0 => json!([]),
                _ => json!([{ "dish": "Margherita", "quantity": 1, "price": total }]),
            };
            self.tell(
                at,
                guest,
                "cart.changed",
                json!({ "cart": { "total": total, "items": items } }),
            );
            at = Timestamp(at.0 + self.random.random_range(1..80) * MINUTE);
        }
    }

    /// Some from long before, which move the guest between categories, and some of the month.
    fn orders(&mut self, guest: u32) {
        for _ in 0..self.random.random_range(0..3) {
            let at = self.between(self.from.0 - 60 * DAY, self.from.0);
            self.order(guest, at);
        }
        for _ in 0..self.random.random_range(0..3) {
            let at = self.in_time();
            self.order(guest, at);
        }
    }

    fn order(&mut self, guest: u32, at: Timestamp) {
        let number = format!("A-{}-{}", guest, self.number);
        let source = if self.chance(15) { "aggregator" } else { "site" };
        let order = |whole: bool| match whole {
            true => {
                json!({ "order": { "number": number, "placed_at": at.to_rfc3339(), "total": 900, "source": source } })
            }
            // A later report says less.
            false => json!({ "order": { "number": number, "placed_at": at.to_rfc3339(), "total": 900 } }),
        };
        let told = Timestamp(at.0 + self.random.random_range(0..5) * MINUTE);
        self.tell(told, guest, "order.placed", order(true));
        let then = Timestamp(told.0 + self.random.random_range(20..90) * MINUTE);
        if self.chance(10) {
            self.tell(then, guest, "order.cancelled", order(false));
            return;
        }
        self.tell(then, guest, "order.delivered", order(false));
        if self.chance(30) {
            let at = Timestamp(then.0 + self.random.random_range(5..100) * MINUTE);
            self.tell(
                at,
                guest,
                "review.left",
                json!({ "review": { "stars": 5, "order": number } }),
            );
        }
        if self.chance(8) {
            let at = Timestamp(then.0 + self.random.random_range(5..600) * MINUTE);
            self.tell(at, guest, "order.cancelled", order(false));
        }
    }
}
