//! Cuts a text into the short messages that carry it (PROVIDERS.md §4.5).

use crate::gsm7::{ESCAPE, Septets, pack, septets};
use serde::Deserialize;
use unicode_segmentation::UnicodeSegmentation;

/// More parts than a concatenated message can count.
const MOST_PARTS: usize = 255;

/// UTF-16 units of the shortest part.
const LEAST_PART: usize = 66;

/// How the parts of a long text are marked as belonging together; each operator supports one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Concatenation {
    /// A user data header with a reference of 8 bits.
    Udh8,
    /// A user data header with a reference of 16 bits: a part holds one character less.
    Udh16,
    /// The TLVs `sar_*`.
    Sar,
    /// The whole text in one `submit_sm`, in the TLV `message_payload`: the operator splits it.
    MessagePayload,
}

/// How to encode a text that the GSM alphabet can write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Gsm7 {
    /// One septet per octet, as most operators want it.
    Unpacked,
    /// Eight septets in seven octets.
    Packed,
    /// Never: every text goes as UCS-2.
    Off,
}

/// How an operator wants texts to be encoded.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextRules {
    pub concatenation: Concatenation,
    pub gsm7: Gsm7,
    /// The data coding of the operator's default alphabet.
    pub default_coding: u8,
}

/// Where the octets of a part go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Body {
    ShortMessage(Vec<u8>),
    /// With a user data header in front.
    WithHeader(Vec<u8>),
    Sar {
        octets: Vec<u8>,
        reference: u16,
        total: u8,
        number: u8,
    },
    Payload(Vec<u8>),
}

/// A text, encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Encoded {
    pub data_coding: u8,
    pub bodies: Vec<Body>,
    /// The number of SMS that a phone receives and an operator bills.
    pub parts: u16,
}

/// Why a text cannot go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum TextError {
    #[error("the text is empty")]
    Empty,
    #[error("the text is longer than 255 parts")]
    TooLong,
}

/// The data coding of UCS-2.
const UCS_2: u8 = 8;

/// A text in the units that an SMS counts, septets or UTF-16 units, kept together by character.
enum Units {
    Septets(Vec<Septets>),
    /// Pieces that must not be split: what a phone shows as one character.
    Utf16(Vec<String>),
}

/// What a part holds, in units.
struct Capacity {
    alone: usize,
    part: usize,
}

/// Encodes a text. `reference` tells the parts of one message from those of the next to the same phone.
pub(super) fn encode(text: &str, rules: TextRules, reference: u16) -> Result<Encoded, TextError> {
    let units = Units::of(text, rules.gsm7);
    let capacity = units.capacity(rules.concatenation);
    let pieces = units.pieces(&capacity);
    if pieces.is_empty() {
        return Err(TextError::Empty);
    }
    if pieces.len() > MOST_PARTS {
        return Err(TextError::TooLong);
    }
    let packed = rules.gsm7 == Gsm7::Packed;
    let bodies = match (pieces.as_slice(), rules.concatenation) {
        ([one], _) => vec![Body::ShortMessage(one.octets(packed, 0))],
        (_, Concatenation::MessagePayload) => vec![Body::Payload(units.octets(packed, 0))],
        (pieces, concatenation) => {
            let total = pieces.len() as u8;
            let body = |(number, piece): (u8, &Units)| {
                piece.body(concatenation, packed, [reference, total.into(), number.into()])
            };
            (1..=total).zip(pieces).map(body).collect()
        }
    };
    Ok(Encoded {
        data_coding: units.data_coding(rules.default_coding),
        parts: pieces.len() as u16,
        bodies,
    })
}

impl Units {
    fn of(text: &str, gsm7: Gsm7) -> Self {
        let basic = || text.chars().map(septets).collect::<Option<Vec<_>>>();
        match (gsm7 != Gsm7::Off).then(basic).flatten() {
            Some(all) => Units::Septets(all),
            None => Units::Utf16(text.graphemes(true).flat_map(whole).collect()),
        }
    }

