//! Redis: the conformance suite, and what only a server of its own can suffer.

mod conformance;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use bellhop_domain::Timestamp;
use bellhop_rate_limits::{Limiter, LimiterError, RateSpec, Redis, RedisOptions};
use bellhop_test_services::{Data, Server};
use conformance::{sender, take_some};

const PATIENCE: Duration = Duration::from_secs(60);

async fn fresh() -> Result<Arc<dyn Limiter>> {
    let space = bellhop_test_services::redis_space().await?;
    Ok(Arc::new(connect(&space.url, &space.prefix)?))
}

fn connect(url: &str, prefix: &str) -> Result<Redis> {
    Ok(Redis::new(
        url,
        RedisOptions {
            prefix: prefix.to_owned(),
            ..RedisOptions::default()
        },
    )?)
}

conformance!(fresh);

/// One command of somebody else on the same server.
async fn command(url: &str, words: &[&str]) -> Result<redis::Value> {
    let mut connection = redis::Client::open(url)?.get_multiplexed_async_connection().await?;
    Ok(redis::cmd(words[0])
        .arg(&words[1..])
        .query_async(&mut connection)
        .await?)
}

/// Asks until Redis answers again, however it was lost.
async fn take_when_back(limiter: &Redis, spec: &RateSpec, wanted: u32) -> Result<u32> {
    let began = Instant::now();
    loop {
        match take_some(limiter, &sender("gateway"), spec, wanted).await {
            Ok(permits) => return Ok(permits),
            Err(error) if error.is::<LimiterError>() && began.elapsed() < PATIENCE => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(error) => return Err(error),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_share_a_rate() -> Result<()> {
    let space = bellhop_test_services::redis_space().await?;
    let (one, other) = (connect(&space.url, &space.prefix)?, connect(&space.url, &space.prefix)?);
    let (key, spec) = (sender("shared"), "50/s".parse()?);
    take_some(&one, &key, &spec, 1).await?;
    let deadline = Instant::now() + Duration::from_secs(2);
    let use_up = async |limiter: &Redis| {
        let mut total = 0;
        while Instant::now() < deadline {
            total += take_some(limiter, &key, &spec, 5).await?;
        }
        anyhow::Ok(total)
    };
    let (first, second) = tokio::try_join!(use_up(&one), use_up(&other))?;
    // Two windows' worth, and one permit each that was waited for beyond the deadline.
    ensure!(first + second <= 102, "{first} + {second} permits in 2 s at 50/s");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flushed_server_withholds_a_step_but_no_more() -> Result<()> {
    let redis = Server::own_redis().await?;
    let limiter = connect(redis.url(), "flushed")?;
    let (key, spec) = (sender("gateway"), "60/min".parse()?);
    take_some(&limiter, &key, &spec, 1).await?;
    command(redis.url(), &["FLUSHALL"]).await?;
    let grant = limiter.take(&key, &spec, 1, Timestamp::now()).await?;
    ensure!(grant.permits == 0, "what was granted before the flush was forgotten");
    ensure!(take_some(&limiter, &key, &spec, 1).await? == 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_is_noticed_even_if_the_newest_writes_are_lost() -> Result<()> {
    let redis = Server::own_redis().await?;
    let (limiter, neighbour) = (connect(redis.url(), "restarted")?, connect(redis.url(), "neighbour")?);
    let (key, spec): (_, RateSpec) = (sender("gateway"), "20/min".parse()?);
    take_some(&limiter, &key, &spec, 1).await?;
    let keep = command(redis.url(), &["GET", "restarted:limits:sender:7:gateway"]).await?;
    take_some(&limiter, &key, &spec, 1).await?;
    // As if the append-only file had missed the second grant.
    let redis::Value::BulkString(older) = keep else {
        anyhow::bail!("the sender's key is missing: {keep:?}")
    };
    command(
        redis.url(),
        &["SET", "restarted:limits:sender:7:gateway", std::str::from_utf8(&older)?],
    )
    .await?;
    redis.restart(Data::Kept).await?;
    // Another system on the same server loads its scripts first.
    take_when_back(&neighbour, &"100/s".parse()?, 1).await?;
    let began = Instant::now();
    loop {
        match limiter.take(&key, &spec, 1, Timestamp::now()).await {
            Ok(grant) => {
                ensure!(grant.permits == 0, "a restart that lost a write went unnoticed");
                return Ok(());
            }
            Err(_) if began.elapsed() < PATIENCE => {}
            Err(error) => return Err(error.into()),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_outage_ends() -> Result<()> {
    let redis = Server::own_redis().await?;
    // Not database 0: choosing another one is part of the greeting, which a server that still loads refuses.
    let url = redis.url().trim_end_matches('0').to_owned() + "1";
    let limiter = connect(&url, "outage")?;
    let spec = "1000/s".parse()?;
    take_when_back(&limiter, &spec, 1).await?;
    for data in [Data::Kept, Data::Lost] {
        redis.restart(data).await?;
        take_when_back(&limiter, &spec, 1).await?;
        redis.crash(data).await?;
        take_when_back(&limiter, &spec, 1).await?;
    }
    redis.kill().await?;
    let began = Instant::now();
    let answer = limiter.take(&sender("gateway"), &spec, 1, Timestamp::now()).await;
    ensure!(matches!(answer, Err(LimiterError::Unavailable(_))), "{answer:?}");
    ensure!(limiter.ping().await.is_err());
    ensure!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    redis.start().await?;
    take_when_back(&limiter, &spec, 1).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_greeting_is_not_final() -> Result<()> {
    let redis = Server::own_redis().await?;
    let limiter = connect(&redis.url().replace("redis://", "redis://:secret@"), "greeting")?;
    ensure!(limiter.ping().await.is_err(), "a password nobody set was taken");
    command(redis.url(), &["CONFIG", "SET", "requirepass", "secret"]).await?;
    take_when_back(&limiter, &"1000/s".parse()?, 1).await?;
    Ok(())
}

#[test]
fn an_unreadable_address_is_refused_at_once() {
    for url in ["", "localhost", "http://localhost"] {
        assert!(connect(url, "x").is_err(), "{url}");
    }
}
