//! What every broker must do. A backend's test file names how a fresh broker is made:
//! `conformance!(fresh)`, where `fresh` is an `async fn() -> anyhow::Result<Arc<dyn Broker>>`.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use bellhop_broker::{Broker, BrokerError, Delivery, Queue, Task, Tasks};
use bellhop_domain::{BatchId, EndpointKind, InstallationId, Lane, OrgId, RunId};

/// Far more than any of this takes: the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(180);

pub const QUEUE: Queue = Queue {
    kind: EndpointKind::Fcm,
    lane: Lane::Marketing,
};
const OTHER_LANE: Queue = Queue {
    kind: EndpointKind::Fcm,
    lane: Lane::Transactional,
};
const OTHER_KIND: Queue = Queue {
    kind: EndpointKind::Phone,
    lane: Lane::Marketing,
};

pub fn tasks(batches: std::ops::Range<i64>) -> Vec<Task> {
    batches
        .map(|batch| Task {
            installation: InstallationId(1),
            org: OrgId(7),
            run: RunId(42),
            batch: BatchId(batch),
        })
        .collect()
}

pub async fn next(consumer: &mut Box<dyn Tasks>) -> Result<Delivery> {
    let delivery = tokio::time::timeout(PATIENCE, consumer.next())
        .await
        .context("no delivery came")?;
    delivery.context("the consumer ended")
}

