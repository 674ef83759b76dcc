//! Single properties of the rule, by tables and small property tests.

use proptest::prelude::*;

use super::*;
use crate::spec::tests::any_spec;
use crate::{Pacing, RateSpec};

const NOW: i64 = 1_764_000_000_000_000;
const SECOND: i64 = 1_000_000;
const OPEN: Epoch = Epoch {
    since: NOW,
    shared: false,
};

fn parameters(spec: &str) -> Parameters {
    Parameters::new(&spec.parse().unwrap(), Pacing::default(), false)
}

/// A scope without a past.
fn fresh(parameters: &Parameters) -> Option<Memory> {
    let mut memory = None;
    assert_eq!(restore(&mut memory, parameters, &[], NOW, OPEN), RestoreAnswer::Open);
    memory
}

fn ask(rank: i64, wanted: i64) -> Ask {
    Ask {
        rank,
        wanted,
        jitter: 0,
    }
}

/// Permits and wait.
fn one(parameters: &Parameters, memory: &mut Option<Memory>, ask: Ask, now: i64) -> (i64, i64) {
    let mut memories = [memory.take()];
    let answer = take(&[parameters], &mut memories, ask, now, OPEN);
    let [back] = memories;
    *memory = back;
    match answer {
        TakeAnswer::Granted { permits, wait, .. } => (permits, wait),
        TakeAnswer::Lost { .. } => (-1, 0),
    }
}

#[test]
fn marketing_is_paced_and_leaves_the_reserve_which_others_use_at_once() {
    let parameters = parameters("10/min");
    let mut memory = fresh(&parameters);
    let (permits, wait) = one(&parameters, &mut memory, ask(2, 100), NOW);
    assert_eq!(permits, 1, "marketing leaves one by one");
    // 63 s (the span and the permit's life) and the pace's part, divided by the nine that are not reserved.
    let pace = parameters.pace.unwrap();
    assert_eq!(wait, pace.cost(1) - pace.late, "who was silent comes a little early");
    assert_eq!(pace.cost(1), 7_035_000);
    let (permits, wait) = one(&parameters, &mut memory, ask(1, 100), NOW + SECOND);
    assert_eq!(
        (permits, wait),
        (9, 62 * SECOND),
        "the rest of the window, and then its first"
    );
}

#[test]
fn what_marketing_never_takes_is_there_for_the_others_at_any_time() {
    let parameters = parameters("10/min");
    let mut memory = fresh(&parameters);
    let mut now = NOW;
    for _ in 0..200 {
        let (_, wait) = one(&parameters, &mut memory, ask(2, 100), now);
        now += wait;
        let mut probe = memory.clone();
        assert!(one(&parameters, &mut probe, ask(1, 1), now).0 == 1);
    }
}

#[test]
fn who_was_refused_and_is_more_urgent_is_waited_for() {
    let parameters = parameters("10/min");
    let mut memory = fresh(&parameters);
    assert_eq!(one(&parameters, &mut memory, ask(1, 10), NOW).0, 10);
    let (permits, wait) = one(&parameters, &mut memory, ask(0, 1), NOW + SECOND);
    assert_eq!((permits, wait), (0, 62 * SECOND));
    let freed = NOW + 63 * SECOND;
    let (marketing, wait) = one(&parameters, &mut memory, ask(2, 10), freed);
    assert_eq!((marketing, wait), (0, SECOND), "marketing stands aside");
    assert_eq!(
        one(&parameters, &mut memory, ask(1, 10), freed).0,
        0,
        "and so does what is less urgent than a reply"
    );
    assert_eq!(one(&parameters, &mut memory, ask(0, 1), freed).0, 1);
    assert!(
        one(&parameters, &mut memory, ask(2, 10), freed).0 > 0,
        "for no longer than needed"
    );
}

