use super::*;
use crate::rule::{self, Ask, Epoch, Parameters, TakeAnswer};
use std::num::NonZeroU32;

const NOW: Timestamp = Timestamp(1_764_000_000_000);
const HOUR_MS: i64 = 3_600_000;

fn number(name: &str, rates: &str) -> Number {
    Number {
        name: name.to_owned(),
        rates: rates.parse().unwrap(),
        warm_up: None,
        free_from: Timestamp(0),
    }
}

fn task(messages: u64, numbers: Vec<Number>) -> Task {
    Task {
        parts: vec![Part {
            messages,
            closed: Vec::new(),
        }],
        numbers,
        shared: Vec::new(),
        ceiling: None,
        pacing: Pacing::default(),
        deadline: None,
    }
}

fn hours(forecast: &Forecast) -> f64 {
    (forecast.finish.unwrap().0 - NOW.0) as f64 / HOUR_MS as f64
}

fn near(value: f64, expected: f64) -> bool {
    (value / expected - 1.0).abs() < 0.02
}

#[test]
fn it_agrees_with_the_limiter() {
    for rates in ["10/min,100/h", "30/min", "500/day", "80/s"] {
        let parameters = Parameters::new(&rates.parse().unwrap(), Pacing::default(), false);
        let epoch = Epoch {
            since: 1,
            shared: false,
        };
        let (start, mut memories) = (NOW.0 * 1000, [None]);
        let _ = rule::restore(&mut memories[0], &parameters, &[], start, epoch);
        let (mut now, mut sent) = (start, 0);
        while sent < 1000 {
            let ask = Ask {
                rank: 2,
                wanted: 1000 - sent,
                jitter: 500,
            };
            let TakeAnswer::Granted { permits, wait, .. } = rule::take(&[&parameters], &mut memories, ask, now, epoch)
            else {
                panic!("lost")
            };
            sent += permits;
            now += if sent < 1000 { wait } else { 0 };
        }
        let foreseen = forecast(&task(1000, vec![number("n", rates)]), NOW).finish.unwrap().0 - NOW.0;
        let real = (now - start) / 1000;
        assert!(
            near(foreseen as f64, real as f64),
            "{rates}: foreseen {foreseen} ms, took {real} ms"
        );
    }
}

#[test]
fn the_number_or_the_quota_that_holds_it_back() {
    let two = || vec![number("kitchen", "10/min,100/h"), number("bar", "10/min,50/h")];
    let alone = forecast(&task(1000, two()), NOW);
    assert!(near(hours(&alone), 999.0 / 134.4), "{}", hours(&alone));
    assert_eq!(alone.bottleneck.as_ref().unwrap().to_string(), "bar (50/h)");
    let mut shared = task(1000, two());
    shared.shared = vec![Shared {
        name: "portfolio".to_owned(),
        rates: "1000/day".parse().unwrap(),
    }];
    let shared = forecast(&shared, NOW);
    assert!(near(hours(&shared), 999.0 / 37.5), "{}", hours(&shared));
    assert_eq!(shared.bottleneck.as_ref().unwrap().name, "portfolio");
    let nobody = forecast(&task(5, Vec::new()), NOW);
    assert_eq!((nobody.finish, nobody.bottleneck), (None, None));
    let free = forecast(&task(1_000_000, vec![number("app", "unlimited")]), NOW);
    assert_eq!((free.finish, free.bottleneck), (Some(NOW), None));
    assert_eq!(forecast(&task(0, two()), NOW).finish, Some(NOW));
}

#[test]
fn quiet_hours_holds_and_a_warm_up_take_their_time() {
    let mut task = task(180, vec![number("kitchen", "10/min,100/h")]);
    let at = |hours: i64| Timestamp(NOW.0 + hours * HOUR_MS);
    task.parts[0].closed = vec![(at(-3), at(-1)), (at(1), at(12)), (at(25), at(36))];
    // 89 an hour: one before the night, two hours after it.
    assert!(
        near(hours(&forecast(&task, NOW)), 13.0),
        "{}",
        hours(&forecast(&task, NOW))
    );
    task.numbers[0].free_from = at(24);
    assert!(
        near(hours(&forecast(&task, NOW)), 37.0),
        "{}",
        hours(&forecast(&task, NOW))
    );
    task.parts[0].closed.clear();
    let ramp = Ramp::new([20, 40].into_iter().filter_map(NonZeroU32::new).collect());
    task.numbers[0].free_from = NOW;
    task.numbers[0].warm_up = Some((ramp, Progress::connected(NOW)));
    let warming = forecast(&task, NOW);
    // 18 on the second day, 36 on the third, then 89 an hour.
    assert!((72.0..75.0).contains(&hours(&warming)), "{}", hours(&warming));
    assert!(warming.bottleneck.as_ref().unwrap().warming_up, "{warming}");
}

