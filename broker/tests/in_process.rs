//! The in-process broker.

mod conformance;

use std::sync::Arc;

use anyhow::{Result, ensure};
use bellhop_broker::{Broker, InProcess};
use conformance::{QUEUE, next, tasks};

async fn fresh() -> Result<Arc<dyn Broker>> {
    Ok(Arc::new(InProcess::new()))
}

conformance!(fresh);

#[tokio::test]
async fn publishing_waits_for_room() -> Result<()> {
    let broker = Arc::new(InProcess::with_capacity(2));
    let publisher = Arc::clone(&broker);
    let publishing = tokio::spawn(async move { publisher.publish(QUEUE, &tasks(0..3)).await });
    let mut consumer = broker.consume(QUEUE, 3).await?;
    let held = (next(&mut consumer).await?, next(&mut consumer).await?);
    ensure!(!publishing.is_finished(), "the third task had no room");
    held.0.ack().await;
    publishing.await??;
    let third = next(&mut consumer).await?;
    held.1.ack().await;
    third.ack().await;
    Ok(())
}

#[tokio::test]
async fn a_returned_task_takes_no_room_twice() -> Result<()> {
    let broker = InProcess::with_capacity(1);
    let mut consumer = broker.consume(QUEUE, 1).await?;
    for round in 0..3 {
        broker.publish(QUEUE, &tasks(round..round + 1)).await?;
        drop(next(&mut consumer).await?);
        next(&mut consumer).await?.ack().await;
    }
    Ok(())
}

#[tokio::test]
async fn consumers_end_with_a_dropped_broker() -> Result<()> {
    let broker = InProcess::new();
    let mut consumer = broker.consume(QUEUE, 1).await?;
    drop(broker);
    ensure!(consumer.next().await.is_none());
    Ok(())
}
