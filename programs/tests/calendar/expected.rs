//! What two independent programs say.

use super::{recurring, starts};
use bellhop_domain::{Timestamp, Zone};

#[test]
fn rules_give_the_days_that_dateutil_gives() {
    let lines = include_str!("recurrences.txt").lines();
    let rules = include_str!("rules.txt").lines().filter(|line| !line.starts_with('#'));
    assert!(rules.clone().count() > 60 && rules.eq(lines.clone().map(|line| line.rsplit_once('|').unwrap().0)));
    for line in lines {
        let [from, time, rule, expected] = line.split('|').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let schedule = recurring(from, time, rule, "UTC");
        let utc = Zone::utc();
        let moments = starts(&schedule).map(|start| utc.local(start.at).unwrap().strftime("%Y%m%dT%H%M").to_string());
        let moments: Vec<_> = moments.collect();
        assert_eq!(moments.join(" "), expected, "{rule} from {from}");
    }
}

/// Every day of five years, at every time of day of the file: the difference between the wall clock and UTC.
#[test]
fn every_zone_is_placed_as_zoneinfo_places_it() {
    let mut lines = include_str!("placement.txt").lines().peekable();
    let mut placed = 0;
    while let Some(first) = lines.next() {
        let [zone, time, from, minutes] = first.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{first}")
        };
        let mut minutes: i64 = minutes.parse().unwrap();
        let utc = recurring(from, time, "FREQ=DAILY", "UTC");
        let there = recurring(from, time, "FREQ=DAILY", zone);
        for (clock, start) in starts(&utc).zip(starts(&there)).take(5 * 365 + 1) {
            let day = clock.at.to_rfc3339();
            let changed = lines.next_if(|line| line.starts_with(&format!("{zone} {time} {}", &day[..10])));
            if let Some(line) = changed {
                minutes = line.rsplit_once(' ').unwrap().1.parse().unwrap();
            }
            let expected = Timestamp(clock.at.0 + minutes * 60_000);
            assert_eq!(start.at, expected, "{zone}, {day}");
            placed += 1;
        }
    }
    assert_eq!(placed, 12 * 12 * (5 * 365 + 1));
}

/// What the crate `rrule` 0.14 would have had wrong, with the zones of 2025b that it is bound to.
#[test]
fn the_winter_of_2026_is_where_todays_zones_have_it() {
    for (zone, instant) in [
        ("America/Vancouver", "2026-12-15T17:00:00Z"),
        ("Africa/Casablanca", "2026-12-15T10:00:00Z"),
        ("Asia/Almaty", "2026-12-15T05:00:00Z"),
    ] {
        let schedule = recurring("2026-12-15", "10:00", "FREQ=YEARLY", zone);
        assert_eq!(starts(&schedule).next().unwrap().at.to_rfc3339(), instant, "{zone}");
    }
}
