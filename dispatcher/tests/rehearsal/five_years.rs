//! Five years of birthdays through dispatcher and store on a virtual clock: once a year at ten by each guest's clock, and what
//! quiet hours hold leaves when they are over. The instants are those of an independent program (`years.py` of `programs`).

use crate::brand::at;
use crate::story::Card;
use crate::world::World;
use bellhop_domain::{ProgramId, Timestamp};
use serde_json::json;
use std::collections::BTreeMap;

const ZONES: [&str; 9] = [
    "Europe/Moscow",
    "Asia/Yekaterinburg",
    "Asia/Almaty",
    "Europe/Berlin",
    "America/New_York",
    "America/Vancouver",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "Africa/Casablanca",
];
/// Those of `years.txt`.
const DAYS: [&str; 12] = [
    "0101", "0228", "0229", "0301", "0308", "0314", "0328", "0329", "1025", "1101", "1107", "1231",
];

fn expected() -> BTreeMap<(&'static str, &'static str), (usize, &'static str)> {
    let lines = include_str!("../../../programs/tests/calendar/years.txt").lines();
    let birthdays = lines.filter_map(|line| {
        let words: Vec<&str> = line.split(' ').collect();
        let ["birthday", zone, day, count, hash] = words[..] else {
            return None;
        };
        Some(((zone, day), (count.parse().unwrap(), hash)))
    });
    birthdays.collect()
}

fn fnv(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

/// A dispatcher that looks once a day, and whenever something is due, for five years.
#[tokio::test]
async fn five_years_of_birthdays_are_where_zoneinfo_has_them_on_sqlite() {
    let world = World::open(false).await;
    let first = at("2026-11-29T12:00:00");
    world.set(first);
    let mut guests = Vec::new();
    for zone in ZONES {
        for day in DAYS {
            let number = u32::try_from(guests.len()).unwrap() + 1;
            world
                .import(&Card {
                    number,
                    zone: Some(zone),
                    birthday: Some(format!("1988-{}-{}", &day[..2], &day[2..])),
                    consents: true,
                    has_app: true,
                    has_phone: false,
                    tag: None,
                })
                .await;
            guests.push((number, zone, day));
        }
    }
    world
        .create(&json!({
            "name": "Birthday", "trigger": { "birthday": { "days_before": 0, "at": "10:00" } }, "purpose": "marketing",
            "contents": { "push": { "title": "Happy birthday", "body": "To you" } }, "waterfall": [{ "channel": "push" }],
        }))
        .await;
    world.switch_on(1).await;
    let last = at("2031-12-02T12:00:00");
    world.pass_days(first, last, 1).await;
    let journal = world.journal(ProgramId(1), first, last).await;
    let mut found: BTreeMap<u32, Vec<Timestamp>> = BTreeMap::new();
    for (key, fate) in &journal {
        assert_eq!(fate.what, "sent", "{key}");
        assert_eq!(Some(fate.due_at), fate.decided_at, "{key}");
        let guest = key.split([' ', '-']).nth(1).unwrap().parse().unwrap();
        found.entry(guest).or_default().push(fate.due_at);
    }
    let expected = expected();
    assert_eq!(expected.len(), guests.len());
    for (number, zone, day) in guests {
        let mut all = found.remove(&number).unwrap_or_default();
        all.sort_unstable();
        let minutes: Vec<String> = all.iter().map(|at| (at.0 / 60_000).to_string()).collect();
        let told = (all.len(), fnv(&minutes.join(" ")));
        let (count, hash) = expected[&(zone, day)];
        assert_eq!((told.0, told.1.as_str()), (count, hash), "{zone} {day}");
    }
    println!(
        "{} birthdays in five years, each once and where zoneinfo has it",
        journal.len()
    );
}
