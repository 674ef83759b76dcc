//! Messages on demand, from the request to their end.

use crate::incoming::card;
use crate::world::*;
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::fault::Why;
use bellhop_domain::message::{MessageState, RunState};
use bellhop_domain::*;
use bellhop_store::StoreError;
use bellhop_store::ledger::*;
use std::collections::BTreeMap;

crate::on_both![
    a_guest_gets_every_message_that_is_asked_for,
    a_request_is_one_message_even_at_the_same_time,
    a_request_that_is_refused_leaves_nothing,
    it_goes_by_its_own_lane_and_needs_no_consent,
    no_night_holds_it,
    it_lives_from_its_own_request_on,
    a_next_step_may_reach_an_address_again,
    the_run_ends_by_a_cancel_only,
    its_values_are_rendered_and_then_forgotten,
    a_phone_may_be_nobodys,
    a_phone_may_be_several_guests,
];

/// A login code that lives for ten minutes.
fn code(steps: &[&str]) -> String {
    format!(
        r#"{{"name":"code","on_demand":{{"values":["code"]}},"expires_after_minutes":10,"waterfall":[{}],
            "contents":{{"push":{{"title":"t","body":"{{{{ code }}}}"}},"sms":{{"text":"{{{{ code }}}}"}}}}}}"#,
        steps.join(",")
    )
}

/// Both steps, with one wait of a minute.
const QUICK_PUSH: &str = r#"{"channel":"push","wait_minutes":1}"#;

pub async fn launched(world: &World, steps: &[&str]) -> (MailingId, RunId) {
    let run = world.launch(&code(steps)).await;
    (world.store.run(run).await.unwrap().mailing, run)
}

pub async fn try_ask(world: &World, mailing: MailingId, id: &str, to: To<'_>) -> bellhop_store::Result<Requested> {
    let values = BTreeMap::from([("code".to_owned(), "4711".to_owned())]);
    let request = MessageRequest {
        mailing,
        id,
        to,
        values: &values,
        kinds: &EndpointKind::ALL,
    };
    world.store.request(ORG, &request, world.now).await
}

pub async fn ask(world: &World, mailing: MailingId, id: &str, to: To<'_>) -> MessageId {
    match try_ask(world, mailing, id, to).await.unwrap() {
        Requested::Taken(message) => message,
        other => panic!("{id}: {other:?}"),
    }
}

/// Claims the only batch that is ready, as a worker that renders a code.
async fn claim(world: &World, kind: EndpointKind) -> Held {
    let ready = world.take_of(Lane::Transactional, kind).await;
    assert_eq!(ready.len(), 1, "{ready:?}");
    let needs = RenderNeeds {
        given: true,
        ..RenderNeeds::default()
    };
    let wish = wish(world.task(ready[0].id).await, &needs);
    match world.store.claim(&wish, world.now).await.unwrap() {
        Claim::Leased { lease, messages, .. } => Held {
            batch: ready[0].id,
            kind,
            lease,
            messages,
        },
        other => panic!("not leased: {other:?}"),
    }
}

async fn a_guest_gets_every_message_that_is_asked_for(world: World) {
    world.guests(1).await;
    let (mailing, run) = launched(&world, &[PUSH, SMS]).await;
    assert_eq!(world.page(run, 100).await, Page::Complete, "nobody is planned");
    let mut all = Vec::new();
    for id in ["a", "b", "c"] {
        all.push(ask(&world, mailing, id, To::Customer("c1")).await);
    }
    assert_eq!(world.states(run).await, states_of([("pending", 3)]));
    let again = try_ask(&world, mailing, "b", To::Customer("c1")).await.unwrap();
    assert_eq!(again, Requested::Known(all[1]));
    assert_eq!(world.states(run).await, states_of([("pending", 3)]));
    let other = try_ask(&world, mailing, "b", To::Customer("c2")).await;
    assert!(
        matches!(other, Err(StoreError::Conflict(Why::RequestIdTaken { .. }))),
        "{other:?}"
    );
    assert_eq!(world.take(EndpointKind::Fcm).await, [], "it is no marketing");
    assert_eq!(world.take_of(Lane::Transactional, EndpointKind::Fcm).await.len(), 3);
}

async fn a_request_is_one_message_even_at_the_same_time(world: World) {
    world.guests(1).await;
    let (mailing, run) = launched(&world, &[SMS]).await;
    let ask = || try_ask(&world, mailing, "a", To::Customer("c1"));
    let (one, two, three) = tokio::join!(ask(), ask(), ask());
    let answers = [one.unwrap(), two.unwrap(), three.unwrap()];
    let taken = answers.iter().filter(|it| matches!(it, Requested::Taken(_))).count();
    assert_eq!(taken, 1, "{answers:?}");
    assert_eq!(world.states(run).await, states_of([("pending", 1)]));
}

