//! The loops with very many runs: what is due and ready is found at once, and what is not costs nothing.

use crate::told::Told;
use crate::world::*;
use bellhop_domain::message::{MessageState, RunState};
use bellhop_domain::*;
use bellhop_store::ledger::*;

crate::on_both![
    one_due_message_of_two_thousand_runs_goes_at_once,
    what_a_paused_run_has_due_is_in_nobodys_way,
    a_text_is_read_once_for_each_beginning,
    a_batch_of_several_lives_ends_message_by_message,
];

/// So many runs that run and have nothing to do: every second is of an audience, the others are asked for their messages. They
/// are planned, and each has a message that waits for the day after tomorrow.
pub async fn idle_runs(world: &World, first: i64, count: i64) {
    let (now, end) = (world.now.0, world.now.0 + 10 * 24 * 60 * MINUTE);
    let (last, file, due) = (first + count - 1, spec(&[PUSH, SMS]), now + 2 * 24 * 60 * MINUTE);
    let numbers = format!("WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last})");
    for text in [
        "INSERT INTO mailings (id, org_id, name, spec, created_at) VALUES (5000, 1, 'm', '{}', 0) ON CONFLICT (id) DO NOTHING"
            .to_owned(),
        format!(
            "INSERT INTO runs (id, org_id, mailing_id, state, lane, test, spec, start_at, as_of, expires_at, planned_at,
                 purpose, origin)
             {numbers} SELECT i, 1, 5000, 2, 2, FALSE, '{file}', {now}, {now}, CASE WHEN i % 2 = 0 THEN {end} END, {now},
                 1, CASE WHEN i % 2 = 0 THEN 1 ELSE 3 END FROM n"
        ),
        format!(
            "INSERT INTO batches (id, org_id, run_id, lane, kind, done_at, published_at) {numbers}
             SELECT i, 1, i, 2, 1, {now}, {now} FROM n"
        ),
        format!(
            "INSERT INTO messages (id, org_id, run_id, batch_id, customer_id, endpoint_id, once_per_address, step, state,
                 waiting_for, due_at, expires_at)
             {numbers} SELECT i, 1, i, i, 1, e.id, i % 2 = 0, 0, 3, 2, {due}, CASE WHEN i % 2 = 1 THEN {end} END
             FROM n, (SELECT MIN(id) AS id FROM endpoints WHERE kind = 1) e"
        ),
    ] {
        world.exec(&text).await;
    }
}

/// What a dispatcher does in one round; how many messages it moved, and what it took.
async fn tick(world: &World) -> (u64, Vec<ReadyBatch>) {
    let (store, now) = (&world.store, world.now);
    store.begin_due(now).await.unwrap();
    store.unplanned().await.unwrap();
    let moved = store.promote_due(1_000, now).await.unwrap();
    let kinds = [EndpointKind::Fcm, EndpointKind::Phone];
    let mut taken = Vec::new();
    for lane in Lane::ALL {
        for queue in store.queues(lane, &kinds, now).await.unwrap() {
            if queue.may_have_ready {
                taken.extend(store.take_ready(queue.kind, lane, 200, now).await.unwrap());
            }
        }
    }
    store.settle_receipts(now).await.unwrap();
    store.finish_runs(now).await.unwrap();
    store.reclaim(RULES.settlement, now).await.unwrap();
    (moved, taken)
}

async fn one_due_message_of_two_thousand_runs_goes_at_once(mut world: World) {
    world.guests(1).await;
    idle_runs(&world, 10_001, 2_000).await;
    assert_eq!(tick(&world).await, (0, vec![]));
    let soon = world.now.0 + 1_000;
    world
        .exec(&format!("UPDATE messages SET due_at = {soon} WHERE id = 11999"))
        .await;
    world.later(999);
    assert_eq!(tick(&world).await, (0, vec![]));
    world.later(1);
    let (moved, taken) = tick(&world).await;
    assert_eq!((moved, taken.len()), (1, 1));
    assert_eq!((taken[0].run, taken[0].kind), (RunId(11_999), EndpointKind::Phone));
    // One of them is over at once, whichever it is: the others are looked at in their turn.
    let last = 12_000;
    world
        .exec(&format!(
            "UPDATE messages SET state = 15, waiting_for = NULL, due_at = NULL WHERE id = {last}"
        ))
        .await;
    let mut ended = Vec::new();
    for _ in 0..11 {
        ended.extend(world.store.finish_runs(world.now).await.unwrap());
    }
    assert_eq!(ended, [RunId(last)]);
}

/// More than are looked at for the runs that they are of.
async fn what_a_paused_run_has_due_is_in_nobodys_way(world: World) {
    world.guests(1).await;
    idle_runs(&world, 10_001, 6).await;
    let (now, many) = (world.now.0, 3_000);
    world
        .exec(&format!(
            "INSERT INTO messages (id, org_id, run_id, batch_id, endpoint_id, once_per_address, step, state, waiting_for, due_at)
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {many})
             SELECT 100000 + i, 1, 10002, 1, (SELECT MIN(id) FROM endpoints), FALSE, 0, 3, 3, {now} - 5000 FROM n"
        ))
        .await;
    world
        .exec(&format!(
            "UPDATE messages SET due_at = {now} - 1 WHERE id IN (10003, 10005)"
        ))
        .await;
    let paused = RunId(10_002);
    world.store.pause(ORG, paused, "lunch", "t", world.now).await.unwrap();
    assert_eq!(world.store.promote_due(5_000, world.now).await.unwrap(), 2);
    assert_eq!(world.store.promote_due(5_000, world.now).await.unwrap(), 0);
    let ready: Vec<_> = world.take(EndpointKind::Phone).await.iter().map(|b| b.run.0).collect();
    assert_eq!(ready, [10_003, 10_005]);
    world.store.resume(ORG, paused, "t", world.now).await.unwrap();
    assert_eq!(world.store.promote_due(5_000, world.now).await.unwrap(), many);
}

