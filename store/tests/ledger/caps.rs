//! Frequency caps (PRODUCT.md §8): messages count and not attempts, to the second, whoever else writes to the guest.

use crate::world::*;
use bellhop_domain::frequency_cap::FrequencyCap;
use bellhop_domain::*;
use bellhop_store::ledger::*;
use std::collections::BTreeMap;

crate::on_both!(
    the_second_of_a_day_is_suppressed_until_the_day_is_over,
    a_waterfalls_own_sms_is_never_capped_by_its_push,
    what_came_to_nothing_does_not_count,
    an_sms_counts_from_its_start,
    a_retry_is_not_in_its_own_way,
    a_cap_of_nothing_lets_nothing_go,
    of_many_workers_at_once_one_reaches_the_guest,
);

const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

async fn capped(world: &mut World) {
    world.cap = Some(FrequencyCap::default());
}

/// Claims the run's push to a guest and lets the provider take it.
async fn sent(world: &World, steps: &[&str]) -> RunId {
    let run = world.planned(steps).await;
    let held = world.hold(EndpointKind::Fcm).await;
    world.record_all(run, &held, &accepted()).await;
    run
}

async fn story(world: &World, run: RunId) -> Story {
    let id = world
        .number(&format!("SELECT id AS x FROM messages WHERE run_id = {run}"))
        .await;
    world.story(world.id(id).await).await
}

async fn the_second_of_a_day_is_suppressed_until_the_day_is_over(mut world: World) {
    capped(&mut world).await;
    world.guests(1).await;
    let first = sent(&world, &[PUSH]).await;
    assert_eq!(world.states(first).await, states_of([("sent", 1)]));
    let (went, mut last) = (world.now, None);
    for ms in [HOUR, DAY - 1] {
        world.now = Timestamp(went.0 + ms);
        let run = world.planned(&[PUSH]).await;
        assert!(world.hold(EndpointKind::Fcm).await.messages.is_empty());
        last = Some(story(&world, run).await);
        world.store.finish_runs(world.now).await.unwrap();
        assert_eq!(world.store.run(run).await.unwrap().state, message::RunState::Finished);
    }
    let last = last.unwrap();
    assert_eq!(
        (last.state.name(), last.reason.as_deref()),
        ("suppressed", Some("frequency_cap"))
    );
    assert_eq!(last.next_possible_at, Some(Timestamp(went.0 + DAY)));
    world.now = Timestamp(went.0 + DAY);
    let next = sent(&world, &[PUSH]).await;
    assert_eq!(world.states(next).await, states_of([("sent", 1)]));
    // The week's third, and its fourth.
    world.later(DAY);
    sent(&world, &[PUSH]).await;
    world.later(2 * DAY);
    let fourth = world.planned(&[PUSH]).await;
    assert!(world.hold(EndpointKind::Fcm).await.messages.is_empty());
    assert_eq!(
        story(&world, fourth).await.next_possible_at,
        Some(Timestamp(went.0 + 7 * DAY))
    );
}

async fn a_waterfalls_own_sms_is_never_capped_by_its_push(mut world: World) {
    capped(&mut world).await;
    world.guests(2).await;
    let run = world.planned(&[PUSH, SMS]).await;
    let held = world.hold(EndpointKind::Fcm).await;
    // One phone takes its push, the other's app is gone: both get the SMS behind it.
    world.record(run, &held, &held.messages[..1], &accepted()).await;
    world.record(run, &held, &held.messages[1..], &gone()).await;
    world.store.promote_due(100, world.now).await.unwrap();
    let sms = world.hold(EndpointKind::Phone).await;
    assert_eq!(world.start(&sms).await.len(), 1);
    world.record_all(run, &sms, &accepted()).await;
    world.later(2 * HOUR);
    world.store.promote_due(100, world.now).await.unwrap();
    let sms = world.hold(EndpointKind::Phone).await;
    assert_eq!(world.start(&sms).await.len(), 1);
    world.record_all(run, &sms, &accepted()).await;
    assert_eq!(world.states(run).await, states_of([("sent", 2)]));
    // For everything else it was one message, and that of the push.
    world.later(DAY - 2 * HOUR);
    let next = world.planned(&[PUSH, SMS]).await;
    assert_eq!(
        world.hold(EndpointKind::Fcm).await.messages.len() + world.hold(EndpointKind::Phone).await.messages.len(),
        2
    );
    assert_eq!(world.states(next).await, states_of([("pending", 2)]));
}

