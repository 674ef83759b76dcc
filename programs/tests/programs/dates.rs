//! The next moment that the calendar gives a guest.

use super::{at, firing, program, zone};
use bellhop_domain::retention::{OrderFacts, Thresholds};
use bellhop_domain::{Money, Timestamp};
use bellhop_programs::Definition;
use bellhop_programs::engine::{Birthday, Burn, Firing, FiringState, GuestDates, Occasion, Replan, next_date, replan};

fn born(month_day: i16, told_at: Option<&str>) -> GuestDates {
    GuestDates {
        birthday: Some(Birthday {
            month_day,
            told_at: told_at.map(at),
        }),
        ..GuestDates::default()
    }
}

fn next(definition: &Definition, dates: &GuestDates, firings: &[Firing], since: &str) -> Option<(String, String)> {
    let next = next_date(definition, dates, firings, &zone("Europe/Moscow"), at(since));
    next.map(|(occasion, at)| (occasion.to_string(), at.to_rfc3339()))
}

fn told(occasion: &str, at: &str) -> Option<(String, String)> {
    Some((occasion.to_owned(), at.to_owned()))
}

#[test]
fn a_birthday_comes_some_days_ahead_at_ten_by_the_guests_clock() {
    let week_before = program(r#""trigger":{"birthday":{"days_before":7}}"#);
    let on_the_day = program(r#""trigger":{"birthday":{"days_before":0,"at":"09:30"}}"#);
    for (definition, month_day, since, occasion, moment) in [
        (
            &week_before,
            1210,
            "2026-12-01T00:00:00Z",
            "birthday:2026",
            "2026-12-03T07:00:00Z",
        ),
        (
            &week_before,
            1210,
            "2026-12-03T07:00:00Z",
            "birthday:2026",
            "2026-12-03T07:00:00Z",
        ),
        (
            &week_before,
            1210,
            "2026-12-03T07:00:00.001Z",
            "birthday:2027",
            "2027-12-03T07:00:00Z",
        ),
        // A birthday of the next year, of which this year tells.
        (
            &week_before,
            103,
            "2026-12-01T00:00:00Z",
            "birthday:2027",
            "2026-12-27T07:00:00Z",
        ),
        (
            &on_the_day,
            103,
            "2026-12-01T00:00:00Z",
            "birthday:2027",
            "2027-01-03T06:30:00Z",
        ),
        // The 29th of February: the 28th in common years.
        (
            &on_the_day,
            229,
            "2027-01-01T00:00:00Z",
            "birthday:2027",
            "2027-02-28T06:30:00Z",
        ),
        (
            &on_the_day,
            229,
            "2028-01-01T00:00:00Z",
            "birthday:2028",
            "2028-02-29T06:30:00Z",
        ),
        (
            &week_before,
            229,
            "2027-01-01T00:00:00Z",
            "birthday:2027",
            "2027-02-21T07:00:00Z",
        ),
        (
            &week_before,
            301,
            "2028-01-01T00:00:00Z",
            "birthday:2028",
            "2028-02-23T07:00:00Z",
        ),
        (
            &week_before,
            301,
            "2027-01-01T00:00:00Z",
            "birthday:2027",
            "2027-02-22T07:00:00Z",
        ),
    ] {
        let found = next(definition, &born(month_day, None), &[], since);
        assert_eq!(found, told(occasion, moment), "{month_day} since {since}");
    }
    assert_eq!(
        next(&week_before, &GuestDates::default(), &[], "2026-12-01T00:00:00Z"),
        None
    );
    assert_eq!(
        next(&week_before, &born(1399, None), &[], "2026-12-01T00:00:00Z"),
        None,
        "no such day"
    );
}

#[test]
fn a_birthday_that_becomes_known_late_comes_at_once_through_day_m() {
    let bonus = program(r#""trigger":{"birthday":{"days_before":7,"through_days_after":3}}"#);
    let message = program(r#""trigger":{"birthday":{"days_before":7}}"#);
    for (told_at, occasion, moment) in [
        // In time.
        ("2026-12-03T06:59:00Z", "birthday:2026", "2026-12-03T07:00:00Z"),
        ("2026-12-05T20:00:00Z", "birthday:2026", "2026-12-05T20:00:00Z"),
        ("2026-12-10T12:00:00Z", "birthday:2026", "2026-12-10T12:00:00Z"),
        // The last minute of the third day after it, in Moscow.
        ("2026-12-13T20:59:00Z", "birthday:2026", "2026-12-13T20:59:00Z"),
        ("2026-12-13T21:00:00Z", "birthday:2027", "2027-12-03T07:00:00Z"),
    ] {
        let dates = born(1210, Some(told_at));
        assert_eq!(next(&bonus, &dates, &[], told_at), told(occasion, moment), "{told_at}");
    }
    let late = born(1210, Some("2026-12-05T20:00:00Z"));
    assert_eq!(
        next(&message, &late, &[], "2026-12-05T20:00:00Z"),
        told("birthday:2027", "2027-12-03T07:00:00Z"),
        "a message without days after the birthday"
    );
    // The days after it reach into the next year.
    let dates = born(1230, Some("2027-01-01T09:00:00Z"));
    assert_eq!(
        next(&bonus, &dates, &[], "2027-01-01T09:00:00Z"),
        told("birthday:2026", "2027-01-01T09:00:00Z")
    );
    // Imports fire nothing.
    assert_eq!(
        next(&bonus, &born(1210, None), &[], "2026-12-05T20:00:00Z"),
        told("birthday:2027", "2027-12-03T07:00:00Z")
    );
}

#[test]
fn once_a_year_however_often_the_date_is_edited() {
    let bonus = program(r#""trigger":{"birthday":{"days_before":7,"through_days_after":3}}"#);
    let sent = [firing(
        "birthday:2026",
        FiringState::Sent,
        at("2026-12-13T07:00:00Z"),
        0,
    )];
    for (month_day, told_at, occasion, moment) in [
        // From the 20th of December to the 24th, and to the 3rd of January: that would be a second one in three weeks.
        (1224, "2026-12-14T09:00:00Z", "birthday:2027", "2027-12-17T07:00:00Z"),
        (103, "2026-12-14T09:00:00Z", "birthday:2028", "2027-12-27T07:00:00Z"),
        (1215, "2026-12-14T09:00:00Z", "birthday:2027", "2027-12-08T07:00:00Z"),
        // To the summer.
        (715, "2026-12-14T09:00:00Z", "birthday:2027", "2027-07-08T07:00:00Z"),
        (501, "2026-12-14T09:00:00Z", "birthday:2028", "2028-04-24T07:00:00Z"),
    ] {
        let dates = born(month_day, Some(told_at));
        assert_eq!(
            next(&bonus, &dates, &sent, told_at),
            told(occasion, moment),
            "{month_day}"
        );
    }
    // What was skipped is over too, but nobody got it: the next one may come soon.
    let skipped = [firing(
        "birthday:2026",
        FiringState::Skipped,
        at("2026-12-13T07:00:00Z"),
        0,
    )];
    let dates = born(103, Some("2026-12-14T09:00:00Z"));
    assert_eq!(
        next(&bonus, &dates, &skipped, "2026-12-14T09:00:00Z"),
        told("birthday:2027", "2026-12-27T07:00:00Z")
    );
}

fn burning(burns: &[(i64, &str)]) -> GuestDates {
    let burn = |(amount, until): &(i64, &str)| Burn {
        amount: Money(amount * 10_000),
        at: at(until),
    };
    GuestDates {
        burns: burns.iter().map(burn).collect(),
        ..GuestDates::default()
    }
}

#[test]
fn bonuses_burn_at_the_end_of_a_day_and_each_day_is_told_once() {
    let program = program(r#""trigger":{"bonuses_burn":{"days_before":3}}"#);
    // Midnight in Moscow: the last day is the 14th; noon: the 20th; and nothing on the 16th.
    let dates = burning(&[
        (0, "2026-12-17T09:00:00Z"),
        (300, "2026-12-20T09:00:00Z"),
        (100, "2026-12-14T21:00:00Z"),
    ]);
    let since = |since: &str, firings: &[Firing]| next(&program, &dates, firings, since);
    assert_eq!(
        since("2026-12-01T00:00:00Z", &[]),
        told("burn:2026-12-14", "2026-12-11T07:00:00Z")
    );
    assert_eq!(
        since("2026-12-11T07:00:01Z", &[]),
        told("burn:2026-12-20", "2026-12-17T07:00:00Z")
    );
    assert_eq!(since("2026-12-17T07:00:01Z", &[]), None, "known too late");
    let sent = [firing(
        "burn:2026-12-14",
        FiringState::Sent,
        at("2026-12-11T07:00:00Z"),
        0,
    )];
    assert_eq!(
        since("2026-12-01T00:00:00Z", &sent),
        told("burn:2026-12-20", "2026-12-17T07:00:00Z")
    );
}

fn ordered(days: &[&str]) -> GuestDates {
    let placed: Vec<_> = days.iter().map(|day| at(day)).collect();
    GuestDates {
        orders: OrderFacts::of(&placed, &Thresholds::default()),
        ..GuestDates::default()
    }
}

#[test]
fn a_move_into_a_category_is_told_on_the_next_day() {
    let lost = program(r#""trigger":{"retention":{"into":["lost"]}}"#);
    let cooling = program(r#""trigger":{"retention":{"into":["cooling"],"at":"12:00"}}"#);
    let new = program(r#""trigger":{"retention":{"into":["new","returned"]}}"#);
    let active = program(r#""trigger":{"retention":{"into":["active"]}}"#);
    let first = ordered(&["2026-11-01T09:00:00Z"]);
    let back = ordered(&["2026-09-01T09:00:00Z", "2026-11-01T09:00:00Z"]);
    let again = ordered(&["2026-10-30T09:00:00Z", "2026-11-01T09:00:00Z"]);
    let since = "2026-11-01T09:00:00Z";
    for (definition, dates, since, expected) in [
        (&lost, &first, since, told("lost:2026-12-01", "2026-12-02T07:00:00Z")),
        (
            &cooling,
            &first,
            since,
            told("cooling:2026-11-15", "2026-11-16T09:00:00Z"),
        ),
        // It has happened before anybody asked: changed thresholds fire nothing.
        (&cooling, &first, "2026-11-15T09:00:00.002Z", None),
        (&new, &first, since, told("new:2026-11-01", "2026-11-02T07:00:00Z")),
        (&new, &back, since, told("returned:2026-11-01", "2026-11-02T07:00:00Z")),
        (&new, &again, since, None),
        // Active for a millisecond is not worth a word.
        (&active, &first, since, None),
        (
            &active,
            &again,
            since,
            told("active:2026-11-13", "2026-11-14T07:00:00Z"),
        ),
        (&lost, &GuestDates::default(), since, None),
    ] {
        let name = &definition.trigger;
        assert_eq!(next(definition, dates, &[], since), expected, "{name:?} {dates:?}");
    }
    let sent = [firing(
        "lost:2026-12-01",
        FiringState::Sent,
        at("2026-12-02T07:00:00Z"),
        0,
    )];
    assert_eq!(next(&lost, &first, &sent, since), None);
}

#[test]
fn a_new_plan_moves_what_waits() {
    let now = at("2026-12-01T00:00:00Z");
    let (soon, later) = (at("2026-12-05T00:00:00Z"), at("2026-12-06T00:00:00Z"));
    let due = at("2026-11-30T23:59:59Z");
    let named = |text: &str| Occasion(text.to_owned());
    let waits = |occasion: &str, due_at: Timestamp| firing(occasion, FiringState::Waiting, due_at, 0);
    let nothing = Replan {
        cancel: Vec::new(),
        add: None,
        retime: None,
    };
    for (next, firings, expected) in [
        (None, vec![], nothing.clone()),
        (
            Some((named("a"), soon)),
            vec![],
            Replan {
                add: Some((named("a"), soon)),
                ..nothing.clone()
            },
        ),
        (Some((named("a"), soon)), vec![waits("a", soon)], nothing.clone()),
        (
            Some((named("a"), later)),
            vec![waits("a", soon)],
            Replan {
                retime: Some((named("a"), later)),
                ..nothing.clone()
            },
        ),
        (
            Some((named("b"), later)),
            vec![waits("a", soon)],
            Replan {
                cancel: vec![named("a")],
                add: Some((named("b"), later)),
                ..nothing.clone()
            },
        ),
        (
            None,
            vec![waits("a", soon)],
            Replan {
                cancel: vec![named("a")],
                ..nothing.clone()
            },
        ),
        // It is due already, and whoever lets it go asks the guard.
        (None, vec![waits("a", due)], nothing.clone()),
    ] {
        assert_eq!(replan(next.clone(), &firings, now), expected, "{next:?} {firings:?}");
    }
}
