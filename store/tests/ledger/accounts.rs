//! Ids belong to a provider's account: what one account reports settles no attempt of another, and an id that is
//! given a second time belongs to another message.

use crate::world::*;
use bellhop_domain::message::MessageState;
use bellhop_domain::receipt::{AttemptKey, Receipt, ReceiptFor, ReceiptStatus};
use bellhop_domain::*;
use bellhop_store::incoming::Source;
use bellhop_store::ledger::*;

crate::on_both![
    two_gateways_give_one_id,
    two_gateways_tell_early,
    the_numbers_of_one_account_tell_for_each_other,
    a_counter_that_began_anew,
    a_repeat_of_the_first_settles_no_second,
    an_id_that_is_about_to_be_given_again,
    our_own_key_is_found_whoever_tells,
];

const DAY: i64 = 24 * 60 * MINUTE;

fn of<'a>(sender: &'a str, peers: &'a [String]) -> Source<'a> {
    Source {
        org: ORG,
        sender,
        kind: EndpointKind::Phone,
        peers,
    }
}

fn told(id: &str, status: ReceiptStatus, at: Option<Timestamp>) -> Receipt {
    Receipt {
        attempt: ReceiptFor::Provider(id.to_owned()),
        status,
        at,
        cost: None,
    }
}

fn undelivered() -> ReceiptStatus {
    ReceiptStatus::Undelivered {
        why: "absent".into(),
        gone: false,
    }
}

/// The next batch of SMS, begun by this sender.
async fn begun(world: &World, sender: &str) -> Held {
    let held = world.hold(EndpointKind::Phone).await;
    let ids: Vec<_> = held.messages.iter().map(|message| message.id).collect();
    let of = Starting {
        sender,
        ..world.starting(&held)
    };
    assert_eq!(world.store.start(&of, &ids, None, world.now).await.unwrap(), ids);
    held
}

/// Its gateway takes it as `id`.
async fn taken(world: &World, run: RunId, sender: &str, held: &Held, id: &str) {
    let outcome = accepted_as(Some(id));
    let recorded = world.recorded(run, held.kind, &held.messages, &outcome).await;
    let record = (world.store).record(held.batch, held.lease, sender, &recorded, world.now);
    record.await.unwrap();
}

/// One SMS by this sender, which its gateway took as `id`.
async fn sent(world: &World, sender: &str, id: &str) -> MessageId {
    let run = world.planned(&[SMS]).await;
    let held = begun(world, sender).await;
    taken(world, run, sender, &held, id).await;
    held.messages[0].id
}

async fn state(world: &World, message: MessageId) -> MessageState {
    world.story(message).await.state
}

async fn two_gateways_give_one_id(world: World) {
    world.guests(1).await;
    let (first, second) = (sent(&world, "a", "7").await, sent(&world, "b", "7").await);
    let store = &world.store;
    store
        .receipt(&of("a", &[]), &told("7", undelivered(), None), world.now)
        .await
        .unwrap();
    assert_eq!(
        (state(&world, first).await, state(&world, second).await),
        (MessageState::Failed, MessageState::Sent)
    );
    // The same word of the other gateway is no repeat of the first one's.
    let failed = told("7", undelivered(), None);
    store.receipt(&of("b", &[]), &failed, world.now).await.unwrap();
    assert_eq!(state(&world, second).await, MessageState::Failed);
    let stranger = told("7", ReceiptStatus::Delivered, None);
    store.receipt(&of("c", &[]), &stranger, world.now).await.unwrap();
    store.settle_receipts(world.now).await.unwrap();
    assert_eq!(state(&world, first).await, MessageState::Failed);
    assert_eq!(state(&world, second).await, MessageState::Failed);
}

async fn two_gateways_tell_early(mut world: World) {
    world.guests(1).await;
    let one = world.planned(&[SMS]).await;
    let first = begun(&world, "a").await;
    let other = world.planned(&[SMS]).await;
    let second = begun(&world, "b").await;
    let (delivered, failed) = (
        told("7", ReceiptStatus::Delivered, None),
        told("7", undelivered(), None),
    );
    world.store.receipt(&of("a", &[]), &delivered, world.now).await.unwrap();
    world.store.receipt(&of("b", &[]), &failed, world.now).await.unwrap();
    let run_of = async |held: &Held| world.story(held.messages[0].id).await.run;
    assert_eq!((run_of(&first).await, run_of(&second).await), (one, other));
    taken(&world, other, "b", &second, "7").await;
    assert_eq!(world.store.settle_receipts(world.now).await.unwrap(), 1);
    taken(&world, one, "a", &first, "7").await;
    world.later(MINUTE);
    assert_eq!(world.store.settle_receipts(world.now).await.unwrap(), 1);
    assert_eq!(state(&world, first.messages[0].id).await, MessageState::Delivered);
    assert_eq!(state(&world, second.messages[0].id).await, MessageState::Failed);
}

