//! Providers' texts as a database takes them.

use std::borrow::Cow;

/// The longest text that is kept of a provider's own words, in bytes.
pub(super) const KEPT_BYTES: usize = 64 << 10;
/// The longest id or address: they are indexed.
pub(super) const ID_BYTES: usize = 1_000;

/// A provider's text as a database takes it: of at most `most` bytes, and without the zero character, which PostgreSQL
/// refuses; a refused event would be told again and again.
pub(super) fn storable(text: &str, most: usize) -> Cow<'_, str> {
    let short = &text[..text.floor_char_boundary(most)];
    if short.contains('\0') {
        Cow::Owned(short.replace('\0', "\u{fffd}"))
    } else {
        Cow::Borrowed(short)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_between_characters_and_hold_no_zero() {
        for (text, most, expected) in [
            ("привет", 100, "привет"),
            ("привет", 5, "пр"),
            ("a\0b", 100, "a\u{fffd}b"),
            ("", 0, ""),
        ] {
            assert_eq!(storable(text, most), expected, "{text:?}");
        }
    }
}
