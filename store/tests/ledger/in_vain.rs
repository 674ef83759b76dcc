//! What providers tell and nothing asks for: bounded, and in the end forgotten.

use crate::world::*;
use bellhop_domain::incoming::Event;
use bellhop_domain::receipt::{Receipt, ReceiptFor, ReceiptStatus};
use bellhop_domain::*;
use bellhop_store::Pruning;
use bellhop_store::ledger::{Finishing, Recording};

crate::on_both![
    a_receipt_that_matches_nothing_is_looked_at_ever_less_and_given_up,
    a_receipt_is_found_though_many_match_nothing,
    what_is_not_understood_is_kept_for_three_months,
];

/// A provider reports that its message of this id has arrived.
async fn delivered(world: &World, id: &str) {
    let receipt = Receipt {
        attempt: ReceiptFor::Provider(id.to_owned()),
        status: ReceiptStatus::Delivered,
        at: None,
        cost: None,
    };
    let source = source(EndpointKind::Phone);
    world.store.receipt(&source, &receipt, world.now).await.unwrap();
}

/// Looks of one receipt, by when its next one is: an update each.
async fn a_receipt_that_matches_nothing_is_looked_at_ever_less_and_given_up(mut world: World) {
    delivered(&world, "nobody's").await;
    let came = world.now;
    let next = "SELECT COALESCE(look_at, -1) AS x FROM receipts";
    let mut looks = 0;
    let mut planned = world.number(next).await;
    for _ in 0..500 {
        assert_eq!(world.store.settle_receipts(world.now).await.unwrap(), 0);
        let now_planned = world.number(next).await;
        looks += u32::from(now_planned != planned);
        planned = now_planned;
        if planned < 0 {
            break;
        }
        // Each second for a minute, as ticks do; then as soon as there is something to do.
        let due = planned.max(world.now.0 + 1_000);
        world.now.0 = if world.now.0 < came.0 + MINUTE {
            world.now.0 + 1_000
        } else {
            due
        };
    }
    assert_eq!(planned, -1, "it is given up");
    let hours = (world.now.0 - came.0) / (60 * MINUTE);
    assert!((72..=108).contains(&hours), "after {hours} hours");
    assert!((15..60).contains(&looks), "{looks} looks");
    assert_eq!(
        world.number("SELECT COUNT(*) AS x FROM receipts").await,
        1,
        "it is kept"
    );
}

/// A provider's id is known late, and meanwhile somebody else's receipts come by the hundred.
async fn a_receipt_is_found_though_many_match_nothing(mut world: World) {
    world.guests(1).await;
    let run = world.planned(&[SMS]).await;
    let held = world.hold(EndpointKind::Phone).await;
    world.start(&held).await;
    delivered(&world, "g-1").await;
    for n in 0..450 {
        delivered(&world, &format!("other-{n}")).await;
    }
    assert_eq!(world.store.settle_receipts(world.now).await.unwrap(), 0);
    world.record_all(run, &held, &accepted_as(Some("g-1"))).await;
    world.later(1_000);
    assert_eq!(world.store.settle_receipts(world.now).await.unwrap(), 1);
    assert_eq!(world.states(run).await, states_of([("delivered", 1)]));
}

async fn what_is_not_understood_is_kept_for_three_months(mut world: World) {
    let event = Event::Unrecognised {
        kind: "smb_app_state_sync".into(),
        raw: "{}".into(),
    };
    let source = source(EndpointKind::WhatsApp);
    let day = 24 * 60 * MINUTE;
    for (days, told, kept) in [
        (0, true, 1),
        (45, true, 2),
        (43, false, 2),
        (5, false, 1),
        (60, false, 0),
    ] {
        world.later(days * day);
        if told {
            world.store.take(&source, &event, world.now).await.unwrap();
        }
        while world.store.remove_piece(world.now).await.unwrap().is_some() {}
        let events = world.number("SELECT COUNT(*) AS x FROM provider_events").await;
        assert_eq!(events, kept, "{days} days later");
    }
}
