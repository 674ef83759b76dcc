//! Runs, batches and messages in whatever state, by a seed: what the loops find by their indexes is what a reading of
//! everything finds.

use crate::dice::Dice;
use crate::everything::{Cell, Everything};
use crate::world::*;
use bellhop_domain::*;
use bellhop_store::ledger::{Finishing, Planning, Publishing};
use std::collections::BTreeSet;

#[tokio::test]
async fn sqlite() {
    for seed in 0..20 {
        compare(World::on_sqlite().await, seed).await;
    }
}

#[tokio::test]
async fn postgres() {
    for seed in 100..106 {
        compare(World::on_postgres().await, seed).await;
    }
}

const RUNS: u64 = 30;
const KINDS: [EndpointKind; 2] = [EndpointKind::Fcm, EndpointKind::Phone];
const DAY: i64 = 24 * 60 * MINUTE;

async fn compare(world: World, seed: u64) {
    let (store, at, now) = (world.store.clone(), world.now, world.now.0);
    draw(&world, &mut Dice::of(seed)).await;
    let before = Everything::of(&world).await;
    let unplanned = before.runs.iter().filter(|run| run.state == 2 && run.planned.is_none());
    let found: Vec<i64> = store.unplanned().await.unwrap().iter().map(|run| run.run.0).collect();
    assert_eq!(found, unplanned.map(|run| run.id).collect::<Vec<_>>(), "seed {seed}");
    for lane in Lane::ALL {
        for queue in store.queues(lane, &KINDS, at).await.unwrap() {
            let expected = before.ready(queue.kind, lane, now);
            assert!(queue.may_have_ready || expected.is_empty(), "seed {seed}: {queue:?}");
            let taken = store.take_ready(queue.kind, lane, 10_000, at).await.unwrap();
            let taken: BTreeSet<i64> = taken.iter().map(|batch| batch.id.0).collect();
            assert_eq!(taken, expected, "seed {seed}: {lane:?} {:?}", queue.kind);
        }
    }
    let due = before.runs.iter().filter(|run| run.state == 1 && run.start <= now);
    let begun: BTreeSet<i64> = store.begin_due(at).await.unwrap().iter().map(|run| run.0).collect();
    assert_eq!(begun, due.map(|run| run.id).collect(), "seed {seed}");
    let expected = Everything::of(&world).await.to_move(now);
    let moved = store.promote_due(100_000, at).await.unwrap();
    assert_eq!(moved, expected as u64, "seed {seed}");
    let mut reference = Everything::of(&world).await;
    let expected = reference.tidy(now);
    let ended: BTreeSet<i64> = store.finish_runs(at).await.unwrap().iter().map(|run| run.0).collect();
    assert_eq!(ended, expected, "seed {seed}");
    let after = Everything::of(&world).await;
    assert_eq!(after.with_state(11), reference.with_state(11), "seed {seed}: expired");
    assert_eq!(after.open_batches(), reference.open_batches(), "seed {seed}");
}

/// An instant around now, or none.
fn some(dice: &mut Dice, now: i64) -> Cell {
    let spread = [0, -1, 1, -MINUTE, 5 * MINUTE, 3 * DAY, -9 * DAY][dice.below(7) as usize];
    (dice.below(3) > 0).then_some(now + spread)
}

fn text(cells: &[Cell]) -> String {
    let cells = cells
        .iter()
        .map(|cell| cell.map_or("NULL".to_owned(), |cell| cell.to_string()));
    cells.collect::<Vec<_>>().join(", ")
}

async fn draw(world: &World, dice: &mut Dice) {
    let now = world.now.0;
    world.guests(3).await;
    let mailing = "INSERT INTO mailings (id, org_id, name, spec, created_at) VALUES (1, 1, 'm', '{}', 0)";
    world.exec(mailing).await;
    let (mut texts, file) = (Vec::new(), spec(&[PUSH, SMS]));
    for run in 1..=dice.below(RUNS) as i64 {
        let state = [1, 2, 2, 2, 2, 3, 4, 5][dice.below(8) as usize];
        let (origin, begun) = (1 + dice.below(3) as i64, (state > 1).then_some(now - DAY));
        let planned = begun.filter(|_| origin > 1 || dice.below(3) > 0);
        let finished = begun.filter(|_| state == 4 || (state == 5 && dice.below(2) == 0));
        let expires = if origin == 1 { begun.and(some(dice, now)) } else { None };
        let start = some(dice, now).unwrap_or(now);
        texts.push(format!(
            "INSERT INTO runs (id, org_id, mailing_id, lane, test, spec, purpose, state, origin, start_at, as_of, planned_at, finished_at, expires_at)
             VALUES ({run}, 1, 1, 2, FALSE, '{file}', 1, {})",
            text(&[Some(state), Some(origin), Some(start), begun, planned, finished, expires])
        ));
        for batch in 0..dice.below(4) as i64 {
            batch_of(dice, (run, run * 10 + batch, origin), now, &mut texts);
        }
    }
    // Now and then a run that does not run has more due than is looked at at once.
    if dice.below(3) == 0 {
        texts.push(format!(
            "INSERT INTO messages (id, org_id, run_id, batch_id, endpoint_id, once_per_address, step, state, waiting_for, due_at)
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2100)
             SELECT 100000 + i, 1, runs.id, 1, 1, FALSE, 0, 3, 2, {now} - {DAY} FROM n, runs
             WHERE runs.id = (SELECT MAX(id) FROM runs WHERE state = 3)"
        ));
    }
    world.exec(&texts.join(";\n")).await;
}

fn batch_of(dice: &mut Dice, (run, batch, origin): (i64, i64, i64), now: i64, texts: &mut Vec<String>) {
    let mut ends = Vec::new();
    for message in 0..dice.below(4) as i64 {
        let state = [1, 1, 3, 3, 2, 15][dice.below(6) as usize];
        let due = (state == 3).then(|| some(dice, now).unwrap_or(now + DAY));
        let waiting_for = due.map(|_| 1 + dice.below(3) as i64);
        let expires = if origin == 1 { None } else { some(dice, now) };
        ends.extend(expires.filter(|_| state == 1));
        texts.push(format!(
            "INSERT INTO messages (org_id, once_per_address, endpoint_id, customer_id, step, id, run_id, batch_id, state, due_at, waiting_for, expires_at)
             VALUES (1, FALSE, 1, 1, 0, {})",
            text(&[Some(batch * 10 + message), Some(run), Some(batch << 8), Some(state), due, waiting_for, expires])
        ));
    }
    let expires = ends.into_iter().min();
    let done = some(dice, now).filter(|_| dice.below(3) == 0);
    let leased = some(dice, now).filter(|_| done.is_none() && dice.below(3) == 0);
    let (kind, lane) = (
        KINDS[dice.below(2) as usize].code(),
        Lane::ALL[dice.below(Lane::ALL.len() as u64) as usize].code(),
    );
    let published = some(dice, now).filter(|_| dice.below(2) == 0);
    let (held, waits) = (some(dice, now), some(dice, now).filter(|_| dice.below(3) == 0));
    texts.push(format!(
        "INSERT INTO batches (org_id, id, run_id, kind, lane, published_at, held_until, lease_until, waits_until, done_at, expires_at)
         VALUES (1, {})",
        text(&[
            Some(batch << 8), Some(run), Some(kind.into()), Some(lane.into()), published, held, leased, waits, done, expires
        ])
    ));
}
