//! Who wrote a message: hidden numbers, several ids of one person, changed numbers, groups; and what one odd item
//! costs.

use super::{NOW, events_of, of_our_number};
use crate::Event;
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::{Inbound, InboundContent, Moved, Preference};
use serde_json::{Value, json};

fn text(head: Value) -> Value {
    let mut message = json!({"id": "wamid.P", "timestamp": "1772355600", "type": "text", "text": {"body": "СТОП"}});
    message
        .as_object_mut()
        .unwrap()
        .extend(head.as_object().unwrap().clone());
    message
}

fn read(messages: Value, contacts: Value) -> Vec<Event> {
    events_of(
        "messages",
        &of_our_number(json!({"contacts": contacts, "messages": messages})),
    )
}

fn inbound(event: &Event) -> &Inbound {
    match event {
        Event::Inbound(inbound) => inbound,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_id_that_is_told_of_the_sender() {
    let phone = "+79990000000";
    for (head, contacts, from, also) in [
        (json!({"from": "79990000000"}), json!([]), phone, &[][..]),
        (json!({"from_user_id": "RU.134"}), json!([]), "RU.134", &[]),
        (json!({"from": "RU.134"}), json!([]), "RU.134", &[]),
        (
            json!({"from": "79990000000", "from_user_id": "RU.134"}),
            json!([]),
            phone,
            &["RU.134"],
        ),
        // The phone stands in the contact alone.
        (
            json!({"from_user_id": "RU.134"}),
            json!([{"wa_id": "79990000000", "user_id": "RU.134"}]),
            phone,
            &["RU.134"],
        ),
        (
            json!({"from_user_id": "RU.134"}),
            json!([{"wa_id": "79990000000"}]),
            phone,
            &["RU.134"],
        ),
        (
            json!({"from": "79990000000"}),
            json!([{"wa_id": "79990000000", "user_id": "RU.134", "parent_user_id": "RU.ENT.77"}]),
            phone,
            &["RU.134", "RU.ENT.77"],
        ),
        (
            json!({}),
            json!([{"wa_id": "79990000000", "user_id": "RU.134"}]),
            phone,
            &["RU.134"],
        ),
        // The contact of somebody else is no hint.
        (
            json!({"from": "79990000000"}),
            json!([{"wa_id": "79990000001", "user_id": "RU.9"}]),
            phone,
            &[],
        ),
        (
            json!({"from_user_id": "RU.134"}),
            json!([{"wa_id": "79990000001", "user_id": "RU.9"}]),
            "RU.134",
            &[],
        ),
        (
            json!({"from_user_id": "RU.134"}),
            json!([{"user_id": "RU.9", "wa_id": "79990000009"}, {"user_id": "RU.134", "wa_id": "79990000000"}]),
            phone,
            &["RU.134"],
        ),
    ] {
        let events = read(json!([text(head.clone())]), contacts);
        let told = inbound(&events[0]);
        assert_eq!(
            (told.from.as_str(), told.also.as_slice()),
            (from, &also.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>()[..]),
            "{head}"
        );
        assert_eq!(told.content, InboundContent::Text("СТОП".to_owned()));
    }
}

/// The only contact of a call with two senders does not by itself belong to either.
#[test]
fn a_contact_of_one_is_not_lent_to_the_other() {
    let messages = json!([
        text(json!({"from": "79990000000"})),
        text(json!({"from_user_id": "RU.2", "id": "wamid.Q"}))
    ]);
    let events = read(messages, json!([{"user_id": "RU.134", "profile": {"name": "Анна"}}]));
    let told: Vec<_> = events
        .iter()
        .map(|event| (inbound(event).from.as_str(), inbound(event).also.len()))
        .collect();
    assert_eq!(told, [("+79990000000", 0), ("RU.2", 0)]);
}

#[test]
fn a_changed_number_moves_its_guest_and_is_nobodys_word() {
    let moved = |from: &str, to: &str| {
        Some(Moved {
            from: from.to_owned(),
            to: to.to_owned(),
            at: NOW,
        })
    };
    let phones = moved("+79990000000", "+79990000001");
    for (head, system, expected) in [
        (
            json!({"from": "79990000000"}),
            json!({"type": "user_changed_number", "wa_id": "79990000001"}),
            &phones,
        ),
        (
            json!({"from": "79990000000"}),
            json!({"type": "customer_changed_number", "new_wa_id": "79990000001"}),
            &phones,
        ),
        (
            json!({}),
            json!({"type": "user_changed_number", "customer": "79990000000", "wa_id": "79990000001"}),
            &phones,
        ),
        (
            json!({"from_user_id": "RU.1"}),
            json!({"type": "user_changed_user_id", "user_id": "RU.2"}),
            &moved("RU.1", "RU.2"),
        ),
        (
            json!({"from": "79990000000"}),
            json!({"type": "user_changed_user_id", "previous_user_id": "RU.1", "user_id": "RU.2"}),
            &moved("RU.1", "RU.2"),
        ),
        (
            json!({"from": "79990000000"}),
            json!({"type": "user_changed_number", "wa_id": "79990000000"}),
            &None,
        ),
        (
            json!({"from": "79990000000"}),
            json!({"type": "user_changed_number"}),
            &None,
        ),
        // Two ways to write one number are no change, and what is told in an older way is moved by today's.
        (
            json!({"from": "551188887777"}),
            json!({"type": "user_changed_number", "wa_id": "5511988887777"}),
            &None,
        ),
        (
            json!({"from": "5215512345678"}),
            json!({"type": "user_changed_number", "wa_id": "525512345678"}),
            &None,
        ),
        (
            json!({"from": "5215512345678"}),
            json!({"type": "user_changed_number", "wa_id": "5215598765432"}),
            &moved("+525512345678", "+525598765432"),
        ),
        (
            json!({"from": "79990000000"}),
            json!({"type": "user_identity_changed", "identity": {}}),
            &None,
        ),
        (
            json!({"from": "79990000000"}),
            json!({"type": "customer_identity_changed"}),
            &None,
        ),
    ] {
        let mut message = json!({"id": "wamid.S", "timestamp": "1772355600", "type": "system", "system": system});
        message["system"]["body"] = json!("СТОП");
        message
            .as_object_mut()
            .unwrap()
            .extend(head.as_object().unwrap().clone());
        match (&read(json!([message]), json!([]))[..], expected) {
            ([Event::Moved(told)], Some(expected)) => assert_eq!(told, expected),
            ([Event::Unrecognised { kind, .. }], None) => assert!(kind.starts_with("system "), "{kind}"),
            (other, _) => panic!("{message}: {other:?}"),
        }
    }
}

#[test]
fn edits_and_revokes_are_no_new_messages_and_notices_no_words() {
    let message = |kind: &str, part: Value| json!({"from": "79990000000", "id": "wamid.E", "timestamp": "1772355600", "type": kind, kind: part});
    let edited = |text: Option<&str>| InboundContent::Edited {
        of: "wamid.0".to_owned(),
        text: text.map(str::to_owned),
    };
    for (part, expected) in [
        (json!({"type": "text", "text": {"body": "СТОП"}}), edited(Some("СТОП"))),
        (json!({"text": {"body": "СТОП"}}), edited(Some("СТОП"))),
        (
            json!({"type": "image", "image": {"id": "1", "caption": "стоп"}}),
            edited(Some("стоп")),
        ),
        (json!({}), edited(None)),
    ] {
        let events = read(
            json!([message(
                "edit",
                json!({"original_message_id": "wamid.0", "message": part})
            )]),
            json!([]),
        );
        assert_eq!(inbound(&events[0]).content, expected);
        assert!(!inbound(&events[0]).content.opens_window());
    }
    let grouped = |mut message: Value| {
        message["group_id"] = json!("1203");
        message
    };
    let revoked = read(
        json!([message("revoke", json!({"original_message_id": "wamid.0"}))]),
        json!([]),
    );
    assert_eq!(
        inbound(&revoked[0]).content,
        InboundContent::Revoked {
            of: "wamid.0".to_owned()
        }
    );
    for (odd, expected) in [
        (message("request_welcome", json!({})), "request_welcome"),
        (
            text(json!({"from": "79990000000", "group_id": "1203"})),
            "message in a group",
        ),
        (
            grouped(message(
                "edit",
                json!({"original_message_id": "wamid.0", "message": {"type": "text", "text": {"body": "СТОП"}}}),
            )),
            "message in a group",
        ),
        (
            grouped(message("reaction", json!({"message_id": "wamid.0", "emoji": "👎"}))),
            "message in a group",
        ),
        (
            grouped(message("button", json!({"payload": "STOP", "text": "STOP"}))),
            "message in a group",
        ),
        (
            grouped(message("revoke", json!({"original_message_id": "wamid.0"}))),
            "message in a group",
        ),
    ] {
        let events = read(json!([odd]), json!([]));
        assert!(
            matches!(&events[..], [Event::Unrecognised { kind, .. }] if kind == expected),
            "{events:?}"
        );
    }
}

/// One odd item, wherever it is, does not affect the STOP beside it.
#[test]
fn one_odd_item_costs_itself_only() {
    let stop = text(json!({"from": "79990000000"}));
    let whole = |change: &dyn Fn(&mut Value)| {
        let mut value = of_our_number(json!({"contacts": [{"wa_id": "79990000000"}], "messages": [stop]}));
        change(&mut value);
        let entry = json!({"id": super::WABA, "changes": [{"field": "messages", "value": value}]});
        json!({"object": "whatsapp_business_account", "entry": [entry]})
    };
    let bodies = [
        whole(&|value| value["contacts"] = json!({"wa_id": "79990000000"})),
        whole(&|value| value["contacts"] = json!("odd")),
        whole(&|value| value["contacts"] = json!([null, 7, {"profile": "odd", "wa_id": 7}])),
        whole(&|value| value["messages"] = json!([null, {}, [], "x", stop])),
        whole(&|value| value["messages"] = stop.clone()),
        whole(&|value| value["statuses"] = json!([null, {"status": 7}])),
        whole(&|value| value["user_preferences"] = json!({"category": 1})),
        whole(&|value| value["errors"] = json!("odd")),
        {
            let mut body = whole(&|_| ());
            body["entry"] = json!([null, {"changes": 7}, body["entry"][0]]);
            body["entry"][2]["id"] = json!(7);
            body["entry"][2]["time"] = json!("soon");
            body
        },
        {
            let mut body = whole(&|_| ());
            let change = body["entry"][0]["changes"][0].clone();
            body["entry"][0]["changes"] = json!([null, {"value": {}}, {"field": 1, "value": {}}, change]);
            body
        },
    ];
    let texts = bodies.iter().map(Value::to_string);
    // A name that was cut within an emoji.
    let cut = whole(&|value| value["contacts"][0]["profile"] = json!({"name": "A*"}))
        .to_string()
        .replace("A*", r"A\ud83c");
    for body in texts.chain([cut]) {
        let events = crate::whatsapp_cloud::webhook::read(body.as_bytes(), &super::ours(), NOW).unwrap();
        let stops = events
            .iter()
            .filter(|event| matches!(event, Event::Inbound(told) if told.from == "+79990000000"));
        assert_eq!(stops.count(), 1, "{body}: {events:?}");
    }
}

#[test]
fn a_wish_about_marketing_counts_for_every_address() {
    let wish = |told: Value| events_of("user_preferences", &of_our_number(json!({"user_preferences": [told]})));
    let addresses = |events: &[Event]| -> Vec<(String, Timestamp)> {
        let address = |event: &Event| match event {
            Event::Preference(Preference {
                address,
                given: false,
                at,
                ..
            }) => (address.clone(), *at),
            other => panic!("{other:?}"),
        };
        events.iter().map(address).collect()
    };
    let stop = json!({"category": "marketing_messages", "value": "stop", "wa_id": "79990000000", "user_id": "RU.134"});
    let both = ["+79990000000", "RU.134"].map(|address| (address.to_owned(), NOW));
    assert_eq!(addresses(&wish(stop.clone())), both, "without a time: now");
    // The phone stands in the contact alone.
    let hidden = json!({"contacts": [{"wa_id": "79990000000", "user_id": "RU.134"}, {"wa_id": "79990000009"}],
        "user_preferences": [{"category": "marketing_messages", "value": "stop", "user_id": "RU.134"}]});
    assert_eq!(addresses(&events_of("user_preferences", &of_our_number(hidden))), both);
    let mut start = stop.clone();
    start["value"] = json!("resume");
    assert!(
        matches!(wish(start)[..], [Event::Unrecognised { .. }]),
        "a consent says when"
    );
    let status = json!({"id": "wamid.1", "status": "failed", "timestamp": "1772355600", "recipient_id": "79990000000",
        "recipient_user_id": "RU.134", "errors": [{"code": 131_050, "title": "Stopped"}]});
    let events = events_of("messages", &of_our_number(json!({"statuses": [status]})));
    assert_eq!(addresses(&events[1..]), both);
    let mut group = status;
    group["recipient_type"] = json!("group");
    assert_eq!(
        events_of("messages", &of_our_number(json!({"statuses": [group]}))).len(),
        1
    );
}