#[test]
fn all_scopes_or_none() {
    let all_parameters = [parameters("5/min"), parameters("3/min"), parameters("unlimited")];
    let mut memories: Vec<_> = all_parameters.iter().map(fresh).collect();
    let all_parameters: Vec<&Parameters> = all_parameters.iter().collect();
    let answer = take(&all_parameters, &mut memories, ask(1, 10), NOW, OPEN);
    assert_eq!(
        answer,
        TakeAnswer::Granted {
            permits: 3,
            wait: 63 * SECOND,
            life: 3 * SECOND
        }
    );
    let mut five = memories.swap_remove(0);
    assert_eq!(
        one(all_parameters[0], &mut five, ask(1, 10), NOW).0,
        2,
        "three were counted, not five"
    );
}

#[test]
fn a_lost_scope_is_closed_until_it_knows_its_past() {
    let parameters = parameters("10/min");
    let lost = Epoch {
        since: NOW,
        shared: true,
    };
    let mut memories = [fresh(&parameters)];
    memories[0].as_mut().unwrap().epoch = NOW - SECOND;
    let answer = take(&[&parameters], &mut memories, ask(1, 1), NOW + SECOND, lost);
    assert_eq!(
        answer,
        TakeAnswer::Lost {
            scopes: vec![0],
            wait: 2 * SECOND
        },
        "a permit may still be in use"
    );
    let past = [
        PastGrant {
            age: 50 * SECOND,
            permits: 4,
        },
        PastGrant {
            age: SECOND,
            permits: 5,
        },
    ];
    let early = restore(&mut memories[0], &parameters, &past, NOW + SECOND, lost);
    assert_eq!(early, RestoreAnswer::TooEarly(2 * SECOND));
    assert_eq!(
        restore(&mut memories[0], &parameters, &past, NOW + 3 * SECOND, lost),
        RestoreAnswer::Open
    );
    let answer = take(&[&parameters], &mut memories, ask(1, 10), NOW + 3 * SECOND, lost);
    // The four are 50 s old, perhaps 46, and were used within 3 s.
    assert_eq!(
        answer,
        TakeAnswer::Granted {
            permits: 1,
            wait: 17 * SECOND,
            life: 3 * SECOND
        }
    );
    let again = restore(&mut memories[0], &parameters, &[], NOW + 4 * SECOND, lost);
    assert_eq!(again, RestoreAnswer::Open);
    let answer = take(&[&parameters], &mut memories, ask(1, 1), NOW + 4 * SECOND, lost);
    assert!(
        matches!(answer, TakeAnswer::Granted { permits: 0, .. }),
        "who comes second changes nothing: {answer:?}"
    );
}

#[test]
fn a_longer_limit_asks_for_the_past_it_needs_and_keeps_the_present() {
    let (minute, hour) = (parameters("10/min"), parameters("10/min,12/h"));
    let mut memory = fresh(&minute);
    assert_eq!(one(&minute, &mut memory, ask(1, 2), NOW).0, 2);
    let now = NOW + 100 * SECOND;
    assert_eq!(
        one(&minute, &mut memory, ask(1, 3), now).0,
        3,
        "the first two are forgotten"
    );
    assert_eq!(one(&hour, &mut memory, ask(1, 10), now), (-1, 0));
    let past = [
        PastGrant {
            age: 100 * SECOND,
            permits: 2,
        },
        PastGrant { age: 0, permits: 3 },
    ];
    assert_eq!(restore(&mut memory, &hour, &past, now, OPEN), RestoreAnswer::Open);
    assert_eq!(one(&hour, &mut memory, ask(1, 10), now).0, 7);
}

#[test]
fn a_passing_scope_needs_no_ledger() {
    let parameters = Parameters::new(
        &"1/6s".parse().unwrap(),
        Pacing {
            reserve_percent: 0,
            ..Pacing::default()
        },
        true,
    );
    let mut memory = None;
    assert_eq!(one(&parameters, &mut memory, ask(1, 1), NOW), (0, 6 * SECOND));
    assert_eq!(one(&parameters, &mut memory, ask(1, 1), NOW + 6 * SECOND).0, 1);
    assert_eq!(
        one(&parameters, &mut memory, ask(1, 1), NOW + 7 * SECOND),
        (0, 5_300_000)
    );
    assert!(memory.unwrap().is_kept(NOW + 13 * SECOND));
    assert_eq!(
        one(&parameters, &mut None, ask(1, 1), NOW + 20 * SECOND).0,
        1,
        "silence is no loss"
    );
}

