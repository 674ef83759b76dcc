//! Nights and caps together, at random and by a seed: many mailings over a fortnight in which clocks are changed, to guests
//! of three time zones, with every outcome. Nobody is written to in their night, nor more often than they may be.

use crate::dice::Dice;
use crate::world::*;
use bellhop_domain::frequency_cap::FrequencyCap;
use bellhop_domain::quiet_hours::QuietHours;
use bellhop_domain::*;
use bellhop_store::ledger::*;
use std::collections::BTreeMap;
use std::time::Duration;

const GUESTS: i64 = 9;
const ACTIONS: u64 = 300;
const DAY: Duration = Duration::from_secs(24 * 3600);
const ZONES: [&str; 3] = ["Europe/Berlin", "Europe/Moscow", "Asia/Vladivostok"];
const SETTINGS: &str =
    r#"{"quiet_hours":"22:00-09:00","release_minutes":30,"frequency_cap":{"per_day":null,"per_week":null}}"#;

#[tokio::test]
async fn sqlite() {
    for seed in 0..6 {
        fortnight(World::on_sqlite().await, seed).await;
    }
}

#[tokio::test]
async fn postgres() {
    for seed in 100..102 {
        fortnight(World::on_postgres().await, seed).await;
    }
}

/// A guest's time zone, by their number.
fn zone(guest: i64) -> Zone {
    Zone::named(ZONES[(guest % 3) as usize]).unwrap()
}

async fn fortnight(mut world: World, seed: u64) {
    let mut dice = Dice::of(seed);
    let cap: FrequencyCap = ["1/day,3/week", "2/day,4/week"][dice.below(2) as usize]
        .parse()
        .unwrap();
    world.cap = Some(cap);
    world.now = zone(1).parse("2026-03-22T12:00:00").unwrap();
    world.settings(SETTINGS).await;
    world.guests(GUESTS).await;
    for guest in 1..=GUESTS {
        let zone = ZONES[(guest % 3) as usize];
        world
            .exec(&format!("UPDATE customers SET timezone = '{zone}' WHERE id = {guest}"))
            .await;
    }
    for _ in 0..ACTIONS {
        match dice.below(10) {
            0 => {
                let steps: &[&str] = [&[PUSH][..], &[SMS], &[PUSH, SMS]][dice.below(3) as usize];
                let file = spec(steps).replace(r#""expires_after_minutes":600"#, r#""expires_after_minutes":2880"#);
                let run = world.launch(&file).await;
                world.plan(run).await;
            }
            1..=4 => work(&mut world, &mut dice).await,
            5 | 6 => {
                world.store.promote_due(1_000, world.now).await.unwrap();
                world.store.finish_runs(world.now).await.unwrap();
            }
            _ => world.later(dice.below(5 * 60) as i64 * MINUTE),
        }
    }
    nobody_in_their_night(&world, seed).await;
    nobody_too_often(&world, &cap, seed).await;
}

/// Works through what is ready on one kind of address, as careful as a worker.
async fn work(world: &mut World, dice: &mut Dice) {
    let kind = [EndpointKind::Fcm, EndpointKind::Phone][dice.below(2) as usize];
    for batch in world.take(kind).await {
        let Claim::Leased {
            lease,
            messages,
            quiet_from,
        } = world.claim(batch.id).await
        else {
            continue;
        };
        let held = Held {
            batch: batch.id,
            kind,
            lease,
            messages,
        };
        let mut going: Vec<MessageId> = held.messages.iter().map(|message| message.id).collect();
        if kind == EndpointKind::Phone {
            going = world.start(&held).await;
        }
        assert!(quiet_from.is_none_or(|from| from > world.now));
        for message in held.messages.iter().filter(|message| going.contains(&message.id)) {
            let why = || "dice".to_owned();
            let outcome = match dice.below(8) {
                0 => Outcome::Retry {
                    after: None,
                    why: why(),
                },
                1 => Outcome::Held { why: why() },
                2 => Outcome::Failed { why: why() },
                _ => accepted(),
            };
            world
                .record(batch.run, &held, std::slice::from_ref(message), &outcome)
                .await;
        }
        world.store.release(held.batch, held.lease, world.now).await.unwrap();
    }
}

/// Pairs of a guest and an instant.
async fn pairs(world: &World, of: &str) -> Vec<(i64, Timestamp)> {
    let rows = world.column(of).await;
    let pair = |row: &String| {
        let (guest, at) = row.split_once(' ').unwrap();
        (guest.parse().unwrap(), Timestamp(at.parse().unwrap()))
    };
    rows.iter().map(pair).collect()
}

async fn nobody_in_their_night(world: &World, seed: u64) {
    let attempts = "SELECT CAST(m.customer_id AS TEXT) || ' ' || CAST(a.started_at AS TEXT) AS x
                    FROM attempts a JOIN messages m ON m.id = a.message_id";
    let attempts = pairs(world, attempts).await;
    assert!(
        attempts.len() > 20,
        "seed {seed}: {} attempts show nothing",
        attempts.len()
    );
    for (guest, at) in attempts {
        let quiet = QuietHours::default().is_quiet(&zone(guest), at).unwrap();
        assert!(!quiet, "seed {seed}: guest {guest} was written to at {at}");
    }
}

async fn nobody_too_often(world: &World, cap: &FrequencyCap, seed: u64) {
    let sent = "SELECT CAST(customer_id AS TEXT) || ' ' || CAST(sent_at AS TEXT) AS x
                FROM messages WHERE sent_at IS NOT NULL";
    let mut by_guest: BTreeMap<i64, Vec<Timestamp>> = BTreeMap::new();
    for (guest, at) in pairs(world, sent).await {
        by_guest.entry(guest).or_default().push(at);
    }
    for (guest, mut sent) in by_guest {
        sent.sort_unstable();
        for (most, span) in [(cap.per_day, DAY), (cap.per_week, 7 * DAY)] {
            for (i, first) in sent.iter().enumerate() {
                let together = sent[i..].iter().filter(|at| **at < first.plus(span)).count();
                assert!(
                    together <= most.unwrap() as usize,
                    "seed {seed}: guest {guest} got {sent:?}"
                );
            }
        }
    }
    let capped = "SELECT COUNT(*) AS x FROM messages WHERE reason = 'frequency_cap' AND state = 12";
    let told = format!("{capped} AND next_possible_at IS NOT NULL");
    assert!(world.number(capped).await > 0, "seed {seed}: no cap was reached");
    assert_eq!(world.number(capped).await, world.number(&told).await, "seed {seed}");
}
