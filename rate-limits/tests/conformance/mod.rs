//! What every limiter must do. A backend's test file names how a fresh limiter and its clock are made:
//! `conformance!(fresh)`, where `fresh` is an `async fn() -> anyhow::Result<Arc<dyn Limiter>>`.
//! Time is real here, so the rates are high; the rule itself is tested in virtual time.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use bellhop_domain::{OrgId, Timestamp};
use bellhop_rate_limits::{Grant, Limiter, RateSpec, SenderKey};

pub fn sender(name: &str) -> SenderKey {
    SenderKey::new(OrgId(7), name)
}

/// Asks until something is granted, no earlier than told.
pub async fn take_some(limiter: &dyn Limiter, key: &SenderKey, spec: &RateSpec, wanted: u32) -> Result<u32> {
    loop {
        let now = Timestamp::now();
        let grant = limiter.take(key, spec, wanted, now).await?;
        if grant.permits > 0 {
            return Ok(grant.permits);
        }
        let again = grant
            .ask_again
            .context("nothing granted, and no instant to ask again")?;
        ensure!(again > now, "told to ask again at once");
        tokio::time::sleep(again.since(now)).await;
    }
}

pub async fn a_rate_holds_and_is_used(limiter: &dyn Limiter) -> Result<()> {
    let (key, spec) = (sender("gateway"), "100/s".parse()?);
    let began = Instant::now();
    let mut granted = Vec::new();
    while began.elapsed() < Duration::from_secs(3) {
        let permits = take_some(limiter, &key, &spec, 7).await?;
        granted.push((began.elapsed(), permits));
    }
    let total: u32 = granted.iter().map(|(_, permits)| permits).sum();
    ensure!(total >= 200, "only {total} of about 290 permits in 3 s");
    for (start, _) in &granted {
        // Our clock is read after the answer: an answer may look up to its delay later, hence a window a little shorter.
        let end = *start + Duration::from_millis(900);
        let window: u32 = granted
            .iter()
            .filter(|(at, _)| start <= at && *at < end)
            .map(|(_, permits)| permits)
            .sum();
        ensure!(window <= 100, "{window} permits in a window from {start:?}");
    }
    Ok(())
}

pub async fn never_more_than_wanted(limiter: &dyn Limiter) -> Result<()> {
    let (key, spec) = (sender("fast"), "1000000/s".parse()?);
    take_some(limiter, &key, &spec, 1).await?;
    for wanted in [1, 2, 3, 100] {
        ensure!(take_some(limiter, &key, &spec, wanted).await? <= wanted);
    }
    Ok(())
}

pub async fn a_full_grant_names_no_instant_and_a_partial_one_does(limiter: &dyn Limiter) -> Result<()> {
    let (key, spec) = (sender("instants"), "100000/s".parse()?);
    take_some(limiter, &key, &spec, 1).await?;
    let all = limiter.take(&key, &RateSpec::UNLIMITED, 5, Timestamp::now()).await?;
    ensure!(
        all == Grant {
            permits: 5,
            ask_again: None
        },
        "{all:?}"
    );
    let some = limiter.take(&key, &spec, u32::MAX, Timestamp::now()).await?;
    ensure!(some.permits < u32::MAX && some.ask_again.is_some(), "{some:?}");
    Ok(())
}

pub async fn every_limit_of_a_spec_holds(limiter: &dyn Limiter) -> Result<()> {
    let (key, spec) = (sender("two"), "1000/s,1/h".parse()?);
    // A fresh sender starts from the worst case, which for one an hour is an hour.
    let grant = limiter.take(&key, &spec, 1, Timestamp::now()).await?;
    ensure!(grant.permits == 0, "the first hour was given away");
    let wait = grant.ask_again.context("no instant")?.since(Timestamp::now());
    ensure!(
        wait > Duration::from_secs(3500) && wait < Duration::from_secs(3700),
        "{wait:?}"
    );
    Ok(())
}

pub async fn senders_are_independent(limiter: &dyn Limiter) -> Result<()> {
    let slow = "1/h".parse()?;
    ensure!(limiter.take(&sender("slow"), &slow, 1, Timestamp::now()).await?.permits == 0);
    ensure!(take_some(limiter, &sender("other"), &"100/s".parse()?, 1).await? == 1);
    Ok(())
}

pub async fn a_hold_stops_a_sender_and_ends(limiter: &dyn Limiter) -> Result<()> {
    for spec in ["1000/s", "unlimited"] {
        let (key, spec) = (sender(spec), spec.parse()?);
        take_some(limiter, &key, &spec, 1).await?;
        let now = Timestamp::now();
        let until = now.plus(Duration::from_millis(1500));
        limiter.hold_until(&key, until, now).await?;
        limiter
            .hold_until(&key, now.plus(Duration::from_millis(100)), now)
            .await?;
        let held = limiter.take(&key, &spec, 1, Timestamp::now()).await?;
        ensure!(held.permits == 0, "a permit during a hold");
        let again = held.ask_again.context("no instant")?;
        ensure!(again.since(until) < Duration::from_secs(1) && until.since(again) < Duration::from_secs(1));
        take_some(limiter, &key, &spec, 1).await?;
        ensure!(
            Timestamp::now().plus(Duration::from_millis(20)) >= until,
            "the hold ended early"
        );
    }
    Ok(())
}

pub async fn a_changed_spec_starts_from_the_worst_case(limiter: &dyn Limiter) -> Result<()> {
    let key = sender("changed");
    take_some(limiter, &key, &"1000/s".parse()?, 10).await?;
    let grant = limiter.take(&key, &"1/min".parse()?, 1, Timestamp::now()).await?;
    ensure!(grant.permits == 0, "what the old spec had granted was forgotten");
    Ok(())
}

pub async fn it_answers(limiter: &dyn Limiter) -> Result<()> {
    Ok(limiter.ping().await?)
}

/// One test for each property above.
#[macro_export]
macro_rules! conformance {
    ($fresh:path) => {
        $crate::conformance!($fresh:
            a_rate_holds_and_is_used
            never_more_than_wanted
            a_full_grant_names_no_instant_and_a_partial_one_does
            every_limit_of_a_spec_holds
            senders_are_independent
            a_hold_stops_a_sender_and_ends
            a_changed_spec_starts_from_the_worst_case
            it_answers
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