#[test]
fn a_hold_grants_nothing_and_outlives_a_loss_and_a_change() {
    let mut memory = None;
    hold(&mut memory, NOW + 5 * SECOND);
    hold(&mut memory, NOW + SECOND);
    let _ = restore(&mut memory, &parameters("30/min"), &[], NOW, OPEN);
    for spec in ["unlimited", "30/min"] {
        let mut held = memory.clone();
        assert_eq!(
            one(&parameters(spec), &mut held, ask(0, 1), NOW + 2 * SECOND),
            (0, 3 * SECOND),
            "{spec}"
        );
        assert_eq!(
            one(&parameters(spec), &mut memory.clone(), ask(0, 1), NOW + 5 * SECOND).0,
            1,
            "{spec}"
        );
    }
}

#[test]
fn days_are_spread_over_their_open_part() {
    let open = std::time::Duration::from_secs(13 * 3600);
    let parameters = Parameters::new(
        &"130/day".parse().unwrap(),
        Pacing {
            reserve_percent: 0,
            open_per_day: open,
        },
        false,
    );
    let spacing = parameters.pace.unwrap().cost(1) / SECOND;
    assert!((359..=362).contains(&spacing), "{spacing}");
}

proptest! {
    #[test]
    fn who_asks_when_told_is_granted(
        spec in any_spec(), asks in prop::collection::vec((0..3i64, 1..2000i64, 0..1000i64), 1..60),
    ) {
        let parameters = Parameters::new(&spec, Pacing::default(), false);
        let (mut memory, mut now) = (fresh(&parameters), NOW);
        for (rank, wanted, jitter) in asks {
            let (permits, wait) = one(&parameters, &mut memory, Ask { rank, wanted, jitter }, now);
            prop_assert!(permits <= wanted && (wait == 0) == (permits == wanted));
            now += wait;
            if wait > 0 {
                let (permits, _) = one(&parameters, &mut memory, ask(rank, wanted), now);
                prop_assert!(permits > 0);
            }
        }
    }

    #[test]
    fn numbers_stay_exact_in_doubles(spec in any_spec(), wanted: u32) {
        let parameters = Parameters::new(&spec, Pacing::default(), false);
        for quota in &parameters.quotas {
            let most = quota.room(NOW, NOW).min(wanted.into());
            prop_assert!(most * quota.period + quota.permits < 1 << 53);
            prop_assert!(quota.slack * quota.permits < 1 << 53);
        }
        if let Some(pace) = parameters.pace {
            let most = (1 + pace.fit(pace.late)).min(wanted.into());
            prop_assert!(most * pace.period + pace.permits < 1 << 53);
            prop_assert!(pace.late * pace.permits < 1 << 53);
        }
    }

    #[test]
    fn a_clock_put_back_closes_nobody_for_longer_than_it_was_put_back(
        spec in any_spec(), back in 0..1_000_000_000_000i64, wanted in 1..50i64,
    ) {
        let parameters = Parameters::new(&spec, Pacing::default(), false);
        let mut memory = fresh(&parameters);
        one(&parameters, &mut memory, ask(2, wanted), NOW);
        let (_, wait) = one(&parameters, &mut memory, ask(2, wanted), NOW - back);
        let place = parameters.pace.map_or(0, |pace| pace.cost(1) + pace.jitter);
        prop_assert!(wait <= back + parameters.horizon() + parameters.life + place, "{}", wait);
    }
}

#[test]
fn pacing_takes_the_slowest_limit() {
    let spacing = |spec: &str| parameters(spec).pace.unwrap().cost(1) as f64 / SECOND as f64;
    assert!(
        (spacing("10/min,100/h") - 40.234).abs() < 0.01,
        "{}",
        spacing("10/min,100/h")
    );
    assert!((spacing("100/h,10/min") - 40.234).abs() < 0.01);
    let _: RateSpec = "unlimited".parse().unwrap();
    assert!(parameters("unlimited").pace.is_none());
}
