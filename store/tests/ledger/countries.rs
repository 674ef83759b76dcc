//! Countries that a sender may not send to: its messages there turn to another number, or go on to their next step; the others
//! go out.

use crate::world::*;
use bellhop_domain::attempt::AttemptState;
use bellhop_domain::message::MessageState;
use bellhop_domain::receipt::{AttemptKey, Receipt, ReceiptFor, ReceiptStatus};
use bellhop_domain::*;
use bellhop_store::ledger::{Claimed, Claiming, Finishing, Leasing, Planning, Recording, SenderStates};

crate::on_both![
    a_refusal_of_a_country_stops_it_and_no_other,
    a_report_of_a_country_stops_it,
    a_report_before_the_record_stops_it_too,
    what_is_refused_by_one_channel_goes_by_the_next,
    a_resume_opens_the_countries,
    another_number_of_the_pool_takes_what_this_one_may_not_send,
    where_no_number_may_send_the_next_step_follows,
];

const UNITED_STATES: [&str; 2] = ["+14155552671", "+12125552671"];
const CANADA: &str = "+14165552671";
const RUSSIA: &str = "+79990000001";

async fn guests(world: &World, phones: &[&str]) {
    for (id, phone) in (1..).zip(phones) {
        let who = Who {
            phone: Some(phone),
            ..Who::default()
        };
        world.guest(id, who).await;
    }
}

fn refused() -> Outcome {
    Outcome::CountryStopped {
        why: "error 21408: not permitted".into(),
    }
}

fn to<'h>(held: &'h Held, phone: &str) -> &'h Claimed {
    held.messages.iter().find(|m| m.address == phone).unwrap()
}

async fn stopped(world: &World) -> Vec<(String, String)> {
    let stopped = world.store.stopped_countries().await.unwrap();
    stopped.into_iter().map(|s| (s.country, s.reason)).collect()
}

/// What may go out of a new mailing to these phones.
async fn goes_to(world: &World) -> Vec<String> {
    world.planned(&[SMS]).await;
    let mut going = Vec::new();
    for batch in world.take(EndpointKind::Phone).await {
        let held = world.lease(batch.id, EndpointKind::Phone).await;
        let started = world.start(&held).await;
        let messages = held.messages.iter().filter(|m| started.contains(&m.id));
        going.extend(messages.map(|m| m.address.clone()));
    }
    going.sort();
    going
}

/// All of a mailing's messages, started.
async fn started(world: &World) -> (RunId, Held) {
    let run = world.planned(&[SMS]).await;
    let held = world.hold(EndpointKind::Phone).await;
    world.start(&held).await;
    (run, held)
}

async fn a_refusal_of_a_country_stops_it_and_no_other(world: World) {
    guests(&world, &[UNITED_STATES[0], UNITED_STATES[1], CANADA, RUSSIA]).await;
    let (run, held) = started(&world).await;
    let one = [to(&held, UNITED_STATES[0]).clone()];
    for _ in 0..2 {
        world.record(run, &held, &one, &refused()).await;
    }
    let story = world.story(one[0].id).await;
    assert_eq!(
        (story.state, story.attempts[0].state),
        (MessageState::Failed, AttemptState::Refused)
    );
    let expected = [("US".to_owned(), "error 21408: not permitted".to_owned())];
    assert_eq!(stopped(&world).await, expected);
    assert!(world.store.paused_senders().await.unwrap().is_empty());
    assert_eq!(goes_to(&world).await, [CANADA, RUSSIA]);
    let audit = "SELECT COUNT(*) AS x FROM audit_log WHERE action = 'sender.stop_country'
                 AND object = 'sender sender, country US'";
    assert_eq!(world.number(audit).await, 1);
}

async fn report(world: &World, held: &Held, phone: &str) {
    let key = AttemptKey {
        message: to(held, phone).id,
        lease: held.lease,
    };
    let receipt = Receipt {
        attempt: ReceiptFor::Ours(key),
        status: ReceiptStatus::CountryStopped {
            why: "status 30034: not registered".into(),
        },
        at: None,
        cost: None,
    };
    let taken = world
        .store
        .receipt(&source(EndpointKind::Phone), &receipt, world.now)
        .await;
    taken.unwrap();
}

async fn a_report_of_a_country_stops_it(world: World) {
    guests(&world, &[UNITED_STATES[0], CANADA]).await;
    let (run, held) = started(&world).await;
    world.record_all(run, &held, &accepted()).await;
    report(&world, &held, UNITED_STATES[0]).await;
    assert_eq!(world.states(run).await, states_of([("failed", 1), ("sent", 1)]));
    assert_eq!(stopped(&world).await[0].0, "US");
    assert_eq!(goes_to(&world).await, [CANADA]);
}

async fn a_report_before_the_record_stops_it_too(world: World) {
    guests(&world, &[UNITED_STATES[0], CANADA]).await;
    let (run, held) = started(&world).await;
    report(&world, &held, UNITED_STATES[0]).await;
    assert!(stopped(&world).await.is_empty());
    world.record_all(run, &held, &accepted()).await;
    assert_eq!(world.store.settle_receipts(world.now).await.unwrap(), 1);
    assert_eq!(stopped(&world).await[0].0, "US");
}

