//! What can be read, and what goes together.

use super::{BODY, at, cart, event, object, program};
use bellhop_domain::event::EventKind;
use bellhop_domain::fault::Severity;
use bellhop_domain::{Channel, Purpose};
use bellhop_programs::definition::{Again, Delay, Late, Per, Trigger};
use bellhop_programs::{check, read};
use serde_json::json;
use std::collections::BTreeSet;

const CART: &str = r#""trigger":{"event":{"kind":"cart.changed"}}"#;

#[test]
fn a_definition_is_written_as_it_is_read() {
    let text = json!({
        "name": "Cart", "preset": "abandoned-cart",
        "trigger": {"event": {"kind": "cart.changed", "where": {"cart.total": {"min": 1000}, "cart.url": {"is": ["a", "b"]}}}},
        "delay": {"days": 1, "at": "09:30"},
        "audience": {"has": ["app"]}, "guard": {"tags": {"none": ["x"]}},
        "cancel_on": [{"kind": "order.placed"}],
        "again": {"rest": {"days": 7}}, "restarts": true, "late": {"minutes": 30.0},
        "grant": {"bonuses": "300.00", "days": 14},
        "purpose": "notification", "quiet_hours": true,
        "contents": {"push": {"title": "t", "body": "b"}}, "link": "https://example.com",
        "waterfall": [{"channel": "push", "wait_minutes": 120.0, "success": "opened"}],
        "expires_after_minutes": 60.0
    });
    let definition = read(&text.to_string()).unwrap();
    assert_eq!(serde_json::to_value(&definition).unwrap(), text);
    assert_eq!(definition.purpose(), Purpose::Notification);
    let mailing = definition.mailing();
    assert!(mailing.audience.is_none() && mailing.on_demand.is_some() && mailing.has_content(Channel::Push));
    assert!(mailing.keeps_quiet_hours());
}

