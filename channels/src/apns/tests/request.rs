use super::{DEVICE, NOW, message, short};
use crate::apns::payload::{TooLong, encode};
use crate::apns::request::{Priority, apns_id, headers};
use crate::{AttemptKey, Content, OutgoingMessage, Push};
use bellhop_domain::{MessageId, Timestamp};
use proptest::prelude::*;
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

fn header_map(message: &OutgoingMessage<'_>) -> HeaderMap {
    let topic = HeaderValue::from_static("com.example.app");
    headers(
        message,
        &topic,
        Priority::Immediate,
        &HeaderValue::from_static("bearer t"),
    )
}

fn encoded(message: &OutgoingMessage<'_>, sound: Option<&str>) -> Value {
    let Content::Push(push) = message.content else {
        unreachable!()
    };
    serde_json::from_slice(&encode(message, &push, sound).unwrap()).unwrap()
}

#[test]
fn the_headers_of_a_push() {
    let headers = header_map(&short());
    let mut seen: Vec<_> = headers.iter().map(|(n, v)| (n.as_str(), v.to_str().unwrap())).collect();
    seen.sort_unstable();
    assert_eq!(
        seen,
        [
            ("apns-collapse-id", "run-7"),
            ("apns-expiration", "1772359200"),
            ("apns-id", "00000000-0000-8002-a800-000000000001"),
            ("apns-priority", "10"),
            ("apns-push-type", "alert"),
            ("apns-topic", "com.example.app"),
            ("authorization", "bearer t"),
        ]
    );
    assert!(headers["apns-id"].is_sensitive(), "or it floods the table of HPACK");
}

#[test]
fn expirations_are_zero_once_expired_and_thirty_days_at_most() {
    for (expires, expected) in [(-5, "0"), (0, "0"), (1_000, "1772355601"), (i64::MAX / 2, "1774947600")] {
        let message = OutgoingMessage {
            expires: Timestamp(NOW.0.saturating_add(expires)),
            ..short()
        };
        assert_eq!(header_map(&message)["apns-expiration"], expected, "{expires}");
    }
}

#[test]
fn collapse_ids_are_cut_at_64_bytes_between_letters() {
    let with = |collapse_key: &str| {
        let message = OutgoingMessage {
            collapse_key,
            ..short()
        };
        header_map(&message).get("apns-collapse-id").cloned()
    };
    assert_eq!(
        with("ж".repeat(40).as_str()).unwrap().as_bytes(),
        "ж".repeat(32).as_bytes()
    );
    assert_eq!(with(format!("x{}", "ж".repeat(40)).as_str()).unwrap().len(), 63);
    assert_eq!(with(""), None);
    assert_eq!(with("a\nb"), None);
}

#[test]
fn a_short_payload() {
    assert_eq!(
        encoded(&short(), None),
        json!({
            "aps": {"alert": {"title": "Pizza", "body": "Tonight at half price"}},
            "message_id": "0000000000g",
        })
    );
}

#[test]
fn a_payload_with_everything() {
    let image = "https://cdn.example/p.jpg";
    let link = "https://go.example/a/0000000000g";
    let full = OutgoingMessage {
        customer: Some("guest-9"),
        ..message(Push {
            title: "",
            body: "line\n\"quoted\"",
            image: Some(image),
            link: Some(link),
        })
    };
    assert_eq!(
        encoded(&full, Some("default")),
        json!({
            "aps": {"alert": {"body": "line\n\"quoted\""}, "sound": "default", "mutable-content": 1},
            "message_id": "0000000000g",
            "image": image,
            "link": link,
            "customer_id": "guest-9",
        })
    );
}

#[test]
fn the_cap_is_4096_bytes_of_the_whole_body() {
    let empty = message(Push::default());
    let frame = encode(&empty, &Push::default(), None).unwrap().len();
    let body = "ы".repeat((4096 - frame) / 2);
    let push = |body| Push {
        body,
        ..Push::default()
    };
    let fits = encode(&empty, &push(&body), None).unwrap().len();
    assert!((4095..=4096).contains(&fits));
    let longer = format!("{body}ы");
    assert_eq!(encode(&empty, &push(&longer), None), Err(TooLong { bytes: fits + 2 }));
}

proptest! {
    #[test]
    fn any_text_arrives_as_it_is(title in ".{1,200}", body in ".{0,200}") {
        let push = Push { title: &title, body: &body, ..Push::default() };
        let sent = encoded(&OutgoingMessage { content: Content::Push(push), address: DEVICE, ..short() }, None);
        prop_assert_eq!(&sent["aps"]["alert"]["title"], &title);
        prop_assert_eq!(&sent["aps"]["alert"]["body"], &body);
    }

    #[test]
    fn an_attempts_id_is_a_canonical_uuid_and_holds_the_whole_attempt(message: u64, lease in 0_i64..1 << 58) {
        let id = apns_id(AttemptKey { message: MessageId(message), lease });
        let groups: Vec<&str> = id.split('-').collect();
        prop_assert_eq!(groups.iter().map(|g| g.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        prop_assert!(id.bytes().all(|c| c == b'-' || c.is_ascii_digit() || (b'a'..=b'f').contains(&c)));
        prop_assert!(groups[2].starts_with('8') && b"89ab".contains(&groups[3].as_bytes()[0]));
        let bits = u128::from_str_radix(&id.replace('-', ""), 16).unwrap();
        let own = (((bits >> 80) << 16) | (((bits >> 64) & 0xfff) << 4) | ((bits >> 58) & 0xf), bits & ((1 << 58) - 1));
        prop_assert_eq!(own, (u128::from(message), u128::from(lease.unsigned_abs())));
    }
}
