use super::super::segments::{Body, Concatenation, Encoded, Gsm7, TextError, TextRules, encode};
use crate::gsm7::{Septets, pack, read_septets, read_ucs2, septets, unpack};
use proptest::prelude::*;

fn rules(concatenation: Concatenation, gsm7: Gsm7) -> TextRules {
    TextRules {
        concatenation,
        gsm7,
        default_coding: 0,
    }
}

fn udh8(text: &str) -> Encoded {
    encode(text, rules(Concatenation::Udh8, Gsm7::Unpacked), 0xCC).unwrap()
}

fn codes(text: &str) -> Vec<u8> {
    let code = |c| match septets(c).unwrap() {
        Septets::One(code) => vec![code],
        Septets::Escaped(code) => vec![0x1B, code],
    };
    text.chars().flat_map(code).collect()
}

#[test]
fn the_golden_octets() {
    assert_eq!(hex::encode_upper(pack(&codes("hellohello"), 0)), "E8329BFD4697D9EC37");
    assert_eq!(codes("€"), [0x1B, 0x65]);
    assert_eq!(hex::encode_upper(pack(&codes("€"), 0)), "9B32");
    // After a header of six octets there is one fill bit.
    assert_eq!(hex::encode_upper(pack(&codes("Hi"), 1)), "9069");
}

#[test]
fn the_golden_header() {
    let text = format!("Hi{}", "a".repeat(200));
    let packed = encode(&text, rules(Concatenation::Udh8, Gsm7::Packed), 0xAACC).unwrap();
    let Body::WithHeader(first) = &packed.bodies[0] else {
        panic!("{packed:?}");
    };
    // `Hi` and the beginning of `a`: the third septet shares the second octet's last bit.
    assert_eq!(hex::encode_upper(&first[..7]), "050003CC020190");
    assert_eq!(first[7] & 0x7F, 0x69);
    assert_eq!(first.len(), 140, "153 septets and the header fill a short message");
}

#[test]
fn the_golden_counts() {
    for (text, parts, coding) in [
        ("a".repeat(160), 1, 0),
        ("a".repeat(161), 2, 0),
        (format!("{}€", "a".repeat(159)), 2, 0),
        ("я".repeat(70), 1, 8),
        ("я".repeat(71), 2, 8),
        ("я".repeat(134), 2, 8),
        ("я".repeat(135), 3, 8),
        ("🍕".repeat(35), 1, 8),
        ("🍕".repeat(36), 2, 8),
        // 152 septets and an escape: the escape moves to the next part.
        (format!("{}€{}", "a".repeat(152), "a".repeat(152)), 3, 0),
        // An odd number of units before a pair.
        (format!("я{}", "🍕".repeat(66)), 2, 8),
        ("🍕".repeat(67), 3, 8),
        // A flag is two pairs, a family seven units and more: neither is split.
        (format!("{}🇷🇺{}", "я".repeat(65), "я".repeat(10)), 2, 8),
        (format!("{}🇷🇺{}", "я".repeat(65), "я".repeat(63)), 2, 8),
        (format!("{}🇷🇺{}", "я".repeat(65), "я".repeat(64)), 3, 8),
        (format!("`{}", "a".repeat(69)), 1, 8),
        (format!("`{}", "a".repeat(70)), 2, 8),
    ] {
        let encoded = udh8(&text);
        assert_eq!((encoded.parts, encoded.data_coding), (parts, coding), "{text}");
        assert_eq!(encoded.bodies.len(), parts as usize);
    }
}

#[test]
fn a_long_reference_costs_a_character_a_part() {
    let long = rules(Concatenation::Udh16, Gsm7::Unpacked);
    for (text, parts) in [
        ("a".repeat(304), 2),
        ("a".repeat(305), 3),
        ("я".repeat(132), 2),
        ("я".repeat(133), 3),
    ] {
        assert_eq!(encode(&text, long, 1).unwrap().parts, parts, "{}", text.len());
    }
    let encoded = encode(&"a".repeat(161), long, 0xABCD).unwrap();
    let Body::WithHeader(second) = &encoded.bodies[1] else {
        panic!("{encoded:?}");
    };
    assert_eq!(hex::encode_upper(&second[..8]), "060804ABCD020261");
}

#[test]
fn sar_and_payload_need_no_header() {
    let text = "я".repeat(71);
    let sar = encode(&text, rules(Concatenation::Sar, Gsm7::Unpacked), 0x1234).unwrap();
    let Body::Sar {
        octets,
        reference,
        total,
        number,
    } = &sar.bodies[1]
    else {
        panic!("{sar:?}");
    };
    // A reference that fits a short header.
    assert_eq!((octets.len(), *reference, *total, *number), (8, 0x34, 2, 2));
    let payload = encode(&text, rules(Concatenation::MessagePayload, Gsm7::Unpacked), 1).unwrap();
    assert_eq!(payload.parts, 2);
    assert!(matches!(payload.bodies.as_slice(), [Body::Payload(octets)] if octets.len() == 142));
    let short = encode("Hi", rules(Concatenation::MessagePayload, Gsm7::Unpacked), 1).unwrap();
    assert_eq!(short.bodies, [Body::ShortMessage(b"Hi".to_vec())]);
}

