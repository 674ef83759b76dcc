//! Random ledgers: what the database counts is what the reference counts, and the figures add up.

use crate::database::Database;
use crate::reference;
use crate::rows::{Attempt, Mailing, Message, Order, Rows, Run};
use bellhop_domain::Purpose;
use bellhop_domain::statistics::MailingStatistics;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use std::collections::HashSet;

const ORGANISATIONS: i32 = 40;
const MESSAGE_STATES: [i16; 11] = [1, 2, 3, 10, 11, 12, 13, 14, 15, 16, 17];
const REASONS: [Option<&str>; 4] = [
    None,
    Some("UNREGISTERED"),
    Some("UNREGISTERED: gone"),
    Some("status 20: +79990000000 is not a number"),
];
/// Mostly what orders may be credited to.
const PURPOSES: [Purpose; 10] = {
    let mut drawn = [Purpose::Marketing; 10];
    drawn[8] = Purpose::Notification;
    drawn[9] = Purpose::Reply;
    drawn
};
const PROMOS: [Option<&str>; 3] = [None, Some("BACK"), Some("OTHER")];

fn pick<T: Copy>(random: &mut StdRng, from: &[T]) -> T {
    *from.choose(random).unwrap()
}

pub fn rows(org: i32) -> Rows {
    let mut random = StdRng::seed_from_u64(org as u64);
    let random = &mut random;
    let base = i64::from(org) * 100;
    let promos = [None, Some("BACK"), Some("BACK"), Some("OTHER")];
    let mailings = (1..)
        .zip(promos)
        .map(|(i, promo)| Mailing { id: base + i, promo })
        .collect();
    let runs: Vec<_> = (1..=random.random_range(3..8))
        .map(|i| Run {
            id: base + i,
            mailing: base + random.random_range(1..5),
            state: random.random_range(1..6),
            test: random.random_bool(0.2),
            purpose: pick(random, &PURPOSES),
            start_at: random.random_range(0..300),
            started: random.random_bool(0.8),
        })
        .collect();
    let exclusions = runs
        .iter()
        .map(|run| (run.id, random.random_range(1..5), random.random_range(0..9)))
        .collect();
    // A run sends a guest one message.
    let mut reached = HashSet::new();
    let messages = (0..random.random_range(0..60))
        .map(|_| {
            let run = runs.choose(random).unwrap().id;
            let mut message = message(random, run);
            message.customer = message.customer.filter(|customer| reached.insert((run, *customer)));
            message
        })
        .collect();
    let orders = (0..random.random_range(0..60)).map(|_| order(random)).collect();
    Rows {
        org,
        window_hours: 1,
        mailings,
        runs,
        exclusions,
        messages,
        orders,
    }
}

fn message(random: &mut StdRng, run: i64) -> Message {
    let attempts: Vec<_> = (0..random.random_range(0..4)).map(|_| attempt(random)).collect();
    let accepted = attempts.iter().any(|a| [2, 7, 8, 9].contains(&a.state));
    let sent_at = accepted.then(|| random.random_range(0..400));
    let robots = (0..random.random_range(0..2)).map(|_| (random.random_range(0..500), random.random_range(3..5)));
    let mut opens: Vec<_> = robots.collect();
    let state = pick(random, &MESSAGE_STATES);
    if state == 17 {
        let people = (0..random.random_range(1..4)).map(|_| (random.random_range(0..500), pick(random, &[1, 2, 5, 6])));
        opens.extend(people.collect::<Vec<_>>());
    }
    Message {
        run,
        month: None,
        customer: random.random_bool(0.9).then(|| random.random_range(1..12)),
        kind: pick(random, &[1, 4]),
        state,
        waiting_for: (state == 3).then(|| random.random_range(1..4)),
        sent_at,
        opened_channel: (state == 17).then(|| pick(random, &[0, 3])),
        attempts,
        opens,
    }
}

fn attempt(random: &mut StdRng) -> Attempt {
    let state = random.random_range(1..10);
    Attempt {
        kind: pick(random, &[1, 4]),
        state,
        reason: if [3, 4, 8].contains(&state) {
            pick(random, &REASONS)
        } else {
            None
        },
        cost: pick(random, &[None, Some(79), Some(25_000)]),
    }
}

fn order(random: &mut StdRng) -> Order {
    Order {
        customer: random.random_range(1..15),
        placed_at: random.random_range(0..600),
        status: random.random_range(1..6),
        total: random.random_range(0..100_000),
        promo: pick(random, &PROMOS),
    }
}

fn adds_up(statistics: &MailingStatistics) {
    assert_eq!(statistics.planned, statistics.by_state.values().sum::<u64>());
    let opened = statistics.channels.values().map(|c| c.opened).sum::<u64>();
    assert_eq!(statistics.opened, opened);
    assert_eq!(
        statistics.opened,
        statistics.by_state.get("opened").copied().unwrap_or(0)
    );
    assert!(statistics.opened_sms_link <= statistics.opened);
    assert!(statistics.conversion.is_none_or(|c| (0.0..=1.0).contains(&c)));
    assert_eq!(statistics.average_check.is_none(), statistics.orders == 0);
    for channel in statistics.channels.values() {
        assert!(channel.delivered.is_none_or(|delivered| delivered <= channel.sent));
    }
}

/// What the reference saw, over all organisations: a comparison of zeros would prove nothing.
#[derive(Debug, Default)]
struct Seen {
    orders: u64,
    by_non_recipients: u64,
    failed: u64,
    links: u64,
    delivered: u64,
}

async fn counts_as_the_reference(database: Database) {
    let mut seen = Seen::default();
    for org in 1..=ORGANISATIONS {
        let rows = rows(org);
        database.put(&rows).await;
        for mailing in &rows.mailings {
            let expected = reference::statistics(&rows, mailing.id);
            let counted = database.statistics(&rows, mailing.id).await;
            assert_eq!(
                counted, expected,
                "organisation {org}, mailing {}: {rows:#?}",
                mailing.id
            );
            adds_up(&counted);
            seen.orders += counted.orders;
            seen.by_non_recipients += counted.orders_by_non_recipients;
            seen.links += counted.opened_sms_link;
            seen.failed += counted.channels.values().flat_map(|c| c.failed.values()).sum::<u64>();
            seen.delivered += counted.channels.values().filter_map(|c| c.delivered).sum::<u64>();
        }
    }
    let Seen {
        orders,
        by_non_recipients,
        failed,
        links,
        delivered,
    } = seen;
    assert!(
        orders > 50 && by_non_recipients > 50 && failed > 50 && links > 10 && delivered > 50,
        "{seen:?}"
    );
}

#[tokio::test]
async fn on_sqlite() {
    counts_as_the_reference(Database::sqlite().await).await;
}

#[tokio::test]
async fn on_postgres() {
    counts_as_the_reference(Database::postgres().await).await;
}
