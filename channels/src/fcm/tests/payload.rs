use super::{NOW, message, short};
use crate::fcm::payload::{TooLong, encode};
use crate::{Content, OutgoingMessage, Push};
use bellhop_domain::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

fn encoded(message: &OutgoingMessage<'_>, label: Option<&str>) -> Value {
    let Content::Push(push) = message.content else {
        unreachable!()
    };
    serde_json::from_slice(&encode(message, &push, label).unwrap()).unwrap()
}

#[test]
fn a_short_push() {
    assert_eq!(
        encoded(&short(), None),
        json!({"message": {
            "token": "device-token",
            "notification": {"title": "Pizza", "body": "Tonight at half price"},
            "data": {"message_id": "0000000000g"},
            "android": {"collapse_key": "run-7", "ttl": "3600s", "notification": {"tag": "run-7"}},
            "apns": {"headers": {"apns-expiration": "1772359200", "apns-collapse-id": "run-7"}},
            "webpush": {"headers": {"TTL": "3600", "Topic": "run-7"}},
        }})
    );
}

#[test]
fn a_push_with_everything() {
    let full = OutgoingMessage {
        customer: Some("guest-9"),
        ..message(Push {
            title: "«Пицца»",
            body: "line\n\"quoted\"",
            image: Some("https://cdn.example/p.jpg"),
            link: Some("https://go.example/a/0000000000g"),
        })
    };
    let image = "https://cdn.example/p.jpg";
    let link = "https://go.example/a/0000000000g";
    assert_eq!(
        encoded(&full, Some("spring")),
        json!({"message": {
            "token": "device-token",
            "notification": {"title": "«Пицца»", "body": "line\n\"quoted\"", "image": image},
            "data": {"message_id": "0000000000g", "link": link, "customer_id": "guest-9"},
            "android": {"collapse_key": "run-7", "ttl": "3600s", "notification": {"tag": "run-7"}},
            "apns": {
                "headers": {"apns-expiration": "1772359200", "apns-collapse-id": "run-7"},
                "payload": {"aps": {"mutable-content": 1}},
                "fcm_options": {"image": image},
            },
            "webpush": {"headers": {"TTL": "3600", "Topic": "run-7"}, "fcm_options": {"link": link}},
            "fcm_options": {"analytics_label": "spring"},
        }})
    );
}

#[test]
fn lifetimes_are_between_now_and_four_weeks() {
    for (expires, ttl) in [
        (-5, "0s"),
        (0, "0s"),
        (999, "0s"),
        (90_000, "90s"),
        (i64::MAX / 2, "2419200s"),
    ] {
        let message = OutgoingMessage {
            expires: Timestamp(NOW.0 + expires),
            ..short()
        };
        assert_eq!(encoded(&message, None)["message"]["android"]["ttl"], ttl, "{expires}");
    }
}

#[test]
fn a_link_that_is_not_https_stays_out_of_web_push() {
    let insecure = message(Push {
        title: "t",
        link: Some("app://menu"),
        ..Push::default()
    });
    let body = encoded(&insecure, None);
    assert_eq!(body["message"]["webpush"].get("fcm_options"), None);
    assert_eq!(body["message"]["data"]["link"], "app://menu");
}

#[test]
fn long_collapse_keys_are_cut_for_apns_and_left_out_for_the_web() {
    let key = "ж".repeat(40);
    let message = OutgoingMessage {
        collapse_key: &key,
        ..short()
    };
    let body = encoded(&message, None);
    assert_eq!(body["message"]["apns"]["headers"]["apns-collapse-id"], "ж".repeat(32));
    assert_eq!(body["message"]["webpush"]["headers"].get("Topic"), None);
}

#[test]
fn the_cap_is_4096_bytes_of_keys_and_values() {
    let counted = "title".len() + "body".len() + "message_id".len() + 11;
    let body = "ы".repeat((4096 - counted) / 2);
    let rest = "x".repeat(4096 - counted - body.len());
    let fits = Push {
        title: &rest,
        body: &body,
        ..Push::default()
    };
    assert!(encode(&short(), &fits, None).is_ok());
    let longer = format!("{rest}x");
    let too_long = Push { title: &longer, ..fits };
    assert_eq!(encode(&short(), &too_long, None), Err(TooLong { bytes: 4097 }));
}

proptest! {
    #[test]
    fn any_text_arrives_as_it_is(title in ".{0,200}", body in ".{0,200}", token in "[!-~]{1,60}") {
        let push = Push { title: &title, body: &body, ..Push::default() };
        let message = OutgoingMessage { address: &token, content: Content::Push(push), ..short() };
        let sent = encoded(&message, None);
        prop_assert_eq!(&sent["message"]["notification"]["title"], &title);
        prop_assert_eq!(&sent["message"]["notification"]["body"], &body);
        prop_assert_eq!(&sent["message"]["token"], &token);
    }
}