async fn the_numbers_of_one_account_tell_for_each_other(world: World) {
    world.guests(1).await;
    let (first, second) = (sent(&world, "a", "7").await, sent(&world, "b", "8").await);
    let peers = ["a".to_owned(), "b".to_owned()];
    let (by_b, by_a) = (of("b", &peers), of("a", &peers[1..]));
    for id in ["7", "8"] {
        let delivered = told(id, ReceiptStatus::Delivered, None);
        world.store.receipt(&by_b, &delivered, world.now).await.unwrap();
        // Told over both sessions it is one.
        world.store.receipt(&by_a, &delivered, world.now).await.unwrap();
    }
    assert_eq!(state(&world, first).await, MessageState::Delivered);
    assert_eq!(state(&world, second).await, MessageState::Delivered);
    assert_eq!(world.number("SELECT COUNT(*) AS x FROM receipts").await, 2);
}

async fn a_counter_that_began_anew(mut world: World) {
    world.guests(1).await;
    let first = sent(&world, "a", "7").await;
    let failed = told("7", undelivered(), None);
    world.store.receipt(&of("a", &[]), &failed, world.now).await.unwrap();
    world.later(2 * DAY);
    let second = sent(&world, "a", "7").await;
    world.later(MINUTE);
    // The very word that the first was told by.
    world.store.receipt(&of("a", &[]), &failed, world.now).await.unwrap();
    assert_eq!(state(&world, second).await, MessageState::Failed);
    assert_eq!(world.story(first).await.attempts[0].received_at, None);
    world.later(2 * DAY);
    let third = sent(&world, "a", "7").await;
    let delivered = told("7", ReceiptStatus::Delivered, Some(world.now));
    world.store.receipt(&of("a", &[]), &delivered, world.now).await.unwrap();
    assert_eq!(state(&world, third).await, MessageState::Delivered);
    assert_eq!(state(&world, first).await, MessageState::Failed);
    assert_eq!(state(&world, second).await, MessageState::Failed);
}

async fn a_repeat_of_the_first_settles_no_second(mut world: World) {
    world.guests(1).await;
    let first = sent(&world, "a", "7").await;
    world.later(MINUTE);
    let failed = told("7", undelivered(), Some(world.now));
    world.store.receipt(&of("a", &[]), &failed, world.now).await.unwrap();
    world.later(DAY);
    let second = sent(&world, "a", "7").await;
    world.later(MINUTE);
    // Told again to the second, and told late by another word.
    let late = told("7", ReceiptStatus::Delivered, Some(Timestamp(world.now.0 - DAY)));
    for receipt in [&failed, &late] {
        world.store.receipt(&of("a", &[]), receipt, world.now).await.unwrap();
    }
    world.later(2 * MINUTE);
    world.store.settle_receipts(world.now).await.unwrap();
    assert_eq!(state(&world, second).await, MessageState::Sent);
    assert_eq!(
        state(&world, first).await,
        MessageState::Delivered,
        "the network changed its mind"
    );
    // A report of what nobody knows any more.
    let unknown = told("7", undelivered(), Some(Timestamp(world.now.0 - 3 * DAY)));
    world.store.receipt(&of("a", &[]), &unknown, world.now).await.unwrap();
    world.store.settle_receipts(world.now).await.unwrap();
    assert_eq!(state(&world, second).await, MessageState::Sent);
}

async fn an_id_that_is_about_to_be_given_again(mut world: World) {
    world.guests(1).await;
    let first = sent(&world, "a", "7").await;
    world.later(DAY);
    let run = world.planned(&[SMS]).await;
    let held = begun(&world, "a").await;
    // The report overtakes the answer that gives the second its id.
    let delivered = told("7", ReceiptStatus::Delivered, Some(world.now));
    world.store.receipt(&of("a", &[]), &delivered, world.now).await.unwrap();
    assert_eq!(state(&world, first).await, MessageState::Sent);
    assert_eq!(world.store.settle_receipts(world.now).await.unwrap(), 0);
    taken(&world, run, "a", &held, "7").await;
    world.later(MINUTE);
    assert_eq!(world.store.settle_receipts(world.now).await.unwrap(), 1);
    assert_eq!(state(&world, first).await, MessageState::Sent);
    assert_eq!(state(&world, held.messages[0].id).await, MessageState::Delivered);
}

async fn our_own_key_is_found_whoever_tells(world: World) {
    world.guests(1).await;
    let run = world.planned(&[SMS]).await;
    let held = begun(&world, "a").await;
    taken(&world, run, "a", &held, "7").await;
    let key = AttemptKey {
        message: held.messages[0].id,
        lease: held.lease,
    };
    let delivered = Receipt {
        attempt: ReceiptFor::Ours(key),
        ..told("", ReceiptStatus::Delivered, None)
    };
    let wrong_kind = Source {
        kind: EndpointKind::WhatsApp,
        ..of("b", &[])
    };
    world.store.receipt(&wrong_kind, &delivered, world.now).await.unwrap();
    assert_eq!(state(&world, key.message).await, MessageState::Sent);
    world.store.receipt(&of("b", &[]), &delivered, world.now).await.unwrap();
    assert_eq!(state(&world, key.message).await, MessageState::Delivered);
}
