//! Erasing a guest: nothing holds the person any more, nothing goes to them, and the figures are what they were.

mod everywhere;
mod searched;

use crate::incoming::{SMSC, card, consents, take};
use crate::world::*;
use bellhop_domain::incoming::{Event, Inbound, InboundContent};
use bellhop_domain::webhook::WebhookKind;
use bellhop_domain::*;
use bellhop_store::erasure::REGISTRY;
use bellhop_store::guests::GuestBase;
use bellhop_store::ledger::{Planning, Reading, Recording};
use bellhop_store::{Erasing, Statistics};
use std::collections::BTreeSet;

crate::on_both![
    every_table_is_thought_of,
    figures_are_what_they_were,
    what_is_not_sent_is_cancelled,
    a_card_that_comes_later_is_stopped,
    an_address_of_others_stays_theirs,
    other_systems_are_told_without_the_person,
    it_goes_on_after_a_death,
];

/// Erases a guest, and goes on until the first pass is over.
pub async fn erase(world: &World, customer: CustomerId) -> bellhop_store::erasure::Erased {
    let erased = world.store.erase(ORG, customer, "tester", world.now).await.unwrap();
    while world.store.go_on_erasing(world.now).await.unwrap() {}
    erased
}

async fn every_table_is_thought_of(world: World) {
    let there: BTreeSet<String> = searched::tables(&world).await.into_iter().collect();
    let known: BTreeSet<String> = REGISTRY
        .iter()
        .filter(|entry| entry.is_of(world.store.dialect()))
        .map(|entry| entry.table.to_owned())
        .collect();
    let forgotten: Vec<_> = there.difference(&known).collect();
    let gone: Vec<_> = known.difference(&there).collect();
    assert!(
        forgotten.is_empty() && gone.is_empty(),
        "say in store/src/erasure/registry.rs what an erasure does to {forgotten:?}; there is no {gone:?} any more"
    );
}

/// A run of one push to three guests, accepted, and one of them has opened it and ordered.
async fn figures_are_what_they_were(mut world: World) {
    world.guests(3).await;
    let run = world.planned(&[PUSH]).await;
    let held = world.hold(EndpointKind::Fcm).await;
    world.record_all(run, &held, &accepted()).await;
    let message = held.messages[0].id;
    let opened = held.messages[0].customer.unwrap();
    world.later(MINUTE);
    let class = bellhop_store::ledger::OpenClass::Tap;
    let open = world
        .store
        .open(None, message, class, Some("phone"), world.now)
        .await
        .unwrap();
    assert!(open.is_some());
    let placed = world.now.0 + MINUTE;
    world
        .exec(&format!(
            "INSERT INTO orders (org_id, external_id, customer_id, placed_at, status, total)
             VALUES (1, 'o1', {opened}, {placed}, 4, 5000000)"
        ))
        .await;
    world.later(10 * MINUTE);
    let mailing = world.store.run(run).await.unwrap().mailing;
    let figures = async |world: &World| {
        let figures = Statistics::mailing(&world.store, ORG, mailing, world.now)
            .await
            .unwrap();
        serde_json::to_value(&figures).unwrap()
    };
    let before = figures(&world).await;
    assert_eq!(before["orders"], 1, "{before}");
    erase(&world, opened).await;
    assert_eq!(figures(&world).await, before);
    assert_eq!(world.number("SELECT COUNT(*) AS x FROM orders").await, 1);
}

async fn what_is_not_sent_is_cancelled(mut world: World) {
    world.guests(4).await;
    let steps = [PUSH, SMS];
    let run = world.planned(&steps).await;
    let batch = world.take(EndpointKind::Fcm).await.first().unwrap().id;
    // Before any pass over the ledger the next claim obeys.
    world
        .store
        .erase(ORG, CustomerId(2), "tester", world.now)
        .await
        .unwrap();
    let held = world.lease(batch, EndpointKind::Fcm).await;
    let to: Vec<_> = held.messages.iter().filter_map(|m| m.customer).collect();
    assert_eq!(to, [CustomerId(1), CustomerId(3), CustomerId(4)]);
    world.record_all(run, &held, &accepted()).await;
    // The others wait for their next step.
    erase(&world, CustomerId(3)).await;
    let states = format!(
        "SELECT CAST(state AS TEXT) || ':' || COALESCE(reason, '') AS x FROM messages WHERE run_id = {run} ORDER BY customer_id"
    );
    let found = world.column(&states).await;
    assert_eq!(
        found[2], "15:erased",
        "an earlier step had reached the third: {found:?}"
    );
    world.later(121 * MINUTE);
    world.store.promote_due(100, world.now).await.unwrap();
    let held = world.hold(EndpointKind::Phone).await;
    let to: Vec<_> = held.messages.iter().filter_map(|m| m.customer).collect();
    assert_eq!(to, [CustomerId(1), CustomerId(4)]);
    // What was not claimed yet is cancelled by its own state.
    erase(&world, CustomerId(4)).await;
    assert_eq!(world.start(&held).await.len(), 1);
    let all: i64 = world.states(run).await.values().sum();
    assert_eq!(all, 4, "planned is still the sum over all states");
}

