//! Planning, page by page.

use crate::world::*;
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::*;
use bellhop_store::ledger::*;
use bellhop_store::{Dialect, StoreError};

crate::on_both![
    every_guest_is_planned_or_excluded_for_one_reason,
    an_address_gets_one_message_in_a_page_and_across_pages,
    a_page_that_fails_has_not_happened,
    a_pause_or_cancel_between_pages_stops_planning,
    apps_that_nobody_logged_in_to_come_after_the_guests,
    batches_are_of_one_kind_and_of_its_size,
    two_dispatchers_never_plan_a_guest_twice,
    what_is_unsent_is_told_by_run_and_kind,
    messages_have_numbers_of_their_batch_until_they_leave_it,
];

async fn every_guest_is_planned_or_excluded_for_one_reason(world: World) {
    let none = Who::default();
    let both = Who {
        token: Some("t1"),
        phone: Some("+1"),
        ..none
    };
    world.guest(1, both).await;
    world
        .guest(
            2,
            Who {
                token: Some("t2"),
                phone: Some("+2"),
                blacklisted: true,
                refuses: !0,
                ..none
            },
        )
        .await;
    world
        .guest(
            3,
            Who {
                token: Some("t3"),
                refuses: !0,
                ..none
            },
        )
        .await;
    world.guest(4, none).await;
    let refuses_push = Channel::Push.bit();
    world
        .guest(
            5,
            Who {
                token: Some("t5"),
                phone: Some("+5"),
                refuses: refuses_push,
                ..none
            },
        )
        .await;
    let run = world.planned(&[PUSH, SMS]).await;
    assert_eq!(world.states(run).await, states_of([("pending", 2)]));
    for (reason, guests) in [
        (Exclusion::Blacklisted, 1),
        (Exclusion::NoConsent, 1),
        (Exclusion::NoLiveEndpoint, 1),
        (Exclusion::DuplicateEndpoint, 0),
    ] {
        assert_eq!(world.excluded(run, reason).await, guests, "{reason:?}");
    }
    let sms = world.hold(EndpointKind::Phone).await;
    assert_eq!(sms.messages[0].customer, Some(CustomerId(5)));
    assert_eq!((sms.messages[0].step, sms.messages[0].address.as_str()), (1, "+5"));
}

async fn an_address_gets_one_message_in_a_page_and_across_pages(world: World) {
    // With pages of seven: two cards in the first page, a third in the second.
    for id in 1..=9 {
        let phone = if [1, 2, 9].contains(&id) {
            "+1".to_owned()
        } else {
            format!("+{id}")
        };
        world
            .guest(
                id,
                Who {
                    phone: Some(&phone),
                    ..Who::default()
                },
            )
            .await;
    }
    let run = world.planned(&[SMS]).await;
    assert_eq!(world.states(run).await, states_of([("pending", 7)]));
    assert_eq!(world.excluded(run, Exclusion::DuplicateEndpoint).await, 2);
    let addresses = world
        .number(&format!(
            "SELECT COUNT(DISTINCT endpoint_id) AS x FROM messages WHERE run_id = {run}"
        ))
        .await;
    assert_eq!(addresses, 7);
}

async fn a_page_that_fails_has_not_happened(world: World) {
    world.guests(20).await;
    let run = world.launch(&spec(&[PUSH])).await;
    world.page(run, 6).await;
    // A message of somebody else's has the number of one of the next page, as drawn or as its batch's: the insert breaks in
    // its middle.
    world
        .exec(
            "INSERT INTO messages (id, org_id, run_id, batch_id, endpoint_id, step, state, once_per_address)
             SELECT MAX(id) + 4, 1, 999, 999, 999, 0, 1, TRUE FROM messages
             UNION ALL SELECT MAX(batch_id) + 256 + 3, 1, 999, 999, 998, 0, 1, TRUE FROM messages",
        )
        .await;
    let broken = world
        .store
        .plan_page(run, 6, &world.planner(run).await, world.now)
        .await;
    assert!(matches!(broken, Err(StoreError::Database(_))));
    world.exec("DELETE FROM messages WHERE run_id = 999").await;
    assert_eq!(world.states(run).await, states_of([("pending", 6)]));
    world.plan(run).await;
    assert_eq!(world.states(run).await, states_of([("pending", 20)]));
    assert_eq!(world.excluded(run, Exclusion::DuplicateEndpoint).await, 0);
    assert_eq!(world.page(run, 6).await, Page::Complete);
}

async fn a_pause_or_cancel_between_pages_stops_planning(world: World) {
    world.guests(20).await;
    let run = world.launch(&spec(&[PUSH])).await;
    world.page(run, 6).await;
    world.store.pause(ORG, run, "lunch", "tester", world.now).await.unwrap();
    assert_eq!(world.page(run, 6).await, Page::NotNow);
    world.store.resume(ORG, run, "tester", world.now).await.unwrap();
    assert_eq!(
        world.page(run, 6).await,
        Page::Planned {
            messages: 6,
            excluded: 0
        }
    );
    world.store.cancel(ORG, run, "tester", world.now).await.unwrap();
    assert_eq!(world.page(run, 6).await, Page::NotNow);
    assert_eq!(world.store.finish_runs(world.now).await.unwrap(), [run]);
    assert_eq!(world.states(run).await, states_of([("cancelled", 12)]));
}

