//! Random filters.

use super::world::{DAYS, MIDDLE};
use bellhop_domain::time::DAY_MS;
use bellhop_domain::{Channel, Timestamp};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

fn subset(words: &'static [&'static str]) -> BoxedStrategy<Value> {
    vec(select(words), 0..3).prop_map(|list| json!(list)).boxed()
}

/// An instant at which orders lie.
fn instant(day: i64) -> String {
    Timestamp(MIDDLE + day * DAY_MS).to_rfc3339()
}

/// Such an instant, or a local date.
fn moment() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => select(&DAYS[..]).prop_map(instant),
        1 => (10u32..29).prop_map(|d| format!("2026-02-{d}")),
    ]
}

fn period() -> BoxedStrategy<Value> {
    let two_days = (0..DAYS.len() - 1).prop_flat_map(|i| (Just(DAYS[i]), select(&DAYS[i + 1..])));
    prop_oneof![
        1 => Just(json!({})),
        2 => select(vec![0, 1, 7, 14, 15, 30, 31, 400]).prop_map(|n| json!({"last_days": n})),
        1 => moment().prop_map(|d| json!({"from": d})),
        2 => moment().prop_map(|d| json!({"to": d})),
        1 => (10u32..19, 20u32..29).prop_map(|(a, b)| json!({"from": format!("2026-02-{a}"), "to": format!("2026-02-{b}")})),
        3 => two_days.prop_map(|(a, b)| json!({"from": instant(a), "to": instant(b)})),
    ]
    .boxed()
}

fn bounds(values: &'static [i64]) -> BoxedStrategy<Value> {
    (option::of(select(values)), option::of(select(values)))
        .prop_map(|(a, b)| match (a, b) {
            (Some(a), Some(b)) => json!({"min": a.min(b), "max": a.max(b)}),
            (Some(a), None) => json!({"min": a}),
            (None, Some(b)) => json!({"max": b}),
            (None, None) => json!({}),
        })
        .boxed()
}

/// An object of some of these fields.
fn object(fields: Vec<(&'static str, f64, BoxedStrategy<Value>)>) -> BoxedStrategy<Value> {
    let fields: Vec<_> = fields
        .into_iter()
        .map(|(key, share, value)| option::weighted(share, value).prop_map(move |v| v.map(|v| (key.to_owned(), v))))
        .collect();
    fields
        .prop_map(|entries| Value::Object(entries.into_iter().flatten().collect::<Map<_, _>>()))
        .boxed()
}

fn orders() -> BoxedStrategy<Value> {
    object(vec![
        ("between", 0.6, period()),
        ("count", 0.5, bounds(&[0, 1, 2, 3])),
        ("total", 0.2, bounds(&[0, 100, 250, 1000])),
        ("average", 0.2, bounds(&[0, 100, 200])),
        ("dish", 0.2, subset(&["dish 1", "dish 65", "nothing"])),
        (
            "category",
            0.3,
            subset(&["category 1", "category 2", "category 66", "nothing"]),
        ),
        ("status", 0.2, subset(&["delivered", "cancelled", "placed"])),
        ("delivery", 0.1, subset(&["courier", "pickup"])),
        ("source", 0.1, subset(&["app", "site"])),
        ("promo", 0.1, subset(&["BACK", "OTHER"])),
    ])
}

/// Ways to be reached: every channel's name, `app` for push.
fn ways() -> BoxedStrategy<Value> {
    let name = |channel| match channel {
        Channel::Push => "app",
        other => other.name(),
    };
    let names = Channel::ALL.map(name).to_vec();
    vec(select(names), 0..3).prop_map(|list| json!(list)).boxed()
}

fn leaf() -> BoxedStrategy<Value> {
    let one = |key: &'static str, value: BoxedStrategy<Value>| value.prop_map(move |v| json!({key: v}));
    let tags = || subset(&["a", "b", "nothing"]);
    prop_oneof![
        2 => one("retention", subset(&["new", "active", "cooling", "lost", "returned"])),
        1 => one("tags", object(vec![("any", 0.5, tags()), ("all", 0.5, tags()), ("none", 0.5, tags())])),
        1 => one("restaurants", subset(&["restaurant 1", "restaurant 2", "restaurant 66", "nothing"])),
        6 => one("orders", orders()),
        1 => one("first_order", period()),
        1 => one("last_order", period()),
        1 => one("registered", period()),
        1 => one("birthday", (0u32..400).prop_map(|n| json!({"within_days": n})).boxed()),
        1 => one("has", ways()),
        1 => one("locale", subset(&["ru", "en-US", "de"])),
        1 => one("attribute", subset(&["Kazan", "Omsk"]).prop_map(|is| json!({"key": "city", "is": is})).boxed()),
        1 => one("customers", subset(&["c1", "c3", "c99"])),
        1 => one("phones", subset(&["8 900 000-00-01", "+79000000002", "+79999999999"])),
        1 => one("mailing", (1u32..3, subset(&["sent", "opened", "not_opened"])).prop_map(|(id, outcome)| json!({"id": id, "outcome": outcome})).boxed()),
        1 => one("run", (1u32..3, subset(&["failed", "sent", "opened"]), option::of(select(vec!["invalid", "other"]))).prop_map(|(id, state, reason)| match reason {
            Some(reason) => json!({"id": id, "reason": reason, "state": state}),
            None => json!({"id": id, "state": state}),
        }).boxed()),
        1 => one("blacklisted", any::<bool>().prop_map(Value::from).boxed()),
    ]
    .boxed()
}

/// A condition alone, where nothing hides it, or a tree.
pub fn filter() -> impl Strategy<Value = Value> {
    let tree = leaf().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(|parts| json!({"all": parts})),
            vec(inner.clone(), 0..3).prop_map(|parts| json!({"any": parts})),
            inner.prop_map(|part| json!({"not": part})),
        ]
    });
    prop_oneof![leaf(), tree]
}
