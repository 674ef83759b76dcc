//! The bare pipeline's publisher and clock: what the fleet is compared with.

use super::KIND;
use crate::accounting::own_cpu_time;
use crate::guests;
use crate::recipient::Recipient;
use crate::stage::{Server, Stage, used};
use crate::timed::{SENDING, Timed};
use anyhow::{Context, Result, ensure};
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions, QueueDeleteOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Recipients in one AMQP message.
pub const PER_MESSAGE: u32 = 100;
/// The most messages that are not yet confirmed; more would gain nothing.
const WINDOW: usize = 200;
const QUEUE: &str = "bench.bare";

pub async fn run(stage: &Stage) -> Result<Timed> {
    stage.tidy().await?;
    let connection = Connection::connect(stage.cluster.rabbitmq.url(), ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    declare(&channel).await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    let messages = stage.recipients.div_ceil(PER_MESSAGE);
    let arguments = ["--queue", QUEUE, "--messages", &messages.to_string()];
    let mut worker = stage.bare_child("bare-worker", &arguments)?;
    worker.first_words("ready").await?;
    let processes = [(SENDING, worker.pid()?)];
    let before = stage.cpu(&processes, &[Server::RabbitMq])?;
    let published_before = own_cpu_time()?;
    let started = Instant::now();
    publish(&channel, stage.recipients).await?;
    let patience = Duration::from_secs(60 + u64::from(stage.recipients) / 1_000);
    let sent: u32 = worker
        .line_after("done", patience)
        .await?
        .parse()
        .context("the bare worker's count")?;
    let took = started.elapsed();
    let mut cpu = used(&before, &stage.cpu(&processes, &[Server::RabbitMq])?);
    cpu.push(("publisher", own_cpu_time()?.saturating_sub(published_before)));
    ensure!(
        sent == stage.recipients,
        "the bare worker sent {sent} of {} messages",
        stage.recipients
    );
    let (worker_memory, busiest_thread) = (worker.peak_memory()?, worker.busiest_thread()?);
    worker.stop().await?;
    stage.providers.took_each_once(KIND, stage.recipients).await?;
    channel
        .queue_delete(QUEUE.into(), QueueDeleteOptions::default())
        .await?;
    connection.close(200, "OK".into()).await?;
    Ok(Timed {
        messages: stage.recipients,
        took,
        cpu,
        worker_memory,
        busiest_thread,
    })
}

async fn declare(channel: &Channel) -> Result<()> {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    channel
        .queue_declare(QUEUE.into(), QueueDeclareOptions::durable(), arguments)
        .await?;
    Ok(())
}

/// Publishes everything, at most [`WINDOW`] messages ahead of the broker's confirms.
async fn publish(channel: &Channel, recipients: u32) -> Result<()> {
    let mut confirms = VecDeque::with_capacity(WINDOW);
    for first in (1..=recipients).step_by(PER_MESSAGE as usize) {
        if confirms.len() == WINDOW {
            confirmed(confirms.pop_front()).await?;
        }
        let last = recipients.min(first + PER_MESSAGE - 1);
        let batch: Vec<Recipient> = (first..=last).map(recipient).collect();
        let payload = serde_json::to_vec(&batch)?;
        // Delivery mode 2: persistent.
        let properties = BasicProperties::default().with_delivery_mode(2);
        let options = BasicPublishOptions::default();
        confirms.push_back(
            channel
                .basic_publish("".into(), QUEUE.into(), options, &payload, properties)
                .await?,
        );
    }
    while !confirms.is_empty() {
        confirmed(confirms.pop_front()).await?;
    }
    Ok(())
}

async fn confirmed(confirm: Option<lapin::PublisherConfirm>) -> Result<()> {
    if let Some(confirm) = confirm {
        ensure!(
            matches!(confirm.await?, Confirmation::Ack(None)),
            "RabbitMQ did not take a message"
        );
    }
    Ok(())
}

fn recipient(number: u32) -> Recipient {
    Recipient::new(number, guests::registration_token(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_of_a_hundred_recipients_has_some_thirty_kilobytes() {
        let batch: Vec<_> = (1..=PER_MESSAGE).map(recipient).collect();
        let size = serde_json::to_vec(&batch).unwrap().len();
        assert!((30_000..45_000).contains(&size), "{size}");
    }
}
