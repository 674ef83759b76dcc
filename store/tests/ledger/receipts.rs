//! Delivery reports, in any order.

use crate::world::*;
use bellhop_domain::attempt::AttemptState;
use bellhop_domain::message::MessageState;
use bellhop_domain::receipt::{AttemptKey, Receipt, ReceiptFor, ReceiptStatus};
use bellhop_domain::*;
use bellhop_store::incoming::Source;
use bellhop_store::ledger::{Finishing, Planning, Recording};

crate::on_both![
    a_receipt_lifts_what_was_sent,
    a_receipt_may_come_before_the_record,
    a_receipt_by_our_own_key_settles_a_doubt,
    an_undelivered_sms_fails_with_its_reason,
    an_undelivered_sms_after_a_push_stays_sent,
    a_failure_after_the_arrival_is_only_noted,
    receipts_of_others_change_nothing,
];

fn by_provider(id: &str, status: ReceiptStatus) -> Receipt {
    Receipt {
        attempt: ReceiptFor::Provider(id.to_owned()),
        status,
        at: None,
        cost: Some(Money(31_000)),
    }
}

fn undelivered(gone: bool) -> ReceiptStatus {
    ReceiptStatus::Undelivered {
        why: "absent subscriber".into(),
        gone,
    }
}

async fn receive(world: &World, receipt: &Receipt) {
    world
        .store
        .receipt(&source(EndpointKind::Phone), receipt, world.now)
        .await
        .unwrap();
}

/// One SMS that its gateway took as "g-1".
async fn sent(world: &World) -> (RunId, Held) {
    world.guests(1).await;
    let run = world.planned(&[SMS]).await;
    let held = world.hold(EndpointKind::Phone).await;
    world.start(&held).await;
    world.record_all(run, &held, &accepted_as(Some("g-1"))).await;
    (run, held)
}

async fn a_receipt_lifts_what_was_sent(mut world: World) {
    let (run, held) = sent(&world).await;
    world.later(3_000);
    let delivered = by_provider("g-1", ReceiptStatus::Delivered);
    receive(&world, &delivered).await;
    receive(&world, &delivered).await;
    receive(&world, &by_provider("g-1", ReceiptStatus::Pending)).await;
    let story = world.story(held.messages[0].id).await;
    assert_eq!(story.state, MessageState::Delivered);
    let attempt = &story.attempts[0];
    assert_eq!(attempt.state, AttemptState::Delivered);
    assert_eq!(
        (attempt.received_at, attempt.cost),
        (Some(world.now), Some(Money(31_000)))
    );
    assert_eq!(world.number("SELECT COUNT(*) AS x FROM receipts").await, 2);
    assert_eq!(
        world
            .number("SELECT COUNT(*) AS x FROM receipts WHERE settled_at IS NULL")
            .await,
        0
    );
    assert_eq!(world.store.finish_runs(world.now).await.unwrap(), [run]);
}

async fn a_receipt_may_come_before_the_record(mut world: World) {
    world.guests(2).await;
    let run = world.planned(&[SMS]).await;
    let held = world.hold(EndpointKind::Phone).await;
    world.start(&held).await;
    let own = Receipt {
        attempt: ReceiptFor::Ours(AttemptKey {
            message: held.messages[0].id,
            lease: held.lease,
        }),
        ..by_provider("", ReceiptStatus::Delivered)
    };
    receive(&world, &own).await;
    receive(&world, &by_provider("g-2", undelivered(false))).await;
    assert_eq!(world.store.settle_receipts(world.now).await.unwrap(), 0);
    assert_eq!(world.states(run).await, states_of([("in_flight", 2)]));
    world
        .record(run, &held, &held.messages[..1], &accepted_as(Some("g-1")))
        .await;
    world
        .record(run, &held, &held.messages[1..], &accepted_as(Some("g-2")))
        .await;
    world.later(1);
    assert_eq!(world.store.settle_receipts(world.now).await.unwrap(), 2);
    assert_eq!(world.states(run).await, states_of([("delivered", 1), ("failed", 1)]));
    assert_eq!(world.store.settle_receipts(world.now).await.unwrap(), 0);
}

