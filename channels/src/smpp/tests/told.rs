//! Guests' words and receipts as operators really write them: octets by hand, as no library of theirs would.

use super::super::config::Settings;
use super::super::deliver::heard;
use super::super::parts::Parts;
use super::super::wire::Frame;
use super::{NOW, section};
use crate::{Event, ReceiptFor, ReceiptStatus};
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::{Inbound, InboundContent};
use bellhop_domain::opt_out::{Reading, Wish};
use bytes::Bytes;
use rusmpp::CommandId;
use serde_json::{Value, json};

/// The parts of a PDU that operators dress.
#[derive(Clone)]
struct Dress<'a> {
    id: CommandId,
    ton: u8,
    npi: u8,
    source: &'a str,
    esm_class: u8,
    coding: u8,
    text: &'a [u8],
    /// Behind the text.
    behind: Vec<u8>,
}

fn plain(text: &[u8]) -> Dress<'_> {
    Dress {
        id: CommandId::DeliverSm,
        ton: 1,
        npi: 1,
        source: "79990000000",
        esm_class: 0,
        coding: 0,
        text,
        behind: Vec::new(),
    }
}

fn tlv(tag: u16, value: &[u8]) -> Vec<u8> {
    [&tag.to_be_bytes()[..], &(value.len() as u16).to_be_bytes(), value].concat()
}

fn frame(dress: &Dress<'_>) -> Frame {
    let mut body = vec![0, dress.ton, dress.npi];
    body.extend(dress.source.as_bytes());
    body.extend([0, 5, 0]);
    body.extend(b"PIZZA\0");
    if dress.id == CommandId::DataSm {
        body.extend([dress.esm_class, 0, dress.coding]);
        body.extend(tlv(0x0424, dress.text));
    } else {
        body.extend([
            dress.esm_class,
            0,
            0,
            0,
            0,
            0,
            0,
            dress.coding,
            0,
            dress.text.len() as u8,
        ]);
        body.extend(dress.text);
    }
    body.extend(&dress.behind);
    Frame {
        id: dress.id,
        status: 0,
        sequence: 7,
        body: Bytes::from(body),
    }
}

fn settings(keys: &Value) -> Settings {
    let mut section = section();
    section
        .as_object_mut()
        .unwrap()
        .extend(keys.as_object().unwrap().clone());
    super::read(&section).unwrap()
}

fn event(dress: &Dress<'_>, keys: &Value) -> Event {
    heard(&frame(dress), &settings(keys), NOW).event
}

