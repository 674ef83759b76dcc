//! A month that is rehearsed is the month that then happens: the same story is told to a brand whose programs are off, and
//! rehearsed; and to one whose programs are on, whose dispatcher lives through it on a virtual clock. On both databases.
//!
//! `make proof-rehearsal` plays whole months of many guests; `make test` some days of a few.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test says what it expects by unwrap, and a proof what it has seen"
)]

mod brand;
mod five_years;
mod messages;
mod programs;
mod story;
mod telling;
mod world;

use brand::at;
use std::collections::BTreeMap;
use story::Story;
use world::{Fate, World};

/// How much is played.
struct Scale {
    guests: u32,
    days: i64,
    seeds: Vec<u64>,
}

impl Scale {
    /// `BELLHOP_PROOF=long` is set by `make proof-rehearsal`, and `SEED` chooses one story.
    fn of_environment() -> Self {
        let long = std::env::var("BELLHOP_PROOF").is_ok_and(|it| it == "long");
        let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok());
        let seeds = seed.map_or_else(|| if long { (1..=5).collect() } else { vec![1] }, |seed| vec![seed]);
        match long {
            true => Self {
                guests: 120,
                days: 31,
                seeds,
            },
            false => Self {
                guests: 24,
                days: 9,
                seeds,
            },
        }
    }
}

/// What differs between two tellings of the same firings.
fn differences(rehearsed: &BTreeMap<String, Fate>, real: &BTreeMap<String, Fate>) -> Vec<String> {
    let all: std::collections::BTreeSet<_> = rehearsed.keys().chain(real.keys()).collect();
    all.into_iter()
        .filter(|key| rehearsed.get(*key) != real.get(*key))
        .map(|key| {
            format!(
                "{key}: rehearsed {:?}, happened {:?}",
                rehearsed.get(key),
                real.get(key)
            )
        })
        .collect()
}

async fn month(on_postgres: bool) {
    let scale = Scale::of_environment();
    for seed in &scale.seeds {
        let from = at("2026-11-01T00:00:00");
        let until = bellhop_domain::Timestamp(from.0 + scale.days * 86_400_000);
        let story = Story::of(*seed, scale.guests, from, until);
        let told = World::open(on_postgres).await;
        told.live_through(&story, None).await;
        let happened = World::open(on_postgres).await;
        happened.live_through(&story, Some(from)).await;
        let (mut firings, mut fates) = (0, BTreeMap::<String, u64>::new());
        for (i, name) in programs::names().into_iter().enumerate() {
            let id = bellhop_domain::ProgramId(i as i64 + 1);
            let real = happened.journal(id, from, until).await;
            firings += real.len();
            for fate in real.values() {
                *fates.entry(fate.what.clone()).or_default() += 1;
            }
            // A date that was told late is told of at once, which is no whole minute.
            let late = real.values().filter(|it| it.due_at.0 % 60_000 != 0).count();
            assert!(name != "birthday bonus" || late > 0, "nobody told a birthday late");
            // Rehearsed before it ever was on, and after it has done it.
            for (world, which) in [(&told, "before"), (&happened, "after")] {
                let rehearsed = world.rehearsed(id, from, until, until).await;
                let differ = differences(&rehearsed, &real);
                assert!(
                    differ.is_empty(),
                    "{name}, seed {seed}, rehearsed {which}:\n{}",
                    differ.join("\n")
                );
            }
        }
        // The week to come, in which nobody does anything.
        let week = bellhop_domain::Timestamp(until.0 + 7 * 86_400_000);
        let mut foreseen = Vec::new();
        for (i, _) in programs::names().iter().enumerate() {
            let id = bellhop_domain::ProgramId(i as i64 + 1);
            foreseen.push(happened.rehearsed(id, until, week, until).await);
        }
        happened.let_pass(until, week).await;
        let mut to_come = 0;
        for ((i, name), foreseen) in programs::names().into_iter().enumerate().zip(foreseen) {
            let id = bellhop_domain::ProgramId(i as i64 + 1);
            let real = happened.journal(id, until, week).await;
            let differ = differences(&foreseen, &real);
            assert!(
                differ.is_empty(),
                "{name}, seed {seed}, the week to come:\n{}",
                differ.join("\n")
            );
            to_come += real.len();
        }
        println!(
            "{}, seed {seed}: {} guests, {} happenings, {firings} firings rehearsed as they happened, {to_come} foreseen; {fates:?}",
            if on_postgres { "PostgreSQL" } else { "SQLite" },
            scale.guests,
            story.happenings.len(),
        );
        assert!(firings > 20 && to_come > 0, "too little happened to show anything");
        for what in ["sent", "skipped no_consent", "cancelled cancelled_by_event"] {
            assert!(fates.contains_key(what), "nothing was {what}: {fates:?}");
        }
    }
}

#[tokio::test]
async fn a_month_is_rehearsed_as_it_happens_on_sqlite() {
    month(false).await;
}

#[tokio::test]
async fn a_month_is_rehearsed_as_it_happens_on_postgres() {
    month(true).await;
}
