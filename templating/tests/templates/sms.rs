//! How texts are cut into SMS parts: the golden counts, and properties of any text.

use bellhop_templating::sms::{Encoding, Reference, parts, parts_with};
use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

#[test]
fn golden_counts() {
    let table = [
        (String::new(), Encoding::Gsm7, 0, 1),
        ("a".repeat(160), Encoding::Gsm7, 160, 1),
        ("a".repeat(161), Encoding::Gsm7, 161, 2),
        ("a".repeat(306), Encoding::Gsm7, 306, 2),
        ("a".repeat(307), Encoding::Gsm7, 307, 3),
        (format!("{}€", "a".repeat(159)), Encoding::Gsm7, 161, 2),
        (format!("{}€", "a".repeat(158)), Encoding::Gsm7, 160, 1),
        ("€".repeat(80), Encoding::Gsm7, 160, 1),
        ("€".repeat(153), Encoding::Gsm7, 306, 3),
        ("я".repeat(70), Encoding::Ucs2, 70, 1),
        ("я".repeat(71), Encoding::Ucs2, 71, 2),
        ("я".repeat(134), Encoding::Ucs2, 134, 2),
        ("я".repeat(135), Encoding::Ucs2, 135, 3),
        ("😀".repeat(35), Encoding::Ucs2, 70, 1),
        ("😀".repeat(36), Encoding::Ucs2, 72, 2),
        (format!("{}№", "a".repeat(70)), Encoding::Ucs2, 71, 2),
    ];
    for (text, encoding, units, count) in table {
        let cut = parts(&text);
        assert_eq!(
            (cut.encoding, cut.units, cut.count()),
            (encoding, units, count),
            "{text}"
        );
    }
}

#[test]
fn a_wide_reference_costs_a_unit_a_part() {
    for (text, short, wide) in [
        ("a".repeat(306), 2, 3),
        ("a".repeat(304), 2, 2),
        ("я".repeat(134), 2, 3),
        ("я".repeat(132), 2, 2),
    ] {
        assert_eq!(
            (parts(&text).count(), parts_with(&text, Reference::Bits16).count()),
            (short, wide)
        );
    }
}

#[test]
fn pairs_stay_together() {
    // Septets 153 and 154 of the first text are the escape and its character.
    let euro = format!("{}€{}", "a".repeat(152), "b".repeat(10));
    assert_eq!(parts(&euro).parts[0], "a".repeat(152));
    let emoji = format!("{}😀{}", "я".repeat(66), "ю".repeat(10));
    assert_eq!(parts(&emoji).parts[0], "я".repeat(66));
}

#[test]
fn the_first_offender_is_named() {
    assert_eq!(parts("Price: 5 €, No. 1").forced_by, None);
    assert_eq!(parts("Price – 5 «€»").forced_by, Some('–'));
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z0-9 €^{}~]{0,700}",
        "[а-яё a-z😀👍€{}]{0,400}",
        proptest::collection::vec(any::<char>(), 0..300).prop_map(String::from_iter),
    ]
}

/// Units of a text, counted independently of the code under test.
fn size(text: &str, encoding: Encoding) -> usize {
    match encoding {
        Encoding::Ucs2 => text.encode_utf16().count(),
        Encoding::Gsm7 => text
            .chars()
            .map(|c| if "\u{c}^{}\\[~]|€".contains(c) { 2 } else { 1 })
            .sum(),
    }
}

/// Units of the first piece of a part, which cannot be split.
fn first(part: &str, encoding: Encoding, limit: usize) -> usize {
    let whole = part.graphemes(true).next().unwrap_or_default();
    let one: String = part.chars().take(1).collect();
    match encoding {
        Encoding::Ucs2 if size(whole, encoding) <= limit => size(whole, encoding),
        _ => size(&one, encoding),
    }
}

/// What a phone shows as one character stays one, wherever a part ends.
#[test]
fn no_part_ends_within_a_character() {
    for whole in ["🇷🇺", "👨‍👩‍👧‍👦", "👍🏽", "1️⃣", "❤️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "й", "\r\n"]
    {
        for before in 60..75 {
            let text = format!("{}{}", "я".repeat(before), whole.repeat(3));
            let cut = parts(&text);
            for part in &cut.parts {
                let rest = part.trim_start_matches('я');
                assert_eq!(rest.replace(whole, ""), "", "{before} {whole:?} {:?}", cut.parts);
            }
        }
    }
    // A piece that is longer than a part is cut between its characters.
    let endless = format!("я{}", "\u{301}".repeat(200));
    assert_eq!(parts(&endless).count(), 3);
}

proptest! {
    #[test]
    fn parts_are_the_text_and_fit(text in texts(), wide in any::<bool>()) {
        let reference = if wide { Reference::Bits16 } else { Reference::Bits8 };
        let cut = parts_with(&text, reference);
        prop_assert_eq!(cut.parts.concat(), text.as_str());
        prop_assert_eq!(cut.units, size(&text, cut.encoding));
        prop_assert_eq!(cut.encoding == Encoding::Ucs2, cut.forced_by.is_some());
        let limit = if cut.count() == 1 { cut.encoding.single() } else { cut.encoding.part(reference) };
        for (place, part) in cut.parts.iter().enumerate() {
            let units = size(part, cut.encoding);
            prop_assert!(units <= limit, "part {} has {} units", place, units);
            // The next piece as a whole would not have fitted.
            if let Some(next) = cut.parts.get(place + 1) {
                let next = first(next, cut.encoding, limit);
                prop_assert!(units + next > limit, "part {} wastes {}", place, limit - units);
            }
        }
    }
}
