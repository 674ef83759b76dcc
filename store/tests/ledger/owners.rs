//! An address that has gone over to somebody else since the plan: what was for the one goes to nobody.

use crate::consent::register;
use crate::incoming::{WA, card, take};
use crate::persons::{PHONE, moved};
use crate::world::*;
use bellhop_domain::message::MessageState;
use bellhop_domain::*;
use bellhop_store::guests::*;
use bellhop_store::ledger::*;

crate::on_both![
    a_claim_asks_whose_the_address_is,
    a_retry_goes_to_nobody_else,
    a_start_asks_whose_the_address_is,
    what_was_for_nobody_is_not_for_who_logs_in,
    a_shared_phone_gets_its_message,
    a_number_given_up_gets_nothing_of_its_former_guest,
];

/// Kinds whose address is one guest's at a time, one a channel.
fn exclusive() -> impl Iterator<Item = EndpointKind> {
    let all = EndpointKind::ALL.into_iter();
    all.filter(|kind| kind.is_exclusive() && *kind != EndpointKind::Apns)
}

fn step(kind: EndpointKind) -> String {
    format!(r#"{{"channel":"{}"}}"#, kind.channel())
}

/// Two guests who are reached everywhere.
async fn two_guests(world: &World, n: i64) -> [i64; 2] {
    let ids = [10 * n + 1, 10 * n + 2];
    for id in ids {
        let phone = format!("+7999000{id:04}");
        let who = Who {
            phone: Some(&phone),
            everywhere: true,
            ..Who::default()
        };
        world.guest(id, who).await;
    }
    ids
}

/// The second guest logs in where the first was.
async fn log_in(world: &World, kind: EndpointKind, [first, second]: [i64; 2]) {
    let address = format!("{}-{first}", kind.name());
    register(world, kind, &address, &format!("c{second}")).await;
}

/// The messages of every batch that is ready.
async fn claimed(world: &World, kind: EndpointKind) -> Vec<Claimed> {
    let mut messages = Vec::new();
    for batch in world.take(kind).await {
        messages.extend(world.lease(batch.id, kind).await.messages);
    }
    messages
}

fn customers(messages: &[Claimed]) -> Vec<i64> {
    let mut customers: Vec<i64> = messages.iter().filter_map(|m| m.customer).map(|c| c.0).collect();
    customers.sort_unstable();
    customers
}

async fn of(world: &World, run: RunId, customer: i64, column: &str) -> Vec<String> {
    world
        .column(&format!(
            "SELECT {column} AS x FROM messages WHERE run_id = {run} AND customer_id = {customer}"
        ))
        .await
}

async fn a_claim_asks_whose_the_address_is(world: World) {
    for (n, kind) in (0..).zip(exclusive()) {
        let guests = two_guests(&world, n).await;
        let run = world.planned(&[&step(kind), SMS]).await;
        log_in(&world, kind, guests).await;
        let reached = customers(&claimed(&world, kind).await);
        assert!(
            !reached.contains(&guests[0]) && reached.contains(&guests[1]),
            "{kind:?}: {reached:?}"
        );
        assert_eq!(
            of(&world, run, guests[0], "reason").await,
            ["no_live_endpoint"],
            "{kind:?}"
        );
        assert_eq!(world.store.promote_due(10, world.now).await.unwrap(), 1, "{kind:?}");
        let state = MessageState::Pending.code();
        assert_eq!(
            of(
                &world,
                run,
                guests[0],
                "CAST(step AS TEXT) || ' ' || CAST(state AS TEXT)"
            )
            .await,
            [format!("1 {state}")],
            "{kind:?}: by SMS"
        );
    }
}

async fn a_retry_goes_to_nobody_else(mut world: World) {
    let guests = two_guests(&world, 0).await;
    let kind = EndpointKind::Fcm;
    let run = world.planned(&[PUSH]).await;
    let held = world.hold(kind).await;
    assert_eq!(customers(&held.messages), guests);
    let busy = Outcome::Retry {
        after: None,
        why: "busy".into(),
    };
    world.record_all(run, &held, &busy).await;
    world.store.release(held.batch, held.lease, world.now).await.unwrap();
    log_in(&world, kind, guests).await;
    world.later(20 * MINUTE);
    assert_eq!(world.store.promote_due(10, world.now).await.unwrap(), 2);
    assert_eq!(customers(&world.hold(kind).await.messages), guests[1..]);
    world.store.promote_due(10, world.now).await.unwrap();
    let state = MessageState::Failed.code();
    assert_eq!(of(&world, run, guests[0], "state").await, [state.to_string()]);
}

async fn a_start_asks_whose_the_address_is(world: World) {
    for (n, kind) in (0..).zip(exclusive().filter(|kind| !kind.replaces_repeats())) {
        let guests = two_guests(&world, n).await;
        let run = world.planned(&[&step(kind)]).await;
        let held = world.hold(kind).await;
        log_in(&world, kind, guests).await;
        let started = world.start(&held).await;
        let ours = |id| {
            held.messages
                .iter()
                .find(|m| m.customer == Some(CustomerId(id)))
                .unwrap()
        };
        assert_eq!(started.len(), held.messages.len() - 1, "{kind:?}");
        assert!(!started.contains(&ours(guests[0]).id), "{kind:?}");
        world.store.promote_due(10, world.now).await.unwrap();
        let state = MessageState::Suppressed.code();
        assert_eq!(
            of(&world, run, guests[0], "state").await,
            [state.to_string()],
            "{kind:?}"
        );
    }
}

async fn what_was_for_nobody_is_not_for_who_logs_in(world: World) {
    let guests = two_guests(&world, 0).await;
    for token in ["lonely", "somebodys"] {
        let insert = format!(
            "INSERT INTO endpoints (org_id, kind, address, state, state_since, registered_at)
             VALUES (1, 1, '{token}', 1, 1, 1)"
        );
        world.exec(&insert).await;
    }
    let run = world.launch(&spec(&[PUSH])).await;
    let planner = FirstStep {
        unattached: true,
        ..world.planner(run).await
    };
    while world.store.plan_page(run, 7, &planner, world.now).await.unwrap() != Page::Complete {}
    assert_eq!(world.states(run).await, states_of([("pending", 4)]));
    register(&world, EndpointKind::Fcm, "somebodys", &format!("c{}", guests[1])).await;
    let messages = claimed(&world, EndpointKind::Fcm).await;
    let mut addresses: Vec<_> = messages.into_iter().map(|m| m.address).collect();
    addresses.sort();
    assert_eq!(addresses, ["fcm-1", "fcm-2", "lonely"]);
    world.store.promote_due(10, world.now).await.unwrap();
    assert_eq!(world.states(run).await, states_of([("pending", 3), ("suppressed", 1)]));
}

async fn a_shared_phone_gets_its_message(world: World) {
    for name in ["anna", "boris"] {
        card(&world, name, PHONE).await;
    }
    world.planned(&[SMS]).await;
    // Another card with it takes nothing away.
    card(&world, "vera", PHONE).await;
    let held = world.hold(EndpointKind::Phone).await;
    assert_eq!(held.messages.len(), 1);
    assert_eq!(world.start(&held).await, [held.messages[0].id]);
}

async fn a_number_given_up_gets_nothing_of_its_former_guest(mut world: World) {
    card(&world, "anna", PHONE).await;
    let run = world.planned(&[SMS]).await;
    world.later(MINUTE);
    take(&world, &WA, &moved(world.now)).await;
    world.later(MINUTE);
    let stranger = card(&world, "stranger", PHONE).await;
    let facts = world.store.facts(ORG, stranger).await.unwrap();
    assert_eq!(
        facts.addresses,
        [(EndpointKind::Phone, PHONE.to_owned())],
        "it is alive again"
    );
    assert!(world.hold(EndpointKind::Phone).await.messages.is_empty());
    world.store.promote_due(10, world.now).await.unwrap();
    assert_eq!(world.states(run).await, states_of([("suppressed", 1)]));
}
