//! A guest may switch notifications off, on a channel, and gets one-time codes all the same (PRODUCT.md §14).

use crate::requests::{ask, try_ask};
use crate::world::*;
use bellhop_domain::consent::WordSource;
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::message::MessageState;
use bellhop_domain::*;
use bellhop_store::GuestBase;
use bellhop_store::guests::{Consent, CustomerCard, EndpointRegistration};
use bellhop_store::ledger::*;

crate::on_both![
    notifications_off_are_asked_on_demand,
    notifications_off_exclude_from_a_plan,
    switched_off_after_the_plan_they_stop_at_claim_and_start,
    the_next_step_is_one_that_was_not_switched_off,
    the_word_belongs_to_the_address,
    the_latest_word_holds,
];

const ON_DEMAND: &str = r#""on_demand":{"values":["code"]}"#;

fn file(recipients: &str, purpose: &str, steps: &[&str]) -> String {
    let recipients = format!(r#"{recipients},"purpose":"{purpose}""#);
    spec(steps).replace(r#""audience":{"all":[]}"#, &recipients)
}

async fn launched(world: &World, file: &str) -> MailingId {
    let run = world.launch(file).await;
    world.store.run(run).await.unwrap().mailing
}

async fn say(world: &World, customer: i64, channel: Channel, given: bool, source: WordSource) {
    let consent = Consent {
        channel,
        purpose: Purpose::Notification,
        given,
        source,
        how: "page".to_owned(),
        text_version: None,
    };
    let it = CustomerId(customer);
    world.store.set_consents(ORG, it, &[consent], world.now).await.unwrap();
}

async fn off(world: &World, customer: i64, channel: Channel) {
    say(world, customer, channel, false, WordSource::Guest).await;
}

async fn silenced(world: &World, customer: i64) -> i64 {
    let may = world.store.permission(ORG, CustomerId(customer)).await.unwrap();
    may.silenced
}

async fn reason(world: &World, message: MessageId) -> (MessageState, Option<String>) {
    let story = world.story(message).await;
    (story.state, story.reason)
}

fn suppressed() -> (MessageState, Option<String>) {
    (
        MessageState::Suppressed,
        Some(Exclusion::NotificationsOff.name().to_owned()),
    )
}

async fn notifications_off_are_asked_on_demand(world: World) {
    world.guests(1).await;
    off(&world, 1, Channel::Sms).await;
    let notice = launched(&world, &file(ON_DEMAND, "notification", &[SMS])).await;
    let phone = world.number("SELECT id AS x FROM endpoints WHERE kind = 4").await;
    let refused = Requested::Refused(Exclusion::NotificationsOff);
    for to in [To::Customer("c1"), To::Phone(EndpointId(phone))] {
        assert_eq!(try_ask(&world, notice, "a", to).await.unwrap(), refused, "{to}");
    }
    // The channel that was not switched off still takes them, and a code goes by any.
    let by_push = launched(&world, &file(ON_DEMAND, "notification", &[SMS, PUSH])).await;
    let message = ask(&world, by_push, "b", To::Customer("c1")).await;
    assert_eq!(world.story(message).await.step, 1);
    let code = launched(&world, &file(ON_DEMAND, "code", &[SMS])).await;
    ask(&world, code, "c", To::Customer("c1")).await;
    let held = world.take_of(Lane::Transactional, EndpointKind::Phone).await;
    assert_eq!(held.len(), 1, "the code goes ahead of marketing");
    // A phone on no card has a say as well.
    world.exec("DELETE FROM customer_endpoints").await;
    let asked = try_ask(&world, notice, "d", To::Phone(EndpointId(phone)))
        .await
        .unwrap();
    assert_eq!(asked, refused);
    ask(&world, code, "e", To::Phone(EndpointId(phone))).await;
}

async fn notifications_off_exclude_from_a_plan(world: World) {
    world.guests(2).await;
    off(&world, 1, Channel::Sms).await;
    let run = world
        .launch(&file(r#""audience":{"all":[]}"#, "notification", &[SMS]))
        .await;
    world.plan(run).await;
    assert_eq!(world.excluded(run, Exclusion::NotificationsOff).await, 1);
    assert_eq!(world.hold(EndpointKind::Phone).await.messages.len(), 1);
}

/// Leases what goes ahead of marketing.
async fn urgent(world: &World) -> Held {
    let ready = world.take_of(Lane::Transactional, EndpointKind::Phone).await;
    let batch = ready.first().expect("a batch is ready").id;
    world.lease(batch, EndpointKind::Phone).await
}

async fn switched_off_after_the_plan_they_stop_at_claim_and_start(world: World) {
    world.guests(2).await;
    let notice = launched(&world, &file(ON_DEMAND, "notification", &[SMS])).await;
    let code = launched(&world, &file(ON_DEMAND, "code", &[SMS])).await;
    let at_claim = ask(&world, notice, "a", To::Customer("c1")).await;
    off(&world, 1, Channel::Sms).await;
    assert!(urgent(&world).await.messages.is_empty());
    assert_eq!(reason(&world, at_claim).await, suppressed());
    let at_start = ask(&world, notice, "b", To::Customer("c2")).await;
    let held = urgent(&world).await;
    off(&world, 2, Channel::Sms).await;
    assert_eq!(world.start(&held).await, []);
    assert_eq!(reason(&world, at_start).await, suppressed());
    ask(&world, code, "a", To::Customer("c2")).await;
    let held = urgent(&world).await;
    assert_eq!(world.start(&held).await.len(), 1);
}

async fn the_next_step_is_one_that_was_not_switched_off(mut world: World) {
    world.guests(2).await;
    off(&world, 1, Channel::Sms).await;
    let quick = r#"{"channel":"push","wait_minutes":1}"#;
    let run = world
        .launch(&file(r#""audience":{"all":[]}"#, "notification", &[quick, SMS]))
        .await;
    world.plan(run).await;
    let held = world.hold(EndpointKind::Fcm).await;
    assert_eq!(held.messages.len(), 2);
    world.record_all(run, &held, &accepted()).await;
    world.later(2 * MINUTE);
    world.store.promote_due(100, world.now).await.unwrap();
    assert_eq!(world.hold(EndpointKind::Phone).await.messages.len(), 1);
}

/// Whoever has the address later, and whatever a file says of them.
async fn the_word_belongs_to_the_address(world: World) {
    world.guests(1).await;
    off(&world, 1, Channel::Sms).await;
    assert_eq!(silenced(&world, 1).await, Channel::Sms.bit());
    let card = CustomerCard {
        external_id: "later".to_owned(),
        phones: vec![Phone::parse("+79990000001", phone::Region::RU).unwrap()],
        ..CustomerCard::default()
    };
    world
        .store
        .put_customers(ORG, &[card], "import", world.now)
        .await
        .unwrap();
    let later = world.store.customer_id(ORG, "later").await.unwrap().unwrap();
    assert_eq!(silenced(&world, later.0).await, Channel::Sms.bit());
    // Marketing is another matter, and so is another address.
    let may = world.store.permission(ORG, CustomerId(1)).await.unwrap();
    assert_ne!(may.consents & Channel::Sms.bit(), 0);
    world
        .exec("INSERT INTO customers (id, org_id, external_id) VALUES (90, 1, 'c90')")
        .await;
    let it = EndpointRegistration {
        kind: EndpointKind::Phone,
        address: "+79990000090".to_owned(),
        customer: Some("c90".to_owned()),
        muted: false,
    };
    world.store.register_endpoint(ORG, &it, world.now).await.unwrap();
    assert_eq!(silenced(&world, 90).await, 0);
}

async fn the_latest_word_holds(mut world: World) {
    use WordSource::{Api, Guest};
    world.guests(1).await;
    let sms = Channel::Sms.bit();
    for (given, source, expected) in [
        (false, Api, sms),
        (true, Api, 0),
        (false, Guest, sms),
        // Nobody else's yes overrules the guest's own no.
        (true, Api, sms),
        (true, Guest, 0),
    ] {
        world.later(MINUTE);
        say(&world, 1, Channel::Sms, given, source).await;
        assert_eq!(silenced(&world, 1).await, expected, "{given} by {source:?}");
    }
    let on = "SELECT COUNT(*) AS x FROM audit_log WHERE action LIKE 'notifications.%'";
    assert_eq!(world.number(on).await, 2, "the guest's own words are in the audit log");
}
