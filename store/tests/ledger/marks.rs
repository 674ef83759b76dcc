//! Waterfalls over any channels, and the mark of success that ends each of their steps.

use crate::world::*;
use bellhop_domain::attempt::AttemptState;
use bellhop_domain::message::MessageState;
use bellhop_domain::receipt::{AttemptKey, Receipt, ReceiptFor, ReceiptStatus};
use bellhop_domain::*;
use bellhop_store::ledger::{Finishing, OpenClass, Planning, Recording};

crate::on_both![
    each_channel_in_its_turn,
    a_mark_ends_its_step,
    a_mark_met_before_the_answer_counts,
    a_mark_met_late_stops_what_has_not_started,
    a_report_of_an_earlier_step_moves_no_later_one,
    reading_opens_and_never_goes_back,
    reading_settles_a_doubt,
    a_click_is_the_sites,
];

fn step(channel: Channel, success: &str) -> String {
    format!(r#"{{"channel":"{channel}","wait_minutes":60,"success":"{success}"}}"#)
}

/// A planned run of one guest who is reached everywhere.
async fn planned(world: &World, steps: &[&str]) -> RunId {
    world.reachable(1).await;
    world.planned(steps).await
}

/// Sends the batch that is ready for these addresses; the provider takes it under this id.
async fn send(world: &World, run: RunId, kind: EndpointKind, id: &str) -> Held {
    let held = world.hold(kind).await;
    if !kind.replaces_repeats() {
        world.start(&held).await;
    }
    world.record_all(run, &held, &accepted_as(Some(id))).await;
    held
}

async fn report(world: &World, kind: EndpointKind, id: &str, status: ReceiptStatus) {
    let receipt = Receipt {
        attempt: ReceiptFor::Provider(id.to_owned()),
        status,
        at: Some(world.now),
        cost: None,
    };
    world.store.receipt(&source(kind), &receipt, world.now).await.unwrap();
}

fn undelivered() -> ReceiptStatus {
    ReceiptStatus::Undelivered {
        why: "131026: no such user".into(),
        gone: false,
    }
}

async fn each_channel_in_its_turn(mut world: World) {
    let steps = Channel::ALL.map(|channel| step(channel, "opened"));
    let run = planned(&world, &steps.each_ref().map(String::as_str)).await;
    for (i, channel) in Channel::ALL.into_iter().enumerate() {
        let kind = EndpointKind::ALL
            .into_iter()
            .find(|kind| kind.channel() == channel)
            .unwrap();
        let held = send(&world, run, kind, &format!("p-{i}")).await;
        assert_eq!(usize::from(held.messages[0].step), i);
        if i + 1 < Channel::ALL.len() {
            assert_eq!(world.states(run).await, states_of([("waiting", 1)]));
            world.later(60 * MINUTE - 1);
            assert_eq!(world.store.promote_due(10, world.now).await.unwrap(), 0);
            world.later(1);
            assert_eq!(world.store.promote_due(10, world.now).await.unwrap(), 1);
        }
    }
    assert_eq!(world.states(run).await, states_of([("sent", 1)]));
    assert_eq!(world.store.finish_runs(world.now).await.unwrap(), [run]);
}

/// What happens to a message whose first step is WhatsApp with this mark, and after it SMS.
async fn a_mark_ends_its_step(world: World) {
    use MessageState::{Delivered, Opened, Sent, Waiting};
    for (n, (success, reported, expected)) in (1..).zip([
        ("accepted", None, Sent),
        ("accepted", Some(ReceiptStatus::Delivered), Delivered),
        ("delivered", None, Waiting),
        ("delivered", Some(ReceiptStatus::Pending), Waiting),
        ("delivered", Some(ReceiptStatus::Delivered), Delivered),
        ("delivered", Some(ReceiptStatus::Read), Opened),
        ("read", Some(ReceiptStatus::Delivered), Waiting),
        ("read", Some(ReceiptStatus::Read), Opened),
        ("opened", Some(ReceiptStatus::Delivered), Waiting),
        ("opened", Some(ReceiptStatus::Read), Opened),
    ]) {
        if n == 1 {
            world.reachable(1).await;
        }
        let run = world.planned(&[&step(Channel::WhatsApp, success), SMS]).await;
        let id = format!("wamid.{n}");
        let held = send(&world, run, EndpointKind::WhatsApp, &id).await;
        if let Some(status) = reported.clone() {
            report(&world, EndpointKind::WhatsApp, &id, status).await;
        }
        let state = world.story(held.messages[0].id).await.state;
        assert_eq!(state, expected, "{success} {reported:?}");
    }
}

async fn a_mark_met_before_the_answer_counts(mut world: World) {
    let run = planned(&world, &[&step(Channel::WhatsApp, "delivered"), SMS]).await;
    let held = world.hold(EndpointKind::WhatsApp).await;
    world.start(&held).await;
    report(&world, EndpointKind::WhatsApp, "wamid.1", ReceiptStatus::Delivered).await;
    assert_eq!(world.store.settle_receipts(world.now).await.unwrap(), 0);
    world.record_all(run, &held, &accepted_as(Some("wamid.1"))).await;
    assert_eq!(world.states(run).await, states_of([("waiting", 1)]));
    world.later(1);
    assert_eq!(world.store.settle_receipts(world.now).await.unwrap(), 1);
    assert_eq!(world.states(run).await, states_of([("delivered", 1)]));
    assert_eq!(world.store.finish_runs(world.now).await.unwrap(), [run]);
}

async fn a_mark_met_late_stops_what_has_not_started(mut world: World) {
    let run = planned(&world, &[&step(Channel::WhatsApp, "delivered"), SMS]).await;
    send(&world, run, EndpointKind::WhatsApp, "wamid.1").await;
    world.later(60 * MINUTE);
    world.store.promote_due(10, world.now).await.unwrap();
    let sms = world.hold(EndpointKind::Phone).await;
    report(&world, EndpointKind::WhatsApp, "wamid.1", ReceiptStatus::Delivered).await;
    assert!(world.start(&sms).await.is_empty());
    assert_eq!(world.states(run).await, states_of([("delivered", 1)]));
}

async fn a_report_of_an_earlier_step_moves_no_later_one(mut world: World) {
    for (id, status) in [("wamid.1", ReceiptStatus::Delivered), ("wamid.2", undelivered())] {
        if id == "wamid.1" {
            world.reachable(1).await;
        }
        let run = world.planned(&[&step(Channel::WhatsApp, "opened"), SMS, PUSH]).await;
        send(&world, run, EndpointKind::WhatsApp, id).await;
        world.later(60 * MINUTE);
        world.store.promote_due(10, world.now).await.unwrap();
        assert_eq!(world.states(run).await, states_of([("pending", 1)]));
        report(&world, EndpointKind::WhatsApp, id, status).await;
        assert_eq!(world.states(run).await, states_of([("pending", 1)]));
        let sms = world.hold(EndpointKind::Phone).await;
        assert_eq!(world.start(&sms).await.len(), 1);
        world.record_all(run, &sms, &accepted()).await;
    }
}

async fn reading_opens_and_never_goes_back(mut world: World) {
    let run = planned(&world, &[WHATSAPP, SMS]).await;
    let held = send(&world, run, EndpointKind::WhatsApp, "wamid.1").await;
    world.later(MINUTE);
    let read = world.now;
    for status in [
        ReceiptStatus::Read,
        ReceiptStatus::Read,
        ReceiptStatus::Delivered,
        ReceiptStatus::Pending,
        undelivered(),
    ] {
        report(&world, EndpointKind::WhatsApp, "wamid.1", status).await;
        world.later(MINUTE);
    }
    let story = world.story(held.messages[0].id).await;
    assert_eq!((story.state, story.due_at), (MessageState::Opened, None));
    assert_eq!(
        (story.opened_at, story.opened_channel),
        (Some(read), Some(Channel::WhatsApp))
    );
    let attempt = &story.attempts[0];
    assert_eq!((attempt.state, attempt.read_at), (AttemptState::Read, Some(read)));
    assert_eq!(attempt.received_at, Some(read));
    let classes: Vec<_> = story.opens.iter().map(|o| o.class).collect();
    assert_eq!(classes, ["read"]);
    // The link is followed later: the message was opened before, and this one may credit an order.
    world
        .store
        .open(None, held.messages[0].id, OpenClass::Link, None, world.now)
        .await
        .unwrap();
    let story = world.story(held.messages[0].id).await;
    assert_eq!((story.opened_at, story.opens.len()), (Some(read), 2));
    assert_eq!(
        world
            .number("SELECT COUNT(*) AS x FROM messages WHERE link_opened_at IS NOT NULL")
            .await,
        0
    );
    world.later(600 * MINUTE);
    assert_eq!(world.store.promote_due(10, world.now).await.unwrap(), 0);
    assert_eq!(world.store.finish_runs(world.now).await.unwrap(), [run]);
}

async fn reading_settles_a_doubt(mut world: World) {
    planned(&world, &[WHATSAPP]).await;
    let held = world.hold(EndpointKind::WhatsApp).await;
    world.start(&held).await;
    world.later(LEASE.as_millis() as i64);
    world.store.reclaim(RULES.settlement, world.now).await.unwrap();
    let key = AttemptKey {
        message: held.messages[0].id,
        lease: held.lease,
    };
    let receipt = Receipt {
        attempt: ReceiptFor::Ours(key),
        status: ReceiptStatus::Read,
        at: None,
        cost: None,
    };
    world
        .store
        .receipt(&source(EndpointKind::WhatsApp), &receipt, world.now)
        .await
        .unwrap();
    let story = world.story(key.message).await;
    assert_eq!((story.state, story.sent_at), (MessageState::Opened, Some(world.now)));
    assert!(world.store.doubts(10).await.unwrap().is_empty());
}

async fn a_click_is_the_sites(mut world: World) {
    let run = planned(&world, &[WEB_PUSH, SMS]).await;
    let held = send(&world, run, EndpointKind::WebPush, "").await;
    world.later(120 * MINUTE);
    world.store.promote_due(10, world.now).await.unwrap();
    send(&world, run, EndpointKind::Phone, "g-1").await;
    let message = held.messages[0].id;
    let opened = world
        .store
        .open(None, message, OpenClass::Click, None, world.now)
        .await
        .unwrap()
        .unwrap();
    assert!(opened.first);
    assert_eq!(opened.links.web_push.as_deref(), Some("https://example.com/"));
    assert_eq!(opened.links.actions, ["https://example.com/a"]);
    assert_eq!(world.story(message).await.opened_channel, Some(Channel::WebPush));
    assert_eq!(
        world
            .number("SELECT COUNT(*) AS x FROM messages WHERE link_opened_at IS NOT NULL")
            .await,
        0
    );
}
