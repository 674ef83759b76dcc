use super::{Dress, event, inbound, plain, tlv};
use crate::smpp::tests::NOW;
use crate::{Event, Receipt, ReceiptFor, ReceiptStatus};
use bellhop_domain::incoming::InboundContent;
use rusmpp::CommandId;
use serde_json::json;

const DELIVERED: &[u8] =
    b"id:31 sub:001 dlvrd:001 submit date:2603010900 done date:2603010901 stat:DELIVRD err:000 text:ok";

fn receipt(name: &str, dress: &Dress<'_>) -> Receipt {
    match event(dress, &json!({})) {
        Event::Receipt(receipt) => receipt,
        other => panic!("{name} {:?}: {other:?}", dress.id),
    }
}

/// Checks that both kinds of PDU are read as this receipt.
fn delivered(name: &str, dress: &Dress<'_>, ids: &[&str]) {
    for id in [CommandId::DeliverSm, CommandId::DataSm] {
        let told = receipt(name, &Dress { id, ..dress.clone() });
        let expected = match ids {
            [one] => ReceiptFor::Provider((*one).to_owned()),
            several => ReceiptFor::OneOf(several.iter().map(|&id| id.to_owned()).collect()),
        };
        assert_eq!(
            (told.attempt, told.status),
            (expected, ReceiptStatus::Delivered),
            "{name} {id:?}"
        );
    }
}

fn wide(text: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(text)
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect()
}

fn little(text: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(text)
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect()
}

#[test]
fn receipts_with_odd_tlvs() {
    let by_tlv = &["77", "31"][..];
    for (name, behind, ids) in [
        ("a zero behind the text", vec![0], &["31"][..]),
        (
            "zeros between",
            [vec![0], tlv(0x001E, b"77\0"), vec![0], tlv(0x0427, &[2])].concat(),
            by_tlv,
        ),
        (
            "an id without its zero",
            [tlv(0x001E, b"77"), tlv(0x0427, &[2])].concat(),
            by_tlv,
        ),
        (
            "a network error of two octets",
            [tlv(0x0423, &[3, 0]), tlv(0x001E, b"77\0")].concat(),
            by_tlv,
        ),
        (
            "a state of a later version",
            [tlv(0x001E, b"77\0"), tlv(0x0427, &[42])].concat(),
            by_tlv,
        ),
        (
            "a state of two octets",
            [tlv(0x001E, b"77\0"), tlv(0x0427, &[0, 2])].concat(),
            by_tlv,
        ),
        (
            "a state as a digit",
            [tlv(0x001E, b"77\0"), tlv(0x0427, b"2")].concat(),
            by_tlv,
        ),
        (
            "an operator's own, and an empty one",
            [tlv(0x1403, b"25001"), tlv(0x1400, b"")].concat(),
            &["31"],
        ),
        ("one that announces too much", vec![0x14, 3, 0, 200, 1], &["31"]),
        ("half a one", vec![0x14, 3, 0], &["31"]),
        ("an empty id", tlv(0x001E, b"\0"), &["31"]),
        ("the same id twice", tlv(0x001E, b"31\0"), &["31"]),
    ] {
        delivered(
            name,
            &Dress {
                esm_class: 4,
                behind,
                ..plain(DELIVERED)
            },
            ids,
        );
    }
    // Recognised by the TLVs alone, whatever the class says, with or without a text that says nothing.
    for esm_class in [0, 4, 0x08, 0x10, 0x18, 0x20, 0x24, 0x3C, 0x03, 0xC4] {
        for text in [&b""[..], b"-", b"Message delivered"] {
            let behind = [tlv(0x001E, b"77\0"), tlv(0x0427, &[2])].concat();
            delivered(
                "by TLV",
                &Dress {
                    esm_class,
                    behind,
                    ..plain(text)
                },
                &["77"],
            );
        }
    }
}

