use super::*;
use crate::{TagRuleId, Timestamp};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn rule(json: &str) -> TagRule {
    TagRule::read(json).unwrap()
}

fn order(day: i64, total: i64, dish: &str) -> DeliveredOrder {
    DeliveredOrder {
        placed_at: Timestamp(day * DAY_MS),
        total: Money(total),
        dishes: vec![dish.to_owned()],
        categories: Vec::new(),
    }
}

fn everybody(rules: &[TagRule]) -> Vec<LiveRule> {
    let live = |rule: &TagRule| LiveRule {
        rule: rule.clone(),
        covers: Covers::Everybody,
    };
    rules.iter().map(live).collect()
}

fn day(n: i64) -> Timestamp {
    Timestamp(n * DAY_MS)
}

#[test]
fn an_order_counts_for_its_days_to_the_millisecond() {
    let rules = everybody(&[rule(r#"{"name":"often","tag":"often","days":30,"count":{"min":2}}"#)]);
    let orders = [order(0, 1, "a"), order(10, 1, "b")];
    let of = |now| judge(&rules, &orders, None, now);
    let often = |changes_at| Judged {
        tags: BTreeSet::from(["often".to_owned()]),
        changes_at,
    };
    assert_eq!(of(day(10)), often(Some(day(30))));
    assert_eq!(of(Timestamp(day(30).0 - 1)), often(Some(day(30))));
    assert_eq!(of(day(30)), Judged::default());
    // The second is placed later than now, as clocks go: it begins to count when it comes.
    let before = of(Timestamp(day(10).0 - 1));
    assert_eq!((before.tags.len(), before.changes_at), (0, Some(day(10))));
}

#[test]
fn a_rule_without_past_speaks_of_those_it_has_heard_of() {
    let rules = [LiveRule {
        rule: rule(r#"{"name":"a","tag":"a","days":30,"count":{"min":1}}"#),
        covers: Covers::HeardSince(TagRuleId(5)),
    }];
    let orders = [order(4, 1, "a")];
    for (heard, tagged) in [(None, 0), (Some(TagRuleId(4)), 0), (Some(TagRuleId(5)), 1)] {
        assert_eq!(judge(&rules, &orders, heard, day(6)).tags.len(), tagged, "{heard:?}");
    }
}

#[test]
fn the_inverse_kind_sets_while_the_condition_does_not_hold() {
    let text = r#"{"name":"a","tag":"a","days":30,"ordered":{"dish":["Soup"]},"inverse":true}"#;
    let rules = everybody(&[rule(text)]);
    assert!(rules[0].rule.sets_without_orders());
    let eaten = judge(&rules, &[order(0, 1, "Soup")], None, day(1));
    assert_eq!((eaten.tags.len(), eaten.changes_at), (0, Some(day(30))));
    assert_eq!(judge(&rules, &[order(0, 1, "Cake")], None, day(1)).tags.len(), 1);
}

#[test]
fn everything_that_is_wrong_is_said_with_its_place() {
    for (text, expected) in [
        ("{", vec![("", "body_not_json")]),
        (r#"{"name":"a","tag":"b"}"#, vec![("", "body_key_absent")]),
        (
            r#"{"name":"a","tag":"b","days":1,"count":{"min":1},"x":1}"#,
            vec![("x", "body_key_unknown")],
        ),
        (
            r#"{"name":" ","tag":"\u200b","days":0}"#,
            vec![
                ("name", "tag_rule_name_empty"),
                ("tag", "guest_tag_empty"),
                ("days", "tag_rule_days_unfit"),
                ("", "tag_rule_of_nothing"),
            ],
        ),
        (
            r#"{"name":"a","tag":"b","days":1,"count":{"min":3,"max":2},"ordered":{}}"#,
            vec![("count", "range_turned"), ("ordered", "tag_rule_menu_empty")],
        ),
    ] {
        let faults = TagRule::read(text).unwrap_err();
        let found: Vec<_> = faults.iter().map(|it| (it.place.clone(), it.why.code())).collect();
        let found: Vec<_> = found
            .iter()
            .map(|(place, code)| (place.as_str(), code.as_str()))
            .collect();
        assert_eq!(found, expected, "{text}");
    }
    let long = format!(
        r#"{{"name":"{}","tag":"b","days":1,"count":{{"min":1}}}}"#,
        "x".repeat(201)
    );
    assert_eq!(TagRule::read(&long).unwrap_err()[0].why.code(), "text_too_long");
}

#[test]
fn names_are_those_of_orders_and_what_is_kept_is_read_again() {
    let text = r#"{"name":"a","tag":" vip ","days":90,"total":{"min":"5000"},"not_ordered":{"category":[" Cakes"]}}"#;
    let read = rule(text);
    assert_eq!(read.tag, "vip");
    assert_eq!(read.not_ordered.as_ref().unwrap().category, ["Cakes"]);
    assert_eq!(rule(&serde_json::to_string(&read).unwrap()), read);
    let renamed = TagRule {
        name: "other".to_owned(),
        ..read.clone()
    };
    assert!(read.judges_as(&renamed) && !read.judges_as(&TagRule { days: 91, ..renamed }));
}

/// The words of PRODUCT.md §4, order by order.
fn sets(rule: &TagRule, orders: &[DeliveredOrder], at: Timestamp) -> bool {
    let counted: Vec<_> = orders
        .iter()
        .filter(|it| it.placed_at.0 <= at.0 && at.0 < it.placed_at.0 + rule.span_ms())
        .collect();
    let sum: i64 = counted.iter().map(|it| it.total.0).sum();
    let ate = |menu: &Menu| {
        counted
            .iter()
            .any(|it| menu.dish.iter().any(|dish| it.dishes.contains(dish)))
    };
    let holds = rule.count.is_none_or(|it| it.contains(counted.len() as u32))
        && rule.total.is_none_or(|it| it.contains(Money(sum)))
        && rule.ordered.as_ref().is_none_or(ate)
        && rule.not_ordered.as_ref().is_none_or(|menu| !ate(menu));
    holds ^ rule.inverse
}

fn some_rule() -> impl Strategy<Value = TagRule> {
    let range = || prop::option::of((prop::option::of(0u32..4), prop::option::of(0u32..4)));
    let menu = || prop::option::of(prop::sample::subsequence(vec!["a", "b", "c"], 1..3));
    (1u32..6, range(), range(), menu(), menu(), any::<bool>()).prop_map(|(days, count, total, yes, no, inverse)| {
        let menu = |dishes: Vec<&str>| Menu {
            dish: dishes.into_iter().map(str::to_owned).collect(),
            category: Vec::new(),
        };
        let money = |bound: u32| Money(i64::from(bound) * 10);
        TagRule {
            name: "r".to_owned(),
            tag: "t".to_owned(),
            days,
            count: count.map(|(min, max)| Bounds { min, max }),
            total: total.map(|(min, max)| Bounds {
                min: min.map(money),
                max: max.map(money),
            }),
            ordered: yes.map(menu),
            not_ordered: no.map(menu),
            inverse,
            apply_to_past: true,
        }
    })
}

fn some_orders() -> impl Strategy<Value = Vec<DeliveredOrder>> {
    let one = (0i64..12, 0i64..3, prop::sample::select(vec!["a", "b", "c"])).prop_map(|(half_days, tens, dish)| {
        DeliveredOrder {
            placed_at: Timestamp(half_days * DAY_MS / 2),
            ..order(0, tens * 10, dish)
        }
    });
    prop::collection::vec(one, 0..7)
}

proptest! {
    /// What is said holds up to the instant that is named, and not at it.
    #[test]
    fn rules_say_what_the_words_say_and_when_that_ends(
        rule in some_rule(), orders in some_orders(), half_days in 0i64..16,
    ) {
        let now = Timestamp(half_days * DAY_MS / 2);
        let judged = judge(&everybody(std::slice::from_ref(&rule)), &orders, None, now);
        let is_set = sets(&rule, &orders, now);
        prop_assert_eq!(!judged.tags.is_empty(), is_set);
        // Orders begin and end to count at half days only.
        let changes = (half_days + 1..60).map(|it| Timestamp(it * DAY_MS / 2)).find(|at| sets(&rule, &orders, *at) != is_set);
        prop_assert_eq!(judged.changes_at, changes);
    }
}
