//! Random events, told in any order, in any calls, and again: what they leave is what a plain model says.

use crate::database::{Database, NOW, on_both_databases, organisation};
use bellhop_domain::event::{EventKind, text_of};
use bellhop_domain::phone::Region;
use bellhop_domain::{OrgId, Timestamp};
use bellhop_store::events::{End, tell};
use bellhop_store::{GuestBase, LiveEvents};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use std::collections::BTreeMap;

on_both_databases!(what_is_left_does_not_depend_on_the_order);

const CASES: u64 = 12;
const GUESTS: usize = 4;
const STATUSES: [&str; 5] = ["placed", "cooking", "on_its_way", "delivered", "cancelled"];

/// What a guest is left with: cart and balance by total, the inviter, stars by order.
#[derive(Debug, Default, PartialEq)]
struct Left {
    cart: Option<(Timestamp, i64)>,
    balance: Option<(Timestamp, i64)>,
    inviter: Option<(Timestamp, String)>,
    stars: BTreeMap<String, (Timestamp, i64)>,
}

#[derive(Debug, Default)]
struct Model {
    guests: BTreeMap<String, Left>,
    /// Each order's furthest status.
    orders: BTreeMap<String, usize>,
}

fn later<T>(known: &mut Option<(Timestamp, T)>, at: Timestamp, said: T) {
    if known.as_ref().is_none_or(|(before, _)| *before < at) {
        *known = Some((at, said));
    }
}

impl Model {
    /// An event, each at an instant of its own, and what it says.
    fn event(&mut self, n: usize, dice: &mut StdRng) -> Value {
        let mut guest = format!("g{}", dice.random_range(0..GUESTS));
        let at = Timestamp(NOW.0 - 1_000_000 + n as i64);
        let left = self.guests.entry(guest.clone()).or_default();
        let amount = dice.random_range(1..1_000);
        let (kind, data) = match dice.random_range(0..5) {
            0 => {
                later(&mut left.cart, at, amount);
                ("cart.changed".to_owned(), json!({"cart": {"total": amount}}))
            }
            1 => {
                later(&mut left.balance, at, amount);
                ("bonuses.changed".to_owned(), json!({"balance": amount}))
            }
            2 => {
                let by = format!("i{}", dice.random_range(0..3));
                if left.inviter.is_none() {
                    left.inviter = Some((at, by.clone()));
                }
                ("referral.joined".to_owned(), json!({"referral": {"by": by}}))
            }
            3 => {
                let (order, stars) = (
                    format!("{guest}-r{}", dice.random_range(0..2)),
                    dice.random_range(1..=5),
                );
                left.stars.insert(order.clone(), (at, stars));
                (
                    "review.left".to_owned(),
                    json!({"review": {"stars": stars, "order": order}}),
                )
            }
            _ => {
                // Of others, whose first orders end no invitation; and few are cancelled, which would end the rest.
                guest = format!("b{}", dice.random_range(0..GUESTS));
                let status = dice
                    .random_range(0..STATUSES.len() * 3)
                    .min(dice.random_range(0..STATUSES.len()));
                let number = format!("{guest}-{}", dice.random_range(0..3));
                let furthest = self.orders.entry(number.clone()).or_default();
                *furthest = (*furthest).max(status);
                let order = json!({"number": number, "placed_at": NOW, "total": 1});
                (format!("order.{}", STATUSES[status]), json!({ "order": order }))
            }
        };
        let mut event = json!({"id": format!("e{n}"), "type": kind, "customer_id": guest, "at": at});
        crate::database::merge(&mut event, data);
        event
    }
}

async fn what_is_left_does_not_depend_on_the_order(database: Database) {
    for seed in 0..CASES {
        let org = organisation(&database.store, &format!("case-{seed}")).await;
        case(&database.of(org), org, seed).await;
    }
}

async fn case(database: &Database, org: OrgId, seed: u64) {
    let mut dice = StdRng::seed_from_u64(seed);
    let mut model = Model::default();
    let events: Vec<Value> = (0..80).map(|n| model.event(n, &mut dice)).collect();
    let mut stream = events.clone();
    // A third is told again.
    stream.extend(events.iter().filter(|_| dice.random_range(0..3) == 0).cloned());
    stream.shuffle(&mut dice);
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    while !stream.is_empty() {
        let some = dice.random_range(1..=stream.len().min(25));
        let call: Vec<Value> = stream.drain(..some).collect();
        for outcome in tell(&database.store, org, Region::RU, call, NOW).await.unwrap() {
            assert!(!matches!(outcome.end, End::Refused(_)), "seed {seed}: {outcome:?}");
            *taken.entry(outcome.id.unwrap()).or_default() += usize::from(outcome.end == End::Taken);
        }
    }
    assert!(
        taken.len() == events.len() && taken.values().all(|n| *n == 1),
        "seed {seed}: {taken:?}"
    );
    for (guest, left) in &model.guests {
        assert_eq!(&found(database, org, guest).await, left, "seed {seed}, {guest}");
    }
    statuses_only_move_forward(database, &model, seed).await;
}

async fn found(database: &Database, org: OrgId, guest: &str) -> Left {
    let Some(id) = database.store.customer_id(org, guest).await.unwrap() else {
        return Left::default();
    };
    let reported = database.store.reported(org, id).await.unwrap();
    let mut inviter = None;
    for name in ["i0", "i1", "i2"] {
        let named = database.store.customer_id(org, name).await.unwrap();
        if named.is_some() && named == reported.inviter {
            let text = format!("SELECT joined_at FROM referrals WHERE customer_id = {}", id.0);
            inviter = Some((Timestamp(database.number(&text).await), name.to_owned()));
        }
    }
    Left {
        cart: reported.cart.map(|it| (it.changed_at, it.total.0 / 10_000)),
        balance: reported.bonuses.map(|it| (it.as_of, it.balance.0 / 10_000)),
        inviter,
        stars: reported
            .reviews
            .into_iter()
            .map(|it| (it.order.unwrap(), (it.left_at, it.stars)))
            .collect(),
    }
}

/// Each status of an order is told once, each further than the one before, up to the furthest; every other event once.
async fn statuses_only_move_forward(database: &Database, model: &Model, seed: u64) {
    let mut reached: BTreeMap<String, i16> = BTreeMap::new();
    let mut others = BTreeMap::new();
    for event in database.told().await {
        if event.kind.order_status().is_some() {
            let number = text_of(&event.data, "order.number").unwrap();
            let before = reached.insert(number, event.kind.code());
            assert!(
                before.is_none_or(|before| before < event.kind.code()),
                "seed {seed}: {event:?}"
            );
        } else if event.kind != EventKind::ReferralOrdered {
            let times = others.insert(event.number, event.at);
            assert_eq!(times, None, "seed {seed}");
        }
    }
    let furthest: BTreeMap<String, i16> = model
        .orders
        .iter()
        .map(|(number, status)| (number.clone(), *status as i16 + 1))
        .collect();
    assert_eq!(reached, furthest, "seed {seed}");
}