/// Waits until this many tasks in the queue are held by no consumer.
pub async fn depth_becomes(broker: &dyn Broker, queue: Queue, expected: u64) -> Result<()> {
    let reached = async {
        while broker.depth(queue).await? != expected {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    };
    let waited = tokio::time::timeout(PATIENCE, reached).await;
    waited.with_context(|| format!("the depth never became {expected}"))?
}

/// Waits until nothing is left in the queue and acknowledges tasks that come again, because an acknowledgement
/// promises nothing: RabbitMQ returns even acknowledged tasks if their channel closes while a quorum queue is behind
/// (it holds back what exceeds 32 commands in flight).
async fn is_drained(broker: &dyn Broker, queue: Queue, seen: &BTreeSet<Task>) -> Result<()> {
    let mut consumer = broker.consume(queue, 10).await?;
    let again = async {
        loop {
            let delivery = consumer.next().await.context("the consumer ended")?;
            ensure!(seen.contains(&delivery.task), "{} came from nowhere", delivery.task);
            delivery.ack().await;
        }
    };
    tokio::select! {
        drained = depth_becomes(broker, queue, 0) => drained,
        surprise = again => surprise,
    }
}

pub async fn what_is_published_is_delivered_once_acknowledged(broker: &dyn Broker) -> Result<()> {
    let sent = tasks(0..250);
    broker.publish(QUEUE, &sent).await?;
    broker.publish(QUEUE, &[]).await?;
    let mut consumer = broker.consume(QUEUE, 10).await?;
    let mut seen = BTreeSet::new();
    while seen.len() < sent.len() {
        let delivery = next(&mut consumer).await?;
        ensure!(seen.insert(delivery.task), "{} came twice", delivery.task);
        delivery.ack().await;
    }
    ensure!(seen == sent.into_iter().collect());
    drop(consumer);
    is_drained(broker, QUEUE, &seen).await
}

pub async fn consumers_share_a_queue(broker: &dyn Broker) -> Result<()> {
    let mut first = broker.consume(QUEUE, 1).await?;
    let mut second = broker.consume(QUEUE, 1).await?;
    broker.publish(QUEUE, &tasks(0..2)).await?;
    // Each consumer may hold one task, so the second task can only reach the other consumer.
    let held = (next(&mut first).await?, next(&mut second).await?);
    ensure!(held.0.task != held.1.task, "one task, two owners");
    held.0.ack().await;
    held.1.ack().await;
    Ok(())
}

pub async fn no_consumer_holds_more_than_its_prefetch(broker: &dyn Broker) -> Result<()> {
    broker.publish(QUEUE, &tasks(0..5)).await?;
    let mut consumer = broker.consume(QUEUE, 2).await?;
    let held = (next(&mut consumer).await?, next(&mut consumer).await?);
    depth_becomes(broker, QUEUE, 3).await?;
    let more = tokio::time::timeout(Duration::from_millis(200), consumer.next()).await;
    ensure!(more.is_err(), "a third task came to hands that hold two");
    held.0.ack().await;
    let third = next(&mut consumer).await?;
    held.1.ack().await;
    third.ack().await;
    Ok(())
}

pub async fn a_dropped_delivery_comes_back(broker: &dyn Broker) -> Result<()> {
    broker.publish(QUEUE, &tasks(0..1)).await?;
    let mut consumer = broker.consume(QUEUE, 1).await?;
    drop(next(&mut consumer).await?);
    let again = next(&mut consumer).await?;
    ensure!(again.task == tasks(0..1)[0]);
    again.ack().await;
    drop(consumer);
    depth_becomes(broker, QUEUE, 0).await
}

pub async fn a_dropped_consumer_leaves_its_tasks_to_others(broker: &dyn Broker) -> Result<()> {
    broker.publish(QUEUE, &tasks(0..3)).await?;
    let mut leaving = broker.consume(QUEUE, 3).await?;
    let held = next(&mut leaving).await?;
    drop(leaving);
    held.ack().await;
    depth_becomes(broker, QUEUE, 2).await?;
    let mut staying = broker.consume(QUEUE, 3).await?;
    for _ in 0..2 {
        next(&mut staying).await?.ack().await;
    }
    depth_becomes(broker, QUEUE, 0).await
}

pub async fn a_cancelled_next_loses_nothing(broker: &dyn Broker) -> Result<()> {
    let mut consumer = broker.consume(QUEUE, 10).await?;
    let sent = tasks(0..50);
    broker.publish(QUEUE, &sent).await?;
    let mut seen = BTreeSet::new();
    let began = Instant::now();
    while seen.len() < sent.len() {
        if let Ok(delivery) = tokio::time::timeout(Duration::from_micros(50), consumer.next()).await {
            let delivery = delivery.context("the consumer ended")?;
            seen.insert(delivery.task);
            delivery.ack().await;
        }
        ensure!(began.elapsed() < PATIENCE, "{} of {} came", seen.len(), sent.len());
    }
    drop(consumer);
    is_drained(broker, QUEUE, &seen).await
}

pub async fn queues_are_independent(broker: &dyn Broker) -> Result<()> {
    broker.publish(QUEUE, &tasks(0..20)).await?;
    broker.publish(OTHER_LANE, &tasks(20..21)).await?;
    broker.publish(OTHER_KIND, &tasks(21..22)).await?;
    let mut lane = broker.consume(OTHER_LANE, 5).await?;
    let mut kind = broker.consume(OTHER_KIND, 5).await?;
    let (first, second) = (next(&mut lane).await?, next(&mut kind).await?);
    ensure!(first.task == tasks(20..21)[0] && second.task == tasks(21..22)[0]);
    first.ack().await;
    second.ack().await;
    ensure!(broker.depth(QUEUE).await? == 20, "another queue's consumers took tasks");
    Ok(())
}

pub async fn closing_ends_consumers_and_refuses_the_rest(broker: &dyn Broker) -> Result<()> {
    broker.ping().await?;
    let mut consumer = broker.consume(QUEUE, 1).await?;
    let waiting = tokio::spawn(async move { consumer.next().await.is_none() });
    broker.close().await;
    ensure!(
        tokio::time::timeout(PATIENCE, waiting).await??,
        "a task came from nowhere"
    );
    ensure!(matches!(
        broker.publish(QUEUE, &tasks(0..1)).await,
        Err(BrokerError::Closed)
    ));
    ensure!(matches!(
        broker.consume(QUEUE, 1).await.err(),
        Some(BrokerError::Closed)
    ));
    ensure!(matches!(broker.depth(QUEUE).await, Err(BrokerError::Closed)));
    ensure!(matches!(broker.ping().await, Err(BrokerError::Closed)));
    Ok(())
}

/// One test for each property above.
#[macro_export]
macro_rules! conformance {
    ($fresh:path) => {
        $crate::conformance!($fresh:
            what_is_published_is_delivered_once_acknowledged
            consumers_share_a_queue
            no_consumer_holds_more_than_its_prefetch
            a_dropped_delivery_comes_back
            a_dropped_consumer_leaves_its_tasks_to_others
            a_cancelled_next_loses_nothing
            queues_are_independent
            closing_ends_consumers_and_refuses_the_rest
        );
    };
    ($fresh:path: $($property:ident)+) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $property() -> anyhow::Result<()> {
                conformance::$property(&*$fresh().await?).await
            }
        )+
    };
}
