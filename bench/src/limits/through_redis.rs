//! Permits through Redis against bare `EVALSHA`.

use super::{BATCH, Pair, quota, scope};
use anyhow::{Result, bail, ensure};
use bellhop_domain::Timestamp;
use bellhop_rate_limits::{Decision, LimitScope, Limiter, Redis, RedisOptions, Request, Restored, Urgency};
use redis::aio::ConnectionManager;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

pub async fn measure(url: &str, span: Duration, rounds: u32, callers: u32) -> Result<Vec<Pair>> {
    let limiter = Arc::new(Redis::new(url, RedisOptions::default())?);
    let bare = ConnectionManager::new(redis::Client::open(url)?).await?;
    let digest: String = redis::cmd("SCRIPT")
        .arg("LOAD")
        .arg("return 1")
        .query_async(&mut bare.clone())
        .await?;
    let push = vec![quota()?];
    // Ten thousand messages a day make the longest possible log.
    let numbers = vec![scope("number", "10/min,100/h")?, scope("portfolio", "10000/day")?];
    for scope in &numbers {
        open(&limiter, scope).await?;
    }
    let mut pairs = [
        pair("one permit a call", "permits"),
        pair("a hundred permits a call", "permits"),
        pair("two scopes with exact windows", "answers"),
    ];
    for _ in 0..rounds {
        let evaluations = at_once(callers, span, |deadline| {
            evaluate(bare.clone(), digest.clone(), deadline)
        })
        .await?;
        pairs.iter_mut().for_each(|pair| pair.theirs.push(evaluations));
        let cases = [(&push, 1), (&push, BATCH), (&numbers, 1)];
        for (pair, (scopes, wanted)) in pairs.iter_mut().zip(cases) {
            let asked = at_once(callers, span, |deadline| {
                ask(limiter.clone(), scopes.clone(), wanted, deadline)
            });
            pair.ours.push(asked.await?);
        }
    }
    Ok(pairs.into())
}

fn pair(name: &'static str, unit: &'static str) -> Pair {
    Pair {
        name,
        unit,
        ours: Vec::new(),
        against: "EVALSHA",
        theirs: Vec::new(),
    }
}

/// The sum of what all callers count until the deadline, per second.
async fn at_once<F>(callers: u32, span: Duration, mut caller: impl FnMut(Instant) -> F) -> Result<f64>
where
    F: Future<Output = Result<u64>> + Send + 'static,
{
    let begun = Instant::now();
    let mut all = JoinSet::new();
    for _ in 0..callers {
        all.spawn(caller(begun + span));
    }
    let mut total = 0;
    while let Some(count) = all.join_next().await {
        total += count??;
    }
    Ok(total as f64 / begun.elapsed().as_secs_f64())
}

async fn evaluate(mut connection: ConnectionManager, digest: String, deadline: Instant) -> Result<u64> {
    let mut count = 0;
    while Instant::now() < deadline {
        let one: i64 = redis::cmd("EVALSHA")
            .arg(&digest)
            .arg(0)
            .query_async(&mut connection)
            .await?;
        ensure!(one == 1, "an empty script answered {one}");
        count += 1;
    }
    Ok(count)
}

/// Counts the permits of a grant, and one for a refusal.
async fn ask(limiter: Arc<Redis>, scopes: Vec<LimitScope>, wanted: u32, deadline: Instant) -> Result<u64> {
    let mut count = 0;
    while Instant::now() < deadline {
        let request = Request {
            scopes: &scopes,
            urgency: Urgency::Transactional,
            wanted,
            jitter: 0,
        };
        count += match limiter.take(&request, Timestamp::now()).await? {
            Decision::Granted { permits, .. } => u64::from(permits),
            Decision::NotBefore(_) => 1,
            Decision::Lost(lost) => bail!("lost: {lost:?}"),
        };
    }
    Ok(count)
}

async fn open(limiter: &Redis, scope: &LimitScope) -> Result<()> {
    loop {
        let now = Timestamp::now();
        match limiter.restore(scope, &[], now).await? {
            Restored::Open => return Ok(()),
            Restored::TooEarly(again) => tokio::time::sleep(again.since(now)).await,
        }
    }
}
