mod cards;

use super::*;
use crate::exclusion::Exclusion;
use crate::fault::Why;
use crate::order::OrderStatus;
use crate::recent_marketing::Fate;
use crate::time::DAY_MS;
use crate::{Channel, CustomerId, EndpointId, EndpointKind, MailingId, Money};

/// 2026-06-01T00:00:00Z.
const NOW: Timestamp = Timestamp(1_780_272_000_000);

fn asked() -> Asked {
    Asked {
        as_of: NOW,
        zone: Zone::named("Europe/Moscow").unwrap(),
        region: "RU".parse().unwrap(),
        thresholds: Thresholds::default(),
        cap: FrequencyCap::default(),
    }
}

fn guest(id: i64) -> Guest {
    Guest {
        customer: CustomerId(id),
        external_id: format!("c{id}"),
        locale: None,
        birthday: None,
        registered_at: None,
        restaurant: None,
        tags: Default::default(),
        attributes: Default::default(),
        orders: Vec::new(),
        endpoints: Vec::new(),
        consents: Default::default(),
        blacklisted: false,
        messages: Vec::new(),
        marketing: Vec::new(),
    }
}

fn order(days_ago: f64, total: &str) -> Order {
    Order {
        placed_at: Timestamp(NOW.0 - (days_ago * DAY_MS as f64) as i64),
        status: OrderStatus::Delivered,
        total: total.parse().unwrap(),
        restaurant: None,
        delivery: None,
        source: None,
        promo: None,
        items: Vec::new(),
    }
}

fn item(dish: &str, category: &str) -> OrderItem {
    OrderItem {
        dish: Some(dish.to_owned()),
        category: Some(category.to_owned()),
    }
}

fn endpoint(id: i64, kind: EndpointKind, live: bool) -> Endpoint {
    Endpoint {
        id: EndpointId(id),
        kind,
        address: format!("+7900000{id:04}"),
        live,
        registered_at: NOW,
    }
}

fn holds(filter: &str, guest: &Guest) -> bool {
    filter.parse::<Segment>().unwrap().holds(guest, &asked())
}