#[test]
fn what_is_left_out_has_its_default() {
    let plain = program(CART);
    assert_eq!(
        (plain.again, plain.restarts, plain.late),
        (Again::EveryEvent, false, Late::Days(1))
    );
    assert_eq!(plain.purpose(), Purpose::Marketing);
    assert!(plain.mailing().keeps_quiet_hours());
    assert!(plain.guard().is_everybody());
    let once = program(&format!(r#"{CART},"again":{{"once_per":"year"}},"delay":{{"days":2}}"#));
    assert_eq!(once.again, Again::OncePer(Per::Year));
    assert!(matches!(once.delay, Some(Delay::Days { days: 2, at }) if at.to_string() == "10:00"));
    let birthday = program(r#""trigger":{"birthday":{"days_before":7}}"#);
    assert!(matches!(birthday.trigger, Trigger::Birthday(it) if it.at.to_string() == "10:00"));
}

#[test]
fn the_guard_is_the_audience_and_what_the_trigger_asks_for() {
    let json = |keys: &str| serde_json::to_value(program(keys).guard()).unwrap();
    let audience = r#""audience":{"has":["app"]}"#;
    assert_eq!(json(&format!("{CART},{audience}")), json!({"all": [{"has": ["app"]}]}));
    let own = format!(r#"{CART},{audience},"guard":{{"has":["web_push"]}}"#);
    assert_eq!(json(&own), json!({"all": [{"has": ["web_push"]}]}));
    let lost = r#""trigger":{"retention":{"into":["lost"]}}"#;
    assert_eq!(
        json(&format!("{lost},{audience}")),
        json!({"all": [{"has": ["app"]}, {"retention": ["lost"]}]})
    );
}

#[test]
fn what_cannot_be_read_says_what_and_where() {
    for (keys, code, place) in [
        (
            r#""trigger":{"event":{"kind":"cart"}}"#,
            "body_value_unknown",
            "trigger.event.kind",
        ),
        (r#""trigger":{"event":{}}"#, "body_key_absent", "trigger.event"),
        (r#""trigger":{"weather":{}}"#, "body_value_unknown", "trigger"),
        (
            r#""trigger":{"birthday":{"days":7}}"#,
            "body_key_unknown",
            "trigger.birthday.days",
        ),
        (
            r#""trigger":{"birthday":{"days_before":7,"at":"9:00"}}"#,
            "time_of_day_unfit",
            "trigger.birthday.at",
        ),
        (
            r#""trigger":{"retention":{"into":["gone"]}}"#,
            "body_value_unknown",
            "trigger.retention.into[0]",
        ),
        (
            &format!(r#"{CART},"delay":{{"minutes":5,"days":1}}"#),
            "delay_unfit",
            "delay",
        ),
        (&format!(r#"{CART},"delay":{{}}"#), "delay_unfit", "delay"),
        (
            &format!(r#"{CART},"delay":{{"hours":5}}"#),
            "body_key_unknown",
            "delay.hours",
        ),
        (
            &format!(r#"{CART},"audience":{{"tags":{{"some":[]}}}}"#),
            "condition_key_unknown",
            "audience.tags.some",
        ),
        (
            &format!(r#"{CART},"guard":{{"all":[{{"wat":1}}]}}"#),
            "condition_unknown",
            "guard.all[0].wat",
        ),
        (&format!(r#"{CART},"again":"often""#), "body_value_unknown", "again"),
        (
            &format!(r#"{CART},"again":{{"once_per":"week"}}"#),
            "body_value_unknown",
            "again.once_per",
        ),
        (&format!(r#"{CART},"sends":1"#), "body_key_unknown", "sends"),
        (
            r#""trigger":{"event":{"kind":"cart.changed","where":{"cart.total":{"min":[1]}}}}"#,
            "body_type_unfit",
            "trigger.event.where.cart.total.min",
        ),
    ] {
        let faults = read(&format!(r#"{{"name":"n",{keys},{BODY}}}"#)).unwrap_err();
        let found: Vec<_> = faults.iter().map(|it| (it.why.code(), it.place.as_str())).collect();
        assert_eq!(found.len(), 1, "{keys}: {found:?}");
        assert_eq!((found[0].0.as_str(), found[0].1), (code, place), "{keys}");
    }
    assert_eq!(read("{").unwrap_err()[0].why.code(), "body_not_json");
}

/// The errors of a definition: their codes and places.
fn errors(keys: &str, contents: &str) -> Vec<(String, String)> {
    let waterfall = r#""waterfall":[{"channel":"push"}]"#;
    let text = format!(r#"{{"name":"n",{keys},"contents":{contents},{waterfall}}}"#);
    let definition = read(&text).unwrap_or_else(|faults| panic!("{text}: {faults:?}"));
    let found = check(&definition, &BTreeSet::from(["nickname".to_owned()]));
    let errors = found.into_iter().filter(|it| it.severity == Severity::Error);
    errors.map(|it| (it.fault.why.code(), it.fault.place)).collect()
}

#[test]
fn what_does_not_go_together_says_what_and_where() {
    let plain = r#"{"push":{"title":"t","body":"b"}}"#;
    let filter = |fields: &str| format!(r#""trigger":{{"event":{{"kind":"order.delivered","where":{{{fields}}}}}}}"#);
    let birthday = r#""trigger":{"birthday":{"days_before":7}}"#;
    for (keys, expected) in [
        (CART.to_owned(), &[][..]),
        (filter(r#""order.total":{"min":1000,"max":"2000.50"}"#), &[]),
        (filter(r#""order.placed_at":{"min":"2026-12-01T00:00:00Z"}"#), &[]),
        (filter(r#""order.source":{"is":["site"]}"#), &[]),
        (
            filter(r#""order.sum":{"min":1}"#),
            &[("event_lacks_field", "trigger.event.where.order.sum")],
        ),
        (
            filter(r#""order.items":{"is":["x"]}"#),
            &[("field_of_parts", "trigger.event.where.order.items")],
        ),
        (
            filter(r#""order.total":{}"#),
            &[("field_filter_empty", "trigger.event.where.order.total")],
        ),
        (
            filter(r#""order.source":{"min":"a"}"#),
            &[("field_unordered", "trigger.event.where.order.source")],
        ),
        (
            filter(r#""order.total":{"min":"much"}"#),
            &[("field_value_unfit", "trigger.event.where.order.total")],
        ),
        (
            filter(r#""order.placed_at":{"min":"2026-12-01"}"#),
            &[("field_value_unfit", "trigger.event.where.order.placed_at")],
        ),
        (
            filter(r#""order.total":{"min":10,"max":9.5}"#),
            &[("range_turned", "trigger.event.where.order.total")],
        ),
        (
            r#""trigger":{"event":{"kind":"custom"}}"#.to_owned(),
            &[("event_name_absent", "trigger.event.name")],
        ),
        (
            r#""trigger":{"event":{"kind":"app.opened","name":"x"}}"#.to_owned(),
            &[("event_name_of_custom", "trigger.event.name")],
        ),
        (
            format!(r#"{CART},"cancel_on":[{{"kind":"order.placed","where":{{"cart.total":{{"min":1}}}}}}]"#),
            &[("event_lacks_field", "cancel_on[0].where.cart.total")],
        ),
        (format!(r#"{CART},"values":["x"]"#), &[("values_of_custom", "values")]),
        (
            format!(r#"{CART},"again":{{"once_per":"order"}}"#),
            &[("order_of_no_event", "again")],
        ),
        (
            format!(r#"{CART},"again":{{"once_per":"ever"}},"restarts":true"#),
            &[("restarts_of_one", "restarts")],
        ),
        (
            format!(r#"{birthday},"again":{{"once_per":"year"}},"restarts":true,"delay":{{"minutes":1}}"#),
            &[
                ("delay_of_date", "delay"),
                ("again_of_date", "again"),
                ("restarts_of_date", "restarts"),
            ],
        ),
        (
            r#""trigger":{"birthday":{"days_before":400}}"#.to_owned(),
            &[("days_too_many", "trigger.birthday.days_before")],
        ),
        (
            r#""trigger":{"retention":{"into":[]}}"#.to_owned(),
            &[("retention_into_nothing", "trigger.retention.into")],
        ),
        (
            format!(r#"{CART},"grant":{{"bonuses":0}}"#),
            &[("grant_of_nothing", "grant.bonuses")],
        ),
        (
            r#""trigger":{"bonuses_burn":{"days_before":3}},"grant":{"bonuses":1}"#.to_owned(),
            &[("grant_of_burn", "grant")],
        ),
        (
            format!(r#"{CART},"purpose":"reply""#),
            &[("purpose_of_operators", "purpose")],
        ),
        (
            format!(r#"{CART},"quiet_hours":false"#),
            &[("quiet_hours_of_marketing", "quiet_hours")],
        ),
        (format!(r#"{CART},"link":"example.com""#), &[("no_web_address", "link")]),
        (
            format!(r#"{CART},"purpose":"notification","target_promo":"P""#),
            &[("promo_of_notification", "target_promo")],
        ),
    ] {
        let found = errors(&keys, plain);
        let found: Vec<_> = found
            .iter()
            .map(|(code, place)| (code.as_str(), place.as_str()))
            .collect();
        assert_eq!(found, expected, "{keys}");
    }
    assert_eq!(
        check(
            &read(&format!(r#"{{"name":" ",{CART},{BODY}}}"#)).unwrap(),
            &BTreeSet::new()
        )[0]
        .fault
        .place,
        "name"
    );
}

#[test]
fn variables_of_texts_are_fields_of_the_event() {
    let order = r#""trigger":{"event":{"kind":"order.delivered"}}"#;
    let custom = r#""trigger":{"event":{"kind":"custom","name":"x"}},"values":["table"]"#;
    let burns = r#""trigger":{"bonuses_burn":{"days_before":3}}"#;
    let birthday = r#""trigger":{"birthday":{"days_before":3}}"#;
    let granting = r#""trigger":{"birthday":{"days_before":3}},"grant":{"bonuses":300,"days":3}"#;
    for (keys, text, code) in [
        (
            CART,
            "{{ cart.total | money }} {cart.items[0].dish} {{ cart.items[1].price or \\\"x\\\" }}",
            None,
        ),
        (CART, "{{ nickname }} {{ name }}", None),
        (CART, "{{ cart.totl }}", Some("event_lacks_field")),
        (CART, "{{ order.number }}", Some("event_lacks_field")),
        (CART, "{{ cart.items }}", Some("field_of_parts")),
        (CART, "{{ cart.items[0] }}", Some("field_of_parts")),
        (CART, "{{ cart.items[0].dish | money }}", Some("field_filter_of_text")),
        (CART, "{{ cart.total | date }}", Some("field_filter_of_text")),
        (
            CART,
            "{% if cart.url | money %}x{% endif %}y",
            Some("field_filter_of_text"),
        ),
        (CART, "{{ bonus_amount }}", Some("variable_unfilled")),
        (CART, "{{ table }}", Some("variable_unknown")),
        (order, "{{ order.placed_at }}", Some("date_unformatted")),
        (order, "{{ order.placed_at | date }} {{ order.number }}", None),
        (order, "{{ order.placed_at | money }}", Some("field_filter_of_text")),
        (custom, "{{ table }}", None),
        (custom, "{{ time }}", Some("variable_unknown")),
        (burns, "{{ bonus_amount }} {{ valid_to }} {{ days_left }}", None),
        (burns, "{{ cart.total }}", Some("event_lacks_field")),
        (birthday, "{{ bonus_amount }}", Some("variable_unfilled")),
        (granting, "{{ bonus_amount }} {{ valid_to }} {{ days_left }}", None),
    ] {
        let contents = format!(r#"{{"push":{{"title":"t","body":"{text}"}}}}"#);
        let found: Vec<_> = errors(keys, &contents).into_iter().map(|(code, _)| code).collect();
        assert_eq!(found.first().map(String::as_str), code, "{text}: {found:?}");
        assert!(found.len() <= 1, "{text}: {found:?}");
    }
}

#[test]
fn messages_bring_along_what_their_texts_take_from_the_event() {
    let text =
        r#""contents":{"push":{"title":"{{ name }} {{ nickname }}","body":"{cart.total} {{ cart.items[0].dish }}"}}"#;
    let definition = read(&format!(
        r#"{{"name":"n",{CART},{text},"waterfall":[{{"channel":"push"}}]}}"#
    ))
    .unwrap();
    assert_eq!(definition.given(), ["cart.items[0].dish", "cart.total"]);
    assert_eq!(definition.mailing().on_demand.unwrap().values, definition.given());
}

#[test]
fn a_filter_holds_for_the_events_that_are_meant() {
    let now = at("2026-12-01T09:00:00Z");
    for (fields, total, holds) in [
        ("", "1000", true),
        (r#""cart.total":{"min":1000}"#, "1000", true),
        (r#""cart.total":{"min":1000}"#, "999.99", false),
        (r#""cart.total":{"min":"999.99","max":1000}"#, "1000.00", true),
        (r#""cart.total":{"max":0}"#, "0", true),
        (r#""cart.total":{"is":[5,1000]}"#, "1000", true),
        (r#""cart.total":{"is":[5]}"#, "1000", false),
        (r#""cart.items[0].dish":{"is":["Борщ"]}"#, "1", true),
        (r#""cart.items[1].dish":{"is":["Борщ"]}"#, "1", false),
        (r#""cart.url":{"is":["x"]}"#, "1", false),
        (
            r#""cart.total":{"min":1},"cart.items[0].quantity":{"min":2}"#,
            "1",
            true,
        ),
        (
            r#""cart.total":{"min":1},"cart.items[0].quantity":{"min":3}"#,
            "1",
            false,
        ),
    ] {
        let keys = format!(r#""trigger":{{"event":{{"kind":"cart.changed","where":{{{fields}}}}}}}"#);
        let Trigger::Event(filter) = program(&keys).trigger else {
            panic!("{keys}")
        };
        assert_eq!(filter.holds(&cart(1, now, total)), holds, "{fields} of {total}");
        assert!(!filter.holds(&event(1, EventKind::AppOpened, now, json!({}))));
    }
    let keys =
        r#""trigger":{"event":{"kind":"custom","name":"table","where":{"vip":{"is":[true]},"seats":{"min":4}}}}"#;
    let Trigger::Event(filter) = program(keys).trigger else {
        panic!("{keys}")
    };
    let mut custom = event(1, EventKind::Custom, now, json!({"vip": true, "seats": 4}));
    assert!(!filter.holds(&custom));
    custom.name = Some("table".to_owned());
    assert!(filter.holds(&custom));
    custom.data = object(json!({"vip": "true", "seats": 4}));
    assert!(!filter.holds(&custom), "a text is no flag");
    custom.data = object(json!({"vip": true, "seats": "many"}));
    assert!(!filter.holds(&custom), "a text is not larger than a number");
}
