//! Which message a receipt is about, by the id in its text and the id in its TLV.

use super::{Dress, event, plain, tlv};
use crate::{Event, ReceiptFor};
use serde_json::{Value, json};

fn about(text: &str, told: Option<&str>, keys: &Value) -> Vec<String> {
    let dress = Dress {
        esm_class: 4,
        behind: told.map_or_else(Vec::new, |id| {
            [tlv(0x001E, format!("{id}\0").as_bytes()), tlv(0x0427, &[2])].concat()
        }),
        ..plain(text.as_bytes())
    };
    match event(&dress, keys) {
        Event::Receipt(receipt) => match receipt.attempt {
            ReceiptFor::Provider(id) => vec![id],
            ReceiptFor::OneOf(ids) => ids,
            ReceiptFor::Ours(key) => panic!("{key}"),
        },
        other => panic!("{other:?}"),
    }
}

/// The TLV holds the id of the answer, in the form of the answer; the text has a form of its own.
#[test]
fn each_id_is_read_in_its_own_form() {
    let hex = json!({"message_ids": {"submit": "hex", "receipt": "decimal"}});
    let decimal = json!({"message_ids": {"submit": "decimal", "receipt": "hex"}});
    let (both_hex, as_is) = (json!({"message_ids": {"submit": "hex", "receipt": "hex"}}), json!({}));
    for (text, told, keys, expected) in [
        ("id:31 stat:DELIVRD", Some("1F"), &hex, &["31"][..]),
        ("", Some("1F"), &hex, &["31"]),
        ("id:0000000031 stat:DELIVRD", Some("0x001f"), &hex, &["31"]),
        ("stat:DELIVRD", Some("0000001F"), &hex, &["31"]),
        ("id:31 stat:DELIVRD", None, &hex, &["31"]),
        ("id:1f stat:DELIVRD", Some("31"), &decimal, &["31"]),
        ("", Some("31"), &decimal, &["31"]),
        ("id:1F stat:DELIVRD", Some("1f"), &both_hex, &["31"]),
        // The same digits twice: the operator repeats the text's id in the TLV.
        ("id:31 stat:DELIVRD", Some("31"), &hex, &["31", "49"]),
        // Two ids: the TLV's first, then the text's.
        ("id:77 stat:DELIVRD", Some("1F"), &hex, &["31", "77"]),
        ("id:77 stat:DELIVRD", Some("0b9e-x"), &hex, &["0b9e-x", "77"]),
        ("id:77 stat:DELIVRD", Some("31"), &as_is, &["31", "77"]),
    ] {
        assert_eq!(about(text, told, keys), expected, "{text:?} {told:?} {keys}");
    }
}

/// With ids as they are, a number has one id, however many leading zeros it has and whatever the case of its letters.
/// Earlier versions stored ids as they came, so the unchanged id is looked for too.
#[test]
fn as_they_are_zeros_in_front_and_capitals_make_no_other_id() {
    for (text, told, expected) in [
        ("id:20012001 stat:DELIVRD", None, &["20012001"][..]),
        ("id:000020012001 stat:DELIVRD", None, &["20012001", "000020012001"]),
        ("id:2002AF3C stat:DELIVRD", None, &["2002af3c", "2002AF3C"]),
        (
            "id:2002af3c stat:DELIVRD",
            Some("02002AF3C"),
            &["2002af3c", "02002AF3C"],
        ),
        ("id:0 stat:DELIVRD", None, &["0"]),
        ("id:0000 stat:DELIVRD", None, &["0", "0000"]),
        (
            "id:E9B4A2F0-07C1-4F3B-9A54-0D6F5C1B2A33 stat:DELIVRD",
            None,
            &[
                "e9b4a2f0-07c1-4f3b-9a54-0d6f5c1b2a33",
                "E9B4A2F0-07C1-4F3B-9A54-0D6F5C1B2A33",
            ],
        ),
        // An id in which the case of letters may matter.
        ("id:c0ffee-2006-X stat:DELIVRD", None, &["c0ffee-2006-X"]),
        ("id:0aBcXyZ stat:DELIVRD", None, &["0aBcXyZ"]),
    ] {
        assert_eq!(about(text, told, &json!({})), expected, "{text:?} {told:?}");
    }
}
