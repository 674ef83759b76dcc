//! Planning and publishing: several at once, and a broker that forgets or refuses.

use crate::stage::*;
use async_trait::async_trait;
use bellhop_broker::{Broker, BrokerError, InProcess, Queue, Task, Tasks};
use bellhop_domain::message::RunState;
use bellhop_store::ledger::Reading;
use bellhop_test_services::Stopwatch;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A broker whose first publishes fail.
struct Failing {
    inner: InProcess,
    /// Accepts the tasks and forgets them, instead of refusing them.
    forgets: bool,
    left: AtomicUsize,
}

#[async_trait]
impl Broker for Failing {
    async fn publish(&self, queue: Queue, tasks: &[Task]) -> Result<(), BrokerError> {
        let fails = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1));
        match fails {
            Err(_) => self.inner.publish(queue, tasks).await,
            Ok(_) if self.forgets => Ok(()),
            Ok(_) => Err(BrokerError::Unavailable("test".to_owned())),
        }
    }
    async fn consume(&self, queue: Queue, prefetch: u16) -> Result<Box<dyn Tasks>, BrokerError> {
        self.inner.consume(queue, prefetch).await
    }
    async fn depth(&self, queue: Queue) -> Result<u64, BrokerError> {
        self.inner.depth(queue).await
    }
    async fn ping(&self) -> Result<(), BrokerError> {
        self.inner.ping().await
    }
    async fn close(&self) {
        self.inner.close().await;
    }
}

async fn all_arrive_through(forgets: bool) {
    let mut stage = Stage::on_sqlite().await;
    let broker = Arc::new(Failing {
        inner: InProcess::new(),
        forgets,
        left: AtomicUsize::new(2),
    });
    stage.broker = broker.clone();
    stage.dispatcher.vanished = Duration::from_millis(200);
    stage.guests(250, 250).await;
    stage.start();
    let run = stage.launch(&spec(&[PUSH])).await;
    stage.run_is(run, RunState::Finished).await;
    assert_eq!(stage.states(run).await, [("sent", 250)].into());
    assert_eq!(stage.push.count(), 250);
    assert_eq!(broker.left.load(Ordering::Relaxed), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_that_vanish_are_published_again() {
    all_arrive_through(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_refuses_only_delays() {
    all_arrive_through(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_dispatchers_and_two_workers_double_nothing() {
    let mut stage = Stage::on_postgres().await;
    stage.dispatcher.first_page = 100;
    stage.dispatcher.page = 300;
    stage.guests(3_000, 2_000).await;
    for _ in 0..2 {
        stage.start();
    }
    let run = stage
        .launch(&spec(&[r#"{"channel":"push","success":"accepted"}"#, SMS]))
        .await;
    stage.run_is(run, RunState::Finished).await;
    assert_eq!(stage.states(run).await, [("sent", 3_000)].into());
    assert_eq!((stage.push.count(), stage.sms.count()), (2_000, 1_000));
    let sent: HashSet<_> = stage.push.addresses().into_iter().collect();
    assert_eq!(sent.len(), 2_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_cannot_be_read_is_paused_and_the_others_go() {
    let stage = Stage::on_sqlite().await;
    stage.guests(3, 3).await;
    let broken = stage.launch(&spec(&[PUSH])).await;
    stage.exec("UPDATE runs SET spec = '{\"from\":\"the future\"}'").await;
    let sound = stage.launch(&spec(&[PUSH])).await;
    stage.start();
    stage.run_is(sound, RunState::Finished).await;
    stage.run_is(broken, RunState::Paused).await;
    let reason = stage.store.run(broken).await.unwrap().paused_reason.unwrap();
    assert!(reason.contains("cannot be read"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_mailing_does_not_wait_for_a_large_one() {
    let mut stage = Stage::on_sqlite().await;
    *stage.push.latency.lock().unwrap() = Duration::from_millis(20);
    stage.dispatcher.outstanding = 8;
    stage.guests(5_000, 5_000).await;
    stage.start();
    let large = stage.launch(&spec(&[PUSH])).await;
    until("the large one is planned", async || {
        stage.store.run(large).await.unwrap().planned_at.is_some()
    })
    .await;
    let audience = r#""audience":{"customers":["c1","c2"]}"#;
    let small = stage
        .launch(&spec(&[r#"{"channel":"push"}"#]).replace(r#""audience":{"all":[]}"#, audience))
        .await;
    stage.run_is(small, RunState::Finished).await;
    let left = stage.states(large).await;
    assert!(
        left.contains_key("pending"),
        "the large one was not even through: {left:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_message_of_a_large_audience_leaves_within_two_seconds() {
    let mut stage = Stage::on_sqlite().await;
    stage.dispatcher.tick = Duration::from_millis(200);
    stage.guests(100_000, 100_000).await;
    stage.start();
    let (launched, watch) = (Instant::now(), Stopwatch::start());
    stage.launch(&spec(&[PUSH])).await;
    until("the first message is out", async || stage.push.count() > 0).await;
    let first = stage.push.calls()[0].at - launched;
    let promised = Duration::from_secs(2) + watch.delayed();
    assert!(first < promised, "{first:?}, promised within {promised:?}");
}