fn says(id: &str, from: &str, at: Timestamp, text: &str) -> Event {
    Event::Inbound(Inbound {
        perhaps: None,
        also: Vec::new(),
        provider_id: id.to_owned(),
        from: from.to_owned(),
        name: None,
        at,
        content: InboundContent::Text(text.to_owned()),
        answers: None,
    })
}

async fn a_card_that_comes_later_is_stopped(mut world: World) {
    let phone = "+79161112233";
    let anna = card(&world, "anna", phone).await;
    assert!(consents(&world, anna).await.contains(&Channel::Sms));
    erase(&world, anna).await;
    assert_eq!(world.number("SELECT COUNT(*) AS x FROM consent_stands").await, 0);
    world.later(MINUTE);
    let again = card(&world, "anna", phone).await;
    assert_ne!(again, anna);
    let allowed = consents(&world, again).await;
    assert!(
        !allowed.contains(&Channel::Sms) && !allowed.contains(&Channel::WhatsApp),
        "{allowed:?}"
    );
    // Another number is nobody's who was erased.
    let boris = card(&world, "boris", "+79161112234").await;
    assert!(consents(&world, boris).await.contains(&Channel::Sms));
    // Their own yes ends it.
    world.later(MINUTE);
    take(&world, &SMSC, &says("1", phone, world.now, "START")).await;
    assert!(consents(&world, again).await.contains(&Channel::Sms));
}

async fn an_address_of_others_stays_theirs(world: World) {
    let phone = "+79161112233";
    let (anna, boris) = (card(&world, "anna", phone).await, card(&world, "boris", phone).await);
    let erased = erase(&world, anna).await;
    assert_eq!(erased.shares_with, ["boris"]);
    assert!(consents(&world, boris).await.contains(&Channel::Sms));
    let facts = world.store.facts(ORG, boris).await.unwrap();
    assert_eq!(facts.addresses.len(), 1);
    assert!(!facts.shares_address);
}

async fn other_systems_are_told_without_the_person(mut world: World) {
    world
        .webhook(&[WebhookKind::GuestErased, WebhookKind::ConsentChanged])
        .await;
    world.later(1);
    let anna = card(&world, "4711", "+79161112233").await;
    let stranger = card(&world, "+79161112244", "+79161112244").await;
    take(&world, &SMSC, &says("1", "+79161112233", world.now, "STOP")).await;
    world.tell().await;
    let deliveries = "SELECT COUNT(*) AS x FROM webhook_deliveries";
    assert_eq!(world.number(deliveries).await, 1, "the consent");
    for customer in [anna, stranger] {
        erase(&world, customer).await;
    }
    world.tell().await;
    let told = world
        .column("SELECT body AS x FROM webhook_deliveries ORDER BY id")
        .await;
    let data: Vec<serde_json::Value> = told
        .iter()
        .map(|body| serde_json::from_str::<serde_json::Value>(body).unwrap()["data"].clone())
        .collect();
    assert_eq!(
        data,
        [serde_json::json!({"customer_id": "4711"}), serde_json::json!({})],
        "{told:?}"
    );
    assert!(told.iter().all(|body| body.contains("guest.erased")));
    // The second pass leaves them.
    world.later(5 * MINUTE);
    while world.store.go_on_erasing(world.now).await.unwrap() {}
    assert_eq!(world.number(deliveries).await, 2);
    assert_eq!(
        world
            .number("SELECT COUNT(*) AS x FROM erasures WHERE due_at IS NOT NULL")
            .await,
        0
    );
}

async fn it_goes_on_after_a_death(mut world: World) {
    world.guests(1).await;
    let run = world.planned(&[PUSH]).await;
    let held = world.hold(EndpointKind::Fcm).await;
    world.record_all(run, &held, &accepted()).await;
    world
        .exec("UPDATE attempts SET provider_id = 'wamid.79990000001'")
        .await;
    // Whoever erased died right after the first transaction; another process finds what is left.
    world
        .store
        .erase(ORG, CustomerId(1), "tester", world.now)
        .await
        .unwrap();
    assert_eq!(world.store.unfinished_erasures().await.unwrap(), 1);
    while world.store.go_on_erasing(world.now).await.unwrap() {}
    assert_eq!(world.store.unfinished_erasures().await.unwrap(), 0);
    let left = "SELECT COUNT(*) AS x FROM attempts WHERE provider_id IS NOT NULL";
    assert_eq!(world.number(left).await, 0);
    // What somebody had in hand meanwhile is found by the second pass.
    world
        .exec("INSERT INTO carts (customer_id, org_id, changed_at, total, cart) VALUES (1, 1, 1, 1, '{}')")
        .await;
    assert!(!world.store.go_on_erasing(world.now).await.unwrap());
    world.later(5 * MINUTE);
    while world.store.go_on_erasing(world.now).await.unwrap() {}
    assert_eq!(world.number("SELECT COUNT(*) AS x FROM carts").await, 0);
    let refused = world.store.erase(ORG, CustomerId(1), "tester", world.now).await;
    assert!(refused.is_err(), "nobody is erased twice");
}