    fn data_coding(&self, default_coding: u8) -> u8 {
        match self {
            Units::Septets(_) => default_coding,
            Units::Utf16(_) => UCS_2,
        }
    }

    /// With `sar_*` and `message_payload` the operator writes the header, presumably with the short reference, which
    /// ours fits.
    fn capacity(&self, concatenation: Concatenation) -> Capacity {
        let long = concatenation == Concatenation::Udh16;
        match self {
            Units::Septets(_) => Capacity {
                alone: 160,
                part: if long { 152 } else { 153 },
            },
            Units::Utf16(_) => Capacity {
                alone: 70,
                part: if long { 66 } else { 67 },
            },
        }
    }

    /// Fills part after part without splitting a character.
    fn pieces(&self, capacity: &Capacity) -> Vec<Units> {
        match self {
            Units::Septets(all) => {
                let width = |unit: &Septets| match unit {
                    Septets::One(_) => 1,
                    Septets::Escaped(_) => 2,
                };
                split(all, width, capacity).into_iter().map(Units::Septets).collect()
            }
            Units::Utf16(all) => {
                let width = |character: &String| character.encode_utf16().count();
                split(all, width, capacity).into_iter().map(Units::Utf16).collect()
            }
        }
    }

    /// `fill` bits in front make packed septets begin at a septet boundary after a header.
    fn octets(&self, packed: bool, fill: u32) -> Vec<u8> {
        match self {
            Units::Septets(all) => {
                let codes = all.iter().flat_map(|unit| match unit {
                    Septets::One(code) => [None, Some(*code)],
                    Septets::Escaped(code) => [Some(ESCAPE), Some(*code)],
                });
                let codes: Vec<u8> = codes.flatten().collect();
                if packed { pack(&codes, fill) } else { codes }
            }
            Units::Utf16(all) => {
                let units = all.iter().flat_map(|character| character.encode_utf16());
                units.flat_map(u16::to_be_bytes).collect()
            }
        }
    }

    fn body(&self, concatenation: Concatenation, packed: bool, [reference, total, number]: [u16; 3]) -> Body {
        let (total, number) = (total as u8, number as u8);
        let short = (reference & 0xFF) as u8;
        let [high, low] = reference.to_be_bytes();
        let with = |header: &[u8]| {
            // The header's own length octet comes first; septets begin at the next multiple of seven bits.
            let fill = (7 - (header.len() * 8) % 7) % 7;
            let mut octets = header.to_vec();
            octets.extend(self.octets(packed, fill as u32));
            Body::WithHeader(octets)
        };
        match concatenation {
            Concatenation::Udh8 => with(&[5, 0, 3, short, total, number]),
            Concatenation::Udh16 => with(&[6, 8, 4, high, low, total, number]),
            Concatenation::Sar | Concatenation::MessagePayload => Body::Sar {
                octets: self.octets(packed, 0),
                reference: short.into(),
                total,
                number,
            },
        }
    }
}

/// A character as phones show it (Unicode UAX #29: a flag, a family, a skin tone, a keycap), unless it is longer than
/// a part.
fn whole(cluster: &str) -> Vec<String> {
    match cluster.encode_utf16().count() <= LEAST_PART {
        true => vec![cluster.to_owned()],
        false => cluster.chars().map(String::from).collect(),
    }
}

fn split<U: Clone>(units: &[U], width: impl Fn(&U) -> usize, capacity: &Capacity) -> Vec<Vec<U>> {
    let total: usize = units.iter().map(&width).sum();
    if total <= capacity.alone {
        return if units.is_empty() {
            Vec::new()
        } else {
            vec![units.to_vec()]
        };
    }
    let (mut pieces, mut piece, mut used) = (Vec::new(), Vec::new(), 0);
    for unit in units {
        if used + width(unit) > capacity.part {
            pieces.push(std::mem::take(&mut piece));
            used = 0;
        }
        used += width(unit);
        piece.push(unit.clone());
    }
    pieces.push(piece);
    pieces
}
