//! What every limiter must do. A backend's test file names how a fresh limiter and its clock are made:
//! `conformance!(fresh)`, where `fresh` is an `async fn() -> anyhow::Result<Arc<dyn Limiter>>`.
//! Time is real here, so the spans are short; the rule itself is tested in virtual time.

mod people;

pub use people::*;

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use bellhop_domain::{OrgId, Timestamp};
use bellhop_rate_limits::{Decision, LimitScope, Limiter, Pacing, Past, Request, Restored, ScopeKey, Urgency};
use bellhop_test_services::Stopwatch;

/// A sender with these rates.
pub fn sender(name: &str, rates: &str) -> LimitScope {
    LimitScope::new(
        ScopeKey::sender(OrgId(7), name),
        rates.parse().unwrap(),
        Pacing::default(),
    )
}

pub fn request(scopes: &[LimitScope], urgency: Urgency, wanted: u32) -> Request<'_> {
    Request {
        scopes,
        urgency,
        wanted,
        jitter: 500,
    }
}

/// Asks once.
pub async fn take(limiter: &dyn Limiter, scope: &LimitScope, urgency: Urgency, wanted: u32) -> Result<Decision> {
    let scopes = [scope.clone()];
    Ok(limiter
        .take(&request(&scopes, urgency, wanted), Timestamp::now())
        .await?)
}

/// How many permits are granted at once; 0 if the answer is an instant.
pub async fn take_now(limiter: &dyn Limiter, scope: &LimitScope, wanted: u32) -> Result<u32> {
    match take(limiter, scope, Urgency::Transactional, wanted).await? {
        Decision::Granted { permits, .. } => Ok(permits),
        Decision::NotBefore(_) => Ok(0),
        Decision::Lost(lost) => bail!("lost: {lost:?}"),
    }
}

/// Asks until something is granted, no earlier than told.
pub async fn take_some(limiter: &dyn Limiter, scope: &LimitScope, urgency: Urgency, wanted: u32) -> Result<u32> {
    Ok(asked_and_granted(limiter, scope, urgency, wanted).await?.1)
}

/// The instants at which granted permits were asked for.
async fn asked_and_granted(
    limiter: &dyn Limiter,
    scope: &LimitScope,
    urgency: Urgency,
    wanted: u32,
) -> Result<(Instant, u32)> {
    loop {
        let (asked, now) = (Instant::now(), Timestamp::now());
        match take(limiter, scope, urgency, wanted).await? {
            Decision::Granted { permits, .. } => return Ok((asked, permits)),
            Decision::NotBefore(again) => {
                ensure!(again > now, "told to ask again at once");
                tokio::time::sleep(again.since(now)).await;
            }
            Decision::Lost(lost) => bail!("lost: {lost:?}"),
        }
    }
}

/// Tells a scope its past as soon as it may be told.
pub async fn restore(limiter: &dyn Limiter, scope: &LimitScope, past: &[Past]) -> Result<()> {
    loop {
        let now = Timestamp::now();
        match limiter.restore(scope, past, now).await? {
            Restored::Open => return Ok(()),
            Restored::TooEarly(again) => tokio::time::sleep(again.since(now)).await,
        }
    }
}

pub async fn a_rate_holds_and_is_used(limiter: &dyn Limiter) -> Result<()> {
    for (urgency, least) in [(Urgency::Transactional, 200), (Urgency::Marketing, 180)] {
        let scope = sender(&format!("{urgency:?}"), "100/s");
        restore(limiter, &scope, &[]).await?;
        let watch = Stopwatch::start();
        let mut granted = Vec::new();
        while watch.elapsed() < Duration::from_secs(3) {
            let (asked, permits) = asked_and_granted(limiter, &scope, urgency, 7).await?;
            granted.push((asked, Instant::now(), permits));
        }
        let total: u32 = granted.iter().map(|(_, _, permits)| permits).sum();
        // A process that waits for a core asks less often.
        let asking = 1.0 - (watch.delayed().as_secs_f64() / 3.0).min(1.0);
        ensure!(
            f64::from(total) >= f64::from(least) * asking,
            "only {total} of {least} permits in 3 s, {asking} of it asking: {urgency:?}"
        );
        for (asked, _, _) in &granted {
            // Granted between the question and the answer: certainly within a second if the last answer came a second
            // after the first question.
            let end = *asked + Duration::from_secs(1);
            let window = granted.iter().filter(|(from, to, _)| asked <= from && *to < end);
            let window: u32 = window.map(|(_, _, permits)| permits).sum();
            ensure!(
                window <= 100,
                "{window} permits in a window from {:?}",
                *asked - granted[0].0
            );
        }
    }
    Ok(())
}