#[test]
fn a_portfolio_gives_so_many_guests_a_day_however_fast_its_numbers_are() {
    let people = |people| {
        Some(Ceiling {
            name: "portfolio 5069".to_owned(),
            people: NonZeroU32::new(people).unwrap(),
        })
    };
    for rates in ["80/s", "unlimited"] {
        for (messages, days) in [(1_800, 0.0), (1_801, 1.0), (3_600, 1.0), (10_000, 5.0)] {
            let mut task = task(messages, vec![number("kitchen", rates), number("bar", rates)]);
            task.ceiling = people(1_800);
            let found = forecast(&task, NOW);
            assert!(
                (hours(&found) / 24.0 - days).abs() < 0.01,
                "{messages} by {rates}: {found}"
            );
            let held = found.bottleneck.map(|it| it.to_string());
            let by_portfolio = held.as_deref() == Some("portfolio 5069 (1800/day)");
            assert_eq!(by_portfolio, days > 0.0, "{messages} by {rates}: {held:?}");
        }
    }
    let mut task = task(10_000, vec![number("kitchen", "80/s")]);
    (task.ceiling, task.deadline) = (people(1_800), Some(Timestamp(NOW.0 + 25 * HOUR_MS)));
    let late = forecast(&task, NOW);
    assert!((6_400..=6_401).contains(&late.late), "{}", late.late);
    assert!(
        !late.remedies.iter().any(|it| matches!(it, Remedy::Numbers(_))),
        "numbers buy speed, not reach"
    );
}

#[test]
fn each_time_zone_has_its_own_night() {
    let at = |hours: i64| Timestamp(NOW.0 + hours * HOUR_MS);
    let part = |messages, from, until| Part {
        messages,
        closed: vec![(at(from), at(until))],
    };
    let both = |west: u64, east: u64| Task {
        // 89 an hour. In the east the night comes two hours earlier.
        parts: vec![part(west, 4, 15), part(east, 2, 13)],
        ..task(0, vec![number("kitchen", "10/min,100/h")])
    };
    for (west, east, expected) in [
        (100, 0, 99.0 / 89.5),
        // In proportion until the east's night, then the west alone, for which two hours are enough.
        (200, 50, 13.0 + 14.0 / 89.5),
        // Nothing of the east is left when its night comes.
        (80, 80, 159.0 / 89.5),
        // A third of both is left: the west's goes alone, the east's in the morning.
        (134, 134, 13.0 + 44.0 / 89.5),
        // The west's night comes before its end: it ends after that, and the east before.
        (500, 0, 15.0 + 141.0 / 89.5),
        (500, 60, 15.0 + 161.0 / 89.5),
    ] {
        let found = hours(&forecast(&both(west, east), NOW));
        assert!(near(found, expected), "{west} and {east}: {found}, not {expected}");
    }
    let mut task = both(134, 134);
    task.deadline = Some(at(12));
    assert!(
        (42..=46).contains(&forecast(&task, NOW).late),
        "{}",
        forecast(&task, NOW)
    );
}

#[test]
fn a_deadline_fits_or_says_what_would() {
    let mut task = task(1000, vec![number("kitchen", "10/min,100/h")]);
    let at = |hours: i64| Timestamp(NOW.0 + hours * HOUR_MS);
    task.deadline = Some(at(12));
    assert!(forecast(&task, NOW).fits());
    task.deadline = Some(at(4));
    let tight = forecast(&task, NOW);
    assert!((640..=645).contains(&tight.late), "{}", tight.late);
    let Remedy::Numbers(more) = tight.remedies[0] else {
        panic!("{tight}")
    };
    assert_eq!(more, 2);
    for remedy in &tight.remedies {
        let mut mended = task.clone();
        match remedy {
            Remedy::Deadline(later) => mended.deadline = Some(*later),
            Remedy::Messages(fewer) => mended.parts[0].messages = *fewer,
            Remedy::Numbers(more) => mended.numbers.extend((0..*more).map(|_| number("new", "10/min,100/h"))),
        }
        assert!(forecast(&mended, NOW).fits(), "{remedy} is not enough");
    }
    assert!(
        tight
            .to_string()
            .contains("miss the deadline. It would fit with 2 more warm numbers"),
        "{tight}"
    );
    task.shared = vec![Shared {
        name: "portfolio".to_owned(),
        rates: "100/h".parse().unwrap(),
    }];
    let remedies = forecast(&task, NOW).remedies;
    assert!(
        !remedies.iter().any(|it| matches!(it, Remedy::Numbers(_))),
        "numbers do not help against a shared quota"
    );
}
