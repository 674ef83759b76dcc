//! Why messages stand where they do, as the statistics tell it; and the end of those that nobody took in their lives.

use crate::world::*;
use bellhop_domain::message::{LIFE_ENDED, RunState};
use bellhop_domain::statistics::MailingStatistics;
use bellhop_domain::*;
use bellhop_store::ledger::*;
use bellhop_store::statistics::Statistics;
use std::collections::BTreeMap;

crate::on_both!(
    what_outlived_its_life_is_counted_before_and_after_it_was_ended,
    a_paused_run_and_a_code_outlive_their_lives_too,
    each_reason_is_told_with_its_time,
);

const LIFE: i64 = 600 * MINUTE;
const NIGHT: &str =
    r#"{"quiet_hours":"22:00-09:00","release_minutes":30,"frequency_cap":{"per_day":null,"per_week":null}}"#;

async fn told(world: &World, run: RunId) -> MailingStatistics {
    let mailing = world.store.run(run).await.unwrap().mailing;
    let told = Statistics::mailing(&world.store, ORG, mailing, world.now)
        .await
        .unwrap();
    // Whatever is not sent is told by its reason, and each message once.
    for state in [
        "pending",
        "waiting",
        "suppressed",
        "failed",
        "expired",
        "cancelled",
        "unknown",
    ] {
        let reasons = told.reasons.iter().filter(|one| one.state == state);
        let by_reason: u64 = reasons.map(|one| one.messages).sum();
        assert_eq!(
            told.by_state.get(state).copied().unwrap_or(0),
            by_reason,
            "{state}: {told:#?}"
        );
    }
    told
}

fn reasons(told: &MailingStatistics) -> Vec<(&str, &str, u64)> {
    let reasons = told
        .reasons
        .iter()
        .map(|it| (it.state, it.reason.as_str(), it.messages));
    reasons.collect()
}

async fn what_outlived_its_life_is_counted_before_and_after_it_was_ended(mut world: World) {
    world.guests(3).await;
    let run = world.planned(&[PUSH]).await;
    world.later(LIFE - 1);
    assert_eq!(reasons(&told(&world, run).await), [("pending", "in turn", 3)]);
    world.later(1);
    let expired = [("expired", LIFE_ENDED, 3)];
    assert_eq!(reasons(&told(&world, run).await), expired);
    assert_eq!(world.store.finish_runs(world.now).await.unwrap(), [run]);
    assert_eq!(world.states(run).await, states_of([("expired", 3)]));
    assert_eq!(reasons(&told(&world, run).await), expired);
    assert_eq!(world.store.run(run).await.unwrap().state, RunState::Finished);
}

async fn a_paused_run_and_a_code_outlive_their_lives_too(mut world: World) {
    world.guests(2).await;
    let run = world.planned(&[PUSH]).await;
    world
        .store
        .pause(ORG, run, "by hand", "tester", world.now)
        .await
        .unwrap();
    assert_eq!(reasons(&told(&world, run).await), [("pending", "paused", 2)]);
    let code = r#"{"name":"code","transactional":{"values":["code"]},"expires_after_minutes":10,
        "waterfall":[{"channel":"sms"}],"contents":{"sms":{"text":"{{ code }}"}}}"#;
    let codes = world.launch(code).await;
    let mailing = world.store.run(codes).await.unwrap().mailing;
    let values = BTreeMap::from([("code".to_owned(), "4711".to_owned())]);
    for id in ["one", "two"] {
        let request = MessageRequest {
            mailing,
            id,
            to: To::Customer("c1"),
            values: &values,
            kinds: &EndpointKind::ALL,
        };
        world.store.request(ORG, &request, world.now).await.unwrap();
        world.later(5 * MINUTE);
    }
    // The first has outlived its life, the second has not.
    assert_eq!(
        told(&world, codes).await.by_state,
        [("expired", 1), ("pending", 1)].into()
    );
    world.store.finish_runs(world.now).await.unwrap();
    assert_eq!(world.states(codes).await, states_of([("expired", 1), ("pending", 1)]));
    world.later(LIFE);
    world.store.finish_runs(world.now).await.unwrap();
    assert_eq!(world.states(codes).await, states_of([("expired", 2)]));
    assert_eq!(world.states(run).await, states_of([("expired", 2)]));
    assert_eq!(world.store.run(run).await.unwrap().state, RunState::Paused);
}

async fn each_reason_is_told_with_its_time(mut world: World) {
    let zone = Zone::named("Europe/Moscow").unwrap();
    world.settings(NIGHT).await;
    world.now = zone.parse("2026-03-28T12:00:00").unwrap();
    world.guests(4).await;
    let run = world.planned(&[PUSH, SMS]).await;
    let held = world.hold(EndpointKind::Fcm).await;
    let (sent, rest) = held.messages.split_at(1);
    world.record(run, &held, sent, &accepted()).await;
    let again = Outcome::Retry {
        after: None,
        why: "UNAVAILABLE: busy".into(),
    };
    world.record(run, &held, &rest[..1], &again).await;
    let deferred = Deferred {
        message: rest[1].id,
        until: world.now.plus(LEASE),
        reason: HELD_BY_QUOTA,
    };
    world.store.defer(held.batch, held.lease, &[deferred]).await.unwrap();
    world.store.release(held.batch, held.lease, world.now).await.unwrap();
    let midday = told(&world, run).await;
    assert_eq!(
        reasons(&midday),
        [
            ("pending", "in turn", 1),
            ("waiting", "UNAVAILABLE", 1),
            ("waiting", HELD_BY_QUOTA, 1),
            ("waiting", "no open yet", 1)
        ]
    );
    for (reason, after) in [(HELD_BY_QUOTA, MINUTE), ("no open yet", 120 * MINUTE)] {
        let one = midday.reasons.iter().find(|one| one.reason == reason).unwrap();
        let at = Some(Timestamp(world.now.0 + after));
        assert_eq!((one.next_from, one.next_until), (at, at), "{reason}");
    }
    world.now = zone.parse("2026-03-28T21:59:00").unwrap();
    let night = world.planned(&[PUSH]).await;
    world.now = zone.parse("2026-03-28T22:00:00").unwrap();
    let ready = world.take(EndpointKind::Fcm).await;
    assert!(ready.iter().all(|batch| batch.run != night), "it is night");
    let told = told(&world, night).await;
    assert_eq!(reasons(&told), [("pending", "quiet_hours", 4)]);
    // Their lives end at 07:59, before the night does.
    let end = Some(zone.parse("2026-03-29T07:59:00").unwrap());
    assert_eq!((told.reasons[0].next_from, told.reasons[0].next_until), (end, end));
}
