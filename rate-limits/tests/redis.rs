//! Redis: the conformance suite, and what can only be done to a server of its own.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what it expects with unwrap, its stand-ins too"
)]

mod conformance;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use bellhop_domain::Timestamp;
use bellhop_rate_limits::{Decision, LimitScope, Limiter, LimiterError, Past, Redis, RedisOptions, Urgency};
use bellhop_test_services::{Data, Server, Stopwatch};
use conformance::{request, restore, sender, take, take_now, take_some};

const PATIENCE: Duration = Duration::from_secs(180);

/// A server is asked who it is at most every 10 ms (`memory.lua`); no real failover takes so little time, but the one
/// in this test does.
const LONGER_THAN_ASKED: Duration = Duration::from_millis(20);

async fn fresh() -> Result<Arc<dyn Limiter>> {
    let space = bellhop_test_services::redis_space().await?;
    Ok(Arc::new(connect(&space.url, &space.prefix)?))
}

fn connect(url: &str, prefix: &str) -> Result<Redis> {
    let options = RedisOptions {
        prefix: prefix.to_owned(),
        ..RedisOptions::default()
    };
    Ok(Redis::new(url, options)?)
}

conformance!(fresh);

/// One command by a foreign client on the same server.
async fn command(url: &str, words: &[&str]) -> Result<redis::Value> {
    let mut connection = redis::Client::open(url)?.get_multiplexed_async_connection().await?;
    Ok(redis::cmd(words[0])
        .arg(&words[1..])
        .query_async(&mut connection)
        .await?)
}

