//! Five years of virtual time over nine zones: birthdays, quiet hours and recurring mailings, compared line by line with an
//! independent program (`years.py`: Python's zoneinfo and dateutil).
//!
//! `make test` compares what that program has left in `years.txt`; `make proof-calendar` runs it and compares every instant of
//! every birthday.

use super::recurring;
use bellhop_domain::quiet_hours::QuietHours;
use bellhop_domain::{Timestamp, Zone};
use bellhop_programs::Definition;
use bellhop_programs::engine::{Birthday, Firing, FiringState, GuestDates, next_date};
use serde_json::json;
use std::process::Command;

/// The five years, from the first day of December 2026 on.
const FIRST: &str = "2026-12-01T00:00:00";
const LAST: &str = "2031-12-01T00:00:00";
const MINUTE: i64 = 60_000;

fn definition() -> Definition {
    let file = json!({
        "name": "Birthday", "trigger": { "birthday": { "days_before": 0, "at": "10:00" } }, "purpose": "marketing",
        "contents": { "push": { "title": "Happy birthday", "body": "To you" } }, "waterfall": [{ "channel": "push" }],
    });
    bellhop_programs::read(&file.to_string()).unwrap()
}

/// What the engine does: the next moment, a message, and the next again.
fn birthdays(definition: &Definition, zone: &Zone, month_day: i16) -> Vec<Timestamp> {
    let (first, last) = (zone.parse(FIRST).unwrap(), zone.parse(LAST).unwrap());
    let dates = GuestDates {
        birthday: Some(Birthday {
            month_day,
            told_at: None,
        }),
        ..GuestDates::default()
    };
    let (mut firings, mut since, mut sent) = (Vec::new(), first, Vec::new());
    while let Some((occasion, due_at)) = next_date(definition, &dates, &firings, zone, since) {
        if due_at >= last {
            break;
        }
        sent.push(due_at);
        firings.push(Firing {
            occasion,
            state: FiringState::Sent,
            due_at,
            last_event: 0,
        });
        since = due_at;
    }
    sent
}

/// Where quiet hours begin and end, one after the other.
fn quiet(zone: &Zone) -> Vec<Timestamp> {
    let hours: QuietHours = "22:00-09:00".parse().unwrap();
    let utc = Zone::utc();
    let noon = |text: &str| utc.parse(&text.replace("00:00:00", "12:00:00")).unwrap();
    let (mut at, last) = (noon(FIRST), noon(LAST));
    let mut borders = Vec::new();
    let mut is_quiet = hours.is_quiet(zone, at).unwrap();
    loop {
        at = match is_quiet {
            true => hours.next_open(zone, at).unwrap(),
            false => hours.next_quiet(zone, at).unwrap(),
        };
        if at >= last {
            return borders;
        }
        is_quiet = !is_quiet;
        borders.push(at);
    }
}

fn starts(zone: &str, of: &str) -> Vec<Timestamp> {
    let (rule, time) = of.split_once('|').unwrap();
    let schedule = recurring("2026-12-01", time, rule, zone);
    let last = Zone::named(zone).unwrap().parse(LAST).unwrap();
    super::starts(&schedule)
        .map(|it| it.at)
        .take_while(|at| *at < last)
        .collect()
}

fn fnv(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

/// Compares each line with what is played here; how many there were, and of how many instants.
fn compare(lines: &str, is_whole: bool) -> (usize, usize) {
    let definition = definition();
    let (mut compared, mut instants) = (0, 0);
    for line in lines.lines() {
        let words: Vec<&str> = line.splitn(5, ' ').collect();
        let [what, name, of, count, expected] = words[..] else {
            panic!("{line}")
        };
        let zone = Zone::named(name).unwrap();
        let told = match what {
            "birthday" => birthdays(&definition, &zone, of.parse().unwrap()),
            "quiet" => quiet(&zone),
            "recurring" => starts(name, of),
            _ => panic!("{line}"),
        };
        let minutes: Vec<String> = told.iter().map(|at| (at.0 / MINUTE).to_string()).collect();
        let minutes = minutes.join(" ");
        let found = if is_whole { minutes.clone() } else { fnv(&minutes) };
        assert_eq!(
            (told.len().to_string().as_str(), found.as_str()),
            (count, expected),
            "{what} {name} {of}"
        );
        compared += 1;
        instants += told.len();
    }
    (compared, instants)
}

#[test]
fn five_years_in_nine_zones_are_as_zoneinfo_has_them() {
    let (compared, instants) = compare(include_str!("years.txt"), false);
    assert_eq!(compared, 9 * (12 + 1 + 7));
    assert!(instants > 9 * 5 * 365 * 4, "{instants}");
}

/// A birthday comes once a year, at ten by the guest's clock, unless no clock showed ten.
#[test]
fn a_birthday_comes_once_in_each_of_the_years() {
    let definition = definition();
    for name in [
        "Europe/Moscow",
        "America/Vancouver",
        "Africa/Casablanca",
        "Pacific/Apia",
    ] {
        let zone = Zone::named(name).unwrap();
        for month_day in [101, 228, 229, 301, 1130, 1201, 1231] {
            let all = birthdays(&definition, &zone, month_day);
            assert_eq!(all.len(), 5, "{name} {month_day}");
            for at in all {
                let local = zone.local(at).unwrap();
                let day = i16::from(local.month()) * 100 + i16::from(local.day());
                let expected = if month_day == 229 && !local.date().in_leap_year() {
                    228
                } else {
                    month_day
                };
                assert_eq!(
                    (day, local.hour(), local.minute()),
                    (expected, 10, 0),
                    "{name} {month_day}"
                );
            }
        }
    }
}

/// `BELLHOP_PYTHON` is a Python with dateutil and tzdata; `make proof-calendar` makes one.
#[test]
#[ignore = "needs a Python with libraries; make proof-calendar runs it"]
fn every_instant_is_as_an_independent_program_has_it() {
    let python = std::env::var("BELLHOP_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/calendar");
    let output = Command::new(python)
        .arg(format!("{folder}/years.py"))
        .arg("--whole")
        .env("PYTHONTZPATH", "")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (compared, instants) = compare(&String::from_utf8(output.stdout).unwrap(), true);
    assert_eq!(compared, 9 * (366 + 1 + 7));
    println!("{compared} lines of {instants} instants are as zoneinfo and dateutil have them");
}
