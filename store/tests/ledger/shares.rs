//! One organisation's million does not starve another's hundred: how a queue is shared (PRODUCT.md §8).

use crate::world::*;
use bellhop_domain::*;
use bellhop_store::ledger::*;
use std::collections::BTreeMap;

crate::on_both![
    a_hundred_is_out_while_a_million_waits,
    as_many_runs_as_one_likes_are_no_larger_share,
    what_one_does_not_use_is_the_others,
    two_dispatchers_take_nothing_twice,
];

const SMALL: OrgId = OrgId(2);

/// A running run of an organisation with so many batches that are ready. What is in them does not matter here.
async fn run_of(world: &World, org: OrgId, batches: i64) -> RunId {
    let file = spec(&[PUSH]);
    world
        .exec(&format!(
            "INSERT INTO organisations (id, slug, name, currency, timezone, settings)
             VALUES ({org}, 'o{org}', 'O', 'RUB', 'Europe/Moscow', '{{\"quiet_hours\":null}}') ON CONFLICT (id) DO NOTHING"
        ))
        .await;
    let mailing = world.store.create_mailing(org, "m", &file, "t", world.now).await;
    let launch = Launch {
        mailing: mailing.unwrap(),
        start_at: world.now,
        purpose: Purpose::Marketing,
        origin: Origin::Audience,
        test: false,
        spec: file,
    };
    let run = world.store.launch(org, launch, "t", world.now).await.unwrap();
    world.store.begin_due(world.now).await.unwrap();
    world
        .exec(&format!(
            "INSERT INTO batches (id, org_id, run_id, lane, kind) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {batches})
             SELECT {run} * 1000000 + i, {org}, {run}, {}, {} FROM n",
            Lane::Marketing.code(),
            EndpointKind::Fcm.code()
        ))
        .await;
    run
}

async fn take(world: &World, limit: u32) -> Vec<ReadyBatch> {
    let taken = world
        .store
        .take_ready(EndpointKind::Fcm, Lane::Marketing, limit, world.now);
    taken.await.unwrap()
}

/// Takes until so many are taken or there are no more, as a dispatcher with that much room would.
async fn fill(world: &World, room: usize) -> Vec<ReadyBatch> {
    let mut all = Vec::new();
    while all.len() < room {
        let some = take(world, (room - all.len()) as u32).await;
        if some.is_empty() {
            break;
        }
        all.extend(some);
    }
    all
}

fn by<K: Ord>(batches: &[ReadyBatch], of: impl Fn(&ReadyBatch) -> K) -> BTreeMap<K, usize> {
    let mut counts = BTreeMap::new();
    for batch in batches {
        *counts.entry(of(batch)).or_default() += 1;
    }
    counts
}

/// 100,000 messages in twenty mailings, and then a hundred of somebody else.
async fn a_hundred_is_out_while_a_million_waits(world: World) {
    for _ in 0..20 {
        run_of(&world, ORG, 50).await;
    }
    assert_eq!(fill(&world, 200).await.len(), 200);
    let small = run_of(&world, SMALL, 1).await;
    let next = fill(&world, 20).await;
    assert_eq!(next[0].run, small, "it is the very next");
    assert_eq!(by(&next, |batch| batch.org), [(ORG, 19), (SMALL, 1)].into());
}

async fn as_many_runs_as_one_likes_are_no_larger_share(world: World) {
    let mut runs = Vec::new();
    for _ in 0..4 {
        runs.push(run_of(&world, ORG, 30).await);
    }
    run_of(&world, SMALL, 100).await;
    let first = fill(&world, 40).await;
    assert_eq!(by(&first, |batch| batch.org), [(ORG, 20), (SMALL, 20)].into());
    let in_turn: Vec<_> = first[..8].iter().map(|batch| batch.org).collect();
    assert_eq!(in_turn, [ORG, SMALL, ORG, SMALL, ORG, SMALL, ORG, SMALL]);
    let of_runs = by(&first, |batch| batch.run);
    assert!(runs.iter().all(|run| of_runs[run] == 5), "{of_runs:?}");
    // What is done with makes room for the next, who has it least.
    let done: Vec<String> = (first.iter().filter(|batch| batch.org == SMALL))
        .map(|batch| batch.id.0.to_string())
        .collect();
    world
        .exec(&format!(
            "UPDATE batches SET done_at = 1 WHERE id IN ({})",
            done.join(",")
        ))
        .await;
    let second = fill(&world, 20).await;
    assert_eq!(by(&second, |batch| batch.org), [(SMALL, 20)].into());
}

async fn what_one_does_not_use_is_the_others(world: World) {
    run_of(&world, ORG, 500).await;
    run_of(&world, SMALL, 3).await;
    let all = fill(&world, 200).await;
    assert_eq!(by(&all, |batch| batch.org), [(ORG, 197), (SMALL, 3)].into());
    let distinct = by(&all, |batch| batch.id).len();
    assert_eq!(distinct, 200);
    assert_eq!(fill(&world, 1_000).await.len(), 303);
    assert!(take(&world, 10).await.is_empty());
}

async fn two_dispatchers_take_nothing_twice(world: World) {
    for org in [ORG, SMALL, ORG] {
        run_of(&world, org, 40).await;
    }
    let (one, other) = tokio::join!(fill(&world, 120), fill(&world, 120));
    let all: Vec<_> = one.into_iter().chain(other).collect();
    assert_eq!((all.len(), by(&all, |batch| batch.id).len()), (120, 120));
}
