//! Reads the text in a message's octets, by its `data_coding` (SMPP 3.4 §5.2.19, 3GPP TS 23.038 §4 for message
//! classes) and its header (3GPP TS 23.040 §9.2.3.24). A text that is plain to see is read even if it is declared
//! wrongly, because it may be a STOP.

use super::segments::Gsm7;
use super::told::SegmentNumbering;
use crate::gsm7::{is_wide, read_cyrillic, read_national, read_wide, unpack};
use crate::national::National;

/// How octets represent letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Alphabet {
    /// The GSM alphabet, packed or not, depending on the operator.
    Default,
    Ascii,
    Latin1,
    Cyrillic,
    Wide,
    /// Binary data, or something that no phone sends any more.
    Unknown,
}

/// The user data header in front of the text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    /// Its length in octets, including the length octet itself.
    pub length: usize,
    pub numbering: Option<SegmentNumbering>,
    pub national: National,
}

impl Header {
    /// Reads a header that is announced or plainly there. A header that is not consistent is ignored.
    pub fn read(octets: &[u8], announced: bool) -> Self {
        let is_concatenation = matches!(octets, [5, 0, 3, ..] | [6, 8, 4, ..]);
        let whole = octets
            .split_first()
            .and_then(|(length, rest)| rest.get(..usize::from(*length)));
        let Some(mut elements) = whole.filter(|whole| !whole.is_empty() && (announced || is_concatenation)) else {
            return Self::default();
        };
        let mut header = Self {
            length: elements.len() + 1,
            ..Self::default()
        };
        while let [id, length, rest @ ..] = elements {
            let Some(value) = rest.get(..usize::from(*length)) else {
                return Self::default();
            };
            match (id, value) {
                (0x00, [reference, total, number]) => {
                    header.numbering = SegmentNumbering::new(u16::from(*reference), *total, *number);
                }
                (0x08, [high, low, total, number]) => {
                    header.numbering = SegmentNumbering::new(u16::from_be_bytes([*high, *low]), *total, *number);
                }
                (0x24, [language]) => header.national.single = *language,
                (0x25, [language]) => header.national.locking = *language,
                _ => {}
            }
            elements = &rest[value.len()..];
        }
        if elements.is_empty() { header } else { Self::default() }
    }

    /// The fill bits before the first packed septet after it.
    fn fill(&self) -> u32 {
        ((7 - self.length * 8 % 7) % 7) as u32
    }
}

/// The text; `None` if the message has none.
pub(super) fn words(data_coding: u8, octets: &[u8], header: &Header, gsm7: Gsm7) -> Option<String> {
    let text = octets.get(header.length..).unwrap_or_default();
    Some(match alphabet(data_coding) {
        Alphabet::Default => default(text, header, gsm7),
        Alphabet::Ascii => ended(&String::from_utf8_lossy(text)),
        Alphabet::Latin1 => ended(&text.iter().copied().map(char::from).collect::<String>()),
        Alphabet::Cyrillic => ended(&read_cyrillic(text)),
        Alphabet::Wide => read_wide(text),
        Alphabet::Unknown if is_wide(text) => read_wide(text),
        Alphabet::Unknown => printable(text)?,
    })
}

fn alphabet(data_coding: u8) -> Alphabet {
    match data_coding {
        0x00 => Alphabet::Default,
        0x01 => Alphabet::Ascii,
        0x03 => Alphabet::Latin1,
        0x06 => Alphabet::Cyrillic,
        0x08 => Alphabet::Wide,
        // With a message class, or marked for automatic deletion; bits 3 and 2 name the alphabet.
        0x10..=0x7F => match (data_coding >> 2) & 3 {
            0 => Alphabet::Default,
            2 => Alphabet::Wide,
            _ => Alphabet::Unknown,
        },
        // Message waiting indication.
        0xC0..=0xDF => Alphabet::Default,
        0xE0..=0xEF => Alphabet::Wide,
        // A message class; bit 2 means binary data.
        0xF0..=0xFF if data_coding & 4 == 0 => Alphabet::Default,
        _ => Alphabet::Unknown,
    }
}

/// Reads the default alphabet in the configured way. If that gives no plain text but another way does, reads it that
/// way.
fn default(octets: &[u8], header: &Header, gsm7: Gsm7) -> String {
    if is_wide(octets) {
        return read_wide(octets);
    }
    let packed = || read_national(&unpack(octets, header.fill()), header.national);
    let unpacked = || read_national(octets, header.national);
    let eight_bits = !octets.is_ascii();
    if gsm7 == Gsm7::Packed {
        let read = packed();
        return match plain(&read) || eight_bits || !plain(&unpacked()) {
            true => read,
            false => unpacked(),
        };
    }
    // Septets have no eighth bit, so these are not unpacked septets.
    let other = eight_bits.then(|| printable(octets).or_else(|| Some(packed()).filter(|text| plain(text))));
    other.flatten().unwrap_or_else(unpacked)
}

/// Septets, eight of them in seven octets.
pub(super) fn read_packed(octets: &[u8]) -> String {
    read_national(&unpack(octets, 0), National::default())
}

/// Whether it looks like something that was typed: Latin letters, digits, spaces and punctuation.
fn plain(text: &str) -> bool {
    let typed = |c: char| c.is_ascii_alphanumeric() || " .,!?'-\r\n".contains(c);
    !text.is_empty() && text.chars().all(typed)
}

/// UTF-8 without control characters; a final zero is dropped.
fn printable(octets: &[u8]) -> Option<String> {
    let text = ended(std::str::from_utf8(octets).ok()?);
    let shown = |c: char| !c.is_control() || c == '\n' || c == '\r' || c == '\t';
    (!text.is_empty() && text.chars().all(shown)).then_some(text)
}

fn ended(text: &str) -> String {
    text.trim_end_matches('\0').to_owned()
}
