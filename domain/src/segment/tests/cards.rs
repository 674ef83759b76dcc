//! Conditions on the card, and who of several gets the message.

use super::*;
use crate::RunId;
use crate::message::MessageState;

#[test]
fn conditions_on_the_card() {
    let mut it = guest(1);
    it.locale = Some("pt-BR".to_owned());
    it.birthday = Some(229);
    it.restaurant = Some("Arbat".to_owned());
    it.tags = ["vip".to_owned()].into();
    it.attributes = [("city".to_owned(), "Kazan".to_owned())].into();
    it.endpoints = vec![
        endpoint(1, EndpointKind::Phone, false),
        endpoint(2, EndpointKind::Fcm, true),
    ];
    it.messages = vec![MailingMessage {
        mailing: MailingId(5),
        run: RunId(51),
        state: MessageState::Suppressed,
        reason: Some("frequency_cap".to_owned()),
        sent: true,
        opened: false,
    }];
    for (filter, expected) in [
        (r#"{"tags":{"any":["x","vip"]}}"#, true),
        (r#"{"tags":{"all":["x","vip"]}}"#, false),
        (r#"{"tags":{"none":["vip"]}}"#, false),
        (r#"{"restaurants":["Arbat"]}"#, true),
        (r#"{"has":["sms"]}"#, false),
        (r#"{"has":["sms","app"]}"#, true),
        (r#"{"locale":["pt"]}"#, true),
        (r#"{"locale":["p"]}"#, false),
        (r#"{"attribute":{"key":"city","is":["Kazan"]}}"#, true),
        (r#"{"attribute":{"key":"town","is":["Kazan"]}}"#, false),
        (r#"{"customers":["c1"]}"#, true),
        (r#"{"phones":["8 900 000-00-01"]}"#, true),
        (r#"{"mailing":{"id":5,"outcome":["not_opened"]}}"#, true),
        (r#"{"mailing":{"id":5,"outcome":["opened"]}}"#, false),
        (r#"{"mailing":{"id":6,"outcome":["not_opened"]}}"#, false),
        (r#"{"run":{"id":51}}"#, true),
        (r#"{"run":{"id":52}}"#, false),
        (r#"{"run":{"id":51,"state":["failed","suppressed"]}}"#, true),
        (r#"{"run":{"id":51,"state":["failed"]}}"#, false),
        (
            r#"{"run":{"id":51,"state":["suppressed"],"reason":"frequency_cap"}}"#,
            true,
        ),
        (r#"{"run":{"id":51,"reason":"too late"}}"#, false),
        (r#"{"segment":7}"#, false),
        (r#"{"blacklisted":false}"#, true),
    ] {
        assert_eq!(holds(filter, &it), expected, "{filter}");
    }
    // Once the guest has ordered, the restaurant is where they did.
    let elsewhere = Some("Sokol".to_owned());
    it.orders = vec![Order {
        restaurant: elsewhere,
        ..order(1.0, "1")
    }];
    assert!(!holds(r#"{"restaurants":["Arbat"]}"#, &it));
}

#[test]
fn a_birthday_on_the_29th_of_february() {
    let it = Guest {
        birthday: Some(229),
        ..guest(1)
    };
    let at = |instant: &str, days: u32| {
        let asked = Asked {
            as_of: Zone::utc().parse(instant).unwrap(),
            ..asked()
        };
        conditions::Birthday { within_days: days }.holds(&it, &asked)
    };
    // The local day in Moscow begins at 21:00 UTC.
    for (instant, days, expected) in [
        ("2026-02-27T21:00:00Z", 0, true),
        ("2026-02-27T20:59:59Z", 0, false),
        ("2026-02-27T20:59:59Z", 1, true),
        ("2026-02-28T21:00:00Z", 0, false),
        ("2028-02-28T12:00:00Z", 0, false),
        ("2028-02-29T12:00:00Z", 0, true),
        ("2026-03-01T12:00:00Z", 363, false),
        ("2026-03-01T12:00:00Z", 364, true),
    ] {
        assert_eq!(at(instant, days), expected, "{instant} {days}");
    }
}

#[test]
fn one_reason_each_and_the_first_of_two_cards_gets_the_message() {
    let consenting = |id: i64, endpoints: Vec<Endpoint>| Guest {
        consents: [Channel::Push, Channel::Sms].into(),
        endpoints,
        ..guest(id)
    };
    let written_to = |id, phone, at| Guest {
        marketing: vec![(Timestamp(at), Fate::UnderWay)],
        ..consenting(id, vec![endpoint(phone, EndpointKind::Phone, true)])
    };
    let phone = || endpoint(7, EndpointKind::Phone, true);
    let base = [
        Guest {
            blacklisted: true,
            ..guest(1)
        },
        Guest {
            endpoints: vec![phone()],
            ..guest(2)
        },
        consenting(3, vec![endpoint(8, EndpointKind::WhatsApp, true)]),
        consenting(4, vec![phone()]),
        consenting(5, vec![phone()]),
        consenting(6, vec![phone(), endpoint(9, EndpointKind::Fcm, true)]),
        // One who was written to an hour ago, and a duplicate of them.
        written_to(7, 10, NOW.0 - DAY_MS / 24),
        written_to(8, 10, NOW.0 - DAY_MS / 24),
        written_to(9, 11, NOW.0 - DAY_MS),
        written_to(10, 12, NOW.0 + 1),
    ];
    let answer = audience(&base, &Segment::everybody(), &asked());
    let off = Asked {
        cap: FrequencyCap::NONE,
        ..asked()
    };
    let without = audience(&base, &Segment::everybody(), &off);
    assert_eq!(without.excluded[&Exclusion::FrequencyCap], 0);
    assert_eq!(without.reachable, 5);
    let by_channel = Channel::ALL.map(|channel| {
        let reached = [(Channel::Push, 1), (Channel::Sms, 4)]
            .into_iter()
            .find(|(c, _)| *c == channel);
        format!(r#""{channel}":{}"#, reached.map_or(0, |(_, guests)| guests))
    });
    let rest = r#"{"as_of":"2026-06-01T00:00:00Z","count":10,"reachable":4,"excluded":{"blacklisted":1,"no_consent":1,"no_live_endpoint":1,"duplicate_endpoint":2,"frequency_cap":1},"by_channel":{"#;
    assert_eq!(
        serde_json::to_string(&answer).unwrap(),
        format!("{rest}{}}}}}", by_channel.join(","))
    );
}

#[test]
fn explain_tells_every_clause_and_its_fact() {
    let it = Guest {
        orders: vec![order(40.0, "100"), order(20.0, "50.50")],
        ..guest(1)
    };
    let segment: Segment = r#"{"all":[{"retention":["lost","cooling"]},{"not":{"tags":{"any":["vip"]}}},
        {"orders":{"between":{"from":"2026-05-01","to":"2026-06-01"},"status":["delivered"],"count":{"min":5}}},
        {"last_order":{"last_days":30}}]}"#
        .parse()
        .unwrap();
    assert_eq!(
        segment.explain(&it, &asked()).to_string(),
        "\
no  all of
    yes retention is lost or cooling: cooling; first order 2026-04-22T00:00:00Z, latest 2026-05-12T00:00:00Z, returned 2026-05-12T00:00:00Z
    yes not
        no  tags: any of vip: has none
    no  orders in 2026-05-01..2026-06-01, delivered: wanted at least 5: 1 match of 2 in all, total 50.50, average 50.50
    yes latest order in the last 30 days: it was at 2026-05-12T00:00:00Z
"
    );
}

#[test]
fn averages_are_exact() {
    let bounds = Bounds {
        min: Some(Money(33)),
        max: Some(Money(34)),
    };
    assert!(!bounds.contains_average(Money(98), 3));
    assert!(bounds.contains_average(Money(99), 3));
    assert!(bounds.contains_average(Money(102), 3));
    assert!(!bounds.contains_average(Money(103), 3));
    assert!(!bounds.contains_average(Money(0), 0));
}