async fn a_receipt_by_our_own_key_settles_a_doubt(mut world: World) {
    world.guests(3).await;
    let run = world.planned(&[SMS]).await;
    let held = world.hold(EndpointKind::Phone).await;
    world.start(&held).await;
    world.later(LEASE.as_millis() as i64);
    world.store.reclaim(RULES.settlement, world.now).await.unwrap();
    assert_eq!(world.store.doubts(10).await.unwrap().len(), 3);
    let statuses = [ReceiptStatus::Delivered, undelivered(true), ReceiptStatus::Pending];
    for (message, status) in held.messages.iter().zip(statuses) {
        let key = AttemptKey {
            message: message.id,
            lease: held.lease,
        };
        let receipt = Receipt {
            attempt: ReceiptFor::Ours(key),
            ..by_provider("", status)
        };
        receive(&world, &receipt).await;
    }
    assert_eq!(
        world.states(run).await,
        states_of([("delivered", 1), ("failed", 1), ("sent", 1)])
    );
    assert!(world.store.doubts(10).await.unwrap().is_empty());
    assert_eq!(
        world
            .number("SELECT COUNT(*) AS x FROM endpoints WHERE state = 3")
            .await,
        1
    );
    assert_eq!(world.store.finish_runs(world.now).await.unwrap(), [run]);
    // The worker was only slow: its answer adds the provider's id and lowers nothing.
    world.record_all(run, &held, &accepted_as(Some("g"))).await;
    assert_eq!(
        world.states(run).await,
        states_of([("delivered", 1), ("failed", 1), ("sent", 1)])
    );
    let story = world.story(held.messages[0].id).await;
    assert_eq!(story.attempts[0].provider_id.as_deref(), Some("g"));
    assert_eq!(story.attempts[0].state, AttemptState::Delivered);
}

async fn an_undelivered_sms_fails_with_its_reason(world: World) {
    let (_, held) = sent(&world).await;
    receive(&world, &by_provider("g-1", undelivered(true))).await;
    let story = world.story(held.messages[0].id).await;
    assert_eq!(story.state, MessageState::Failed);
    assert_eq!(story.reason.as_deref(), Some("absent subscriber"));
    assert!(story.sent_at.is_some(), "the provider took it once");
    assert_eq!(
        world.column("SELECT reason AS x FROM endpoints WHERE state = 3").await,
        ["absent subscriber"]
    );
    // The network changed its mind.
    receive(&world, &by_provider("g-1", ReceiptStatus::Delivered)).await;
    let story = world.story(held.messages[0].id).await;
    assert_eq!((story.state, story.reason), (MessageState::Delivered, None));
}

async fn an_undelivered_sms_after_a_push_stays_sent(mut world: World) {
    world.guests(1).await;
    let run = world.planned(&[PUSH, SMS]).await;
    let push = world.hold(EndpointKind::Fcm).await;
    world.record_all(run, &push, &accepted()).await;
    world.later(120 * MINUTE);
    world.store.promote_due(10, world.now).await.unwrap();
    let sms = world.hold(EndpointKind::Phone).await;
    world.start(&sms).await;
    world.record_all(run, &sms, &accepted_as(Some("g-1"))).await;
    receive(&world, &by_provider("g-1", undelivered(false))).await;
    let story = world.story(sms.messages[0].id).await;
    assert_eq!(story.state, MessageState::Sent);
    assert_eq!(story.attempts[1].state, AttemptState::Undelivered);
    assert_eq!(story.attempts[1].reason.as_deref(), Some("absent subscriber"));
}

async fn a_failure_after_the_arrival_is_only_noted(world: World) {
    let (_, held) = sent(&world).await;
    receive(&world, &by_provider("g-1", ReceiptStatus::Delivered)).await;
    receive(&world, &by_provider("g-1", undelivered(false))).await;
    let story = world.story(held.messages[0].id).await;
    assert_eq!(
        (story.state, story.attempts[0].state),
        (MessageState::Delivered, AttemptState::Delivered)
    );
    let note = story.attempts[0].reason.as_deref().unwrap();
    assert!(note.contains("absent subscriber"), "{note}");
}

async fn receipts_of_others_change_nothing(world: World) {
    let (run, held) = sent(&world).await;
    let delivered = by_provider("g-1", ReceiptStatus::Delivered);
    let others = Source {
        org: OrgId(2),
        ..source(EndpointKind::Phone)
    };
    world.store.receipt(&others, &delivered, world.now).await.unwrap();
    let key = AttemptKey {
        message: held.messages[0].id,
        lease: held.lease,
    };
    let own = Receipt {
        attempt: ReceiptFor::Ours(key),
        ..delivered
    };
    world.store.receipt(&others, &own, world.now).await.unwrap();
    receive(&world, &by_provider("g-7", ReceiptStatus::Delivered)).await;
    assert_eq!(world.store.settle_receipts(world.now).await.unwrap(), 0);
    assert_eq!(world.states(run).await, states_of([("sent", 1)]));
}
