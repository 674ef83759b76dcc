//! Each rule asks the purpose it is about (PRODUCT.md §14): marketing on demand is marketing, and a notification to an
//! audience is a notification.

use crate::requests::{ask, try_ask};
use crate::world::*;
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::frequency_cap::FrequencyCap;
use bellhop_domain::message::MessageState;
use bellhop_domain::*;
use bellhop_store::ledger::*;
use bellhop_store::statistics::Statistics;

crate::on_both![
    marketing_on_demand_is_refused_without_consent,
    a_withdrawal_stops_marketing_on_demand_at_claim_and_start,
    marketing_on_demand_waits_for_the_morning,
    marketing_on_demand_outlives_no_night,
    marketing_on_demand_counts_in_the_caps,
    orders_are_credited_by_purpose,
    a_notification_to_an_audience_needs_no_consent,
    a_notification_to_an_audience_never_goes_to_the_blacklisted,
    a_notification_keeps_the_night_if_its_file_asks,
    an_address_has_its_message_whatever_its_life,
];

const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const NIGHT: &str =
    r#"{"quiet_hours":"22:00-09:00","release_minutes":0,"frequency_cap":{"per_day":null,"per_week":null}}"#;
/// A waterfall that waits for its open for a minute.
const QUICK_PUSH: &str = r#"{"channel":"push","wait_minutes":1}"#;

fn moscow(text: &str) -> Timestamp {
    Zone::named("Europe/Moscow").unwrap().parse(text).unwrap()
}

