//! Recording: once, twice, late.

use crate::world::*;
use bellhop_domain::attempt::AttemptState;
use bellhop_domain::message::MessageState;
use bellhop_domain::*;
use bellhop_store::ledger::*;

crate::on_both![
    an_outcome_lands_on_its_attempt_once,
    a_late_push_lifts_its_message,
    a_late_answer_settles_a_doubt,
    a_late_answer_lifts_a_final_unknown,
    an_outcome_after_a_cancel_is_marked_as_raced,
    a_dead_address_is_retired_unless_registered_since,
    a_batch_is_done_when_its_last_message_is,
    a_limiter_is_told_what_a_sender_sent_lately,
];

async fn counts(world: &World) -> (i64, i64) {
    let attempts = world.number("SELECT COUNT(*) AS x FROM attempts").await;
    let tries = world.number("SELECT COALESCE(SUM(tries), 0) AS x FROM messages").await;
    (attempts, tries)
}

async fn an_outcome_lands_on_its_attempt_once(mut world: World) {
    world.guests(2).await;
    let run = world.planned(&[PUSH, SMS]).await;
    let held = world.hold(EndpointKind::Fcm).await;
    world.record_all(run, &held, &accepted_as(Some("p-1"))).await;
    let first = world.story(held.messages[0].id).await;
    world.later(5_000);
    world.record_all(run, &held, &accepted_as(Some("p-2"))).await;
    world.record_all(run, &held, &gone()).await;
    let again = world.story(held.messages[0].id).await;
    assert_eq!(
        serde_json::to_value(&first).unwrap(),
        serde_json::to_value(&again).unwrap()
    );
    assert_eq!(counts(&world).await, (2, 2));
    assert_eq!(first.state, MessageState::Waiting);
    assert_eq!(first.due_at, Some(Timestamp(world.now.0 - 5_000 + 120 * MINUTE)));
    let attempt = &first.attempts[0];
    assert_eq!(
        (attempt.state, attempt.cost),
        (AttemptState::Accepted, Some(Money(25_000)))
    );
    assert_eq!(
        (attempt.sender.as_str(), attempt.provider_id.as_deref()),
        (SENDER, Some("p-1"))
    );
}

async fn a_late_push_lifts_its_message(mut world: World) {
    world.guests(1).await;
    let run = world.planned(&[PUSH]).await;
    let lost = world.hold(EndpointKind::Fcm).await;
    world.later(LEASE.as_millis() as i64);
    world.store.reclaim(RULES.settlement, world.now).await.unwrap();
    let second = world.hold(EndpointKind::Fcm).await;
    let retry = Outcome::Retry {
        after: None,
        why: "503".into(),
    };
    world.record_all(run, &second, &retry).await;
    assert_eq!(world.states(run).await, states_of([("waiting", 1)]));
    // The first worker was only slow: its push did go out.
    world.record_all(run, &lost, &accepted()).await;
    assert_eq!(world.states(run).await, states_of([("sent", 1)]));
    let story = world.story(lost.messages[0].id).await;
    assert_eq!(story.attempts.len(), 2);
    assert!(story.attempts.iter().all(|a| !a.raced));
    assert_eq!(story.due_at, None);
}

async fn doubtful(world: &mut World) -> (RunId, Held) {
    world.guests(1).await;
    let run = world.planned(&[SMS]).await;
    let held = world.hold(EndpointKind::Phone).await;
    world.start(&held).await;
    world.later(LEASE.as_millis() as i64);
    world.store.reclaim(RULES.settlement, world.now).await.unwrap();
    (run, held)
}

async fn a_late_answer_settles_a_doubt(mut world: World) {
    let (run, held) = doubtful(&mut world).await;
    assert_eq!(
        world.story(held.messages[0].id).await.attempts[0].state,
        AttemptState::Unknown
    );
    world.record_all(run, &held, &accepted_as(Some("9"))).await;
    let story = world.story(held.messages[0].id).await;
    assert_eq!((story.state, story.due_at), (MessageState::Sent, None));
    assert_eq!(story.attempts[0].state, AttemptState::Accepted);
    assert_eq!(world.store.finish_runs(world.now).await.unwrap(), [run]);
}