pub async fn never_more_than_wanted(limiter: &dyn Limiter) -> Result<()> {
    let scope = sender("fast", "1000000/s");
    take_some(limiter, &scope, Urgency::Transactional, 1).await?;
    for wanted in [1, 2, 3, 100] {
        ensure!(take_some(limiter, &scope, Urgency::Marketing, wanted).await? <= wanted);
    }
    ensure!(take_now(limiter, &scope, 0).await? == 0);
    Ok(())
}

pub async fn a_full_grant_names_no_instant_and_a_partial_one_does(limiter: &dyn Limiter) -> Result<()> {
    let free = sender("free", "unlimited");
    let all = take(limiter, &free, Urgency::Marketing, 5).await?;
    ensure!(
        matches!(
            all,
            Decision::Granted {
                permits: 5,
                ask_again: None,
                ..
            }
        ),
        "{all:?}"
    );
    let scope = sender("instants", "3/min");
    restore(limiter, &scope, &[]).await?;
    let now = Timestamp::now();
    let some = take(limiter, &scope, Urgency::Reply, 5).await?;
    let Decision::Granted {
        permits: 3,
        use_before,
        ask_again: Some(again),
    } = some
    else {
        bail!("{some:?}")
    };
    ensure!(
        use_before.since(now) <= scope.permit_life() + Duration::from_secs(1),
        "{some:?}"
    );
    ensure!(
        again.since(now) >= Duration::from_secs(60) && again.since(now) <= Duration::from_secs(65),
        "{some:?}"
    );
    Ok(())
}

pub async fn every_limit_of_a_spec_holds(limiter: &dyn Limiter) -> Result<()> {
    let scope = sender("two", "1000/s,1/h");
    restore(limiter, &scope, &[]).await?;
    ensure!(take_now(limiter, &scope, 10).await? == 1);
    let now = Timestamp::now();
    let Decision::NotBefore(again) = take(limiter, &scope, Urgency::Reply, 1).await? else {
        bail!("a second one within the hour")
    };
    let wait = again.since(now);
    ensure!(
        wait > Duration::from_secs(3500) && wait < Duration::from_secs(3700),
        "{wait:?}"
    );
    Ok(())
}

pub async fn all_scopes_or_none(limiter: &dyn Limiter) -> Result<()> {
    let (number, portfolio) = (sender("number", "5/h"), sender("portfolio", "7/h"));
    let guest = LimitScope::passing(
        ScopeKey::pair(OrgId(7), "number", "g"),
        "2/1s".parse()?,
        Pacing::default(),
    );
    for scope in [&number, &portfolio] {
        restore(limiter, scope, &[]).await?;
    }
    let both = [number.clone(), portfolio.clone()];
    let decision = limiter
        .take(&request(&both, Urgency::Reply, 10), Timestamp::now())
        .await?;
    ensure!(matches!(decision, Decision::Granted { permits: 5, .. }), "{decision:?}");
    ensure!(
        take_now(limiter, &portfolio, 10).await? == 2,
        "five were counted in both, no more"
    );
    take_some(limiter, &guest, Urgency::Reply, 1).await?;
    let with_guest = [number, guest.clone()];
    let decision = limiter
        .take(&request(&with_guest, Urgency::Reply, 1), Timestamp::now())
        .await?;
    ensure!(matches!(decision, Decision::NotBefore(_)), "{decision:?}");
    ensure!(take_now(limiter, &guest, 5).await? == 1, "a refusal counted");
    Ok(())
}

pub async fn senders_are_independent(limiter: &dyn Limiter) -> Result<()> {
    let (slow, other) = (sender("slow", "1/h"), sender("other", "100/s"));
    restore(limiter, &slow, &[]).await?;
    restore(limiter, &other, &[]).await?;
    ensure!(take_now(limiter, &slow, 2).await? == 1);
    ensure!(take_now(limiter, &slow, 2).await? == 0);
    ensure!(take_now(limiter, &other, 2).await? == 2);
    Ok(())
}

