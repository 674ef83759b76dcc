//! The GSM 7-bit default alphabet with its extension (3GPP TS 23.038 §6.2.1), UCS-2, and the packing of septets.

use crate::national::National;
use std::sync::LazyLock;

pub(crate) const ESCAPE: u8 = 0x1B;
const CARRIAGE_RETURN: u8 = 0x0D;

/// The character of each code; the escape stands for itself.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1b}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
    ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// What follows an escape.
const EXTENSION: [(u8, char); 10] = [
    (0x0A, '\u{c}'),
    (0x14, '^'),
    (0x28, '{'),
    (0x29, '}'),
    (0x2F, '\\'),
    (0x3C, '['),
    (0x3D, '~'),
    (0x3E, ']'),
    (0x40, '|'),
    (0x65, '€'),
];

/// The code of each character of the basic table, all of which lie below U+0400; 0xFF for none.
static CODES: LazyLock<[u8; 0x400]> = LazyLock::new(|| {
    let mut codes = [0xFF; 0x400];
    for (code, character) in (0u8..).zip(BASIC.chars()) {
        if let Some(place) = codes.get_mut(character as usize)
            && code != ESCAPE
        {
            *place = code;
        }
    }
    codes
});

static CHARACTERS: LazyLock<Vec<char>> = LazyLock::new(|| BASIC.chars().collect());

/// A character in septets: one, or an escape and one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Septets {
    One(u8),
    Escaped(u8),
}

/// The septets of a character; `None` if the alphabet lacks the character, so that the text needs UCS-2.
pub(crate) fn septets(character: char) -> Option<Septets> {
    let basic = CODES.get(character as usize).copied().filter(|code| *code != 0xFF);
    basic.map(Septets::One).or_else(|| {
        let (code, _) = EXTENSION.iter().find(|(_, known)| *known == character)?;
        Some(Septets::Escaped(*code))
    })
}

/// Reads septets given one per octet.
#[cfg(test)]
pub(crate) fn read_septets(septets: &[u8]) -> String {
    read_national(septets, National::default())
}

/// Reads septets given one per octet, by the tables that the message names. If no extension has the code after an
/// escape, the code is read without the escape, as phones do.
pub(crate) fn read_national(septets: &[u8], national: National) -> String {
    let mut text = String::with_capacity(septets.len());
    let mut codes = septets.iter().map(|code| code & 0x7F);
    let plain = |code: u8| {
        national
            .locked(code)
            .or_else(|| CHARACTERS.get(usize::from(code)).copied())
    };
    while let Some(code) = codes.next() {
        let character = if code == ESCAPE {
            let Some(code) = codes.next() else { break };
            let extended = EXTENSION.iter().find(|(known, _)| *known == code).map(|(_, c)| *c);
            national.escaped(code).or(extended).or_else(|| plain(code))
        } else {
            plain(code)
        };
        text.extend(character);
    }
    text
}

/// Packs septets into octets, lowest bit first, after `fill` zero bits (23.038 §6.1.2.1).
///
/// SMPP gives the length only in octets: if seven bits are left over, the far end would read them as one more
/// character, which would be `@` if they were zero. They carry a carriage return instead, which is not visible.
pub(crate) fn pack(septets: &[u8], fill: u32) -> Vec<u8> {
    let mut octets = Vec::with_capacity(septets.len() + 1);
    let (mut bits, mut held): (u32, u32) = (0, fill);
    let spare_is_a_septet = (septets.len() * 7 + fill as usize) % 8 == 1;
    for septet in septets
        .iter()
        .copied()
        .chain(spare_is_a_septet.then_some(CARRIAGE_RETURN))
    {
        bits |= u32::from(septet & 0x7F) << held;
        held += 7;
        while held >= 8 {
            octets.push((bits & 0xFF) as u8);
            bits >>= 8;
            held -= 8;
        }
    }
    if held > 0 {
        octets.push((bits & 0xFF) as u8);
    }
    octets
}

/// Unpacks the septets in octets after `fill` bits, without the padding at their end.
pub(crate) fn unpack(octets: &[u8], fill: u32) -> Vec<u8> {
    let mut septets = Vec::with_capacity(octets.len() * 8 / 7);
    let (mut bits, mut held): (u32, u32) = (0, 0);
    let mut skip = fill;
    for octet in octets {
        bits |= u32::from(*octet) << held;
        held += 8;
        if skip > 0 {
            bits >>= skip;
            held -= skip;
            skip = 0;
        }
        while held >= 7 {
            septets.push((bits & 0x7F) as u8);
            bits >>= 7;
            held -= 7;
        }
    }
    let ends_with_filling = held == 0 && matches!(septets.last(), Some(&(0 | CARRIAGE_RETURN)));
    if ends_with_filling {
        septets.pop();
    }
    septets
}

/// UTF-16 big-endian, which is what phones take for UCS-2.
pub(crate) fn read_ucs2(octets: &[u8]) -> String {
    utf16(
        octets
            .chunks_exact(2)
            .map(|pair| u16::from_be_bytes([pair[0], pair[1]])),
    )
}

fn utf16(units: impl Iterator<Item = u16>) -> String {
    char::decode_utf16(units)
        .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

/// Reads UCS-2 as it really comes: little-endian if a byte order mark or all letters say so. A byte order mark, a
/// final zero and half a letter at the end are dropped.
pub(crate) fn read_wide(octets: &[u8]) -> String {
    let (octets, little) = match octets {
        [0xFE, 0xFF, rest @ ..] => (rest, false),
        [0xFF, 0xFE, rest @ ..] => (rest, true),
        octets => (octets, is_little_endian(octets)),
    };
    let text = match little {
        true => utf16(
            octets
                .chunks_exact(2)
                .map(|pair| u16::from_le_bytes([pair[0], pair[1]])),
        ),
        false => read_ucs2(octets),
    };
    text.trim_end_matches('\0').to_owned()
}

/// The high octet of every Latin and Cyrillic letter.
fn is_high(octet: u8) -> bool {
    matches!(octet, 0x00 | 0x04)
}

/// Whether these are Latin or Cyrillic letters in two octets each, the high one first.
fn is_wide(octets: &[u8]) -> bool {
    octets.len() >= 4 && octets.len().is_multiple_of(2) && octets.chunks_exact(2).all(|pair| is_high(pair[0]))
}

fn is_little_endian(octets: &[u8]) -> bool {
    let low_is_high = octets.len() >= 4 && octets.chunks_exact(2).all(|pair| is_high(pair[1]));
    low_is_high && !is_wide(octets)
}

/// ISO-8859-5, data coding 6.
pub(crate) fn read_cyrillic(octets: &[u8]) -> String {
    let read = |octet: &u8| match octet {
        0x00..=0xA0 | 0xAD => char::from(*octet),
        0xF0 => '№',
        0xFD => '§',
        other => char::from_u32(0x0400 + u32::from(*other) - 0xA0).unwrap_or(char::REPLACEMENT_CHARACTER),
    };
    octets.iter().map(read).collect()
}