async fn a_late_answer_lifts_a_final_unknown(mut world: World) {
    let (run, held) = doubtful(&mut world).await;
    world.later(RULES.settlement.as_millis() as i64);
    world.store.promote_due(10, world.now).await.unwrap();
    assert_eq!(world.states(run).await, states_of([("unknown", 1)]));
    world.record_all(run, &held, &accepted()).await;
    assert_eq!(world.states(run).await, states_of([("sent", 1)]));
    assert_eq!(counts(&world).await.0, 1);
}

async fn an_outcome_after_a_cancel_is_marked_as_raced(mut world: World) {
    world.guests(2).await;
    let run = world.planned(&[PUSH]).await;
    let lost = world.hold(EndpointKind::Fcm).await;
    world.later(LEASE.as_millis() as i64);
    world.store.reclaim(RULES.settlement, world.now).await.unwrap();
    world.store.cancel(ORG, run, "t", world.now).await.unwrap();
    world.store.finish_runs(world.now).await.unwrap();
    assert_eq!(world.states(run).await, states_of([("cancelled", 2)]));
    world.record(run, &lost, &lost.messages[..1], &accepted()).await;
    world.record(run, &lost, &lost.messages[1..], &gone()).await;
    assert_eq!(world.states(run).await, states_of([("cancelled", 1), ("sent", 1)]));
    for message in &lost.messages {
        assert!(world.story(message.id).await.attempts[0].raced);
    }
}

async fn a_dead_address_is_retired_unless_registered_since(world: World) {
    world.guests(2).await;
    let run = world.planned(&[PUSH]).await;
    let held = world.hold(EndpointKind::Fcm).await;
    let later = world.now.0 + 1;
    world
        .exec(&format!(
            "UPDATE endpoints SET registered_at = {later} WHERE address = 'token-2'"
        ))
        .await;
    world.record_all(run, &held, &gone()).await;
    let states = world
        .column("SELECT state || ' ' || COALESCE(reason, '') AS x FROM endpoints WHERE kind = 1 ORDER BY id")
        .await;
    assert_eq!(states, ["3 UNREGISTERED", "1 "]);
    assert_eq!(
        world.column("SELECT customer_id AS x FROM stale_customers").await,
        ["1"]
    );
    assert_eq!(world.states(run).await, states_of([("failed", 2)]));
}

async fn a_batch_is_done_when_its_last_message_is(world: World) {
    world.guests(3).await;
    let run = world.planned(&[PUSH]).await;
    let held = world.hold(EndpointKind::Fcm).await;
    let open = "SELECT COUNT(*) AS x FROM batches WHERE done_at IS NULL";
    world.record(run, &held, &held.messages[..2], &accepted()).await;
    assert_eq!(world.number(open).await, 1);
    let last = &held.messages[2];
    world
        .store
        .open(None, last.id, OpenClass::Tap, None, world.now)
        .await
        .unwrap();
    assert_eq!(world.store.finish_runs(world.now).await.unwrap(), []);
    world.store.release(held.batch, held.lease, world.now).await.unwrap();
    assert_eq!(world.number(open).await, 0);
    assert_eq!(world.store.finish_runs(world.now).await.unwrap(), [run]);
}

async fn a_limiter_is_told_what_a_sender_sent_lately(mut world: World) {
    world.guests(3).await;
    let run = world.planned(&[SMS]).await;
    let held = world.hold(EndpointKind::Phone).await;
    world.start(&held).await;
    let started = world.now;
    let lately = async |world: &World, kind, sender: &str, since| {
        let recent = world.store.recent_attempts(ORG, sender, kind, since).await;
        recent.unwrap()
    };
    // Before any answer has come.
    assert_eq!(lately(&world, EndpointKind::Phone, SENDER, started).await, [started; 3]);
    world.later(1_000);
    world.record_all(run, &held, &accepted()).await;
    assert_eq!(lately(&world, EndpointKind::Phone, SENDER, started).await, [started; 3]);
    assert!(lately(&world, EndpointKind::Phone, SENDER, world.now).await.is_empty());
    assert!(lately(&world, EndpointKind::Phone, "another", started).await.is_empty());
    let run = world.planned(&[PUSH]).await;
    let held = world.hold(EndpointKind::Fcm).await;
    world.record_all(run, &held, &accepted()).await;
    let pushes = lately(&world, EndpointKind::Fcm, SENDER, Timestamp(started.0 + 1)).await;
    assert_eq!(pushes.len(), 3, "a push is known when it is recorded");
}