#[test]
fn receipts_in_every_encoding() {
    let capitals = DELIVERED.to_ascii_uppercase();
    let packed = crate::gsm7::pack(DELIVERED, 0);
    let with_header = [&[5, 0, 3, 9, 1, 1], DELIVERED].concat();
    let marked = [&[0xFE, 0xFF][..], &wide(DELIVERED)].concat();
    let cyrillic_text = [&DELIVERED[..DELIVERED.len() - 2], "ок".as_bytes()].concat();
    for (name, text) in [
        ("ASCII", DELIVERED.to_vec()),
        ("capitals", capitals.clone()),
        ("two octets a letter", wide(DELIVERED)),
        ("capitals in two octets", wide(&capitals)),
        ("in the other order", little(DELIVERED)),
        ("with a mark", marked),
        ("packed septets", packed),
        ("behind a header", with_header),
        ("a zero at the end", [DELIVERED, b"\0"].concat()),
        ("blanks around", [b" \r\n", DELIVERED, b"\r\n"].concat()),
        ("the message's letters in UTF-8", cyrillic_text),
    ] {
        for coding in [0x00, 0x01, 0x02, 0x03, 0x04, 0x08, 0x11, 0x18, 0xF0, 0xF1, 0xF5] {
            delivered(
                name,
                &Dress {
                    esm_class: 4,
                    coding,
                    ..plain(&text)
                },
                &["31"],
            );
            delivered(
                name,
                &Dress {
                    esm_class: 0,
                    coding,
                    ..plain(&text)
                },
                &["31"],
            );
        }
        let payload = Dress {
            esm_class: 4,
            behind: tlv(0x0424, &text),
            ..plain(b"")
        };
        delivered(name, &payload, &["31"]);
    }
}

/// Some operators forget the class: a text that is plainly a receipt is one.
#[test]
fn receipts_that_no_class_marks() {
    for esm_class in [0x00, 0x01, 0x03, 0x08, 0x10, 0x40, 0x80] {
        delivered(
            "by its text",
            &Dress {
                esm_class,
                ..plain(DELIVERED)
            },
            &["31"],
        );
    }
    for text in [
        &b"id:31 stat:DELIVRD err:000"[..],
        b"id:31 stat:DELIVRD",
        b"ID: 31, SUB: 001, STAT: delivered",
        b"stat:DELIVRD done date:2603010901 id:31",
        b"id:31 sub:001 dlvrd:001 submit date:2603010900 done date:2603010901 err:000",
    ] {
        delivered("by its text", &plain(text), &["31"]);
    }
    // What a guest may write counts as a guest's message.
    for text in [
        "STOP id:31 sub:001 stat:DELIVRD",
        "my id: 31, please stop",
        "status: hungry",
    ] {
        let told = inbound(&plain(text.as_bytes()), &json!({}));
        assert_eq!(told.content, InboundContent::Text(text.to_owned()));
    }
    // A manual acknowledgement from a phone is its guest's word.
    for esm_class in [0x08, 0x10, 0x18, 0x30] {
        let told = inbound(
            &Dress {
                esm_class,
                ..plain(b"STOP")
            },
            &json!({}),
        );
        assert_eq!(told.content, InboundContent::Text("STOP".to_owned()));
    }
}

/// A done date is used where its zone is known: by the section, or by itself.
#[test]
fn when_it_was_delivered() {
    for (done, offset, expected) in [
        // 2026-03-01 11:59 in Moscow.
        ("2603011159", Some("+03:00"), Some(NOW.0 - 60_000)),
        ("260301115907", Some("+03:00"), Some(NOW.0 - 53_000)),
        ("202603011159", Some("+03:00"), Some(NOW.0 - 60_000)),
        ("20260301115907", Some("+03:00"), Some(NOW.0 - 53_000)),
        ("2026-03-01 11:59:07", Some("+03:00"), Some(NOW.0 - 53_000)),
        ("2026/03/01 11:59", Some("+03:00"), Some(NOW.0 - 60_000)),
        ("2603011159", None, None),
        ("20260301115907", None, None),
        // With a zone of its own.
        ("260301115907012+", None, Some(NOW.0 - 53_000)),
        ("260301035907020-", Some("+03:00"), Some(NOW.0 - 53_000)),
        ("2026-03-01T11:59:07+03:00", None, Some(NOW.0 - 53_000)),
        ("2026-03-01T08:59:07Z", Some("+03:00"), Some(NOW.0 - 53_000)),
        ("2026-03-01 11:59:07 +0300", None, Some(NOW.0 - 53_000)),
        ("1772355547", None, Some(NOW.0 - 53_000)),
        ("1772355547000", None, Some(NOW.0 - 53_000)),
        ("soon", Some("+03:00"), None),
        ("2613011159", Some("+03:00"), None),
        ("00000000000000", Some("+03:00"), None),
    ] {
        let text = format!("id:31 sub:001 submit date:2603011158 done date:{done} stat:DELIVRD err:000 text:");
        let keys = offset.map_or_else(|| json!({}), |offset| json!({"receipt_utc_offset": offset}));
        match event(
            &Dress {
                esm_class: 4,
                ..plain(text.as_bytes())
            },
            &keys,
        ) {
            Event::Receipt(told) => assert_eq!(told.at.map(|at| at.0), expected, "{done} {offset:?}"),
            other => panic!("{other:?}"),
        }
    }
}
