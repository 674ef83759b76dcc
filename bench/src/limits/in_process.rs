//! The local limiter against bare `governor`: one thread, no waiting.

use super::{BATCH, Pair, quota};
use anyhow::{Result, ensure};
use bellhop_domain::Timestamp;
use bellhop_rate_limits::{Decision, Limiter, Local, Request, Urgency};
use governor::{Quota, RateLimiter};
use std::hint::black_box;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

/// The number of questions between two looks at the clock.
const STRETCH: u32 = 1000;

pub async fn measure(span: Duration, rounds: u32) -> Result<Vec<Pair>> {
    let limiter = Local::new();
    let mut pairs = [
        pair("in process, one permit a call"),
        pair("in process, a hundred permits a call"),
    ];
    for _ in 0..rounds {
        let checks = checks(span)?;
        for (pair, wanted) in pairs.iter_mut().zip([1, BATCH]) {
            pair.theirs.push(checks);
            pair.ours.push(permits(&limiter, wanted, span).await?);
        }
    }
    Ok(pairs.into())
}

fn pair(name: &'static str) -> Pair {
    Pair {
        name,
        unit: "permits",
        ours: Vec::new(),
        against: "checks of governor",
        theirs: Vec::new(),
    }
}

fn checks(span: Duration) -> Result<f64> {
    let limiter = RateLimiter::direct(Quota::per_second(NonZeroU32::MAX));
    let begun = Instant::now();
    let mut count = 0;
    while begun.elapsed() < span {
        for _ in 0..STRETCH {
            count += u64::from(black_box(limiter.check()).is_ok());
        }
    }
    ensure!(count > 0, "governor grants nothing");
    Ok(count as f64 / begun.elapsed().as_secs_f64())
}

async fn permits(limiter: &Local, wanted: u32, span: Duration) -> Result<f64> {
    let scopes = [quota()?];
    let request = Request {
        scopes: &scopes,
        urgency: Urgency::Transactional,
        wanted,
        jitter: 0,
    };
    let begun = Instant::now();
    let mut count = 0;
    while begun.elapsed() < span {
        for _ in 0..STRETCH {
            if let Decision::Granted { permits, .. } = limiter.take(&request, Timestamp::now()).await? {
                count += u64::from(permits);
            }
        }
    }
    ensure!(count > 0, "the local limiter grants nothing");
    Ok(count as f64 / begun.elapsed().as_secs_f64())
}
