//! Starts of mailings and the moments of their guests.

use super::{at, read, recurring, starts};
use bellhop_domain::{Timestamp, Zone};
use bellhop_programs::calendar::{Past, Reached, Schedule};
use serde_json::json;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn a_mailing_starts_when_its_schedule_says() {
    let launched = at("2026-12-01T05:00:00Z");
    let moscow = json!({"at": {"date": "2026-12-01", "time": "10:00", "zone": "Europe/Moscow"}});
    let local = json!({"local": {"date": "2026-12-01", "time": "10:00", "past": "skip"}});
    for (json, first, last) in [
        (json!("now"), "2026-12-01T05:00:00Z", "2026-12-01T05:00:00Z"),
        (moscow, "2026-12-01T07:00:00Z", "2026-12-01T07:00:00Z"),
        // From Kiritimati to the Baker Island.
        (local, "2026-11-30T20:00:00Z", "2026-12-01T22:00:00Z"),
    ] {
        let all: Vec<_> = read(&json).starts(launched).collect();
        assert_eq!(all.len(), 1, "{json}");
        assert_eq!((all[0].at, all[0].last), (at(first), at(last)), "{json}");
    }
}

#[test]
fn what_the_clocks_skip_goes_at_the_end_of_the_gap_and_what_they_repeat_goes_once() {
    let berlin = recurring("2027-03-26", "02:30", "FREQ=DAILY;COUNT=4", "Europe/Berlin");
    let told: Vec<_> = starts(&berlin).map(|start| start.at.to_rfc3339()).collect();
    assert_eq!(
        told,
        [
            "2027-03-26T01:30:00Z",
            "2027-03-27T01:30:00Z",
            "2027-03-28T01:00:00Z",
            "2027-03-29T00:30:00Z"
        ]
    );
    let berlin = recurring("2027-10-31", "01:30", "FREQ=HOURLY;COUNT=4", "Europe/Berlin");
    let told: Vec<_> = starts(&berlin).map(|start| start.at.to_rfc3339()).collect();
    // 02:30 comes twice and counts the first time.
    assert_eq!(
        told,
        [
            "2027-10-30T23:30:00Z",
            "2027-10-31T00:30:00Z",
            "2027-10-31T02:30:00Z",
            "2027-10-31T03:30:00Z"
        ]
    );
    let berlin = recurring(
        "2027-03-28",
        "01:30",
        "FREQ=HOURLY;BYMINUTE=0,30;COUNT=6",
        "Europe/Berlin",
    );
    let told: Vec<_> = starts(&berlin).map(|start| start.at.to_rfc3339()).collect();
    // 02:00, 02:30 and 03:00 are one moment.
    assert_eq!(
        told,
        [
            "2027-03-28T00:30:00Z",
            "2027-03-28T01:00:00Z",
            "2027-03-28T01:30:00Z",
            "2027-03-28T02:00:00Z"
        ]
    );
}

#[test]
fn an_end_in_utc_is_an_instant_and_an_end_without_is_the_schedules_own_clock() {
    for (until, count) in [
        ("20261203", 3),
        ("20261203T100000", 3),
        ("20261203T095959", 2),
        ("20261203T070000Z", 3),
        ("20261203T065959Z", 2),
    ] {
        let schedule = recurring(
            "2026-12-01",
            "10:00",
            &format!("FREQ=DAILY;UNTIL={until}"),
            "Europe/Moscow",
        );
        assert_eq!(starts(&schedule).count(), count, "{until}");
    }
}

#[test]
fn guests_behind_the_start_are_sent_now_or_next_day_or_not() {
    let schedule = read(&json!({"local": {"date": "2026-12-01", "time": "10:00", "past": "skip"}}));
    let start = schedule.starts(Timestamp(0)).next().unwrap();
    // 12:00 in Yekaterinburg, 10:00 in Moscow, 08:00 in Berlin.
    let now = at("2026-12-01T07:00:00Z");
    for (zone, past, moment) in [
        ("Europe/Berlin", Past::Skip, Some("2026-12-01T09:00:00Z")),
        ("Europe/Berlin", Past::SendNow, Some("2026-12-01T09:00:00Z")),
        ("Europe/Moscow", Past::Skip, Some("2026-12-01T07:00:00Z")),
        ("Asia/Yekaterinburg", Past::Skip, None),
        ("Asia/Yekaterinburg", Past::SendNow, Some("2026-12-01T07:00:00Z")),
        ("Asia/Yekaterinburg", Past::NextDay, Some("2026-12-02T05:00:00Z")),
        ("Pacific/Kiritimati", Past::NextDay, Some("2026-12-01T20:00:00Z")),
    ] {
        let zone = Zone::named(zone).unwrap();
        assert_eq!(
            start.moment(past, &zone, now),
            moment.map(at),
            "{} {past:?}",
            zone.name()
        );
    }
    // Days later, the next day is the next one of today.
    let later = at("2026-12-09T07:00:00Z");
    let moscow = Zone::named("Europe/Moscow").unwrap();
    let berlin = Zone::named("Europe/Berlin").unwrap();
    assert_eq!(start.moment(Past::NextDay, &moscow, later), Some(later));
    assert_eq!(
        start.moment(Past::NextDay, &berlin, later),
        Some(at("2026-12-09T09:00:00Z"))
    );
}

#[test]
fn a_dispatcher_that_was_down_runs_late_or_not_at_all_and_never_twice() {
    let schedule = recurring("2026-12-01", "10:00", "FREQ=DAILY", "UTC");
    let launched = at("2026-11-01T00:00:00Z");
    let reached = |handled: &str, now: &str, late| {
        let all = schedule.reached(launched, at(handled), at(now), late);
        let told = all
            .into_iter()
            .map(|(start, it)| (start.at.to_rfc3339()[..10].to_owned(), it));
        told.collect::<Vec<_>>()
    };
    let (run, missed) = (Reached::Run, Reached::Missed);
    let day = |day: &str, it| (day.to_owned(), it);
    assert_eq!(reached("2026-11-01T00:00:00Z", "2026-12-01T09:59:59Z", HOUR), []);
    assert_eq!(
        reached("2026-11-01T00:00:00Z", "2026-12-01T10:00:00Z", HOUR),
        [day("2026-12-01", run)]
    );
    assert_eq!(reached("2026-12-01T10:00:00Z", "2026-12-01T10:00:00Z", HOUR), []);
    assert_eq!(
        reached("2026-12-01T10:00:00Z", "2026-12-04T10:30:00Z", HOUR),
        [
            day("2026-12-02", missed),
            day("2026-12-03", missed),
            day("2026-12-04", run)
        ]
    );
    assert_eq!(
        reached("2026-12-01T10:00:00Z", "2026-12-03T11:00:00Z", 26 * HOUR),
        [day("2026-12-02", run), day("2026-12-03", run)]
    );
}

#[test]
fn a_guest_rests_after_a_message_of_a_recurring_mailing() {
    let json = json!({"recurring": {"from": "2026-12-01", "rule": "FREQ=DAILY", "time": "10:00", "zone": "UTC", "rest_days": 7}});
    let Schedule::Recurring(schedule) = read(&json) else {
        panic!("it recurs")
    };
    let sent = at("2026-12-01T10:00:00Z");
    assert!(schedule.rests(Some(sent), at("2026-12-08T09:59:59Z")));
    assert!(!schedule.rests(Some(sent), at("2026-12-08T10:00:00Z")));
    assert!(!schedule.rests(None, sent));
}