async fn a_request_that_is_refused_leaves_nothing(world: World) {
    let blacklisted = Who {
        phone: Some("+79990000001"),
        blacklisted: true,
        ..Who::default()
    };
    world.guest(1, blacklisted).await;
    world.exec("UPDATE customers SET blacklisted_at = 1 WHERE id = 1").await;
    // The mark covers the phone, whichever card it is on.
    let same_phone = Who {
        blacklisted: false,
        ..blacklisted
    };
    world.guest(2, same_phone).await;
    world.guest(3, Who::default()).await;
    let (mailing, run) = launched(&world, &[SMS]).await;
    for (guest, reason) in [
        ("c1", Exclusion::Blacklisted),
        ("c2", Exclusion::Blacklisted),
        ("c3", Exclusion::NoLiveEndpoint),
    ] {
        let answer = try_ask(&world, mailing, "a", To::Customer(guest)).await.unwrap();
        assert_eq!(answer, Requested::Refused(reason), "{guest}");
    }
    let unknown = try_ask(&world, mailing, "a", To::Customer("nobody")).await;
    assert!(matches!(unknown, Err(StoreError::NotFound { .. })), "{unknown:?}");
    assert_eq!(world.states(run).await, states_of([]));
    assert_eq!(world.number("SELECT COUNT(*) AS x FROM message_requests").await, 0);
}

async fn it_goes_by_its_own_lane_and_needs_no_consent(world: World) {
    let who = Who {
        phone: Some("+79990000001"),
        refuses: Channel::Sms.bit(),
        ..Who::default()
    };
    world.guest(1, who).await;
    let (mailing, run) = launched(&world, &[SMS]).await;
    ask(&world, mailing, "a", To::Customer("c1")).await;
    let held = claim(&world, EndpointKind::Phone).await;
    assert_eq!(held.messages.len(), 1);
    assert_eq!(world.start(&held).await.len(), 1);
    world.record_all(run, &held, &accepted()).await;
    assert_eq!(world.states(run).await, states_of([("sent", 1)]));
}

async fn no_night_holds_it(mut world: World) {
    let night = r#"{"quiet_hours":"22:00-09:00","frequency_cap":{"per_day":null,"per_week":null}}"#;
    world.settings(night).await;
    world.later(8 * 60 * MINUTE);
    world.guests(1).await;
    let marketing = world.planned(&[SMS]).await;
    assert_eq!(world.take(EndpointKind::Phone).await, [], "it is night for {marketing}");
    let (mailing, _) = launched(&world, &[SMS]).await;
    for id in ["a", "b"] {
        ask(&world, mailing, id, To::Customer("c1")).await;
        let held = claim(&world, EndpointKind::Phone).await;
        let ids: Vec<_> = held.messages.iter().map(|message| message.id).collect();
        let started = world.store.start(&world.starting(&held), &ids, None, world.now).await;
        assert_eq!(started.unwrap().len(), 1);
    }
}

async fn it_lives_from_its_own_request_on(mut world: World) {
    world.guests(1).await;
    let (mailing, run) = launched(&world, &[SMS]).await;
    world.later(60 * MINUTE);
    let late = ask(&world, mailing, "a", To::Customer("c1")).await;
    world.later(10 * MINUTE - MINUTE / 2);
    let held = claim(&world, EndpointKind::Phone).await;
    let end = world.now.plus(std::time::Duration::from_secs(30));
    assert_eq!(held.messages[0].expires, Some(end));
    world.later(MINUTE / 2);
    // Claimed in time, and over before its request starts.
    assert_eq!(world.start(&held).await, []);
    assert_eq!(world.story(late).await.state, MessageState::Expired);
    let second = ask(&world, mailing, "b", To::Customer("c1")).await;
    world.later(10 * MINUTE);
    assert_eq!(claim(&world, EndpointKind::Phone).await.messages.len(), 0);
    assert_eq!(world.story(second).await.state, MessageState::Expired);
    assert_eq!(world.states(run).await, states_of([("expired", 2)]));
}

async fn a_next_step_may_reach_an_address_again(mut world: World) {
    world.guests(1).await;
    let (mailing, run) = launched(&world, &[QUICK_PUSH, SMS]).await;
    for id in ["a", "b"] {
        ask(&world, mailing, id, To::Customer("c1")).await;
        let held = claim(&world, EndpointKind::Fcm).await;
        world.record_all(run, &held, &accepted()).await;
    }
    world.later(2 * MINUTE);
    assert_eq!(world.store.promote_due(100, world.now).await.unwrap(), 2);
    let ready = world.take_of(Lane::Transactional, EndpointKind::Phone).await;
    let mut started = 0;
    for batch in ready {
        let held = world.lease(batch.id, EndpointKind::Phone).await;
        started += world.start(&held).await.len();
        world.record_all(run, &held, &accepted()).await;
    }
    assert_eq!(started, 2, "both codes reach the one phone");
}