async fn what_is_refused_by_one_channel_goes_by_the_next(world: World) {
    guests(&world, &[UNITED_STATES[0]]).await;
    let (run, held) = started(&world).await;
    world.record_all(run, &held, &refused()).await;
    let who = Who {
        phone: Some(UNITED_STATES[1]),
        token: Some("token-2"),
        ..Who::default()
    };
    world.guest(2, who).await;
    let run = world.planned(&[SMS, PUSH]).await;
    for batch in world.take(EndpointKind::Phone).await {
        let held = world.lease(batch.id, EndpointKind::Phone).await;
        assert!(world.start(&held).await.is_empty());
    }
    assert_eq!(world.store.promote_due(10, world.now).await.unwrap(), 2);
    assert_eq!(world.states(run).await, states_of([("pending", 1), ("suppressed", 1)]));
    let push = world.hold(EndpointKind::Fcm).await;
    assert_eq!(push.messages[0].address, "token-2");
    let reason = "SELECT reason AS x FROM messages WHERE state = 12";
    assert_eq!(world.column(reason).await, ["the sender may not send to this country"]);
}

async fn a_resume_opens_the_countries(world: World) {
    guests(&world, &[UNITED_STATES[0]]).await;
    let (run, held) = started(&world).await;
    world.record_all(run, &held, &refused()).await;
    assert!(goes_to(&world).await.is_empty());
    world.store.resume_sender(ORG, SENDER, "anna", world.now).await.unwrap();
    assert!(stopped(&world).await.is_empty());
    assert_eq!(goes_to(&world).await, [UNITED_STATES[0]]);
    let audit = "SELECT COUNT(*) AS x FROM audit_log WHERE action = 'sender.resume' AND who = 'anna'";
    assert_eq!(world.number(audit).await, 1);
}

/// Closes a country to a number, as a provider's word would.
async fn close(world: &World, sender: &str, country: &str) {
    world
        .exec(&format!(
            "INSERT INTO sender_countries (org_id, sender, country, since, reason) VALUES (1, '{sender}', '{country}', 1, 'x')"
        ))
        .await;
}

fn pool(others: &[&str]) -> Vec<String> {
    others.iter().map(|name| (*name).to_owned()).collect()
}

/// The numbers that ready batches are for, each with its messages.
async fn ready(world: &World) -> Vec<(Option<String>, Vec<String>)> {
    let mut ready = Vec::new();
    for batch in world.take(EndpointKind::Phone).await {
        let number = world.store.known_number(batch.id).await.unwrap();
        let held = world.lease(batch.id, EndpointKind::Phone).await;
        ready.push((number, held.messages.iter().map(|m| m.address.clone()).collect()));
    }
    ready.sort();
    ready
}

async fn another_number_of_the_pool_takes_what_this_one_may_not_send(mut world: World) {
    guests(&world, &[UNITED_STATES[0], UNITED_STATES[1], CANADA, RUSSIA]).await;
    close(&world, SENDER, "US").await;
    // One may not either, one stands still.
    close(&world, "closed", "US").await;
    world
        .store
        .pause_sender(ORG, "paused", "password", "anna", world.now)
        .await
        .unwrap();
    world.others = pool(&["closed", "paused", "open"]);
    let run = world.planned(&[SMS]).await;
    let held = world.hold(EndpointKind::Phone).await;
    let started = world.start(&held).await;
    assert_eq!(started.len(), 2);
    world.record_all(run, &held, &accepted()).await;
    world.store.release(held.batch, held.lease, world.now).await.unwrap();
    assert_eq!(world.states(run).await, states_of([("pending", 2), ("sent", 2)]));
    let turned = ready(&world).await;
    assert_eq!(turned.len(), 1);
    assert_eq!(turned[0].0.as_deref(), Some("open"));
    let mut addresses = turned[0].1.clone();
    addresses.sort();
    assert_eq!(addresses, [UNITED_STATES[1], UNITED_STATES[0]]);
    assert_eq!(
        world
            .number("SELECT COUNT(*) AS x FROM batches WHERE done_at IS NULL")
            .await,
        1,
        "the first is done"
    );
}

async fn where_no_number_may_send_the_next_step_follows(mut world: World) {
    let who = Who {
        phone: Some(UNITED_STATES[0]),
        token: Some("token"),
        ..Who::default()
    };
    world.guest(1, who).await;
    close(&world, SENDER, "US").await;
    world.others = pool(&["open"]);
    let run = world.planned(&[SMS, PUSH]).await;
    let held = world.hold(EndpointKind::Phone).await;
    assert!(world.start(&held).await.is_empty());
    // It turned to the other number, which is closed meanwhile.
    close(&world, "open", "US").await;
    let held = world.hold(EndpointKind::Phone).await;
    assert_eq!(held.messages.len(), 1);
    assert!(world.start(&held).await.is_empty());
    assert!(
        world.take(EndpointKind::Phone).await.is_empty(),
        "it does not turn back"
    );
    assert_eq!(world.store.promote_due(10, world.now).await.unwrap(), 1);
    assert_eq!(world.states(run).await, states_of([("pending", 1)]));
    assert_eq!(world.hold(EndpointKind::Fcm).await.messages[0].address, "token");
}