/// Asks until Redis answers again.
async fn when_back(limiter: &Redis, scope: &LimitScope) -> Result<Decision> {
    let began = Instant::now();
    loop {
        match take(limiter, scope, Urgency::Reply, 1).await {
            Err(error) if error.is::<LimiterError>() && began.elapsed() < PATIENCE => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            answer => return answer,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_share_a_rate() -> Result<()> {
    let space = bellhop_test_services::redis_space().await?;
    let (one, other) = (connect(&space.url, &space.prefix)?, connect(&space.url, &space.prefix)?);
    let scope = sender("shared", "50/s");
    restore(&one, &scope, &[]).await?;
    let began = Instant::now();
    let deadline = began + Duration::from_secs(2);
    let use_up = async |limiter: &Redis| {
        let mut total = 0;
        while Instant::now() < deadline {
            total += take_some(limiter, &scope, Urgency::Transactional, 5).await?;
        }
        anyhow::Ok(total)
    };
    let (first, second) = tokio::try_join!(use_up(&one), use_up(&other))?;
    // In windows of 1.25 s. The answer to the last question may have come after the deadline.
    let windows = (began.elapsed().as_secs_f64() / 1.25).ceil();
    ensure!(
        f64::from(first + second) <= 50.0 * windows,
        "{first} + {second} permits in {windows} windows at 50/s"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_loss_of_memory_is_noticed() -> Result<()> {
    let redis = Server::own_redis().await?;
    let limiter = connect(redis.url(), "lost")?;
    let scope = sender("gateway", "20/min");
    for loss in [
        "nothing",
        "flush",
        "restart",
        "restart without data",
        "crash",
        "eviction",
    ] {
        restore(&limiter, &scope, &[]).await?;
        ensure!(matches!(
            take(&limiter, &scope, Urgency::Reply, 1).await?,
            Decision::Granted { .. } | Decision::NotBefore(_)
        ));
        match loss {
            "flush" => drop(command(redis.url(), &["FLUSHALL"]).await?),
            "restart" => redis.restart(Data::Kept).await?,
            "restart without data" => redis.restart(Data::Lost).await?,
            "crash" => redis.crash(Data::Kept).await?,
            "eviction" => drop(command(redis.url(), &["DEL", "lost:limits:{7}:sender:gateway:log"]).await?),
            _ => {
                // Losing only the scripts is not a loss of memory.
                command(redis.url(), &["SCRIPT", "FLUSH"]).await?;
                ensure!(!matches!(
                    take(&limiter, &scope, Urgency::Reply, 1).await?,
                    Decision::Lost(_)
                ));
                continue;
            }
        }
        let answer = when_back(&limiter, &scope).await?;
        ensure!(matches!(answer, Decision::Lost(_)), "after a {loss}: {answer:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failover_and_its_return_are_noticed() -> Result<()> {
    let (first, second) = (Server::own_redis().await?, Server::own_redis().await?);
    let address = |server: &Server| {
        let url = server
            .url()
            .trim_start_matches("redis://")
            .split('/')
            .next()
            .unwrap_or_default()
            .to_owned();
        let (host, port) = url.rsplit_once(':').unwrap();
        (host.rsplit('@').next().unwrap().to_owned(), port.to_owned())
    };
    let follow = async |server: &Server, of: &Server| {
        let (host, port) = address(of);
        command(server.url(), &["REPLICAOF", &host, &port]).await?;
        let began = Instant::now();
        loop {
            let info = command(server.url(), &["INFO", "replication"]).await?;
            if format!("{info:?}").contains("master_link_status:up") {
                return anyhow::Ok(());
            }
            ensure!(began.elapsed() < PATIENCE, "never in step: {info:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let (one, other) = (connect(first.url(), "failover")?, connect(second.url(), "failover")?);
    let scope = sender("gateway", "5/min");
    restore(&one, &scope, &[]).await?;
    ensure!(take_now(&one, &scope, 1).await? == 1);
    follow(&second, &first).await?;
    command(second.url(), &["REPLICAOF", "NO", "ONE"]).await?;
    tokio::time::sleep(LONGER_THAN_ASKED).await;
    let answer = take(&other, &scope, Urgency::Reply, 1).await?;
    ensure!(matches!(answer, Decision::Lost(_)), "after the failover: {answer:?}");
    restore(&other, &scope, &[]).await?;
    follow(&first, &second).await?;
    command(first.url(), &["REPLICAOF", "NO", "ONE"]).await?;
    tokio::time::sleep(LONGER_THAN_ASKED).await;
    // The first server still has the scripts, and from the second one a memory that may lack its last grants.
    let answer = take(&one, &scope, Urgency::Reply, 1).await?;
    ensure!(matches!(answer, Decision::Lost(_)), "after the return: {answer:?}");
    Ok(())
}

/// What the messages of a small fleet did: when they arrived, and what the ledger says of them.
#[derive(Default)]
struct Traffic {
    arrivals: Vec<Instant>,
    attempts: Vec<Timestamp>,
    enough: bool,
}

/// Takes permits and uses each somewhere in its life until there is enough traffic; restores from the common ledger
/// when told to.
async fn work(url: String, ahead: i64, scope: LimitScope, traffic: Arc<Mutex<Traffic>>) -> Result<()> {
    let limiter = connect(&url, "schedule")?;
    let clock = || Timestamp(Timestamp::now().0 + ahead);
    let scopes = [scope.clone()];
    while !traffic.lock().unwrap().enough {
        let asked = Instant::now();
        let now = clock();
        match limiter.take(&request(&scopes, Urgency::Transactional, 3), now).await {
            Ok(Decision::Granted {
                permits, use_before, ..
            }) => {
                let life = use_before.since(now);
                for nth in 1..=permits {
                    let at = asked + life * nth / 4;
                    tokio::time::sleep_until(at.into()).await;
                    let mut traffic = traffic.lock().unwrap();
                    traffic.attempts.push(clock());
                    traffic.arrivals.push(Instant::now().min(asked + life));
                }
            }
            Ok(Decision::NotBefore(again)) => {
                tokio::time::sleep(again.since(now).min(Duration::from_millis(300))).await
            }
            Ok(Decision::Lost(lost)) => {
                tokio::time::sleep(lost[0].read_from.since(now)).await;
                let past = traffic
                    .lock()
                    .unwrap()
                    .attempts
                    .iter()
                    .map(|at| Past { at: *at, permits: 1 })
                    .collect::<Vec<_>>();
                let _ = limiter.restore(&scope, &past, clock()).await;
            }
            Err(LimiterError::Unavailable(_)) => tokio::time::sleep(Duration::from_millis(20)).await,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_with_wrong_clocks_holds_its_rate_over_restarts() -> Result<()> {
    let redis = Server::own_redis().await?;
    let scope = sender("gateway", "20/2s");
    let traffic = Arc::new(Mutex::new(Traffic::default()));
    let worker = |ahead| tokio::spawn(work(redis.url().to_owned(), ahead, scope.clone(), traffic.clone()));
    let workers = [worker(-2000), worker(0), worker(2000)];
    for loss in [Some(Data::Kept), Some(Data::Lost), None] {
        let sent = traffic.lock().unwrap().arrivals.len();
        let began = Instant::now();
        while traffic.lock().unwrap().arrivals.len() < sent + 25 && began.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        if let Some(data) = loss {
            redis.crash(data).await?;
        }
    }
    traffic.lock().unwrap().enough = true;
    for worker in workers {
        worker.await??;
    }
    let mut arrivals = std::mem::take(&mut traffic.lock().unwrap().arrivals);
    arrivals.sort();
    ensure!(arrivals.len() >= 50, "only {} messages", arrivals.len());
    for window in arrivals.windows(21) {
        let span = window[20] - window[0];
        ensure!(span >= Duration::from_secs(2), "21 messages within {span:?}");
    }
    println!(
        "{} messages over two crashes, none of the windows above 20/2s",
        arrivals.len()
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_outage_ends() -> Result<()> {
    let redis = Server::own_redis().await?;
    // Not database 0: choosing another one is part of the greeting, which a server that still loads refuses.
    let url = redis.url().trim_end_matches('0').to_owned() + "1";
    let limiter = connect(&url, "outage")?;
    let scope = sender("gateway", "20000/s");
    let _ = when_back(&limiter, &scope).await?;
    for data in [Data::Kept, Data::Lost] {
        redis.restart(data).await?;
        let _ = when_back(&limiter, &scope).await?;
        redis.crash(data).await?;
        let _ = when_back(&limiter, &scope).await?;
    }
    redis.kill().await?;
    let watch = Stopwatch::start();
    let answer = take(&limiter, &scope, Urgency::Reply, 1).await;
    let unavailable = answer
        .as_ref()
        .is_err_and(|error| matches!(error.downcast_ref(), Some(LimiterError::Unavailable(_))));
    ensure!(unavailable, "{answer:?}");
    ensure!(limiter.ping().await.is_err());
    let promised = Duration::from_secs(10) + watch.delayed();
    ensure!(watch.elapsed() < promised, "{:?}", watch.elapsed());
    redis.start().await?;
    let _ = when_back(&limiter, &scope).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_greeting_is_not_final() -> Result<()> {
    let redis = Server::own_redis().await?;
    let limiter = connect(&redis.url().replace("redis://", "redis://:secret@"), "greeting")?;
    ensure!(limiter.ping().await.is_err(), "a password nobody set was taken");
    command(redis.url(), &["CONFIG", "SET", "requirepass", "secret"]).await?;
    let _ = when_back(&limiter, &sender("gateway", "20000/s")).await?;
    Ok(())
}

#[test]
fn an_unreadable_address_is_refused_at_once() {
    for url in ["", "localhost", "http://localhost"] {
        assert!(connect(url, "x").is_err(), "{url}");
    }
}
