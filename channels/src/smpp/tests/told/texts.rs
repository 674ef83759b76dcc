use super::{Dress, frame, inbound, plain, settings, tlv};
use crate::Event;
use crate::smpp::deliver::heard;
use crate::smpp::tests::NOW;
use crate::smpp::wire::Frame;
use bellhop_domain::incoming::InboundContent;
use bellhop_domain::opt_out::{Reading, Wish};
use bytes::Bytes;
use encoding_rs::{ISO_8859_5, KOI8_R, WINDOWS_1251};
use proptest::prelude::*;
use rusmpp::CommandId;
use serde_json::{Value, json};

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
    // ASCII, Latin-1, binary, reserved codings, and ones that are only declared to be compressed.
    let octets = [
        0x01, 0x02, 0x03, 0x04, 0x05, 0x07, 0x0D, 0x0E, 0x14, 0x15, 0x1C, 0x20, 0x31, 0x44, 0x60, 0x7F, 0x80, 0xBF,
        0xF4, 0xF5, 0xF7,
    ];
    rows.extend(octets.map(|coding| (coding, b"STOP".to_vec(), &none)));
    rows.push((0x06, vec![0xC1, 0xC2, 0xBE, 0xBF], &none));
    // With a byte order mark, in the other byte order, with half a letter or a zero at the end.
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

