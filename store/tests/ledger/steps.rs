//! The waterfall's later steps, and retries.

use crate::world::*;
use bellhop_domain::message::MessageState;
use bellhop_domain::*;
use bellhop_store::ledger::{Commanding, Finishing, Planning};

crate::on_both![
    the_unopened_get_the_sms_after_the_wait,
    a_refused_push_gets_the_sms_at_once,
    where_there_is_no_next_step_it_ends,
    the_next_address_is_used_once_in_a_run,
    a_retry_gets_a_new_batch,
    waiting_messages_of_a_paused_run_wait,
    a_life_that_ends_while_waiting,
];

async fn the_unopened_get_the_sms_after_the_wait(mut world: World) {
    world.guests(3).await;
    let run = world.planned(&[PUSH, SMS]).await;
    let push = world.hold(EndpointKind::Fcm).await;
    world.record_all(run, &push, &accepted()).await;
    world.later(120 * MINUTE - 1);
    assert_eq!(world.store.promote_due(10, world.now).await.unwrap(), 0);
    assert_eq!(world.store.finish_runs(world.now).await.unwrap(), []);
    world.later(1);
    assert_eq!(world.store.promote_due(2, world.now).await.unwrap(), 2);
    assert_eq!(world.store.promote_due(2, world.now).await.unwrap(), 1);
    let mut sent = 0;
    for batch in world.take(EndpointKind::Phone).await {
        let sms = world.lease(batch.id, EndpointKind::Phone).await;
        assert!(
            sms.messages
                .iter()
                .all(|m| m.step == 1 && m.tries == 0 && m.sent_before)
        );
        assert!(sms.messages.iter().all(|m| m.address.starts_with("+7999")));
        sent += world.start(&sms).await.len();
        world.record_all(run, &sms, &accepted()).await;
    }
    assert_eq!(sent, 3);
    assert_eq!(world.states(run).await, states_of([("sent", 3)]));
    assert_eq!(world.store.finish_runs(world.now).await.unwrap(), [run]);
}

async fn a_refused_push_gets_the_sms_at_once(world: World) {
    world.guests(2).await;
    let run = world.planned(&[PUSH, SMS]).await;
    let push = world.hold(EndpointKind::Fcm).await;
    world.record_all(run, &push, &gone()).await;
    assert_eq!(world.store.promote_due(10, world.now).await.unwrap(), 2);
    let sms = world.hold(EndpointKind::Phone).await;
    assert_eq!((sms.messages.len(), sms.messages[0].sent_before), (2, false));
}

async fn where_there_is_no_next_step_it_ends(mut world: World) {
    let no_phone = Who {
        token: Some("t1"),
        ..Who::default()
    };
    world.guest(1, no_phone).await;
    world
        .guest(
            2,
            Who {
                token: Some("t2"),
                ..no_phone
            },
        )
        .await;
    let refuses = Who {
        token: Some("t3"),
        phone: Some("+3"),
        refuses: Channel::Sms.bit(),
        ..no_phone
    };
    world.guest(3, refuses).await;
    let run = world.planned(&[PUSH, SMS]).await;
    let push = world.hold(EndpointKind::Fcm).await;
    let of = |n: i64| {
        let found = push.messages.iter().find(|m| m.customer == Some(CustomerId(n)));
        found.unwrap().clone()
    };
    world.record(run, &push, &[of(1)], &accepted()).await;
    world.record(run, &push, &[of(2), of(3)], &gone()).await;
    world.later(120 * MINUTE);
    world.store.promote_due(10, world.now).await.unwrap();
    assert_eq!(world.states(run).await, states_of([("failed", 2), ("sent", 1)]));
    assert_eq!(world.story(of(3).id).await.reason.as_deref(), Some("UNREGISTERED"));
    assert_eq!(world.story(of(1).id).await.reason, None);
    assert_eq!(world.store.finish_runs(world.now).await.unwrap(), [run]);
}

async fn the_next_address_is_used_once_in_a_run(world: World) {
    // Two cards with apps of their own and one phone; a third card has its SMS at the plan.
    for (id, phone) in [(1, "+1"), (2, "+1"), (3, "+3"), (4, "+3")] {
        let token = format!("t{id}");
        let who = Who {
            token: (id != 4).then_some(&token),
            phone: Some(phone),
            ..Who::default()
        };
        world.guest(id, who).await;
    }
    let run = world.planned(&[PUSH, SMS]).await;
    let push = world.hold(EndpointKind::Fcm).await;
    world.record_all(run, &push, &gone()).await;
    assert_eq!(world.store.promote_due(10, world.now).await.unwrap(), 3);
    assert_eq!(world.states(run).await, states_of([("failed", 2), ("pending", 2)]));
    let addresses = world
        .column(
            "SELECT address AS x FROM messages m JOIN endpoints e ON e.id = m.endpoint_id WHERE m.state = 1 ORDER BY 1",
        )
        .await;
    assert_eq!(addresses, ["+1", "+3"]);
}

async fn a_retry_gets_a_new_batch(mut world: World) {
    world.guests(2).await;
    let run = world.planned(&[PUSH]).await;
    let first = world.hold(EndpointKind::Fcm).await;
    let retry = Outcome::Retry {
        after: None,
        why: "503".into(),
    };
    world.record_all(run, &first, &retry).await;
    assert_eq!(world.states(run).await, states_of([("waiting", 2)]));
    world.later(5_000);
    assert_eq!(world.store.promote_due(10, world.now).await.unwrap(), 2);
    let second = world.hold(EndpointKind::Fcm).await;
    assert_ne!(second.batch, first.batch);
    assert!(second.messages.iter().all(|m| m.tries == 1 && m.step == 0));
    world.record_all(run, &second, &accepted()).await;
    assert_eq!(world.states(run).await, states_of([("sent", 2)]));
    assert_eq!(world.story(first.messages[0].id).await.attempts.len(), 2);
}

async fn waiting_messages_of_a_paused_run_wait(mut world: World) {
    world.guests(1).await;
    let run = world.planned(&[PUSH, SMS]).await;
    let push = world.hold(EndpointKind::Fcm).await;
    world.record_all(run, &push, &gone()).await;
    world.store.pause(ORG, run, "x", "t", world.now).await.unwrap();
    world.later(MINUTE);
    assert_eq!(world.store.promote_due(10, world.now).await.unwrap(), 0);
    world.store.resume(ORG, run, "t", world.now).await.unwrap();
    assert_eq!(world.store.promote_due(10, world.now).await.unwrap(), 1);
}

async fn a_life_that_ends_while_waiting(mut world: World) {
    world.guests(2).await;
    let run = world.planned(&[PUSH, SMS]).await;
    let push = world.hold(EndpointKind::Fcm).await;
    world.record(run, &push, &push.messages[..1], &accepted()).await;
    world.record(run, &push, &push.messages[1..], &gone()).await;
    world.later(600 * MINUTE);
    world.store.promote_due(10, world.now).await.unwrap();
    assert_eq!(world.states(run).await, states_of([("expired", 1), ("sent", 1)]));
    assert_eq!(world.story(push.messages[0].id).await.state, MessageState::Sent);
}
