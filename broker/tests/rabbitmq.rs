//! RabbitMQ: the conformance suite, and what can only be done to a broker of its own.

mod conformance;
mod tls;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bellhop_broker::{
    Broker, BrokerError, DeadLetter, Letter, Letters, PUBLISH_TIMEOUT, RabbitMq, RabbitMqLetters, RabbitMqOptions,
    Tasks,
};
use bellhop_test_services::{Data, Server, Stopwatch};
use conformance::{QUEUE, depth_becomes, next, tasks};

async fn fresh() -> Result<Arc<dyn Broker>> {
    let space = bellhop_test_services::rabbitmq_space().await?;
    Ok(Arc::new(connect(&space.url, &space.prefix)?))
}

fn connect(url: &str, prefix: &str) -> Result<RabbitMq> {
    Ok(RabbitMq::new(
        url,
        RabbitMqOptions {
            prefix: prefix.to_owned(),
            ..RabbitMqOptions::default()
        },
    )?)
}

conformance!(fresh);

/// A foreign client on the same broker.
async fn stranger(url: &str) -> Result<lapin::Channel> {
    let connection = lapin::Connection::connect(url, lapin::ConnectionProperties::default()).await?;
    Ok(connection.create_channel().await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_task_is_dropped() -> Result<()> {
    let space = bellhop_test_services::rabbitmq_space().await?;
    let broker = connect(&space.url, &space.prefix)?;
    broker.depth(QUEUE).await?;
    let channel = stranger(&space.url).await?;
    for payload in ["", "not a task", "9:1:1:1"] {
        let (options, properties) = (Default::default(), Default::default());
        let name = QUEUE.name(&space.prefix);
        channel
            .basic_publish("".into(), name.into(), options, payload.as_bytes(), properties)
            .await?
            .await?;
    }
    broker.publish(QUEUE, &tasks(0..1)).await?;
    let mut consumer = broker.consume(QUEUE, 1).await?;
    let delivery = next(&mut consumer).await?;
    ensure!(delivery.task == tasks(0..1)[0]);
    delivery.ack().await;
    drop(consumer);
    depth_becomes(&broker, QUEUE, 0).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_queue_comes_back_by_itself() -> Result<()> {
    let space = bellhop_test_services::rabbitmq_space().await?;
    let broker = connect(&space.url, &space.prefix)?;
    let mut consumer = broker.consume(QUEUE, 5).await?;
    receive_all(&broker, &mut consumer, 0..3).await?;
    let channel = stranger(&space.url).await?;
    channel
        .queue_delete(QUEUE.name(&space.prefix).into(), Default::default())
        .await?;
    receive_all(&broker, &mut consumer, 3..6).await
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_listening_is_an_error_in_time() -> Result<()> {
    // Port 9 (discard) is closed on any sane machine.
    let broker = connect("amqp://guest:guest@127.0.0.1:9/%2f", "nobody")?;
    ensure!(matches!(broker.ping().await, Err(BrokerError::Unavailable(_))));
    ensure!(matches!(broker.depth(QUEUE).await, Err(BrokerError::Unavailable(_))));
    let watch = Stopwatch::start();
    ensure!(matches!(
        broker.publish(QUEUE, &tasks(0..1)).await,
        Err(BrokerError::Unavailable(_))
    ));
    ensure!(
        watch.elapsed() < PUBLISH_TIMEOUT + Duration::from_secs(2) + watch.delayed(),
        "{watch:?}, {:?}",
        watch.elapsed()
    );
    broker.consume(QUEUE, 1).await?;
    Ok(())
}

#[test]
fn an_unreadable_address_is_refused_at_once() {
    for url in ["", "localhost", "http://localhost", "amqp://host:port/"] {
        assert!(connect(url, "x").is_err(), "{url}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn amqps_trusts_the_configured_authority_and_no_stranger() -> Result<()> {
    let space = bellhop_test_services::rabbitmq_space().await?;
    let server = tls::in_front_of(&space.url).await?;
    let options = |ca_pem| RabbitMqOptions {
        prefix: space.prefix.clone(),
        ca_pem,
    };
    let broker = RabbitMq::new(&server.url, options(Some(server.ca_pem)))?;
    let mut consumer = broker.consume(QUEUE, 5).await?;
    receive_all(&broker, &mut consumer, 0..3).await?;
    let stranger = RabbitMq::new(&server.url, options(None))?;
    ensure!(
        matches!(stranger.ping().await, Err(BrokerError::Unavailable(_))),
        "an unknown authority was trusted"
    );
    Ok(())
}

/// A broker of this test's own loses its node in every way. One test does them all, because starting RabbitMQ takes
/// seconds.
#[tokio::test(flavor = "multi_thread")]
async fn publisher_and_consumer_survive_the_broker() -> Result<()> {
    let rabbitmq = Server::own_rabbitmq().await?;
    let broker = connect(rabbitmq.url(), "survivor")?;
    let mut consumer = broker.consume(QUEUE, 5).await?;
    receive_all(&broker, &mut consumer, 0..10).await?;

    let held = hold_one(&broker, &mut consumer, 10).await?;
    rabbitmq.restart(Data::Kept).await.context("restart with data")?;
    held.ack().await;
    receive_again(&mut consumer, 10)
        .await
        .context("an unacknowledged task survives a restart")?;
    receive_all(&broker, &mut consumer, 11..20)
        .await
        .context("after a restart with data")?;

    // Killed only now, when after an orderly stop the record of the queue is certainly on disk (see the module
    // `rabbitmq`).
    let held = hold_one(&broker, &mut consumer, 20).await?;
    rabbitmq.kill().await?;
    drop(held);
    let watch = Stopwatch::start();
    ensure!(matches!(
        broker.publish(QUEUE, &tasks(21..22)).await,
        Err(BrokerError::Unavailable(_))
    ));
    ensure!(
        watch.elapsed() < PUBLISH_TIMEOUT + Duration::from_secs(2) + watch.delayed(),
        "{watch:?}, {:?}",
        watch.elapsed()
    );
    ensure!(broker.ping().await.is_err());
    rabbitmq.start().await?;
    receive_again(&mut consumer, 20)
        .await
        .context("an unacknowledged task survives a kill")?;
    receive_all(&broker, &mut consumer, 21..30)
        .await
        .context("after a kill")?;

    rabbitmq.restart(Data::Lost).await?;
    receive_all(&broker, &mut consumer, 30..40)
        .await
        .context("after a restart without data")
}

/// Publishes, trying again as a dispatcher does, until every task was delivered and acknowledged.
async fn receive_all(broker: &RabbitMq, consumer: &mut Box<dyn Tasks>, batches: std::ops::Range<i64>) -> Result<()> {
    let sent = tasks(batches);
    let publish = async {
        while let Err(error) = broker.publish(QUEUE, &sent).await {
            ensure!(matches!(error, BrokerError::Unavailable(_)), "{error}");
        }
        Ok(())
    };
    let mut missing: BTreeSet<_> = sent.iter().copied().collect();
    let receive = async {
        while !missing.is_empty() {
            let delivery = next(consumer).await?;
            missing.remove(&delivery.task);
            delivery.ack().await;
        }
        Ok(())
    };
    tokio::try_join!(publish, receive)?;
    Ok(())
}

async fn hold_one(broker: &RabbitMq, consumer: &mut Box<dyn Tasks>, batch: i64) -> Result<bellhop_broker::Delivery> {
    broker.publish(QUEUE, &tasks(batch..batch + 1)).await?;
    loop {
        // Duplicates of earlier tasks may come first.
        let delivery = next(consumer).await?;
        if delivery.task == tasks(batch..batch + 1)[0] {
            return Ok(delivery);
        }
        delivery.ack().await;
    }
}

async fn receive_again(consumer: &mut Box<dyn Tasks>, batch: i64) -> Result<()> {
    loop {
        let delivery = next(consumer).await?;
        let found = delivery.task == tasks(batch..batch + 1)[0];
        delivery.ack().await;
        if found {
            return Ok(());
        }
    }
}

/// Letters of a fresh queue, and a channel by which others put some into it.
async fn mailbox() -> Result<(RabbitMqLetters, lapin::Channel, String)> {
    let space = bellhop_test_services::rabbitmq_space().await?;
    let options = RabbitMqOptions {
        prefix: space.prefix.clone(),
        ..RabbitMqOptions::default()
    };
    let letters = RabbitMqLetters::new(&space.url, options, "events")?;
    Ok((letters, stranger(&space.url).await?, format!("{}.events", space.prefix)))
}

async fn put(channel: &lapin::Channel, queue: &str, body: &str) -> Result<()> {
    let (options, properties) = (Default::default(), Default::default());
    let sent = channel.basic_publish("".into(), queue.into(), options, body.as_bytes(), properties);
    sent.await?.await?;
    Ok(())
}

/// As many letters as wait, which come in any number of bunches.
async fn letters(of: &mut RabbitMqLetters, count: usize) -> Result<Vec<Letter>> {
    let watch = Stopwatch::start();
    let mut all = Vec::new();
    while all.len() < count {
        ensure!(watch.elapsed() < PUBLISH_TIMEOUT * 3, "only {} letters came", all.len());
        all.extend(of.next(2).await?);
    }
    Ok(all)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_comes_again_until_it_is_dealt_with() -> Result<()> {
    let (mut first, channel, queue) = mailbox().await?;
    ensure!(first.next(2).await?.is_empty(), "the queue is new");
    for body in ["a", "b", "c"] {
        put(&channel, &queue, body).await?;
    }
    let came = letters(&mut first, 2).await?;
    ensure!(came.iter().map(|it| it.body.as_slice()).eq([b"a", b"b"]), "{came:?}");
    let dead = DeadLetter {
        body: b"b".to_vec(),
        reason: "{\"code\": \"letter_unreadable\"}".to_owned(),
    };
    first.dealt_with(came[1].number, &[dead]).await?;
    ensure!(letters(&mut first, 1).await?[0].body == b"c");
    first.give_back().await;
    ensure!(letters(&mut first, 1).await?[0].body == b"c", "it comes again");
    // Whoever has it dies; it comes again, and nothing else does.
    drop(first);
    let space_of = queue.strip_suffix(".events").context("a name")?.to_owned();
    let options = RabbitMqOptions {
        prefix: space_of,
        ..RabbitMqOptions::default()
    };
    let url = bellhop_test_services::rabbitmq_space().await?.url;
    let mut second = RabbitMqLetters::new(&url, options, "events")?;
    let came = letters(&mut second, 1).await?;
    ensure!(came.len() == 1 && came[0].body == b"c", "{came:?}");
    second.dealt_with(came[0].number, &[]).await?;
    ensure!(second.next(2).await?.is_empty());
    let put_aside = channel
        .basic_get(format!("{queue}.dead").into(), Default::default())
        .await?;
    let put_aside = put_aside.context("a dead letter")?.delivery;
    let headers = put_aside.properties.headers().clone().context("a header")?;
    let reason = headers.inner().get("bellhop-reason").cloned().context("a reason")?;
    let lapin::types::AMQPValue::LongString(reason) = reason else {
        anyhow::bail!("{reason:?}");
    };
    let reason = String::from_utf8_lossy(reason.as_bytes());
    ensure!(
        put_aside.data == b"b" && reason.contains("letter_unreadable"),
        "{reason}"
    );
    Ok(())
}
