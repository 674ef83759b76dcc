//! Receipts and the ids in them: one of several ways to write it is enough, and those that fit no message are told.

use crate::world::*;
use bellhop_domain::attempt::AttemptState;
use bellhop_domain::receipt::{Receipt, ReceiptFor, ReceiptStatus};
use bellhop_domain::unmatched::Written;
use bellhop_domain::*;
use bellhop_store::ledger::{Finishing, Reading, Recording};

crate::on_both![
    one_of_several_ids_is_enough,
    one_that_comes_early_is_found_by_any_of_its_ids,
    nothing_arrives_before_it_is_sent_nor_after_it_is_told,
    what_fits_no_message_is_told_by_account,
    ids_in_the_other_notation_are_recognised,
    the_latest_sending_of_a_message,
];

fn one_of(ids: &[&str]) -> ReceiptFor {
    ReceiptFor::OneOf(ids.iter().map(|&id| id.to_owned()).collect())
}

async fn delivered(world: &World, attempt: ReceiptFor, at: Option<Timestamp>) {
    let receipt = Receipt {
        attempt,
        status: ReceiptStatus::Delivered,
        at,
        cost: None,
    };
    let source = source(EndpointKind::Phone);
    world.store.receipt(&source, &receipt, world.now).await.unwrap();
}

/// One SMS, taken under this id.
async fn sent(world: &World, id: &str) -> (RunId, Held) {
    world.guests(1).await;
    sent_again(world, id).await
}

/// Another to the same guest.
async fn sent_again(world: &World, id: &str) -> (RunId, Held) {
    let run = world.planned(&[SMS]).await;
    let held = world.hold(EndpointKind::Phone).await;
    world.start(&held).await;
    world.record_all(run, &held, &accepted_as(Some(id))).await;
    (run, held)
}

async fn one_of_several_ids_is_enough(mut world: World) {
    let (_, held) = sent(&world, "000020012001").await;
    world.later(3_000);
    delivered(&world, one_of(&["20012001", "000020012001"]), None).await;
    // Told again it is the same.
    delivered(&world, one_of(&["20012001", "000020012001"]), None).await;
    let story = world.story(held.messages[0].id).await;
    assert_eq!(story.attempts[0].state, AttemptState::Delivered);
    assert_eq!(world.number("SELECT COUNT(*) AS x FROM receipts").await, 1);
}

async fn one_that_comes_early_is_found_by_any_of_its_ids(mut world: World) {
    world.guests(1).await;
    let run = world.planned(&[SMS]).await;
    let held = world.hold(EndpointKind::Phone).await;
    world.start(&held).await;
    delivered(&world, one_of(&["77", "31"]), None).await;
    world.record_all(run, &held, &accepted_as(Some("31"))).await;
    world.later(1_000);
    assert_eq!(world.store.settle_receipts(world.now).await.unwrap(), 1);
    assert_eq!(world.states(run).await, states_of([("delivered", 1)]));
}

/// Some operators write whole minutes, and some clocks are a little off.
async fn nothing_arrives_before_it_is_sent_nor_after_it_is_told(mut world: World) {
    world.guests(1).await;
    for (said_ms, expected_ms) in [(-11_000, 0), (1_000, 1_000), (90_000, 3_000)] {
        let (_, held) = sent_again(&world, &format!("g{said_ms}")).await;
        let began = world.now;
        world.later(3_000);
        let at = Some(Timestamp(began.0 + said_ms));
        delivered(&world, ReceiptFor::Provider(format!("g{said_ms}")), at).await;
        let attempt = &world.story(held.messages[0].id).await.attempts[0];
        assert_eq!(attempt.state, AttemptState::Delivered, "{said_ms}");
        assert_eq!(attempt.received_at, Some(Timestamp(began.0 + expected_ms)), "{said_ms}");
        world.later(10 * MINUTE);
    }
}

async fn what_fits_no_message_is_told_by_account(mut world: World) {
    let told = async |world: &World| world.store.unmatched_receipts(ORG, world.now).await.unwrap();
    let (_, _) = sent(&world, "g-1").await;
    let first = world.now;
    for n in 0..7 {
        delivered(&world, ReceiptFor::Provider(format!("nobody-{n}")), None).await;
        world.later(1_000);
    }
    delivered(&world, ReceiptFor::Provider("g-1".to_owned()), None).await;
    assert_eq!(told(&world).await, [], "the answers may be on their way");
    world.later(MINUTE);
    let found = told(&world).await;
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].count, found[0].fits), (7, None));
    assert_eq!(found[0].senders, [SENDER]);
    assert_eq!((found[0].oldest, found[0].latest), (first, Timestamp(first.0 + 6_000)));
    assert_eq!(
        found[0].examples,
        ["nobody-6", "nobody-5", "nobody-4", "nobody-3", "nobody-2"]
    );
    // After three days nobody looks for them any more.
    for _ in 0..60 {
        world.later(2 * 60 * MINUTE);
        world.store.settle_receipts(world.now).await.unwrap();
    }
    assert_eq!(told(&world).await, []);
}

async fn ids_in_the_other_notation_are_recognised(mut world: World) {
    sent(&world, "1a2b3c03").await;
    delivered(&world, ReceiptFor::Provider("439041027".to_owned()), None).await;
    world.later(2 * MINUTE);
    let found = world.store.unmatched_receipts(ORG, world.now).await.unwrap();
    assert_eq!(found[0].fits, Some(Written::HexThenDecimal));
    assert_eq!(found[0].examples, ["439041027"]);
}

async fn the_latest_sending_of_a_message(mut world: World) {
    let (_, held) = sent(&world, "g-1").await;
    let began = world.now;
    world.later(5_000);
    let latest = world.store.latest_sending(held.messages[0].id).await.unwrap();
    assert_eq!(latest, Some(began));
    assert_eq!(world.store.latest_sending(MessageId(1)).await.unwrap(), None);
}