fn inbound(dress: &Dress<'_>, keys: &Value) -> Inbound {
    match event(dress, keys) {
        Event::Inbound(inbound) => inbound,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_number_in_every_notation() {
    let same = "+79990000000";
    for (ton, source, region, expected) in [
        (1, "79990000000", "RU", same),
        (1, "+79990000000", "RU", same),
        (1, "0079990000000", "RU", same),
        (0, "79990000000", "RU", same),
        (0, "89990000000", "RU", same),
        (0, "9990000000", "RU", same),
        (0, "+7 (999) 000-00-00", "RU", same),
        (2, "9990000000", "RU", same),
        (2, "89990000000", "RU", same),
        (2, "79990000000", "RU", same),
        // Declared wrongly.
        (1, "89990000000", "RU", same),
        (1, "9990000000", "RU", same),
        (3, "79990000000", "RU", same),
        (4, "9990000000", "RU", same),
        (5, "79990000000", "RU", same),
        (6, "79990000000", "RU", same),
        // A zero in front of national numbers, and other countries' guests.
        (2, "07911123456", "GB", "+447911123456"),
        (0, "07911123456", "GB", "+447911123456"),
        (2, "7911123456", "GB", "+447911123456"),
        (0, "447911123456", "GB", "+447911123456"),
        (1, "447911123456", "RU", "+447911123456"),
        (0, "447911123456", "RU", "+447911123456"),
        (0, "375291234567", "RU", "+375291234567"),
        (2, "0641234567", "RS", "+381641234567"),
        (2, "87012345678", "KZ", "+77012345678"),
        // No numbers of people.
        (5, "BANK", "RU", "BANK"),
        (3, "1234", "RU", "1234"),
        (0, "900", "RU", "900"),
        (1, "", "RU", ""),
        // Of no plan: the digits stay.
        (1, "99999999999999", "RU", "+99999999999999"),
    ] {
        for npi in [0, 1, 8] {
            let told = inbound(
                &Dress {
                    ton,
                    npi,
                    source,
                    ..plain(b"hi")
                },
                &json!({"region": region}),
            );
            assert_eq!(told.from, expected, "{ton} {source} {region}");
        }
    }
    let told = inbound(
        &Dress {
            ton: 2,
            source: "9990000000",
            ..plain(b"hi")
        },
        &json!({}),
    );
    assert_eq!(told.from, same, "without a region: Russia's");
}

/// 3GPP TS 23.038 §4: every data coding in which a phone can say it.
#[test]
fn stop_in_every_coding() {
    let wide: Vec<u8> = "СТОП".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let little: Vec<u8> = "СТОП".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let latin: Vec<u8> = "STOP".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let packed = crate::gsm7::pack(b"STOP", 0);
    let none = json!({});
    let mut rows: Vec<(u8, Vec<u8>, &Value)> = Vec::new();
    let septets = [
        0x00, 0x10, 0x11, 0x12, 0x13, 0x40, 0x43, 0x50, 0x53, 0xC0, 0xC8, 0xD0, 0xDF, 0xF0, 0xF1, 0xF2, 0xF3, 0xF8,
    ];
    rows.extend(septets.map(|coding| (coding, b"STOP".to_vec(), &none)));
    rows.extend([0x08, 0x18, 0x19, 0x1B, 0x48, 0x58, 0xE0, 0xEF].map(|coding| (coding, wide.clone(), &none)));
    // ASCII, Latin-1, octets, what is reserved, and compressed by their name only.
    let octets = [
        0x01, 0x02, 0x03, 0x04, 0x05, 0x07, 0x0D, 0x0E, 0x14, 0x15, 0x1C, 0x20, 0x31, 0x44, 0x60, 0x7F, 0x80, 0xBF,
        0xF4, 0xF5, 0xF7,
    ];
    rows.extend(octets.map(|coding| (coding, b"STOP".to_vec(), &none)));
    rows.push((0x06, vec![0xC1, 0xC2, 0xBE, 0xBF], &none));
    // With a mark, in the other order, with half a letter or a zero behind it.
    rows.push((0x08, [&[0xFE, 0xFF], &wide[..]].concat(), &none));
    rows.push((0x08, [&[0xFF, 0xFE], &little[..]].concat(), &none));
    rows.push((0x08, little.clone(), &none));
    rows.push((0x08, [&wide[..], &[0]].concat(), &none));
    rows.push((0x08, [&wide[..], &[0, 0]].concat(), &none));
    rows.push((0x03, b"STOP\0".to_vec(), &none));
    // Declared as another.
    rows.push((0x00, wide.clone(), &none));
    rows.push((0x00, latin.clone(), &none));
    rows.push((0x04, wide.clone(), &none));
    rows.push((0x04, "СТОП".as_bytes().to_vec(), &none));
    rows.push((0x00, "СТОП".as_bytes().to_vec(), &none));
    rows.push((0x00, packed.clone(), &none));
    let by_contract = json!({"gsm7": "packed"});
    rows.push((0x00, packed.clone(), &by_contract));
    rows.push((0xF1, packed, &by_contract));
    rows.push((0x00, b"STOP".to_vec(), &by_contract));
    let off = json!({"gsm7": "off"});
    rows.push((0x00, b"STOP".to_vec(), &off));
    for (coding, text, keys) in rows {
        for id in [CommandId::DeliverSm, CommandId::DataSm] {
            let told = inbound(
                &Dress {
                    id,
                    coding,
                    ..plain(&text)
                },
                keys,
            );
            let reading = told.content.reading();
            assert!(
                matches!(reading, Reading::Sure { wish: Wish::Stop, .. }),
                "{coding:#x} {text:x?}: {:?}",
                told.content
            );
        }
    }
}

#[test]
fn headers_payloads_and_national_letters() {
    let none = Vec::new;
    for (esm_class, coding, text, behind, expected) in [
        // The payload beside an empty text, beside a text, and an empty one.
        (0, 0, &b""[..], tlv(0x0424, b"STOP"), "STOP"),
        (0, 0, b"x", tlv(0x0424, b"STOP"), "STOP"),
        (0, 0, b"STOP", tlv(0x0424, b""), "STOP"),
        // A header that is told by no bit, ports, and one that is broken.
        (0, 0, b"\x05\x00\x03\x09\x01\x01STOP", none(), "STOP"),
        (0x40, 0, b"\x06\x05\x04\x0b\x84\x23\xf0STOP", none(), "STOP"),
        (0x40, 0, b"\x03\x00\x09\x09STOP", none(), "♥\u{1b}"),
        // Turkish and Spanish letters, behind an escape and in place of others.
        (0x40, 0, b"\x03\x24\x01\x01\x1bIPTAL", none(), "İPTAL"),
        (0x40, 0, b"\x03\x25\x01\x01\x40PTAL", none(), "İPTAL"),
        (0x40, 0, b"\x03\x24\x01\x02NO M\x1ba\x1bs", none(), "NO Más"),
        (0x40, 0, b"\x03\x24\x01\x03N\x1b\x7bO", none(), "NãO"),
        (0x40, 0, b"\x03\x25\x01\x09STOP", none(), "STOP"),
    ] {
        let dress = Dress {
            esm_class,
            coding,
            behind,
            ..plain(text)
        };
        let told = inbound(&dress, &json!({}));
        match expected {
            "♥\u{1b}" => assert!(told.content.words().unwrap().ends_with("STOP")),
            expected => assert_eq!(told.content, InboundContent::Text(expected.to_owned())),
        }
    }
}

const DELIVERED: &[u8] =
    b"id:31 sub:001 dlvrd:001 submit date:2603010900 done date:2603010901 stat:DELIVRD err:000 text:ok";

#[test]
fn receipts_in_every_dress() {
    let delivered = |id: &str| (ReceiptFor::Provider(id.to_owned()), ReceiptStatus::Delivered);
    let wide: Vec<u8> = String::from_utf8_lossy(DELIVERED)
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    for (name, dress, id) in [
        (
            "a zero behind the text",
            Dress {
                behind: vec![0],
                ..plain(DELIVERED)
            },
            "31",
        ),
        (
            "zeros between",
            Dress {
                behind: [vec![0], tlv(0x001E, b"77\0"), vec![0], tlv(0x0427, &[2])].concat(),
                ..plain(DELIVERED)
            },
            "77",
        ),
        (
            "an id without its zero",
            Dress {
                behind: [tlv(0x001E, b"77"), tlv(0x0427, &[2])].concat(),
                ..plain(DELIVERED)
            },
            "77",
        ),
        (
            "a network error of two octets",
            Dress {
                behind: [tlv(0x0423, &[3, 0]), tlv(0x001E, b"77\0")].concat(),
                ..plain(DELIVERED)
            },
            "77",
        ),
        (
            "a state of a later version",
            Dress {
                behind: [tlv(0x001E, b"77\0"), tlv(0x0427, &[42])].concat(),
                ..plain(DELIVERED)
            },
            "77",
        ),
        (
            "a state of two octets",
            Dress {
                behind: [tlv(0x001E, b"77\0"), tlv(0x0427, &[0, 2])].concat(),
                ..plain(b"")
            },
            "77",
        ),
        (
            "an operator's own, and an empty one",
            Dress {
                behind: [tlv(0x1403, b"25001"), tlv(0x1400, b"")].concat(),
                ..plain(DELIVERED)
            },
            "31",
        ),
        (
            "one that announces too much",
            Dress {
                behind: vec![0x14, 3, 0, 200, 1],
                ..plain(DELIVERED)
            },
            "31",
        ),
        (
            "half a one",
            Dress {
                behind: vec![0x14, 3, 0],
                ..plain(DELIVERED)
            },
            "31",
        ),
        (
            "an empty id",
            Dress {
                behind: tlv(0x001E, b"\0"),
                ..plain(DELIVERED)
            },
            "31",
        ),
        (
            "in the payload",
            Dress {
                behind: tlv(0x0424, DELIVERED),
                ..plain(b"")
            },
            "31",
        ),
        (
            "in two octets a letter",
            Dress {
                coding: 8,
                ..plain(&wide)
            },
            "31",
        ),
        (
            "flash",
            Dress {
                coding: 0xF1,
                ..plain(DELIVERED)
            },
            "31",
        ),
    ] {
        for by in [CommandId::DeliverSm, CommandId::DataSm] {
            let dress = Dress {
                id: by,
                esm_class: 4,
                ..dress.clone()
            };
            match event(&dress, &json!({})) {
                Event::Receipt(receipt) => {
                    assert_eq!((receipt.attempt, receipt.status), delivered(id), "{name} {by:?}")
                }
                other => panic!("{name} {by:?}: {other:?}"),
            }
        }
    }
}

/// Marked as a receipt and none: a guest's word may be what it is.
#[test]
fn a_stop_in_a_receipts_dress() {
    let told = inbound(
        &Dress {
            esm_class: 4,
            ..plain(b"STOP")
        },
        &json!({}),
    );
    assert_eq!(told.content, InboundContent::Text("STOP".to_owned()));
    let unreadable = Frame {
        body: Bytes::from_static(b"\0\x01"),
        ..frame(&Dress {
            id: CommandId::DataSm,
            ..plain(b"")
        })
    };
    let kept = heard(&unreadable, &settings(&json!({})), NOW).event;
    assert!(matches!(kept, Event::Unrecognised { kind, .. } if kind == "smpp: an unreadable data_sm"));
}

fn texts(events: &[Event]) -> Vec<&str> {
    let words = |event| match event {
        &Event::Inbound(Inbound { ref content, .. }) => content.words().unwrap_or_default(),
        other => panic!("{other:?}"),
    };
    events.iter().map(words).collect()
}

#[test]
fn parts_by_header_or_by_tlvs_make_one_message() {
    let settings = settings(&json!({}));
    let by_header = |reference: u8, number: u8, text: &str| {
        let text = [&[5, 0, 3, reference, 2, number], text.as_bytes()].concat();
        heard(
            &frame(&Dress {
                esm_class: 0x40,
                ..plain(&text)
            }),
            &settings,
            NOW,
        )
    };
    let by_tlvs = |number: u8, text: &str| {
        let behind = [tlv(0x020C, &[0, 9]), tlv(0x020E, &[2]), tlv(0x020F, &[number])].concat();
        heard(
            &frame(&Dress {
                behind,
                ..plain(text.as_bytes())
            }),
            &settings,
            NOW,
        )
    };
    let mut parts = Parts::default();
    // At once, in any order, told twice, and another's between them.
    let (events, whole) = parts.events(
        vec![
            by_header(9, 2, "OP"),
            by_header(7, 1, "else"),
            by_header(9, 2, "OP"),
            by_header(9, 1, "ST"),
        ],
        NOW,
    );
    assert_eq!(texts(&events), ["else", "STOP"]);
    // Not stored: it comes again.
    let (again, _) = parts.events(vec![by_header(9, 1, "ST")], NOW);
    assert_eq!(texts(&again), ["STOP"]);
    parts.forget(&whole);
    // One after the other, and a reference that is used anew.
    let (events, _) = parts.events(vec![by_header(9, 1, "ST")], NOW);
    assert_eq!(texts(&events), ["ST"]);
    let (events, whole) = parts.events(vec![by_header(9, 2, "OP")], NOW);
    assert_eq!(texts(&events), ["STOP"]);
    parts.forget(&whole);
    assert_eq!(
        texts(&parts.events(vec![by_tlvs(1, "ST"), by_tlvs(2, "OP")], NOW).0),
        ["STOP"]
    );
    // Too late to belong together.
    parts.events(vec![by_header(1, 1, "ST")], NOW);
    let late = Timestamp(NOW.0 + 11 * 60_000);
    assert_eq!(texts(&parts.events(vec![by_header(1, 2, "OP")], late).0), ["OP"]);
}