/// What [`spec`] mails, on demand or to its audience, with these words of the file.
fn file(recipients: &str, words: &str, steps: &[&str]) -> String {
    let recipients = format!("{recipients},{words}");
    spec(steps).replace(r#""audience":{"all":[]}"#, recipients.trim_end_matches(','))
}

fn bonus(steps: &[&str]) -> String {
    file(r#""on_demand":{"values":["code"]}"#, r#""purpose":"marketing""#, steps)
}

fn recall(steps: &[&str]) -> String {
    file(r#""audience":{"all":[]}"#, r#""purpose":"notification""#, steps)
}

/// The mailing and its run.
async fn launched(world: &World, file: &str) -> (MailingId, RunId) {
    let run = world.launch(file).await;
    (world.store.run(run).await.unwrap().mailing, run)
}

async fn planned(world: &World, file: &str) -> RunId {
    let run = world.launch(file).await;
    world.plan(run).await;
    run
}

async fn reason(world: &World, message: MessageId) -> (MessageState, Option<String>) {
    let story = world.story(message).await;
    (story.state, story.reason)
}

fn suppressed(exclusion: Exclusion) -> (MessageState, Option<String>) {
    (MessageState::Suppressed, Some(exclusion.name().to_owned()))
}

async fn marketing_on_demand_is_refused_without_consent(world: World) {
    let everything: i64 = Channel::ALL.map(Channel::bit).iter().sum();
    for (id, refuses) in [(1, 0), (2, everything), (3, Channel::Push.bit())] {
        let (token, phone) = (format!("token-{id}"), format!("+7999000000{id}"));
        let who = Who {
            token: Some(&token),
            phone: Some(&phone),
            refuses,
            ..Who::default()
        };
        world.guest(id, who).await;
    }
    let only_push = Who {
        token: Some("token-4"),
        refuses: Channel::Push.bit(),
        ..Who::default()
    };
    world.guest(4, only_push).await;
    let insert = "INSERT INTO endpoints (org_id, kind, address, state, state_since, registered_at)
                  VALUES (1, 4, '+79991112233', 1, 1, 1)";
    world.exec(insert).await;
    let nobodys = world.number("SELECT MAX(id) AS x FROM endpoints").await;
    let (mailing, run) = launched(&world, &bonus(&[PUSH, SMS])).await;
    for (to, answer) in [
        (To::Customer("c2"), Requested::Refused(Exclusion::NoConsent)),
        // There is consent for the SMS, and no phone.
        (To::Customer("c4"), Requested::Refused(Exclusion::NoLiveEndpoint)),
        (To::Phone(EndpointId(nobodys)), Requested::Refused(Exclusion::NoConsent)),
    ] {
        assert_eq!(try_ask(&world, mailing, "a", to).await.unwrap(), answer, "{to}");
    }
    assert_eq!(world.states(run).await, states_of([]));
    assert_eq!(world.number("SELECT COUNT(*) AS x FROM message_requests").await, 0);
    let both = ask(&world, mailing, "b", To::Customer("c1")).await;
    let by_sms = ask(&world, mailing, "c", To::Customer("c3")).await;
    assert_eq!((world.story(both).await.step, world.story(by_sms).await.step), (0, 1));
    // What is no marketing asks nobody's consent.
    let (code, _) = launched(&world, &file(r#""on_demand":{"values":["code"]}"#, "", &[PUSH])).await;
    ask(&world, code, "a", To::Customer("c2")).await;
    assert_eq!(world.take_of(Lane::Transactional, EndpointKind::Fcm).await.len(), 1);
    assert_eq!(
        world.take(EndpointKind::Fcm).await.len(),
        1,
        "a bonus goes by the other lane"
    );
}

async fn a_withdrawal_stops_marketing_on_demand_at_claim_and_start(world: World) {
    world.guests(1).await;
    let (mailing, run) = launched(&world, &bonus(&[SMS])).await;
    let withdraw = async |given: i64| {
        let text = format!("UPDATE customer_facts SET consent_mask = {given}");
        world.exec(&text).await;
    };
    let at_claim = ask(&world, mailing, "a", To::Customer("c1")).await;
    withdraw(0).await;
    assert!(world.hold(EndpointKind::Phone).await.messages.is_empty());
    assert_eq!(reason(&world, at_claim).await, suppressed(Exclusion::NoConsent));
    withdraw(Channel::Sms.bit()).await;
    let at_start = ask(&world, mailing, "b", To::Customer("c1")).await;
    let held = world.hold(EndpointKind::Phone).await;
    assert_eq!(held.messages.len(), 1);
    withdraw(0).await;
    assert_eq!(world.start(&held).await, []);
    assert_eq!(reason(&world, at_start).await, suppressed(Exclusion::NoConsent));
    assert_eq!(world.states(run).await, states_of([("suppressed", 2)]));
}

async fn marketing_on_demand_waits_for_the_morning(mut world: World) {
    world.now = moscow("2026-03-01T23:30:00");
    world.settings(NIGHT).await;
    world.guests(1).await;
    let (mailing, run) = launched(&world, &bonus(&[SMS])).await;
    let message = ask(&world, mailing, "a", To::Customer("c1")).await;
    assert_eq!(world.take(EndpointKind::Phone).await, []);
    let story = world.story(message).await;
    assert_eq!(story.reason.as_deref(), Some(QUIET_HOURS));
    assert_eq!(story.next_possible_at, Some(moscow("2026-03-02T09:00:00")));
    world.now = moscow("2026-03-02T09:00:00");
    world.store.promote_due(100, world.now).await.unwrap();
    let held = world.hold(EndpointKind::Phone).await;
    assert_eq!(world.start(&held).await, [message]);
    world.record_all(run, &held, &accepted()).await;
    assert_eq!(world.states(run).await, states_of([("sent", 1)]));
}

async fn marketing_on_demand_outlives_no_night(mut world: World) {
    world.now = moscow("2026-03-01T22:30:00");
    world.settings(NIGHT).await;
    world.guests(1).await;
    let (mailing, run) = launched(&world, &bonus(&[SMS])).await;
    let message = ask(&world, mailing, "a", To::Customer("c1")).await;
    assert_eq!(world.take(EndpointKind::Phone).await, []);
    // Its ten hours end before the morning does.
    world.later(10 * HOUR);
    world.store.finish_runs(world.now).await.unwrap();
    assert_eq!(world.story(message).await.state, MessageState::Expired);
    assert_eq!(
        world.store.run(run).await.unwrap().finished_at,
        None,
        "it waits for the next request"
    );
}

async fn marketing_on_demand_counts_in_the_caps(mut world: World) {
    world.cap = Some(FrequencyCap::default());
    world.guests(1).await;
    let (mailing, bonuses) = launched(&world, &bonus(&[PUSH])).await;
    ask(&world, mailing, "a", To::Customer("c1")).await;
    let held = world.hold(EndpointKind::Fcm).await;
    world.record_all(bonuses, &held, &accepted()).await;
    let went = world.now;
    world.later(HOUR);
    let second = ask(&world, mailing, "b", To::Customer("c1")).await;
    assert!(world.hold(EndpointKind::Fcm).await.messages.is_empty());
    assert_eq!(reason(&world, second).await, suppressed(Exclusion::FrequencyCap));
    assert_eq!(
        world.story(second).await.next_possible_at,
        Some(Timestamp(went.0 + DAY))
    );
    // It is in the way of a mailing too.
    let run = world.planned(&[PUSH]).await;
    assert!(world.hold(EndpointKind::Fcm).await.messages.is_empty());
    assert_eq!(world.states(run).await, states_of([("suppressed", 1)]));
}

/// What is sent on demand is opened, and an order follows.
async fn credited_orders(world: &mut World, purpose: &str, id: &str) -> u64 {
    let words = format!(r#""purpose":"{purpose}""#);
    let (mailing, run) = launched(world, &file(r#""on_demand":{"values":["code"]}"#, &words, &[PUSH])).await;
    let message = ask(world, mailing, id, To::Customer("c1")).await;
    let lane = world.store.run(run).await.unwrap().lane;
    let ready = world.take_of(lane, EndpointKind::Fcm).await;
    let held = world.lease(ready[0].id, EndpointKind::Fcm).await;
    world.record_all(run, &held, &accepted()).await;
    let opened = world
        .store
        .open(Some(ORG), message, OpenClass::Tap, None, world.now)
        .await;
    assert!(opened.unwrap().is_some());
    world.later(MINUTE);
    world
        .exec(&format!(
            "INSERT INTO orders (org_id, external_id, customer_id, placed_at, status, total)
             VALUES (1, '{id}', 1, {}, 4, 990000)",
            world.now.0
        ))
        .await;
    // The next one's window begins behind the order.
    world.later(100 * HOUR);
    Statistics::mailing(&world.store, ORG, mailing, world.now)
        .await
        .unwrap()
        .orders
}

async fn orders_are_credited_by_purpose(mut world: World) {
    world.guests(1).await;
    assert_eq!(credited_orders(&mut world, "marketing", "bonus").await, 1);
    assert_eq!(credited_orders(&mut world, "notification", "code").await, 0);
}

async fn a_notification_to_an_audience_needs_no_consent(mut world: World) {
    world.now = moscow("2026-03-01T23:30:00");
    world.settings(NIGHT).await;
    let everything = Channel::ALL.map(Channel::bit).iter().sum();
    let refuses_all = Who {
        token: Some("token-1"),
        phone: Some("+79990000001"),
        refuses: everything,
        ..Who::default()
    };
    world.guest(1, refuses_all).await;
    let run = planned(&world, &recall(&[QUICK_PUSH, SMS])).await;
    assert_eq!(world.excluded(run, Exclusion::NoConsent).await, 0);
    // It is night, and it goes by the lane of what goes to many.
    assert_eq!(world.take_of(Lane::Transactional, EndpointKind::Fcm).await, []);
    let held = world.hold(EndpointKind::Fcm).await;
    assert_eq!(held.messages.len(), 1);
    world.record_all(run, &held, &accepted()).await;
    world.later(2 * MINUTE);
    assert_eq!(world.store.promote_due(100, world.now).await.unwrap(), 1);
    let sms = world.hold(EndpointKind::Phone).await;
    assert_eq!(world.start(&sms).await.len(), 1);
    world.record_all(run, &sms, &accepted()).await;
    world.store.finish_runs(world.now).await.unwrap();
    assert_eq!(world.states(run).await, states_of([("sent", 1)]));
    assert!(world.store.run(run).await.unwrap().finished_at.is_some(), "a plan ends");
    // The same words as marketing reach nobody.
    let marketing = world.planned(&[PUSH, SMS]).await;
    assert_eq!(world.excluded(marketing, Exclusion::NoConsent).await, 1);
}

async fn a_notification_to_an_audience_never_goes_to_the_blacklisted(mut world: World) {
    let marked = Who {
        token: Some("token-9"),
        blacklisted: true,
        ..Who::default()
    };
    world.guest(9, marked).await;
    world.guests(3).await;
    let run = planned(&world, &recall(&[QUICK_PUSH, SMS])).await;
    assert_eq!(world.excluded(run, Exclusion::Blacklisted).await, 1);
    let mark = async |guest: i64| {
        let text = format!(
            "UPDATE customers SET blacklisted_at = 1 WHERE id = {guest};
             UPDATE customer_facts SET blacklisted = TRUE WHERE customer_id = {guest}"
        );
        world.exec(&text).await;
    };
    // Before the claim, before the next step, and before the request starts.
    mark(1).await;
    let held = world.hold(EndpointKind::Fcm).await;
    assert_eq!(held.messages.len(), 2);
    world.record_all(run, &held, &gone()).await;
    mark(2).await;
    world.now.0 += 2 * MINUTE;
    world.store.promote_due(100, world.now).await.unwrap();
    let sms = world.hold(EndpointKind::Phone).await;
    assert_eq!(sms.messages.len(), 1);
    world
        .exec("UPDATE customer_facts SET blacklisted = TRUE WHERE customer_id = 3")
        .await;
    assert_eq!(world.start(&sms).await, []);
    let sent = "SELECT COUNT(*) AS x FROM attempts WHERE kind = 4";
    assert_eq!(world.number(sent).await, 0);
    let states = world.states(run).await;
    assert_eq!(
        states.get("suppressed").copied().unwrap_or(0) + states.get("failed").copied().unwrap_or(0),
        3,
        "{states:?}"
    );
}

async fn a_notification_keeps_the_night_if_its_file_asks(mut world: World) {
    world.now = moscow("2026-03-01T23:30:00");
    world.settings(NIGHT).await;
    world.guests(1).await;
    let words = r#""purpose":"notification","quiet_hours":true"#;
    let (mailing, _) = launched(&world, &file(r#""on_demand":{"values":["code"]}"#, words, &[PUSH])).await;
    let review = ask(&world, mailing, "a", To::Customer("c1")).await;
    planned(&world, &file(r#""audience":{"all":[]}"#, words, &[PUSH])).await;
    for lane in Lane::ALL {
        assert_eq!(world.take_of(lane, EndpointKind::Fcm).await, [], "{lane:?}");
    }
    assert_eq!(world.story(review).await.reason.as_deref(), Some(QUIET_HOURS));
    world.now = moscow("2026-03-02T09:00:00");
    world.store.promote_due(100, world.now).await.unwrap();
    for lane in Lane::ALL {
        assert_eq!(world.take_of(lane, EndpointKind::Fcm).await.len(), 1, "{lane:?}");
    }
}

/// Two cards share a phone; the first has its message when that gets a life of its own.
async fn an_address_has_its_message_whatever_its_life(world: World) {
    for id in [1, 2] {
        let who = Who {
            phone: Some("+79990000001"),
            ..Who::default()
        };
        world.guest(id, who).await;
    }
    let run = world.launch(&spec(&[SMS])).await;
    assert!(matches!(world.page(run, 1).await, Page::Planned { messages: 1, .. }));
    world.exec("UPDATE messages SET expires_at = 4000000000000").await;
    world.plan(run).await;
    assert_eq!(world.states(run).await, states_of([("pending", 1)]));
    assert_eq!(world.excluded(run, Exclusion::DuplicateEndpoint).await, 1);
}