async fn apps_that_nobody_logged_in_to_come_after_the_guests(world: World) {
    world.guests(2).await;
    for (kind, address, state) in [(1, "free-1", 1), (2, "free-2", 1), (1, "dead", 3), (4, "+100", 1)] {
        world
            .exec(&format!(
                "INSERT INTO endpoints (org_id, kind, address, state, state_since, registered_at)
                 VALUES (1, {kind}, '{address}', {state}, 0, 0)"
            ))
            .await;
    }
    let run = world.launch(&spec(&[PUSH])).await;
    let planner = FirstStep {
        unattached: true,
        ..world.planner(run).await
    };
    while world.store.plan_page(run, 1, &planner, world.now).await.unwrap() != Page::Complete {}
    assert_eq!(world.states(run).await, states_of([("pending", 4)]));
    let apple = world.hold(EndpointKind::Apns).await;
    assert_eq!((apple.messages[0].customer, apple.messages.len()), (None, 1));
    assert_eq!(apple.messages[0].profile, Profile::default());
}

async fn batches_are_of_one_kind_and_of_its_size(world: World) {
    for id in 1..=630 {
        let (token, phone) = (format!("t{id}"), format!("+{id}"));
        let who = Who {
            token: (id % 3 > 0).then_some(&token),
            phone: Some(&phone),
            ..Who::default()
        };
        world.guest(id, who).await;
    }
    let run = world.launch(&spec(&[PUSH, SMS])).await;
    while world.page(run, 1000).await != Page::Complete {}
    for (kind, expected) in [(EndpointKind::Fcm, [170, 250]), (EndpointKind::Phone, [10, 100])] {
        let batches = world.take(kind).await;
        let mut sizes = Vec::new();
        for batch in &batches {
            let Claim::Leased { messages, .. } = world.claim(batch.id).await else {
                panic!("not leased")
            };
            sizes.push(messages.len());
        }
        sizes.sort_unstable();
        sizes.dedup();
        assert_eq!(sizes, expected, "{kind:?}");
    }
}

async fn two_dispatchers_never_plan_a_guest_twice(world: World) {
    world.guests(40).await;
    let run = world.launch(&spec(&[PUSH])).await;
    let planner = world.planner(run).await;
    let dispatcher = || async {
        loop {
            match world.store.plan_page(run, 3, &planner, world.now).await.unwrap() {
                Page::Complete => break,
                Page::NotNow => tokio::task::yield_now().await,
                Page::Planned { .. } => {}
            }
        }
    };
    tokio::join!(dispatcher(), dispatcher());
    assert_eq!(world.states(run).await, states_of([("pending", 40)]));
    let guests = world
        .number("SELECT COUNT(DISTINCT customer_id) AS x FROM messages")
        .await;
    assert_eq!(guests, 40);
}

async fn what_is_unsent_is_told_by_run_and_kind(world: World) {
    world.guests(12).await;
    world
        .guest(
            13,
            Who {
                phone: Some("+13"),
                ..Who::default()
            },
        )
        .await;
    // In one page: one batch of each kind.
    let first = world.launch(&spec(&[PUSH, SMS])).await;
    while world.page(first, 100).await != Page::Complete {}
    let second = world.planned(&[SMS]).await;
    world
        .store
        .pause(ORG, second, "by a test", "tester", world.now)
        .await
        .unwrap();
    let unsent = |run, running, kind, messages| Unsent {
        run,
        running,
        kind,
        zone: Some("Europe/Moscow".to_owned()),
        messages,
    };
    let told = world.store.unsent(ORG).await.unwrap();
    let expected = [
        unsent(first, true, EndpointKind::Fcm, 12),
        unsent(first, true, EndpointKind::Phone, 1),
        unsent(second, false, EndpointKind::Phone, 13),
    ];
    assert_eq!(told, expected);
    // Claimed is not sent; sent is, and who waits for the next step is in no batch.
    let held = world.hold(EndpointKind::Fcm).await;
    assert_eq!(world.store.unsent(ORG).await.unwrap(), expected);
    world.record_all(first, &held, &accepted()).await;
    assert_eq!(world.store.unsent(ORG).await.unwrap(), expected[1..]);
    assert_eq!(world.store.unsent(OrgId(2)).await.unwrap(), []);
}

/// And are found in either: what is claimed is all that there is.
async fn messages_have_numbers_of_their_batch_until_they_leave_it(mut world: World) {
    world.guests(300).await;
    let run = world.launch(&spec(&[PUSH])).await;
    while world.page(run, 300).await != Page::Complete {}
    let elsewhere = "SELECT COUNT(*) AS x FROM messages WHERE id >> 8 <> batch_id >> 8";
    let ready = world.take(EndpointKind::Fcm).await;
    assert_eq!(ready.len(), 2);
    if world.store.dialect() == Dialect::Postgres {
        assert_eq!(world.number(elsewhere).await, 0);
    }
    let mut claimed = 0;
    for batch in ready {
        let held = world.lease(batch.id, EndpointKind::Fcm).await;
        claimed += held.messages.len();
        let again = Outcome::Retry {
            after: None,
            why: "busy".into(),
        };
        world.record(run, &held, &held.messages, &again).await;
        world.store.release(batch.id, held.lease, world.now).await.unwrap();
    }
    assert_eq!(claimed, 300);
    world.later(60 * MINUTE);
    assert_eq!(world.store.promote_due(1_000, world.now).await.unwrap(), 300);
    if world.store.dialect() == Dialect::Postgres {
        assert_eq!(world.number(elsewhere).await, 300);
    }
    for batch in world.take(EndpointKind::Fcm).await {
        claimed += world.lease(batch.id, EndpointKind::Fcm).await.messages.len();
    }
    assert_eq!(claimed, 600);
}
