//! The bare pipeline's worker, a process of its own: consume, post, acknowledge.
//!
//! It posts through the same provider as the fleet's worker, with as many requests under way, so that the difference
//! between the two is the cost of the ledger, the limits and the leases, not of another HTTP client.

use crate::bare_config::{BareConfig, Width};
use crate::recipient::Recipient;
use crate::signalled;
use anyhow::{Context as _, Result, bail};
use bellhop_channels::{Provider, registry};
use bellhop_domain::Outcome;
use futures_util::{StreamExt, stream};
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::types::FieldTable;
use lapin::{Connection, ConnectionProperties};
use std::path::Path;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Works through `messages` AMQP messages, prints `done` and the number of accepted pushes, and waits to be stopped.
pub async fn run(config: &Path, queue: &str, messages: u32) -> Result<()> {
    let config = BareConfig::read(config)?;
    let section = config.senders.first().context("no sender is configured")?;
    let provider = registry::build(&section.provider, &section.settings, &|name| std::env::var(name).ok())?;
    let width = Width::of_a_worker()?;
    let connection = Connection::connect(&config.broker.url, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    channel
        .basic_qos(width.batches_at_once, BasicQosOptions::default())
        .await?;
    let consume = channel.basic_consume(
        queue.into(),
        "".into(),
        BasicConsumeOptions::default(),
        FieldTable::default(),
    );
    let mut deliveries = consume.await?;
    println!("ready");
    let mut under_way = JoinSet::new();
    let (mut left, mut accepted) = (messages, 0);
    while left > 0 {
        // At most `batches_at_once` are delivered without an acknowledgement.
        tokio::select! {
            delivery = deliveries.next() => {
                let delivery = delivery.context("RabbitMQ ended the consumer")??;
                under_way.spawn(work(provider.clone(), delivery, width.requests_per_batch));
            }
            Some(done) = under_way.join_next() => {
                accepted += done??;
                left -= 1;
            }
        }
    }
    println!("done {accepted}");
    signalled().await?;
    connection.close(200, "OK".into()).await?;
    Ok(())
}

async fn work(provider: Arc<dyn Provider>, delivery: Delivery, width: usize) -> Result<u32> {
    let batch: Vec<Recipient> = serde_json::from_slice(&delivery.data)?;
    let sent = stream::iter(0..batch.len())
        .map(|i| batch[i].send(&*provider))
        .buffer_unordered(width);
    let outcomes: Vec<Outcome> = sent.collect().await;
    if let Some(other) = outcomes.iter().find(|o| !matches!(o, Outcome::Accepted { .. })) {
        bail!("a push was not accepted: {other:?}");
    }
    delivery.ack(BasicAckOptions::default()).await?;
    Ok(u32::try_from(outcomes.len())?)
}
