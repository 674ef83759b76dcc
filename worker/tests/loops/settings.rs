//! Settings that change while mailings go out: what applies from the next permit on, and what may still finish.

use crate::provider::Scripted;
use crate::stage::*;
use bellhop_campaigns::{InForce, Live, Sender, Senders};
use bellhop_domain::message::RunState;
use bellhop_domain::{EndpointKind, Outcome};
use bellhop_rate_limits::{Local, RateSpec};
use bellhop_store::ledger::SenderStates;
use std::sync::Arc;
use std::time::Duration;

/// A push, and nothing that waits for its open.
const PUSHED: &str = r#"{"channel":"push","success":"accepted"}"#;

/// The settings with one sender changed; the others stay the same.
fn with(before: &InForce, name: &str, edit: impl Fn(&mut Sender)) -> InForce {
    let senders = before.senders.iter().map(|it| {
        if it.name != name {
            return it.clone();
        }
        let mut changed = Sender {
            org: it.org,
            name: it.name.clone(),
            provider: it.provider.clone(),
            rate: it.rate.clone(),
            pool: it.pool.clone(),
            account: it.account.clone(),
            warm_up: it.warm_up.clone(),
            pacing: it.pacing,
        };
        edit(&mut changed);
        Arc::new(changed)
    });
    InForce {
        version: before.version + 1,
        senders: Senders::new(senders),
        ..before.clone()
    }
}