#[test]
fn the_operators_wishes_are_kept() {
    let off = encode("Hi", rules(Concatenation::Udh8, Gsm7::Off), 1).unwrap();
    assert_eq!(off.bodies, [Body::ShortMessage(vec![0, b'H', 0, b'i'])]);
    assert_eq!(off.data_coding, 8);
    let coding = TextRules {
        default_coding: 0xF1,
        ..rules(Concatenation::Udh8, Gsm7::Unpacked)
    };
    assert_eq!(encode("Hi", coding, 1).unwrap().data_coding, 0xF1);
    assert_eq!(encode("ж", coding, 1).unwrap().data_coding, 8);
}

#[test]
fn nothing_and_too_much_are_errors() {
    let udh = rules(Concatenation::Udh8, Gsm7::Unpacked);
    assert_eq!(encode("", udh, 1), Err(TextError::Empty));
    assert_eq!(encode(&"a".repeat(153 * 255), udh, 1).unwrap().parts, 255);
    assert_eq!(encode(&"a".repeat(153 * 255 + 1), udh, 1), Err(TextError::TooLong));
}

#[test]
fn every_character_of_the_alphabet_comes_back() {
    let all: String = ('\0'..='\u{20AC}').filter(|c| septets(*c).is_some()).collect();
    assert_eq!(all.chars().count(), 127 + 10);
    assert_eq!(read_septets(&codes(&all)), all);
    for absent in "`№«»—\u{a0}\táçя🍕".chars() {
        assert_eq!(septets(absent), None, "{absent}");
    }
    assert_eq!(read_septets(&[0x1B, 0x41]), "A", "no such extension");
}

/// What a phone makes of the parts.
fn reassembled(encoded: &Encoded, packed: bool) -> String {
    let mut text = String::new();
    for body in &encoded.bodies {
        let (octets, fill) = match body {
            Body::WithHeader(octets) => {
                let header = usize::from(octets[0]) + 1;
                (&octets[header..], (7 - header as u32 * 8 % 7) % 7)
            }
            Body::ShortMessage(octets) | Body::Payload(octets) | Body::Sar { octets, .. } => (octets.as_slice(), 0),
        };
        text.push_str(&match encoded.data_coding {
            8 => read_ucs2(octets),
            _ if packed => read_septets(&unpack(octets, fill)),
            _ => read_septets(octets),
        });
    }
    text
}

fn concatenation() -> impl Strategy<Value = Concatenation> {
    prop_oneof![
        Just(Concatenation::Udh8),
        Just(Concatenation::Udh16),
        Just(Concatenation::Sar),
        Just(Concatenation::MessagePayload),
    ]
}

/// What a phone shows as one character is whole in one part, in every way of concatenation that we cut for.
#[test]
fn no_part_ends_within_a_character() {
    for whole in ["🇷🇺", "👨‍👩‍👧‍👦", "👍🏽", "1️⃣", "❤️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"]
    {
        for (before, way) in (55..75).flat_map(|n| {
            [
                (n, Concatenation::Udh8),
                (n, Concatenation::Udh16),
                (n, Concatenation::Sar),
            ]
        }) {
            let text = format!("{}{}", "я".repeat(before), whole.repeat(4));
            let encoded = encode(&text, rules(way, Gsm7::Unpacked), 7).unwrap();
            for body in &encoded.bodies {
                let text = match body {
                    Body::WithHeader(octets) => read_ucs2(&octets[usize::from(octets[0]) + 1..]),
                    Body::ShortMessage(octets) | Body::Sar { octets, .. } | Body::Payload(octets) => read_ucs2(octets),
                };
                assert_eq!(
                    text.trim_start_matches('я').replace(whole, ""),
                    "",
                    "{before} {way:?} {text}"
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_text_arrives_whole(
        text in prop_oneof!["[a-zA-Z0-9 €\\[\\]~^@]{1,700}", "[a-я🍕😀A-Z]{1,300}", "\\PC{1,200}"],
        way in concatenation(),
        packed: bool,
        reference: u16,
    ) {
        let gsm7 = if packed { Gsm7::Packed } else { Gsm7::Unpacked };
        let encoded = encode(&text, rules(way, gsm7), reference).unwrap();
        // In packed form the length is known only in octets, so an `@` at the end of a part is taken for padding.
        if !packed || !text.contains('@') {
            prop_assert_eq!(reassembled(&encoded, packed), text);
        }
    }

    #[test]
    fn no_part_is_longer_than_a_short_message(
        text in prop_oneof!["[a-z€]{161,900}", "[я🍕]{71,400}"],
        long: bool,
        packed: bool,
    ) {
        let way = if long { Concatenation::Udh16 } else { Concatenation::Udh8 };
        let gsm7 = if packed { Gsm7::Packed } else { Gsm7::Unpacked };
        let encoded = encode(&text, rules(way, gsm7), 7).unwrap();
        let total = encoded.bodies.len();
        for (number, body) in (1..).zip(&encoded.bodies) {
            let Body::WithHeader(octets) = body else { panic!("{body:?}") };
            let most = if encoded.data_coding == 8 || packed { 140 } else { 160 };
            prop_assert!(octets.len() <= most, "{}", octets.len());
            let counts = &octets[if long { 5 } else { 4 }..][..2];
            prop_assert_eq!(counts, &[total as u8, number]);
            let text = &octets[if long { 7 } else { 6 }..];
            if encoded.data_coding == 8 {
                // A surrogate pair is never split, so each part can be read on its own.
                prop_assert!(!read_ucs2(text).contains(char::REPLACEMENT_CHARACTER));
            } else if !packed {
                prop_assert_ne!(text.last(), Some(&0x1B));
            }
        }
    }
}
