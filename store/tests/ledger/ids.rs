//! Messages are numbered in sequence and named by ids that tell nothing of it.

use crate::requests::{ask, launched};
use crate::world::*;
use bellhop_domain::*;
use bellhop_store::ledger::*;
use std::collections::BTreeSet;

crate::on_both!(
    a_run_has_the_keys_of_one_month_and_a_request_those_of_its_own,
    an_id_tells_nothing_of_the_key_and_leads_to_its_message,
    a_changed_secret_leaves_old_links_alive,
);

const DAY: i64 = 24 * 60 * MINUTE;
/// 2026-11-30T12:00:00Z, in the 683rd month since January 1970.
const NOVEMBER: Timestamp = Timestamp(1_796_040_000_000);

async fn keys(world: &World, run: RunId) -> Vec<i64> {
    let text = format!("SELECT id AS x FROM messages WHERE run_id = {run} ORDER BY id");
    let keys = world.column(&text).await;
    keys.iter().map(|key| key.parse().unwrap()).collect()
}

async fn ids(world: &World, run: RunId) -> Vec<MessageId> {
    let run = world.store.run(run).await.unwrap();
    let listed = world.store.messages(&run, None, 1_000).await.unwrap();
    listed.iter().map(|it| it.message).collect()
}

async fn are_opened(world: &World, ids: &[MessageId]) {
    for id in ids {
        let opened = world.store.open(Some(ORG), *id, OpenClass::Link, None, world.now).await;
        assert!(opened.unwrap().is_some(), "{id} leads nowhere");
    }
}

async fn a_run_has_the_keys_of_one_month_and_a_request_those_of_its_own(mut world: World) {
    world.now = NOVEMBER;
    world.guests(20).await;
    let run = world.launch(&spec(&[PUSH])).await;
    world.page(run, 6).await;
    let (mailing, codes) = launched(&world, &[SMS]).await;
    ask(&world, mailing, "one", To::Customer("c1")).await;
    // The plan goes on in December.
    world.later(DAY);
    world.plan(run).await;
    ask(&world, mailing, "two", To::Customer("c2")).await;
    let numbers = |keys: &[i64], month: i64| -> Vec<i64> { keys.iter().map(|key| key - (month << 40)).collect() };
    let planned = numbers(&keys(&world, run).await, 682);
    assert_eq!(planned.len(), 20);
    let asked = keys(&world, codes).await;
    let asked = [numbers(&asked[..1], 682)[0], numbers(&asked[1..], 683)[0]];
    let all: BTreeSet<i64> = planned.iter().copied().chain(asked).collect();
    assert_eq!(all.len(), 22, "no number comes twice: {planned:?} {asked:?}");
    // Those of a plan are their batches', behind all others.
    let few = |number: &i64| (1..100).contains(number) || (0..100 * 256).contains(&(number - (1 << 39)));
    assert!(all.iter().all(few), "{all:?}");
}

async fn an_id_tells_nothing_of_the_key_and_leads_to_its_message(world: World) {
    world.guests(40).await;
    let run = world.planned(&[PUSH]).await;
    let (keys, ids) = (keys(&world, run).await, ids(&world, run).await);
    let of = world.store.message_ids().await.unwrap();
    for ((key, id), next) in keys.iter().zip(&ids).zip(ids.iter().skip(1)) {
        assert_eq!(of.key(*id), Some(MessageKey(*key)));
        assert_eq!(world.story(*id).await.message, *id);
        assert!((8..=56).contains(&(id.0 ^ next.0).count_ones()), "{id} {next}");
        // Neither the key nor a neighbour of an id is anybody's.
        for other in [key.cast_unsigned(), id.0 ^ 1, id.0.wrapping_add(1)] {
            let opened = world
                .store
                .open(None, MessageId(other), OpenClass::Tap, None, world.now);
            assert!(opened.await.unwrap().is_none());
        }
    }
}

async fn a_changed_secret_leaves_old_links_alive(mut world: World) {
    world.now = NOVEMBER;
    world.guests(20).await;
    let before = world.planned(&[PUSH]).await;
    let old = ids(&world, before).await;
    let first = world.store.message_ids().await.unwrap();
    // All processes are to know it first: it is for January.
    let from = world.store.change_message_secret(world.now).await.unwrap();
    assert_eq!(from.to_string(), "2027-01");
    assert_eq!(world.store.change_message_secret(world.now).await.unwrap(), from);
    assert_eq!(world.number("SELECT COUNT(*) AS x FROM message_secrets").await, 2);
    let until = world.planned(&[PUSH]).await;
    let until = ids(&world, until).await;
    world.now = from.starts();
    let after = world.planned(&[PUSH]).await;
    let (new, new_keys) = (ids(&world, after).await, keys(&world, after).await);
    assert_eq!(ids(&world, before).await, old, "they are named as they were");
    are_opened(&world, &[old.clone(), until, new.clone()].concat()).await;
    // Whoever has the old secret alone knows no new id.
    for (id, key) in new.iter().zip(&new_keys) {
        assert_ne!(first.id(MessageKey(*key)), *id);
    }
}