pub fn without(before: &InForce, name: &str) -> InForce {
    InForce {
        version: before.version + 1,
        senders: Senders::new(before.senders.iter().filter(|it| it.name != name).cloned()),
        ..before.clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_permit_goes_by_the_limit_that_holds_now() {
    let mut stage = Stage::on_sqlite().await;
    stage.rate = "1/h".parse().unwrap();
    stage.limiter = Some(Arc::new(Local::new()));
    stage.guests(20, 20).await;
    let live = Live::new(stage.in_force());
    stage.start_dispatcher_by(live.clone());
    stage.start_worker_by(live.clone());
    let run = stage.launch(&spec(&[PUSHED])).await;
    until("the hour's only message is out", async || stage.push.count() == 1).await;
    live.put(with(&live.now(), "app", |it| it.rate = RateSpec::UNLIMITED));
    stage.run_is(run, RunState::Finished).await;
    assert_eq!(stage.push.count(), 20);

    live.put(with(&live.now(), "app", |it| it.rate = "5/h".parse().unwrap()));
    stage.launch(&spec(&[PUSHED])).await;
    let waiting = "SELECT COUNT(*) AS x FROM messages WHERE state = 1";
    until("the second mailing is planned", async || {
        stage.number(waiting).await >= 15
    })
    .await;
    stage.nothing_leased().await;
    assert!(stage.push.count() <= 25, "{}", stage.push.count());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_sender_sends_what_was_not_begun_and_the_old_one_ends_after_its_last_answer() {
    let mut stage = Stage::on_sqlite().await;
    stage.worker.requests_per_batch = 10;
    stage.guests(50, 50).await;
    let live = Live::new(stage.in_force());
    stage.start_dispatcher_by(live.clone());
    stage.start_worker_by(live.clone());
    stage.push.close_gate();
    let run = stage.launch(&spec(&[PUSHED])).await;
    until("ten requests are under way", async || stage.push.count() == 10).await;
    let new = Scripted::new(EndpointKind::Fcm);
    let provider = new.clone();
    live.put(with(&live.now(), "app", move |it| {
        it.provider = provider.clone().into()
    }));
    until("the new provider is open", async || {
        new.sinks.lock().unwrap().len() == 1
    })
    .await;
    assert!(
        stage.push.closed.lock().unwrap().is_empty(),
        "requests are under way through it"
    );
    stage.push.open_gate();
    stage.run_is(run, RunState::Finished).await;
    until("the old one is closed", async || {
        !stage.push.closed.lock().unwrap().is_empty()
    })
    .await;
    assert_eq!((stage.push.count(), new.count()), (10, 40));
    assert_eq!(*stage.push.closed.lock().unwrap(), [10]);
    assert!(stage.sms.closed.lock().unwrap().is_empty(), "nothing of it has changed");
    assert_eq!(stage.sms.sinks.lock().unwrap().len(), 1);
    let mut addresses = [stage.push.addresses(), new.addresses()].concat();
    addresses.dedup();
    assert_eq!(addresses.len(), 50, "each once");
}

#[tokio::test(flavor = "multi_thread")]
async fn new_sessions_begin_when_the_old_ones_have_ended() {
    let stage = Stage::on_sqlite().await;
    let new = Scripted::new(EndpointKind::Phone);
    stage.sms.rules.set_sessions();
    new.rules.set_sessions();
    stage.guests(3, 0).await;
    let live = Live::new(stage.in_force());
    stage.start_dispatcher_by(live.clone());
    stage.start_worker_by(live.clone());
    stage.sms.close_gate();
    let run = stage.launch(&spec(&[SMS])).await;
    until("two are under way", async || stage.sms.count() == 2).await;
    let provider = new.clone();
    live.put(with(&live.now(), "sms", move |it| {
        it.provider = provider.clone().into()
    }));
    // Wait for more than one poll of the follower of settings.
    until("the change is followed", async || {
        stage.later(Duration::from_millis(1));
        live.now().version == 2
    })
    .await;
    assert!(
        new.sinks.lock().unwrap().is_empty(),
        "the operator lets in only so many"
    );
    stage.sms.open_gate();
    stage.run_is(run, RunState::Finished).await;
    assert_eq!((stage.sms.count(), new.count()), (2, 1));
    assert_eq!(new.sinks.lock().unwrap().len(), 1);
    assert_eq!(*stage.sms.closed.lock().unwrap(), [2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_old_credentials_says_nothing_of_the_new_ones() {
    let mut stage = Stage::on_sqlite().await;
    stage.worker.requests_per_batch = 10;
    stage.guests(10, 10).await;
    let live = Live::new(stage.in_force());
    stage.start_dispatcher_by(live.clone());
    stage.start_worker_by(live.clone());
    stage.push.close_gate();
    stage.push.answer(|_| Outcome::Misconfigured {
        why: "the key was revoked".to_owned(),
    });
    let run = stage.launch(&spec(&[PUSHED])).await;
    until("all are under way", async || stage.push.count() == 10).await;
    let new = Scripted::new(EndpointKind::Fcm);
    let provider = new.clone();
    live.put(with(&live.now(), "app", move |it| {
        it.provider = provider.clone().into()
    }));
    until("the new provider is open", async || {
        new.sinks.lock().unwrap().len() == 1
    })
    .await;
    stage.push.open_gate();
    until("the old one is closed", async || {
        !stage.push.closed.lock().unwrap().is_empty()
    })
    .await;
    assert_eq!(stage.store.paused_senders().await.unwrap(), []);
    stage.later(MINUTE);
    stage.run_is(run, RunState::Finished).await;
    assert_eq!(new.count(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_that_appears_is_sent_by_and_one_that_goes_is_closed() {
    let stage = Stage::on_sqlite().await;
    stage.guests(3, 0).await;
    let whole = stage.in_force();
    let live = Live::new(without(&whole, "sms"));
    stage.start_dispatcher_by(live.clone());
    stage.start_worker_by(live.clone());
    let nobody = stage.launch(&spec(&[SMS])).await;
    stage.run_is(nobody, RunState::Finished).await;
    assert_eq!(stage.sms.count(), 0);
    live.put(whole);
    let run = stage.launch(&spec(&[SMS])).await;
    stage.run_is(run, RunState::Finished).await;
    assert_eq!(stage.sms.count(), 3);
    live.put(without(&live.now(), "sms"));
    until("its provider is closed", async || {
        *stage.sms.closed.lock().unwrap() == [3]
    })
    .await;
    assert!(stage.push.closed.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_sender_sends_nothing_of_what_is_in_hand() {
    let mut stage = Stage::on_sqlite().await;
    stage.worker.requests_per_batch = 1;
    *stage.push.latency.lock().unwrap() = Duration::from_millis(100);
    stage.guests(90, 90).await;
    stage.start();
    stage.launch(&spec(&[PUSHED])).await;
    until("a batch is in hand", async || stage.push.count() >= 2).await;
    stage
        .store
        .pause_sender(ORG, "app", "for a while", "anna", stage.now())
        .await
        .unwrap();
    stage.nothing_leased().await;
    assert!(stage.push.count() < 60, "{}", stage.push.count());
}
