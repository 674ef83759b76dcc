//! The characters of a phone as people, address books and spreadsheets write them, made plain.

use crate::visible::{is_invisible, is_line_end};

/// The zeros of the world's decimal digits (Unicode's `Nd`); the other nine digits follow each.
const ZEROS: &[u32] = &[
    0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0,
    0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620,
    0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30, 0x11066, 0x110F0, 0x11136, 0x111D0,
    0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50, 0x11D50, 0x11DA0, 0x16A60,
    0x16AC0, 0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E950, 0x1FBF0,
];

/// The decimal digit that a character of any script is, as ASCII.
pub(super) fn digit(c: char) -> Option<char> {
    let code = u32::from(c);
    let zero = *ZEROS.get(ZEROS.partition_point(|zero| *zero <= code).checked_sub(1)?)?;
    char::from_digit(code - zero, 10)
}

/// Turns digits, spaces, dashes, plus signs and brackets of any script into ASCII and line ends into `\n`, and drops
/// invisible characters. Other characters stay as they are.
pub(super) fn plain(text: &str) -> String {
    text.chars().filter(|c| !is_invisible(*c)).map(one).collect()
}

fn one(c: char) -> char {
    match c {
        '\'' | '"' | '`' | '\u{B4}' | '\u{2BC}' | '\u{2018}'..='\u{201F}' | '\u{2032}' | '\u{FF07}' => '\'',
        '\0'..='\u{7F}' if !is_line_end(c) && c != '\t' => c,
        c if is_line_end(c) => '\n',
        c if c.is_whitespace() => ' ',
        '\u{FE62}' | '\u{FF0B}' => '+',
        '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}' | '\u{30FC}' => '-',
        '\u{2053}' | '\u{223C}' | '\u{FF5E}' => '~',
        '\u{FF08}' => '(',
        '\u{FF09}' => ')',
        '\u{FF3B}' => '[',
        '\u{FF3D}' => ']',
        '\u{FF0E}' | '\u{B7}' | '\u{2022}' | '\u{2219}' => '.',
        '\u{FF0F}' | '\u{2044}' | '\u{2215}' => '/',
        '\u{FF0C}' | '\u{3001}' => ',',
        '\u{FF1B}' => ';',
        '\u{FF1A}' => ':',
        '\u{FF03}' => '#',
        c => digit(c).unwrap_or(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_any_script() {
        for (text, plainly) in [
            ("\u{FF0B}\u{FF17} 916", "+7 916"),
            ("٠١٢٣٤٥٦٧٨٩", "0123456789"),
            ("۰۹۱۲", "0912"),
            ("९८७", "987"),
            ("𝟕𝟵", "79"),
            ("8\u{A0}(916)\u{202F}1\u{2011}2\u{2212}3\u{FE63}4", "8 (916) 1-2-3-4"),
            ("\u{202A}+7\u{200B}9\u{2060}1\u{FEFF}6\u{202C}", "+7916"),
            ("a\r\nb\u{2028}c", "a\n\nb\nc"),
            ("²½ⅧO", "²½ⅧO"),
        ] {
            assert_eq!(plain(text), plainly);
        }
        assert_eq!(digit('/'), None);
        assert_eq!(digit(':'), None);
    }
}
