//! Characters that are invisible or look like others, shown by name and code.

use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;

/// Whether a character has no width of its own: byte order marks, joiners, marks of the writing direction and the
/// like (Unicode's default ignorable code points).
pub fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{AD}'
            | '\u{34F}'
            | '\u{61C}'
            | '\u{115F}'
            | '\u{1160}'
            | '\u{17B4}'
            | '\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

/// Whether a character begins a new line, or page, on a screen.
pub fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// A text without its invisible characters, so that two texts that look the same are the same. Joiners and variation
/// selectors stay where a reader sees a difference: in emoji, and in scripts that need them.
pub fn without_invisible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_invisible) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    for c in text.chars() {
        let joins = matches!(c, '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0020}'..='\u{E007F}');
        if !is_invisible(c) || joins && kept.ends_with(takes_joiners) {
            kept.push(c);
        }
    }
    Cow::Owned(kept)
}

/// An id or a name in the form in which it is compared: without invisible characters, with plain spaces and composed
/// letters (NFC), so that what looks the same is the same.
pub fn key(text: &str) -> Cow<'_, str> {
    let plain = |b: u8| matches!(b, b' '..=b'~');
    if text.bytes().all(plain) {
        return Cow::Borrowed(text.trim_matches(' '));
    }
    let spaced: String = without_invisible(text)
        .chars()
        .filter(|c| c.is_whitespace() || !c.is_control())
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .nfc()
        .collect();
    match spaced.trim() {
        same if same == text => Cow::Borrowed(text),
        other => Cow::Owned(other.to_owned()),
    }
}

/// Latin, Greek and Cyrillic letters do not.
fn takes_joiners(c: char) -> bool {
    c > '\u{52F}'
        && !matches!(c, '\u{1C80}'..='\u{1C8F}' | '\u{1D00}'..='\u{206F}' | '\u{2DE0}'..='\u{2DFF}' | '\u{A640}'..='\u{A69F}')
        || is_invisible(c)
}

/// A character as a message names it: `the letter О (U+041E)`, `a no-break space (U+00A0)`.
pub fn named(c: char) -> String {
    let code = u32::from(c);
    let name = match c {
        ' ' => "a space",
        '\t' => "a tab",
        '\u{A0}' => "a no-break space",
        '\u{202F}' => "a narrow no-break space",
        '\u{AD}' => "a soft hyphen",
        '\u{200B}' => "a zero width space",
        '\u{200C}' | '\u{200D}' | '\u{2060}' => "an invisible joiner",
        '\u{FEFF}' => "a byte order mark",
        '\u{200E}' | '\u{200F}' | '\u{61C}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
            "an invisible mark of the writing direction"
        }
        c if is_line_end(c) => "a line end",
        c if is_invisible(c) || c.is_control() => "an invisible character",
        c if c.is_whitespace() => "a space of another width",
        c if c.is_alphabetic() => return format!("the letter {c} (U+{code:04X})"),
        c => return format!("the character {c} (U+{code:04X})"),
    };
    format!("{name} (U+{code:04X})")
}

/// A text on one line, in which characters that are invisible or look like a plain space are replaced by their codes:
/// `8⟨U+202F⟩916`.
pub fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_invisible(c) || c.is_control() || (c.is_whitespace() && c != ' ') {
            shown.push_str(&format!("⟨U+{:04X}⟩", u32::from(c)));
        } else {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_said() {
        for (text, seen) in [
            ("8 916 Маша-2", "8 916 Маша-2"),
            ("+7\u{202F}916", "+7⟨U+202F⟩916"),
            ("1\r\n2\t3", "1⟨U+000D⟩⟨U+000A⟩2⟨U+0009⟩3"),
            ("\u{FEFF}1003", "⟨U+FEFF⟩1003"),
            ("a\u{2028}b\u{200B}", "a⟨U+2028⟩b⟨U+200B⟩"),
        ] {
            assert_eq!(shown(text), seen);
        }
    }

    #[test]
    fn texts_that_look_the_same_are_the_same() {
        for (text, same) in [
            ("\u{FEFF}1003", "1003"),
            ("10\u{200B}0\u{AD}3\u{2060}", "1003"),
            ("\u{202A}Анна\u{202C}", "Анна"),
            ("ви\u{200D}п\u{FE0F}", "вип"),
            ("👨\u{200D}👩 ❤\u{FE0F}", "👨\u{200D}👩 ❤\u{FE0F}"),
            ("🏴\u{E0067}\u{E0062}\u{E007F}", "🏴\u{E0067}\u{E0062}\u{E007F}"),
            ("می\u{200C}خواهم", "می\u{200C}خواهم"),
            ("a b\u{A0}c", "a b\u{A0}c"),
        ] {
            assert_eq!(without_invisible(text), same, "{text:?}");
        }
    }

    #[test]
    fn keys_that_look_the_same_are_the_same() {
        for (text, same) in [
            (" A-17 ", "A-17"),
            ("\u{A0}Пицца\u{202F}Норд\u{2003}", "Пицца Норд"),
            ("\u{FEFF}1003\u{200B}\t", "1003"),
            ("Невскии\u{306}", "Невский"),
            ("Zoe\u{308}", "Zoë"),
            ("10\u{1}03\u{1A}", "1003"),
            ("", ""),
        ] {
            assert_eq!(key(text), same, "{text:?}");
            assert_eq!(key(same), same);
        }
    }

    #[test]
    fn characters_have_names() {
        for (c, name) in [
            ('О', "the letter О (U+041E)"),
            ('O', "the letter O (U+004F)"),
            ('*', "the character * (U+002A)"),
            ('\u{FEFF}', "a byte order mark (U+FEFF)"),
            ('\u{202E}', "an invisible mark of the writing direction (U+202E)"),
            ('\n', "a line end (U+000A)"),
            ('\0', "an invisible character (U+0000)"),
            ('\u{2009}', "a space of another width (U+2009)"),
        ] {
            assert_eq!(named(c), name);
        }
    }
}
