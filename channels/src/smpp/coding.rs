//! Reads the text in a message's octets, by its `data_coding` (SMPP 3.4 §5.2.19, 3GPP TS 23.038 §4 for message
//! classes) and its header (3GPP TS 23.040 §9.2.3.24), or as what it plainly is if that is declared wrongly.

use super::segments::Gsm7;
use super::told::SegmentNumbering;
use crate::gsm7::{read_cyrillic, read_national, read_wide, unpack};
use crate::legible::{Form, Octets};
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
    let octets = octets.get(header.length..).unwrap_or_default();
    let alphabet = alphabet(data_coding);
    let declared = declared(alphabet, octets, header, gsm7);
    // Whoever names a language's tables means septets.
    if alphabet == Alphabet::Default && header.national != National::default() && declared.is_some() {
        return declared;
    }
    let told = Octets {
        octets,
        declared: declared.as_deref(),
        form: match alphabet {
            Alphabet::Default => Form::Septets { fill: header.fill() },
            Alphabet::Ascii | Alphabet::Latin1 | Alphabet::Cyrillic => Form::Octets,
            Alphabet::Wide => Form::Wide,
            Alphabet::Unknown => Form::Other,
        },
    };
    told.reread()
        .or(declared)
        .or_else(|| at_a_pinch(alphabet, octets, header, gsm7))
}

/// The text in the declared alphabet; `None` if it cannot be in that.
fn declared(alphabet: Alphabet, octets: &[u8], header: &Header, gsm7: Gsm7) -> Option<String> {
    match alphabet {
        Alphabet::Default => septets(octets, header, gsm7),
        Alphabet::Ascii => octets.is_ascii().then(|| ended(&String::from_utf8_lossy(octets))),
        Alphabet::Latin1 => Some(ended(&octets.iter().copied().map(char::from).collect::<String>())),
        Alphabet::Cyrillic => Some(ended(&read_cyrillic(octets))),
        Alphabet::Wide => Some(read_wide(octets)),
        Alphabet::Unknown => None,
    }
}

/// What is left of a text that fits no alphabet.
fn at_a_pinch(alphabet: Alphabet, octets: &[u8], header: &Header, gsm7: Gsm7) -> Option<String> {
    match (alphabet, gsm7) {
        (Alphabet::Default, Gsm7::Packed) => Some(packed(octets, header)),
        (Alphabet::Default, _) => Some(read_national(octets, header.national)),
        (Alphabet::Unknown, _) => None,
        _ => Some(ended(&String::from_utf8_lossy(octets))),
    }
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

/// Reads the default alphabet in the configured way. Septets have no eighth bit, so octets with one are not unpacked
/// septets; any octets can be packed ones, so of those only a plain text is believed.
fn septets(octets: &[u8], header: &Header, gsm7: Gsm7) -> Option<String> {
    let unpacked = octets.is_ascii().then(|| read_national(octets, header.national));
    if gsm7 != Gsm7::Packed {
        return unpacked;
    }
    let packed = packed(octets, header);
    if plain(&packed) {
        return Some(packed);
    }
    unpacked.filter(|text| plain(text))
}

fn packed(octets: &[u8], header: &Header) -> String {
    read_national(&unpack(octets, header.fill()), header.national)
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

fn ended(text: &str) -> String {
    text.trim_end_matches('\0').to_owned()
}
