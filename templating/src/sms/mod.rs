//! How an SMS is cut: its character set, its size in units, and its parts.
//!
//! Source: 3GPP TS 23.038 §6.2.1 (GSM 7-bit default alphabet and its extension table) and TS 23.040 §9.2.3.24
//! (concatenation), the counts of PROVIDERS.md §4.5.

mod gsm7;
mod translit;

pub use translit::transliterate;

use unicode_segmentation::UnicodeSegmentation;

/// The character set in which a text goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// The GSM 7-bit default alphabet; a unit is a septet, an extension character takes two.
    Gsm7,
    /// UTF-16; a unit is 16 bits, a character outside the basic plane takes two.
    Ucs2,
}

/// How the parts of a long message refer to one another, in each part's user data header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reference {
    /// An 8-bit reference (header `05 00 03 ref total seq`), what nearly everybody uses.
    #[default]
    Bits8,
    /// A 16-bit reference (header `06 08 04 hi lo total seq`), which costs one more septet or unit per part.
    Bits16,
}

impl Encoding {
    /// Units that fit in a message of one part.
    pub fn single(self) -> usize {
        match self {
            Self::Gsm7 => 160,
            Self::Ucs2 => 70,
        }
    }

    /// Units that fit in each part of a longer message.
    pub fn part(self, reference: Reference) -> usize {
        match (self, reference) {
            (Self::Gsm7, Reference::Bits8) => 153,
            (Self::Gsm7, Reference::Bits16) => 152,
            (Self::Ucs2, Reference::Bits8) => 67,
            (Self::Ucs2, Reference::Bits16) => 66,
        }
    }

    fn size(self, text: &str) -> usize {
        text.chars().map(|c| self.units(c)).sum()
    }

    /// Units of one character; GSM-7 only for a character that it has.
    fn units(self, c: char) -> usize {
        match self {
            Self::Gsm7 => gsm7::septets(c).unwrap_or(0),
            Self::Ucs2 => c.len_utf16(),
        }
    }
}

/// A text cut into the parts that are sent and paid for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts<'t> {
    /// The character set of all parts.
    pub encoding: Encoding,
    /// Units of the whole text, headers not counted.
    pub units: usize,
    /// The parts in order, at least one; together they are the text. Neither an escape pair nor anything that a phone
    /// shows as one character is split.
    pub parts: Vec<&'t str>,
    /// The first character that GSM-7 does not have and that therefore made the text UCS-2.
    pub forced_by: Option<char>,
}

impl Parts<'_> {
    /// Number of parts, at least 1; the price of an SMS depends on it.
    pub fn count(&self) -> usize {
        self.parts.len()
    }
}

/// The parts of `text` with 8-bit references.
pub fn parts(text: &str) -> Parts<'_> {
    parts_with(text, Reference::Bits8)
}

/// The parts of `text`. A message of more than 255 parts cannot be sent at all; [`crate::check()`] refuses far shorter ones.
pub fn parts_with(text: &str, reference: Reference) -> Parts<'_> {
    let forced_by = text.chars().find(|c| gsm7::septets(*c).is_none());
    let encoding = if forced_by.is_some() {
        Encoding::Ucs2
    } else {
        Encoding::Gsm7
    };
    let units = encoding.size(text);
    let parts = if units <= encoding.single() {
        vec![text]
    } else {
        cut(text, encoding, encoding.part(reference))
    };
    Parts {
        encoding,
        units,
        parts,
        forced_by,
    }
}

/// Whether the GSM 7-bit alphabet or its extension table has the character.
pub fn is_gsm7(c: char) -> bool {
    gsm7::septets(c).is_some()
}

/// Cuts into parts of at most `limit` units between whole characters, each part as full as possible.
fn cut(text: &str, encoding: Encoding, limit: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut filled) = (0, 0);
    for (at, piece) in pieces(text, encoding, limit) {
        let units = encoding.size(piece);
        if filled + units > limit {
            parts.push(&text[start..at]);
            (start, filled) = (at, 0);
        }
        filled += units;
    }
    parts.push(&text[start..]);
    parts
}

/// The pieces that are never split, with their sizes: what a phone shows as one character (Unicode UAX #29: a flag, a
/// family, a skin tone, a keycap, a letter with its accents), unless it is longer than a part.
fn pieces(text: &str, encoding: Encoding, limit: usize) -> Vec<(usize, &str)> {
    let characters = |(from, text): (usize, &'_ str)| -> Vec<(usize, usize)> {
        text.char_indices()
            .map(|(at, c)| (from + at, from + at + c.len_utf8()))
            .collect()
    };
    let places = match encoding {
        Encoding::Gsm7 => characters((0, text)),
        Encoding::Ucs2 => text
            .grapheme_indices(true)
            .flat_map(|(at, cluster)| match encoding.size(cluster) <= limit {
                true => vec![(at, at + cluster.len())],
                false => characters((at, cluster)),
            })
            .collect(),
    };
    places.into_iter().map(|(at, end)| (at, &text[at..end])).collect()
}