async fn what_came_to_nothing_does_not_count(mut world: World) {
    capped(&mut world).await;
    world.guests(1).await;
    let refused = Outcome::Failed {
        why: "no such content".into(),
    };
    let failed = world.planned(&[PUSH]).await;
    let held = world.hold(EndpointKind::Fcm).await;
    world.record_all(failed, &held, &refused).await;
    assert_eq!(world.states(failed).await, states_of([("failed", 1)]));
    let next = sent(&world, &[PUSH]).await;
    assert_eq!(world.states(next).await, states_of([("sent", 1)]));
}

async fn an_sms_counts_from_its_start(mut world: World) {
    capped(&mut world).await;
    world.guests(1).await;
    let run = world.planned(&[SMS]).await;
    let sms = world.hold(EndpointKind::Phone).await;
    world
        .exec("UPDATE batches SET lease_until = lease_until + 86400000")
        .await;
    // Its number was slow.
    world.later(5 * HOUR);
    let started = world.now;
    assert_eq!(world.start(&sms).await.len(), 1);
    world.record_all(run, &sms, &accepted()).await;
    world.later(DAY - 1);
    let second = world.planned(&[SMS]).await;
    let sms = world.hold(EndpointKind::Phone).await;
    assert_eq!(world.start(&sms).await, []);
    assert_eq!(
        story(&world, second).await.next_possible_at,
        Some(Timestamp(started.0 + DAY))
    );
}

async fn a_retry_is_not_in_its_own_way(mut world: World) {
    capped(&mut world).await;
    world.guests(1).await;
    let run = world.planned(&[PUSH]).await;
    let busy = Outcome::Retry {
        after: None,
        why: "busy".into(),
    };
    for _ in 0..3 {
        let held = world.hold(EndpointKind::Fcm).await;
        assert_eq!(held.messages.len(), 1);
        world.record_all(run, &held, &busy).await;
        world.later(20 * MINUTE);
        world.store.promote_due(100, world.now).await.unwrap();
    }
    let held = world.hold(EndpointKind::Fcm).await;
    world.record_all(run, &held, &accepted()).await;
    assert_eq!(world.number("SELECT COUNT(*) AS x FROM guest_marketing").await, 1);
    // It counts from when it went.
    let went = world.now;
    world.later(HOUR);
    let second = world.planned(&[PUSH]).await;
    assert!(world.hold(EndpointKind::Fcm).await.messages.is_empty());
    assert_eq!(
        story(&world, second).await.next_possible_at,
        Some(Timestamp(went.0 + DAY))
    );
}

async fn a_cap_of_nothing_lets_nothing_go(mut world: World) {
    world.cap = Some("0/day".parse().unwrap());
    world.guests(1).await;
    let run = world.planned(&[PUSH]).await;
    assert!(world.hold(EndpointKind::Fcm).await.messages.is_empty());
    let story = story(&world, run).await;
    assert_eq!(
        (story.reason.as_deref(), story.next_possible_at),
        (Some("frequency_cap"), None)
    );
}

/// Many mailings to the same guests, all claimed and started at the same time.
async fn of_many_workers_at_once_one_reaches_the_guest(mut world: World) {
    const GUESTS: i64 = 25;
    const MAILINGS: usize = 6;
    world.cap = Some("2/day".parse().unwrap());
    world.guests(GUESTS).await;
    for round in 1..=4 {
        let (kind, steps) = [(EndpointKind::Fcm, PUSH), (EndpointKind::Phone, SMS)][round % 2];
        let mut runs = Vec::new();
        for _ in 0..MAILINGS {
            runs.push(world.planned(&[steps]).await);
        }
        let batches = world.take(kind).await;
        let claims = batches.iter().map(|batch| world.lease(batch.id, kind));
        let held = futures_util::future::join_all(claims).await;
        let mut going: Vec<Vec<MessageId>> = (held.iter())
            .map(|held| held.messages.iter().map(|message| message.id).collect())
            .collect();
        if kind == EndpointKind::Phone {
            going = futures_util::future::join_all(held.iter().map(|held| world.start(held))).await;
        }
        let mut reached: BTreeMap<CustomerId, u32> = BTreeMap::new();
        for ((held, going), batch) in held.iter().zip(going).zip(&batches) {
            let all = held.messages.iter().filter(|message| going.contains(&message.id));
            let all: Vec<Claimed> = all.cloned().collect();
            for message in &all {
                *reached.entry(message.customer.unwrap()).or_default() += 1;
            }
            world.record(batch.run, held, &all, &accepted()).await;
        }
        assert_eq!(reached.len(), GUESTS as usize, "round {round}");
        assert!(reached.values().all(|n| *n == 2), "round {round}: {reached:?}");
        for run in runs {
            world.store.cancel(ORG, run, "tester", world.now).await.unwrap();
        }
        world.later(DAY);
    }
}