async fn a_text_is_read_once_for_each_beginning(mut world: World) {
    world.guests(4).await;
    let run = world.planned(&[PUSH, SMS]).await;
    let held = world.hold(EndpointKind::Fcm).await;
    world.record_all(run, &held, &accepted()).await;
    world.later(121 * MINUTE);
    let due = |guest: i64, at: i64| format!("UPDATE messages SET due_at = {at} WHERE customer_id = {guest}");
    let now = world.now.0;
    for guest in 1..=4 {
        world.exec(&due(guest, now + MINUTE)).await;
    }
    world.exec(&due(1, now)).await;
    assert_eq!(world.store.promote_due(10, world.now).await.unwrap(), 1);
    // The text is of no interest any more to who knows it.
    world
        .exec(&format!("UPDATE runs SET spec = 'gone' WHERE id = {run}"))
        .await;
    world.exec(&due(2, now)).await;
    assert_eq!(world.store.promote_due(10, world.now).await.unwrap(), 1);
    // The run that a restored database has under this number began at another time.
    world
        .exec(&format!("UPDATE runs SET as_of = as_of + 1 WHERE id = {run}"))
        .await;
    world.later(MINUTE);
    let error = world.store.promote_due(10, world.now).await.unwrap_err();
    assert!(error.to_string().contains("unreadable"), "{error}");
    let file = spec(&[PUSH, SMS]);
    world
        .exec(&format!("UPDATE runs SET spec = '{file}' WHERE id = {run}"))
        .await;
    assert_eq!(world.store.promote_due(10, world.now).await.unwrap(), 2);
    // A pause is felt at once, however well the run is known.
    world.store.pause(ORG, run, "lunch", "t", world.now).await.unwrap();
    assert_eq!(world.take(EndpointKind::Phone).await, []);
}

const HOUR: i64 = 60 * MINUTE;

/// Two messages of a run on demand wait for a retry together, share a batch then, and have lives of their own.
async fn a_batch_of_several_lives_ends_message_by_message(mut world: World) {
    world.guests(2).await;
    idle_runs(&world, 10_001, 1).await;
    let now = world.now.0;
    world
        .exec(&format!(
            "UPDATE messages SET waiting_for = 1, due_at = {now}, expires_at = {now} + {HOUR};
             INSERT INTO messages (id, org_id, run_id, batch_id, customer_id, endpoint_id, once_per_address, step, state,
                 waiting_for, due_at, expires_at)
             SELECT 7, 1, 10001, 10001, 2, endpoint_id, FALSE, 0, 3, 1, {now}, {now} + 2 * {HOUR} FROM messages"
        ))
        .await;
    assert_eq!(world.store.promote_due(10, world.now).await.unwrap(), 2);
    let open = "SELECT COUNT(*) AS x FROM batches WHERE done_at IS NULL";
    assert_eq!(world.number(open).await, 1);
    let run = RunId(10_001);
    for (later, expired, pending, batches) in [(HOUR - 1, 0, 2, 1), (1, 1, 1, 1), (HOUR - 1, 1, 1, 1), (1, 2, 0, 0)] {
        world.later(later);
        world.store.finish_runs(world.now).await.unwrap();
        let states = world.states(run).await;
        let of = |state: MessageState| states.get(state.name()).copied().unwrap_or(0);
        assert_eq!(
            (of(MessageState::Expired), of(MessageState::Pending)),
            (expired, pending)
        );
        assert_eq!(world.number(open).await, batches);
    }
    assert_eq!(world.store.run(run).await.unwrap().state, RunState::Running);
}

/// Statements of a round of the loops.
async fn asked(runs: i64) -> Vec<String> {
    let database = bellhop_test_services::prepared_database().await.unwrap();
    let url = database.url();
    let world = World::in_database(url).await;
    world.guests(1).await;
    idle_runs(&world, 10_001, runs).await;
    world.exec("ANALYZE").await;
    let now = world.now;
    world.close().await;
    let settings = "options[session_preload_libraries]=auto_explain&options[auto_explain.log_min_duration]=0\
                    &options[auto_explain.log_format]=json&options[auto_explain.log_level]=notice";
    let told = Told::from_now_on();
    let world = World::again(url, &format!("{url}?{settings}"), now).await;
    assert_eq!(tick(&world).await, (0, vec![]));
    world.close().await;
    let text = |plan: serde_json::Value| plan["Query Text"].as_str().unwrap_or_default().to_owned();
    told.until_now().into_iter().map(text).collect()
}

#[tokio::test]
async fn a_round_asks_as_many_questions_of_two_thousand_runs_as_of_twenty() {
    let (few, many) = (asked(20).await, asked(2_000).await);
    assert_eq!(few, many);
    assert!((5..=15).contains(&few.len()), "{}: {few:#?}", few.len());
}
