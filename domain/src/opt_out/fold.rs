//! Reduces many spellings to one: compatibility forms, invisible characters, accents, and letters that look alike.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The most characters that are read: a plain no is shorter, and an endless text must not cost more.
const LIMIT: usize = 2000;

/// Composes characters and drops invisible ones; case and alphabet stay as they are.
pub(super) fn clean(text: &str) -> String {
    text.nfkc()
        .filter(|c| !is_invisible(*c) && !is_combining_mark(*c))
        .map(letter_of_symbol)
        .take(LIMIT)
        .collect()
}

/// Zero-width characters, marks of direction, fillers, variation selectors, tags.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
        | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0000}'..='\u{e0fff}')
        || c.is_control() && !c.is_whitespace()
}

/// Boxed and circled letters and the letters of flags: 🅢🅣🅞🅟, 🇸🇹🇴🇵.
fn letter_of_symbol(c: char) -> char {
    let first = match c {
        '\u{1f150}'..='\u{1f169}' => '\u{1f150}',
        '\u{1f170}'..='\u{1f189}' => '\u{1f170}',
        '\u{1f1e6}'..='\u{1f1ff}' => '\u{1f1e6}',
        _ => return c,
    };
    char::from_u32(u32::from('a') + u32::from(c) - u32::from(first)).unwrap_or(c)
}

/// One word: lower case, no accents, look-alikes of one alphabet, no letter twice in a row, no soft or hard sign.
pub(super) fn word(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let letters = text
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase);
    for c in letters.nfkd().filter(|c| !is_combining_mark(*c)).filter_map(skeleton) {
        if c.is_ascii_digit() || !folded.ends_with(c) {
            folded.push(c);
        }
    }
    folded
}

/// Cyrillic and Greek letters that look like Latin ones become those, in the tables and in the text alike. `п` and
/// `р` become the same letter, so that `STOП` is understood.
fn skeleton(c: char) -> Option<char> {
    Some(match c {
        'а' | 'ә' | 'α' | 'ᴀ' => 'a',
        'в' | 'β' | 'ʙ' => 'b',
        'с' | 'ᴄ' => 'c',
        'ԁ' | 'đ' | 'ᴅ' => 'd',
        'е' | 'ε' | 'ᴇ' => 'e',
        'н' | 'һ' | 'ң' | 'ʜ' => 'h',
        'і' | 'ι' | 'ı' | 'ɪ' | 'ӏ' => 'i',
        'ј' => 'j',
        'к' | 'қ' | 'κ' | 'ᴋ' => 'k',
        'ł' | 'ʟ' => 'l',
        'м' | 'ᴍ' => 'm',
        'ν' | 'ɴ' => 'n',
        'о' | 'ө' | 'ο' | 'ø' | 'օ' | 'ᴏ' => 'o',
        'р' | 'п' | 'ρ' | 'π' | 'ᴘ' => 'p',
        'ԛ' => 'q',
        'ѕ' | 'ß' | 'ꜱ' => 's',
        'т' | 'τ' | 'ᴛ' => 't',
        'ᴜ' => 'u',
        'х' | 'χ' => 'x',
        'у' | 'ү' | 'ұ' | 'υ' => 'y',
        'ғ' => 'г',
        'ь' | 'ъ' => return None,
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::{LIMIT, clean, word};

    fn both(text: &str) -> String {
        word(&clean(text))
    }

    #[test]
    fn many_spellings_are_one() {
        for text in [
            "stop",
            "STOP",
            "ＳＴＯＰ",
            "s\u{200b}to\u{ad}p",
            "s\u{301}top\u{338}",
            "ѕtoр",
            "STOП",
            "stooop",
            "𝐬𝐭𝐨𝐩",
            "ⓢⓣⓞⓟ",
            "🅢🅣🅞🅟",
            "🅂🅃🄾🄿",
            "ꜱᴛᴏᴘ",
            "🇸🇹🇴🇵",
            "\u{200e}STOP",
        ] {
            assert_eq!(both(text), "stop", "{text:?}");
        }
        assert_eq!(both("CТOП"), both("стоп"));
        assert_eq!(both("ARRÊT"), both("arret"));
        assert_eq!(both("İPTAL"), both("ıptal"));
        assert_eq!(both("отписаться"), both("отписатся"));
        assert_ne!(both("стол"), both("стоп"));
    }

    #[test]
    fn digits_stay_and_length_is_bounded() {
        assert_eq!(both("4771"), "4771");
        assert_eq!(clean(&"x\u{200b}".repeat(10_000)).chars().count(), LIMIT);
    }
}
