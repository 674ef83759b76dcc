//! What holds for whatever rule, zone and instant.

use super::{recurring, starts};
use bellhop_domain::{Timestamp, Zone};
use jiff::civil::DateTime;
use proptest::prelude::*;
use serde_json::json;

const ZONES: [&str; 12] = [
    "Europe/Moscow",
    "Asia/Yekaterinburg",
    "Asia/Almaty",
    "Europe/Berlin",
    "America/New_York",
    "America/Vancouver",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "America/Santiago",
    "Africa/Cairo",
    "Australia/Lord_Howe",
];
const MINUTE: i64 = 60_000;
const YEARS: std::ops::Range<i64> = 1_796_083_200_000..1_953_849_600_000;

fn rules() -> impl Strategy<Value = String> {
    let frequency = prop::sample::select(vec!["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"]);
    let days = prop::sample::select(vec![
        "",
        ";BYDAY=MO",
        ";BYDAY=SU,WE",
        ";BYMONTH=3,10",
        ";BYMONTH=2;BYDAY=SA",
    ]);
    let times = prop::sample::select(vec!["", ";BYHOUR=2", ";BYHOUR=1,2,3", ";BYHOUR=0,2;BYMINUTE=0,30"]);
    let rule = (frequency, 1..5_u8, days, times)
        .prop_map(|(frequency, interval, days, times)| format!("FREQ={frequency};INTERVAL={interval}{days}{times}"));
    // Every third month from December on is never February.
    rule.prop_filter("it names a day", |rule| {
        let json = json!({"recurring": {"from": "2026-12-01", "time": "02:00", "rule": rule, "zone": "UTC"}});
        bellhop_programs::calendar::read(&json).is_ok()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Starts grow, none comes twice, and the wall clock of each shows its time, or has just skipped it.
    #[test]
    fn starts_grow_and_show_their_time(rule in rules(), zone in prop::sample::select(ZONES.to_vec()), minute in 0..60_u8) {
        let time = format!("02:{minute:02}");
        let (there, clock) = (recurring("2026-12-01", &time, &rule, zone), recurring("2026-12-01", &time, &rule, "UTC"));
        let zone = Zone::named(zone).unwrap();
        let all: Vec<_> = starts(&there).take(300).map(|start| start.at).collect();
        prop_assert!(all.windows(2).all(|two| two[0] < two[1]));
        let shown: Vec<DateTime> = starts(&clock).take(600).map(|it| Zone::utc().local(it.at).unwrap()).collect();
        for at in all {
            let now = zone.local(at).unwrap();
            let before = zone.local(Timestamp(at.0 - 1)).unwrap();
            let meant = |it: &&DateTime| **it == now || (before < **it && **it < now);
            prop_assert!(shown.iter().any(|it| meant(&it)), "{rule}: {now} after {before}");
        }
    }

    /// The next start is the first that is later, and nothing that was handled is reached again.
    #[test]
    fn the_next_start_is_the_first_later_one(rule in rules(), zone in prop::sample::select(ZONES.to_vec()), at in YEARS) {
        let schedule = recurring("2026-12-01", "02:30", &rule, zone);
        let next = schedule.next_start(Timestamp(0), Timestamp(at));
        let first = starts(&schedule).find(|start| start.at.0 > at);
        prop_assert_eq!(next, first);
        if let Some(next) = next {
            let late = std::time::Duration::from_secs(3600);
            let reached = |handled| schedule.reached(Timestamp(0), handled, next.at, late);
            prop_assert_eq!(reached(Timestamp(at)).len(), 1);
            prop_assert_eq!(reached(next.at).len(), 0);
            prop_assert_eq!(schedule.reached(Timestamp(0), Timestamp(at), Timestamp(next.at.0 - 1), late).len(), 0);
        }
    }

    /// The first instant at which the clock shows a time or a later one: nothing a day around is earlier.
    #[test]
    fn a_time_is_placed_where_the_clock_first_reaches_it(zone in prop::sample::select(ZONES.to_vec()), at in YEARS) {
        let zone = Zone::named(zone).unwrap();
        let utc = Timestamp(at - at.rem_euclid(MINUTE));
        let local = Zone::utc().local(utc).unwrap();
        let placed = zone.first_at(local).unwrap();
        prop_assert!(zone.local(placed).unwrap() >= local);
        let before = (1..36 * 60).map(|minutes| Timestamp(placed.0 - minutes * MINUTE));
        for earlier in before {
            prop_assert!(zone.local(earlier).unwrap() < local, "{} shows it already", earlier);
        }
    }
}