#[test]
fn errors_name_the_place_and_what_to_do() {
    let table = [
        (
            "{",
            "filter: is not JSON: EOF while parsing an object at line 1 column 1; quote it for the shell with '…'",
        ),
        (
            "[]",
            r#"filter: is a list; write an object with one key, like {"retention":["lost"]}"#,
        ),
        (
            r#"{"tags":{},"locale":[]}"#,
            r#"filter: has 2 keys (locale, tags); write one key an object and join them: {"all":[{…},{…}]}"#,
        ),
        (
            r#"{"all":{}}"#,
            "filter.all: is an object; write a list of conditions: [{…},{…}]",
        ),
        (
            r#"{"all":[{},{"order":{}}]}"#,
            "filter.all[1].order: is no condition; use one of all, any, not, retention, tags, restaurants, orders, first_order, last_order, registered, birthday, has, locale, attribute, customers, phones, mailing, run, segment, blacklisted",
        ),
        (
            r#"{"all":[{},{"orders":{"count":{"min":5,"max":3}}}]}"#,
            "filter.all[1].orders.count: min 5 is above max 3; swap them",
        ),
        (
            r#"{"not":{"orders":{"count":{"min":-1}}}}"#,
            "filter.not.orders.count.min: invalid value: integer `-1`, expected u32",
        ),
        (
            r#"{"orders":{"total":{"min":"12 000"}}}"#,
            r#"filter.orders.total.min: "12 000" is not an amount; write it like 1250 or 1250.50"#,
        ),
        (
            r#"{"orders":{"average":{"max":"900000000000"}}}"#,
            "filter.orders.average: 900000000000.00 is too large; at most 10000000000.00 can be asked for",
        ),
        (
            r#"{"orders":{"between":{"from":"2026-06-01","to":"2026-06-01"}}}"#,
            "filter.orders.between.to: 2026-06-01 is not after from 2026-06-01; `to` is excluded, so write the day after the last",
        ),
        (
            r#"{"orders":{"between":{"from":"01.06.2026"}}}"#,
            r#"filter.orders.between.from: "01.06.2026" is not a date or an instant; write it like 2026-05-01 or 2026-05-01T09:00:00Z"#,
        ),
        (
            r#"{"orders":{"between":{"from":"2026-05-01","last_days":3}}}"#,
            "filter.orders.between.last_days: is given along with from or to; write either from and to, or last_days",
        ),
        (
            r#"{"orders":{"dish":["soup",1]}}"#,
            "filter.orders.dish[1]: is a number where a string is expected; correct it",
        ),
        (
            r#"{"any":[{"retention":["gone"]}]}"#,
            "filter.any[0].retention[0]: `gone` is not one of `new`, `active`, `cooling`, `lost`, `returned`; write one of them",
        ),
        (
            r#"{"tags":{"some":[]}}"#,
            "filter.tags.some: `some` is no key here; use one of `any`, `all`, `none`",
        ),
        (
            r#"{"last_order":{"last_days":3,"between":{"last_days":3}}}"#,
            "filter.last_order: has a period both in between and next to it; write only one",
        ),
        (
            r#"{"birthday":{}}"#,
            r#"filter.birthday: the key "within_days" is absent; add it"#,
        ),
        (
            r#"{"locale":["ru","ру"]}"#,
            r#"filter.locale[1]: "ру" is not a language tag; write it like ru or pt-BR"#,
        ),
        (
            r#"{"phones":["call me"]}"#,
            "filter.phones[0]: is not a phone number; write it with its country code, like +7 999 123-45-67",
        ),
        (
            r#"{"mailing":{"id":1,"outcome":["clicked"]}}"#,
            "filter.mailing.outcome[0]: `clicked` is not one of `sent`, `opened`, `not_opened`; write one of them",
        ),
    ];
    for (filter, expected) in table {
        assert_eq!(filter.parse::<Segment>().unwrap_err().to_string(), expected, "{filter}");
    }
    let told = r#"{"has":["pigeon"]}"#.parse::<Segment>().unwrap_err().to_string();
    let ways = "filter.has[0]: `pigeon` is not one of `app`, `web_push`, ";
    assert!(told.starts_with(ways), "{told}");
    let deep = format!("{}{{}}{}", r#"{"not":"#.repeat(40), "}".repeat(40));
    let why = deep.parse::<Segment>().unwrap_err().why;
    assert_eq!(why, Why::FilterTooDeep { most: 32 });
}

#[test]
fn filters_survive_json() {
    for filter in [
        r#"{"all":[]}"#,
        r#"{"any":[{"not":{"retention":["lost","new"]}},{"tags":{"any":["a"],"none":["b"]}}]}"#,
        r#"{"orders":{"between":{"from":"2026-05-01","to":"2026-06-01T00:00:00Z"},"count":{"max":0},"dish":["soup"],"status":["on_its_way"]}}"#,
        r#"{"orders":{"between":{"last_days":30},"total":{"min":"5000.00"}}}"#,
        r#"{"first_order":{"last_days":30}}"#,
        r#"{"mailing":{"id":7,"outcome":["not_opened"]}}"#,
        r#"{"has":["app","web_push","sms","whatsapp"]}"#,
    ] {
        let segment: Segment = filter.parse().unwrap();
        assert_eq!(serde_json::to_string(&segment).unwrap(), filter);
    }
    for channel in Channel::ALL.into_iter().filter(|c| *c != Channel::Push) {
        let filter = format!(r#"{{"has":["{channel}"]}}"#);
        let segment: Segment = filter.parse().unwrap();
        assert_eq!(serde_json::to_string(&segment).unwrap(), filter);
    }
    assert!(r#"{"has":["push"]}"#.parse::<Segment>().is_err());
    let everybody: Segment = "{}".parse().unwrap();
    assert!(everybody.is_everybody() && r#"{"all":[{},{"any":[]}]}"#.parse::<Segment>().unwrap().is_everybody());
    assert!(!r#"{"not":{}}"#.parse::<Segment>().unwrap().is_everybody());
}

#[test]
fn orders_before_the_instant_and_in_the_period_count() {
    let one = |days_ago| Guest {
        orders: vec![order(days_ago, "100")],
        ..guest(1)
    };
    let last_30 = r#"{"orders":{"between":{"last_days":30}}}"#;
    for (days_ago, expected) in [
        (30.0, true),
        (30.001, false),
        (0.001, true),
        (0.0, false),
        (-1.0, false),
    ] {
        assert_eq!(holds(last_30, &one(days_ago)), expected, "{days_ago}");
    }
    // Local midnight in Moscow is 21:00 UTC of the day before.
    let may = r#"{"orders":{"between":{"from":"2026-05-01","to":"2026-05-31"}}}"#;
    for (placed, expected) in [
        ("2026-04-30T21:00:00Z", true),
        ("2026-04-30T20:59:59.999Z", false),
        ("2026-05-30T20:59:59.999Z", true),
        ("2026-05-30T21:00:00Z", false),
    ] {
        let mut it = one(1.0);
        it.orders[0].placed_at = Zone::utc().parse(placed).unwrap();
        assert_eq!(holds(may, &it), expected, "{placed}");
    }
}

#[test]
fn ranges_of_orders() {
    let none = guest(1);
    let mut three = Guest {
        orders: vec![order(1.0, "100"), order(2.0, "100"), order(3.0, "100.01")],
        registered_at: Some(Timestamp(NOW.0 - 7 * DAY_MS)),
        ..guest(2)
    };
    let cancelled = Order {
        status: OrderStatus::Cancelled,
        ..order(4.0, "9000")
    };
    three.orders.push(cancelled);
    for (filter, of_none, of_three) in [
        (r#"{"orders":{}}"#, false, true),
        (r#"{"orders":{"count":{}}}"#, true, true),
        (r#"{"orders":{"count":{"max":0}}}"#, true, false),
        (r#"{"orders":{"count":{"min":3,"max":3}}}"#, false, true),
        (r#"{"orders":{"count":{"min":4}}}"#, false, false),
        (r#"{"orders":{"total":{"max":300}}}"#, false, false),
        (r#"{"orders":{"total":{"max":"300.01"}}}"#, false, true),
        (r#"{"orders":{"count":{"max":3},"total":{"max":9999}}}"#, false, true),
        (r#"{"orders":{"count":{"max":3},"total":{}}}"#, true, true),
        (r#"{"orders":{"average":{"min":100}}}"#, false, true),
        (r#"{"orders":{"average":{"max":"100.0033"}}}"#, false, false),
        (r#"{"orders":{"average":{"max":"100.0034"}}}"#, false, true),
        (
            r#"{"orders":{"status":["cancelled"],"total":{"min":9000}}}"#,
            false,
            true,
        ),
        (r#"{"not":{"orders":{"average":{"min":100}}}}"#, true, false),
        (r#"{"retention":[]}"#, true, true),
        (r#"{"retention":["new"]}"#, false, true),
        (r#"{"not":{"retention":["new"]}}"#, true, false),
        (r#"{"first_order":{}}"#, false, true),
        (r#"{"last_order":{"between":{"last_days":1}}}"#, false, true),
        (r#"{"first_order":{"last_days":2}}"#, false, false),
        (r#"{"registered":{}}"#, false, true),
        (r#"{"registered":{"last_days":8}}"#, false, true),
        (r#"{"registered":{"last_days":6}}"#, false, false),
    ] {
        assert_eq!(
            (holds(filter, &none), holds(filter, &three)),
            (of_none, of_three),
            "{filter}"
        );
    }
}

#[test]
fn filters_of_orders_ask_one_order_and_one_item() {
    let mut courier = order(1.0, "1");
    courier.delivery = Some("courier".to_owned());
    courier.items = vec![item("borscht", "soups"), item("cola", "drinks")];
    let mut app = order(2.0, "1");
    app.source = Some("app".to_owned());
    let it = Guest {
        orders: vec![courier, app],
        ..guest(1)
    };
    for (filter, expected) in [
        (r#"{"orders":{"delivery":["courier"]}}"#, true),
        (r#"{"orders":{"delivery":["courier"],"source":["app"]}}"#, false),
        (r#"{"orders":{"dish":["borscht"],"category":["soups"]}}"#, true),
        (r#"{"orders":{"dish":["borscht"],"category":["drinks"]}}"#, false),
        (r#"{"orders":{"category":["pizza"],"count":{"max":0}}}"#, true),
    ] {
        assert_eq!(holds(filter, &it), expected, "{filter}");
    }
}
