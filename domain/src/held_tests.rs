use super::*;
use proptest::prelude::*;

const MINUTE: Duration = Duration::from_secs(60);

fn holding(release: Duration) -> Holding {
    Holding {
        hours: QuietHours::default(),
        release,
    }
}

fn zone(name: &str) -> Zone {
    Zone::named(name).unwrap()
}

#[test]
fn it_waits_for_the_guests_morning_and_no_longer_than_it_lives() {
    let moscow = zone("Europe/Moscow");
    let at = |text: &str| moscow.parse(text).unwrap();
    let open = |text: &str| Hold::Open { until: at(text) };
    let until = |text: &str| Hold::Until(at(text));
    for (now, expires, expected) in [
        ("2026-03-01T09:00:00", None, open("2026-03-01T22:00:00")),
        ("2026-03-01T21:59:59.999", None, open("2026-03-01T22:00:00")),
        ("2026-03-01T22:00:00", None, until("2026-03-02T09:00:00")),
        (
            "2026-03-02T03:00:00",
            Some("2026-03-02T08:00:00"),
            until("2026-03-02T08:00:00"),
        ),
        (
            "2026-03-02T03:00:00",
            Some("2026-03-02T09:00:00"),
            until("2026-03-02T09:00:00"),
        ),
        (
            "2026-03-02T03:00:00",
            Some("2026-03-02T10:00:00"),
            until("2026-03-02T09:00:00"),
        ),
    ] {
        let hold = holding(30 * MINUTE).at(&moscow, at(now), expires.map(at), 0);
        assert_eq!(hold, Ok(expected), "{now}, expires {expires:?}");
    }
}

#[test]
fn each_guest_by_their_own_clock_and_over_changes_of_the_clocks() {
    let instant = |text: &str| Zone::utc().parse(text).unwrap();
    let now = instant("2026-03-28T23:00:00");
    for (name, expected) in [
        // Midnight in Berlin, whose clocks are put forward that night.
        ("Europe/Berlin", Hold::Until(instant("2026-03-29T07:00:00"))),
        (
            "Asia/Vladivostok",
            Hold::Open {
                until: instant("2026-03-29T12:00:00"),
            },
        ),
        (
            "America/New_York",
            Hold::Open {
                until: instant("2026-03-29T02:00:00"),
            },
        ),
    ] {
        assert_eq!(
            holding(Duration::ZERO).at(&zone(name), now, None, 7),
            Ok(expected),
            "{name}"
        );
    }
}

#[test]
fn a_life_that_ends_soon_after_the_night_shortens_the_release() {
    let moscow = zone("Europe/Moscow");
    let at = |text: &str| moscow.parse(text).unwrap();
    let (now, expires) = (at("2026-03-02T03:00:00"), at("2026-03-02T09:10:00"));
    for place in 0..1_000 {
        let Ok(Hold::Until(goes)) = holding(30 * MINUTE).at(&moscow, now, Some(expires), place) else {
            panic!("it is night");
        };
        assert!(
            goes >= at("2026-03-02T09:00:00") && goes < at("2026-03-02T09:05:00"),
            "{goes}"
        );
    }
}

proptest! {
    /// Whatever consecutive numbers the held batches have, no tenth of the release gets much more than a tenth of
    /// them.
    #[test]
    fn what_waited_is_let_go_evenly(first in any::<u64>(), count in 50..400u64, step in 1..6u64) {
        let moscow = zone("Europe/Moscow");
        let now = moscow.parse("2026-03-02T03:00:00").unwrap();
        let end = moscow.parse("2026-03-02T09:00:00").unwrap();
        let mut tenths = [0u64; 10];
        for i in 0..count {
            let place = first.wrapping_add(i * step);
            let Ok(Hold::Until(goes)) = holding(30 * MINUTE).at(&moscow, now, None, place) else {
                panic!("it is night");
            };
            prop_assert!(goes >= end && goes < end.plus(30 * MINUTE));
            tenths[goes.since(end).as_millis() as usize / 180_000] += 1;
        }
        prop_assert!(tenths.iter().all(|n| *n <= count / 10 + 6), "{tenths:?} of {count}");
    }
}
