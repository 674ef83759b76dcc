//! What a message brings along for its texts.

use super::{at, cart, order, program, zone};
use bellhop_domain::Money;
use bellhop_domain::event::EventKind;
use bellhop_programs::engine::{Burn, Occasion, Sending, values_at_sending, values_of};
use std::collections::BTreeMap;

fn names(all: &[&str]) -> Vec<String> {
    all.iter().map(|it| (*it).to_owned()).collect()
}

fn values(all: &[(&str, &str)]) -> BTreeMap<String, String> {
    all.iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn an_event_gives_what_it_has_and_its_instants_as_the_guests_dates() {
    let given = names(&["cart.total", "cart.items[0].dish", "cart.items[1].dish", "cart.url"]);
    let event = cart(1, at("2026-12-01T09:00:00Z"), "1250.50");
    assert_eq!(
        values_of(&given, &event, &zone("Europe/Moscow")),
        values(&[("cart.total", "1250.50"), ("cart.items[0].dish", "Борщ")])
    );
    // It was placed at 06:00 in UTC.
    let event = order(1, EventKind::OrderDelivered, at("2026-12-01T09:00:00Z"), "A-1", "site");
    let given = names(&["order.number", "order.placed_at"]);
    let there = |name: &str| values_of(&given, &event, &zone(name));
    assert_eq!(
        there("Europe/Moscow"),
        values(&[("order.number", "A-1"), ("order.placed_at", "2026-12-01")])
    );
    assert_eq!(there("America/Vancouver")["order.placed_at"], "2026-11-30");
}

#[test]
fn what_burns_is_told_as_it_is_at_the_moment_of_sending() {
    let program = program(r#""trigger":{"bonuses_burn":{"days_before":3}}"#);
    let given = names(&["bonus_amount", "valid_to", "days_left"]);
    let (moscow, now) = (zone("Europe/Moscow"), at("2026-12-11T07:00:00Z"));
    let occasion = Occasion("burn:2026-12-14".to_owned());
    let told = |burns: &[(i64, &str)]| {
        let burn = |(amount, until): &(i64, &str)| Burn {
            amount: Money(amount * 100),
            at: at(until),
        };
        let burns: Vec<_> = burns.iter().map(burn).collect();
        let sending = Sending {
            occasion: &occasion,
            burns: &burns,
            zone: &moscow,
            now,
        };
        values_at_sending(&program, &given, BTreeMap::new(), &sending)
    };
    let expected = values(&[
        ("bonus_amount", "150.50"),
        ("valid_to", "2026-12-14"),
        ("days_left", "3"),
    ]);
    let burns = [
        (10_000, "2026-12-14T21:00:00Z"),
        (5_050, "2026-12-14T12:00:00Z"),
        (99_900, "2026-12-15T12:00:00Z"),
    ];
    assert_eq!(told(&burns), Some(expected));
    // Spent, or moved by an order.
    assert_eq!(told(&[(0, "2026-12-14T21:00:00Z")]), None);
    assert_eq!(told(&[(10_000, "2026-12-24T21:00:00Z")]), None);
    assert_eq!(told(&[]), None);
}

#[test]
fn a_grant_ends_so_many_days_after_the_message() {
    let moscow = zone("Europe/Moscow");
    let occasion = Occasion("birthday:2026".to_owned());
    // Past midnight in Moscow.
    let sending = Sending {
        occasion: &occasion,
        burns: &[],
        zone: &moscow,
        now: at("2026-12-11T21:30:00Z"),
    };
    let birthday = r#""trigger":{"birthday":{"days_before":7}}"#;
    let all = names(&["bonus_amount", "valid_to", "days_left"]);
    let granting = program(&format!(r#"{birthday},"grant":{{"bonuses":300,"days":14}}"#));
    assert_eq!(
        values_at_sending(&granting, &all, BTreeMap::new(), &sending),
        Some(values(&[
            ("bonus_amount", "300"),
            ("valid_to", "2026-12-26"),
            ("days_left", "14")
        ]))
    );
    assert_eq!(
        values_at_sending(&granting, &names(&["bonus_amount"]), BTreeMap::new(), &sending),
        Some(values(&[("bonus_amount", "300")])),
        "only what texts use"
    );
    // An event's own last day, and the days that are left of it now.
    let accrued = program(r#""trigger":{"event":{"kind":"bonuses.accrued"}}"#);
    let own = |day: &str| {
        let given = names(&["valid_to", "days_left"]);
        values_at_sending(&accrued, &given, values(&[("valid_to", day)]), &sending)
            .unwrap()
            .remove("days_left")
    };
    assert_eq!(own("2026-12-12").as_deref(), Some("0"));
    assert_eq!(own("2026-12-31").as_deref(), Some("19"));
    assert_eq!(own("2026-12-11"), None, "it is over");
}