async fn the_run_ends_by_a_cancel_only(mut world: World) {
    world.guests(1).await;
    let (mailing, run) = launched(&world, &[SMS]).await;
    ask(&world, mailing, "a", To::Customer("c1")).await;
    let held = claim(&world, EndpointKind::Phone).await;
    world.start(&held).await;
    world.record_all(run, &held, &accepted()).await;
    world.later(30 * 24 * 60 * MINUTE);
    assert_eq!(world.store.finish_runs(world.now).await.unwrap(), []);
    let waiting = ask(&world, mailing, "b", To::Customer("c1")).await;
    world.store.pause(ORG, run, "r", "tester", world.now).await.unwrap();
    let paused = try_ask(&world, mailing, "c", To::Customer("c1")).await;
    assert!(
        matches!(&paused, Err(StoreError::Conflict(Why::MailingPaused { reason, .. })) if reason == "r"),
        "{paused:?}"
    );
    world.store.cancel(ORG, run, "tester", world.now).await.unwrap();
    assert_eq!(world.store.finish_runs(world.now).await.unwrap(), [run]);
    assert_eq!(world.story(waiting).await.state, MessageState::Cancelled);
    assert_eq!(world.store.run(run).await.unwrap().state, RunState::Cancelled);
    let ended = try_ask(&world, mailing, "d", To::Customer("c1")).await;
    assert!(
        matches!(ended, Err(StoreError::Conflict(Why::MailingNotLaunched { .. }))),
        "{ended:?}"
    );
}

async fn its_values_are_rendered_and_then_forgotten(mut world: World) {
    world.guests(1).await;
    let (mailing, _) = launched(&world, &[SMS]).await;
    ask(&world, mailing, "a", To::Customer("c1")).await;
    let held = claim(&world, EndpointKind::Phone).await;
    assert_eq!(held.messages[0].profile.attributes["code"], "4711");
    let kept = "SELECT COUNT(*) AS x FROM message_requests WHERE given IS NOT NULL";
    world.store.finish_runs(world.now).await.unwrap();
    assert_eq!(world.number(kept).await, 1);
    world.later(10 * MINUTE + 24 * 60 * MINUTE);
    world.store.finish_runs(world.now).await.unwrap();
    assert_eq!(world.number(kept).await, 0);
    let again = try_ask(&world, mailing, "a", To::Customer("c1")).await.unwrap();
    assert!(matches!(again, Requested::Known(_)), "the id stays known: {again:?}");
}

async fn a_phone_may_be_nobodys(world: World) {
    let insert = "INSERT INTO endpoints (org_id, kind, address, state, state_since, registered_at)
                  VALUES (1, 4, '+79991112233', 1, 1, 1)";
    world.exec(insert).await;
    let endpoint = EndpointId(world.number("SELECT id AS x FROM endpoints").await);
    let (mailing, run) = launched(&world, &[PUSH, SMS]).await;
    let message = ask(&world, mailing, "a", To::Phone(endpoint)).await;
    let held = claim(&world, EndpointKind::Phone).await;
    assert_eq!(held.messages[0].address, "+79991112233");
    assert_eq!(world.start(&held).await, [message]);
    world.record_all(run, &held, &accepted()).await;
    assert_eq!(world.story(message).await.customer, None);
}

/// Or become so before the code is sent.
async fn a_phone_may_be_several_guests(world: World) {
    let shared = "+79990000001";
    for name in ["anna", "boris"] {
        card(&world, name, shared).await;
    }
    let insert = "INSERT INTO endpoints (org_id, kind, address, state, state_since, registered_at)
                  VALUES (1, 4, '+79991112233', 1, 1, 1)";
    world.exec(insert).await;
    let (mailing, _) = launched(&world, &[SMS]).await;
    for phone in [shared, "+79991112233"] {
        let found = format!("SELECT id AS x FROM endpoints WHERE kind = 4 AND address = '{phone}'");
        let endpoint = EndpointId(world.number(&found).await);
        let message = ask(&world, mailing, phone, To::Phone(endpoint)).await;
        assert_eq!(world.story(message).await.customer, None);
        card(&world, "vera", phone).await;
        let held = claim(&world, EndpointKind::Phone).await;
        assert_eq!(world.start(&held).await, [message], "{phone}");
    }
}
