use super::{NOW, PIZZA, message};
use crate::web_push::payload::{TooLong, encode, time_to_live, topic};
use crate::{Action, OutgoingMessage, WebPush};
use bellhop_domain::{MessageId, Timestamp};
use serde_json::{Value, json};

fn encoded(push: WebPush<'_>) -> Value {
    serde_json::from_slice(&encode(&message("", push), &push).unwrap()).unwrap()
}

#[test]
fn the_worker_and_safari_read_the_same_notification() {
    let full = encoded(WebPush {
        icon: Some("https://brand.example/icon.png"),
        image: Some("https://brand.example/pizza.jpg"),
        actions: &[
            Action {
                title: "Order",
                link: "https://brand.example/p/abc/0",
            },
            Action {
                title: "Menu",
                link: "https://brand.example/p/abc/1",
            },
        ],
        ..PIZZA
    });
    assert_eq!(
        full,
        json!({
            "web_push": 8030,
            "notification": {
                "title": "Pizza",
                "body": "Tonight at half price",
                "navigate": "https://brand.example/p/abc",
                "icon": "https://brand.example/icon.png",
                "image": "https://brand.example/pizza.jpg",
                "tag": "run-7",
                "actions": [
                    {"action": "0", "title": "Order", "navigate": "https://brand.example/p/abc/0"},
                    {"action": "1", "title": "Menu", "navigate": "https://brand.example/p/abc/1"},
                ],
                "data": {"message_id": MessageId(42).to_string()},
            },
        })
    );
}

#[test]
fn without_a_link_only_the_worker_can_show_it() {
    let bare = encoded(WebPush {
        body: "",
        link: None,
        ..PIZZA
    });
    let data = json!({"message_id": MessageId(42).to_string()});
    assert_eq!(
        bare,
        json!({"notification": {"title": "Pizza", "tag": "run-7", "data": data}})
    );
}

#[test]
fn text_is_measured_as_it_is_sent() {
    let frame = encode(&message("", PIZZA), &PIZZA).unwrap().len() - PIZZA.body.len();
    let body = "x".repeat(3993 - frame);
    let longest = WebPush { body: &body, ..PIZZA };
    assert_eq!(encode(&message("", longest), &longest).unwrap().len(), 3993);
    let longer = format!("{body}x");
    let longer = WebPush { body: &longer, ..PIZZA };
    assert_eq!(encode(&message("", longer), &longer), Err(TooLong { bytes: 3994 }));
}

#[test]
fn the_time_to_live_is_what_is_left_and_four_weeks_at_most() {
    let left = |ms: i64| {
        time_to_live(&OutgoingMessage {
            expires: Timestamp(NOW.0.saturating_add(ms)),
            ..message("", PIZZA)
        })
    };
    assert_eq!([left(3_600_000), left(1_999), left(0), left(-5)], [3600, 1, 0, 0]);
    assert_eq!(left(i64::MAX - NOW.0), 2_419_200);
}

#[test]
fn a_collapse_key_is_the_topic_or_is_hashed_into_one() {
    assert_eq!(topic("run-7"), "run-7");
    let longest = "a".repeat(32);
    assert_eq!(topic(&longest), longest);
    for key in ["", "a key", "кухня", &"a".repeat(33)] {
        let hashed = topic(key);
        assert_eq!(hashed.len(), 32);
        assert!(hashed.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_".contains(&c)));
        assert_eq!(hashed, topic(key));
    }
    assert_ne!(topic("a key"), topic("a kez"));
}