pub async fn a_hold_stops_a_sender_and_ends(limiter: &dyn Limiter) -> Result<()> {
    for rates in ["1000/s", "unlimited"] {
        let scope = sender(rates, rates);
        restore(limiter, &scope, &[]).await?;
        take_some(limiter, &scope, Urgency::Marketing, 1).await?;
        let now = Timestamp::now();
        let until = now.plus(Duration::from_millis(1500));
        limiter.hold_until(scope.key(), until, now).await?;
        let earlier = now.plus(Duration::from_millis(100));
        limiter.hold_until(scope.key(), earlier, now).await?;
        let held = take(limiter, &scope, Urgency::Reply, 1).await?;
        let Decision::NotBefore(again) = held else {
            bail!("during a hold: {held:?}")
        };
        ensure!(again.since(until) < Duration::from_secs(1) && until.since(again) < Duration::from_secs(1));
        take_some(limiter, &scope, Urgency::Reply, 1).await?;
        let ended = Timestamp::now().plus(Duration::from_millis(20));
        ensure!(ended >= until, "the hold ended early");
    }
    Ok(())
}

/// Whatever hold a provider asked for, and however long it is, a human can end it.
pub async fn a_released_sender_goes_at_once(limiter: &dyn Limiter) -> Result<()> {
    for (name, rates) in [("released", "1000/s"), ("released-free", "unlimited")] {
        let scope = sender(name, rates);
        limiter.release(scope.key()).await?;
        restore(limiter, &scope, &[]).await?;
        let now = Timestamp::now();
        limiter.hold_until(scope.key(), Timestamp(i64::MAX), now).await?;
        let held = take(limiter, &scope, Urgency::Reply, 1).await?;
        ensure!(matches!(held, Decision::NotBefore(_)), "during a hold: {held:?}");
        limiter.release(scope.key()).await?;
        let free = take(limiter, &scope, Urgency::Reply, 1).await?;
        ensure!(
            matches!(free, Decision::Granted { permits: 1, .. }),
            "after the release: {free:?}"
        );
    }
    Ok(())
}

pub async fn an_unknown_past_is_lost_until_it_is_told(limiter: &dyn Limiter) -> Result<()> {
    let scope = sender("unknown", "3/min");
    let decision = take(limiter, &scope, Urgency::Reply, 1).await?;
    let Decision::Lost(lost) = decision else {
        bail!("{decision:?}")
    };
    ensure!(lost.len() == 1 && lost[0].key == *scope.key(), "{lost:?}");
    ensure!(
        lost[0].read_from.since(Timestamp::now()) <= scope.permit_life(),
        "{lost:?}"
    );
    let past = [Past {
        at: Timestamp::now().minus(Duration::from_secs(30)),
        permits: 2,
    }];
    restore(limiter, &scope, &past).await?;
    ensure!(take_now(limiter, &scope, 3).await? == 1, "two of three were used");
    restore(limiter, &scope, &[]).await?;
    ensure!(
        take_now(limiter, &scope, 3).await? == 0,
        "who is open was told another past"
    );
    let longer = sender("unknown", "3/min,4/h");
    let decision = take(limiter, &longer, Urgency::Reply, 1).await?;
    ensure!(
        matches!(decision, Decision::Lost(_)),
        "an hour is known from a minute: {decision:?}"
    );
    Ok(())
}

pub async fn a_lowered_limit_counts_what_was_granted(limiter: &dyn Limiter) -> Result<()> {
    let before = sender("lowered", "100/min");
    restore(limiter, &before, &[]).await?;
    ensure!(take_now(limiter, &before, 10).await? == 10);
    ensure!(take_now(limiter, &sender("lowered", "11/min"), 10).await? == 1);
    ensure!(take_now(limiter, &sender("lowered", "100/min"), 200).await? == 89);
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
            all_scopes_or_none
            senders_are_independent
            a_hold_stops_a_sender_and_ends
            a_released_sender_goes_at_once
            an_unknown_past_is_lost_until_it_is_told
            a_lowered_limit_counts_what_was_granted
            one_guest_hears_from_one_number_once_in_a_while
            a_portfolio_counts_guests_over_all_its_numbers
            who_was_written_to_is_lost_until_it_is_told
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