/// Seven letters leave room for an eighth, of filling; blanks, ends of lines and zeros are no letters.
#[test]
fn a_no_of_any_length_and_with_anything_behind_it() {
    let packed = json!({"gsm7": "packed"});
    let none = json!({});
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
    let septets = |word: &str| crate::gsm7::pack(word.as_bytes(), 0);
    let mut rows: Vec<(u8, Vec<u8>, &Value)> = Vec::new();
    for word in [
        "END",
        "STOP",
        "OPTOUT",
        "STOPALL",
        "STOP ALL",
        "UNSUBSCRIBE",
        "stop texting me",
    ] {
        rows.push((0x00, septets(word), &packed));
        rows.push((0x00, [word.as_bytes(), b"\r"].concat(), &none));
        rows.push((0x00, [word.as_bytes(), b"\0\0\0"].concat(), &none));
        rows.push((0x03, [word.as_bytes(), b"\r\n"].concat(), &none));
    }
    rows.push((0x08, wide("СТОП 🙏🏽"), &none));
    rows.push((0x08, wide("СТОП\r\n"), &none));
    rows.push((0x08, wide("  СТОП  "), &none));
    rows.push((0x18, wide("Отписка\u{200b}"), &none));
    for (coding, text, keys) in rows {
        for id in [CommandId::DeliverSm, CommandId::DataSm] {
            let dress = Dress {
                id,
                coding,
                ..plain(&text)
            };
            let told = inbound(&dress, keys);
            assert!(
                matches!(told.content.reading(), Reading::Sure { wish: Wish::Stop, .. }),
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
        // A header that no bit announces, one with ports, and a broken one.
        (0, 0, b"\x05\x00\x03\x09\x01\x01STOP", none(), "STOP"),
        (0x40, 0, b"\x06\x05\x04\x0b\x84\x23\xf0STOP", none(), "STOP"),
        (0x40, 0, b"\x03\x00\x09\x09STOP", none(), "♥\u{1b}"),
        // Turkish and Spanish letters, after an escape and in place of others.
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

/// A message marked as a receipt that is not one may be a guest's word.
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

/// A text in every way in which it can have come.
fn encodings(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let wide = || text.encode_utf16();
    let mut found = vec![
        ("UTF-8", text.as_bytes().to_vec()),
        ("wide", wide().flat_map(u16::to_be_bytes).collect()),
        ("wide, little endian", wide().flat_map(u16::to_le_bytes).collect()),
    ];
    if text.is_ascii() {
        found.push(("packed", crate::gsm7::pack(text.as_bytes(), 0)));
    }
    for (name, page) in [("CP1251", WINDOWS_1251), ("KOI8-R", KOI8_R), ("ISO-8859-5", ISO_8859_5)] {
        found.push((name, page.encode(text).0.into_owned()));
    }
    found
}

/// Some of each alphabet.
const CODINGS: [u8; 12] = [0x00, 0x01, 0x03, 0x04, 0x06, 0x08, 0x11, 0x18, 0x1C, 0xC8, 0xE0, 0xF5];

/// Whatever an operator declares, and whatever it sends.
#[test]
fn every_encoding_under_every_coding() {
    let mut lost = Vec::new();
    for text in [
        "СТОП",
        "Стоп",
        "стоп",
        "STOP",
        "Stop",
        "stop",
        "Нет",
        "нет пути?",
        "Где мой заказ?",
        "Стоп, нет пути?",
    ] {
        for (encoding, octets) in encodings(text) {
            let codings: Vec<u8> = match text {
                "СТОП" => (0..=0xFF).collect(),
                _ => CODINGS.to_vec(),
            };
            for (coding, gsm7) in codings
                .into_iter()
                .map(|coding| (coding, "unpacked"))
                .chain([(0, "packed"), (0xF1, "packed")])
            {
                let dress = Dress {
                    coding,
                    ..plain(&octets)
                };
                // Any three octets may be packed letters.
                if gsm7 == "packed" && text.chars().count() == 3 {
                    continue;
                }
                let told = inbound(&dress, &json!({"gsm7": gsm7})).content;
                if told != InboundContent::Text(text.to_owned()) {
                    lost.push(format!("{coding:#04x} {gsm7} {text} as {encoding}: {told:?}"));
                }
            }
        }
    }
    assert!(lost.is_empty(), "{}: {:#?}", lost.len(), &lost[..lost.len().min(60)]);
}

/// What guests write; random letters are no words, and by the letters of a word its alphabet is known.
const RUSSIAN: [&str; 24] = [
    "Да",
    "нет",
    "СПАСИБО",
    "где",
    "мой",
    "заказ?",
    "Ёлка",
    "уже",
    "привезли",
    "роллы",
    "4",
    "шт.",
    "Хочу",
    "ещё",
    "пиццу,",
    "пожалуйста!",
    "ХА",
    "УЖ",
    "ул.",
    "Юбилейная",
    "д.",
    "щи",
    "объезд",
    "стоп",
];

proptest! {
    /// A text that is right under its declared coding stays as it is, whatever it could be under another.
    #[test]
    fn what_is_declared_rightly_is_never_read_again(
        latin in "[A-Z]?[a-z]{2,7}[éàüñöòèä]?[a-z]{0,5}( [a-zA-Z]{1,8}[.,!?]?){0,4}",
        russian in prop::collection::vec(prop::sample::select(RUSSIAN.to_vec()), 1..6).prop_map(|words| words.join(" ")),
        world in prop_oneof![
            "[А-яЁё]{1,8}( [А-яЁё]{1,8}){0,4}", "[Ⴀ-ჿ]{1,9}", "[א-ת]{1,9}", "[ء-ي]{1,9}", "[Α-ω]{1,9}",
            "[一-龥]{1,12}", "[가-힣]{1,12}", "[ก-ฮ]{1,9}", "[🍕👍🙏]{1,3} [a-z]{2,5}",
        ],
    ) {
        let words = |coding: u8, octets: &[u8]| {
            let dress = Dress { coding, ..plain(octets) };
            inbound(&dress, &json!({})).content.words().map(str::to_owned)
        };
        let septets: Option<Vec<u8>> = latin.chars().map(|c| match crate::gsm7::septets(c) {
            Some(crate::gsm7::Septets::One(code)) => Some(code),
            _ => None,
        }).collect();
        if let Some(septets) = septets {
            prop_assert_eq!(words(0, &septets), Some(latin.clone()));
        }
        let octets: Vec<u8> = latin.chars().map(|c| u8::try_from(c as u32).unwrap()).collect();
        prop_assert_eq!(words(3, &octets), Some(latin.clone()));
        if latin.is_ascii() {
            prop_assert_eq!(words(1, &octets), Some(latin.clone()));
        }
        prop_assert_eq!(words(6, &ISO_8859_5.encode(&russian).0), Some(russian.clone()));
        for text in [latin, russian, world] {
            let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
            prop_assert_eq!(words(8, &wide), Some(text));
        }
    }
}
