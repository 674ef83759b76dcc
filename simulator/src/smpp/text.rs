//! What a phone would show: alphabets, user data headers, parts put together (PROVIDERS §4.5).

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use super::pdu::{Sar, Submit};
use super::status::Status;
use crate::sms::parts::BASIC;

const HEADER_PRESENT: u8 = 0x40;
const UCS_2: u8 = 8;

/// The codes after an escape, with their characters.
const EXTENSION: [(u8, char); 10] = [
    (10, '\u{c}'),
    (20, '^'),
    (40, '{'),
    (41, '}'),
    (47, '\\'),
    (60, '['),
    (61, '~'),
    (62, ']'),
    (64, '|'),
    (101, '€'),
];

/// A segment of a message, decoded.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) text: String,
    /// `None` if it is the whole message.
    pub(super) of: Option<Sar>,
}

/// Decodes a submission. `packed` tells that this SMSC expects its default alphabet packed.
pub(super) fn segment(submit: &Submit, packed: bool) -> Result<Segment, Status> {
    let has_header = submit.esm_class & HEADER_PRESENT != 0;
    if has_header && submit.sar.is_some() {
        return Err(Status::InvalidTlvValue);
    }
    let octets = match (&submit.payload, submit.short_message.is_empty()) {
        (Some(payload), true) => payload,
        (Some(_), false) => return Err(Status::InvalidLength),
        (None, _) => &submit.short_message,
    };
    let (header, of) = if has_header {
        let (length, of) = header(octets).ok_or(Status::InvalidEsmClass)?;
        (length, Some(of))
    } else {
        (0, submit.sar)
    };
    let text = &octets[header..];
    let is_wide = submit.data_coding == UCS_2;
    // A short message carries 140 octets, or as many as 160 septets fill.
    let room = match (is_wide, packed) {
        (true, _) => 140,
        (false, true) => 140,
        (false, false) => 160 - (header * 8).div_ceil(7) + header,
    };
    if submit.payload.is_none() && octets.len() > room {
        return Err(Status::InvalidLength);
    }
    let text = match submit.data_coding {
        UCS_2 => wide(text).ok_or(Status::InvalidLength)?,
        0 if packed => narrow(&unpack(text, header)),
        0 => narrow(text),
        _ => return Err(Status::SubmitFailed),
    };
    if text.is_empty() || of.is_some_and(|of| of.number == 0 || of.number > of.total) {
        return Err(Status::InvalidLength);
    }
    Ok(Segment { text, of })
}

/// The length of a user data header, including its first octet, and the concatenation in it.
fn header(octets: &[u8]) -> Option<(usize, Sar)> {
    let length = usize::from(*octets.first()?) + 1;
    let elements = octets.get(1..length)?;
    let of = match elements {
        [0, 3, reference, total, number] => Sar {
            reference: u16::from(*reference),
            total: *total,
            number: *number,
        },
        [8, 4, high, low, total, number] => Sar {
            reference: u16::from_be_bytes([*high, *low]),
            total: *total,
            number: *number,
        },
        _ => return None,
    };
    Some((length, of))
}

fn wide(octets: &[u8]) -> Option<String> {
    let (pairs, rest) = octets.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    // A part that begins or ends in the middle of a pair cannot be read by itself.
    char::decode_utf16(pairs.iter().map(|pair| u16::from_be_bytes(*pair)))
        .collect::<Result<String, _>>()
        .ok()
}

fn narrow(septets: &[u8]) -> String {
    let mut text = String::new();
    let mut escaped = false;
    for septet in septets {
        match (escaped, *septet) {
            (false, 0x1B) => escaped = true,
            (true, code) => {
                escaped = false;
                text.extend(
                    EXTENSION
                        .iter()
                        .find(|(known, _)| *known == code)
                        .map(|(_, shown)| shown),
                );
            }
            // The table omits the escape.
            (false, code) => text.extend(BASIC.chars().nth(usize::from(code) - usize::from(code > 0x1B))),
        }
    }
    text
}

/// Unpacks septets, starting at the first septet boundary after a header of this many octets. A last septet that is
/// zero or a carriage return is padding.
fn unpack(octets: &[u8], header: usize) -> Vec<u8> {
    let first = (header * 8).div_ceil(7) * 7 - header * 8;
    let bit = |at: usize| (octets[at / 8] >> (at % 8)) & 1;
    let count = (octets.len() * 8).saturating_sub(first) / 7;
    let mut septets: Vec<u8> = (0..count)
        .map(|n| (0..7).map(|b| bit(first + n * 7 + b) << b).sum())
        .collect();
    let exact = (octets.len() * 8).saturating_sub(first).is_multiple_of(7);
    if exact && matches!(septets.last(), Some(0 | 13)) {
        septets.pop();
    }
    septets
}

/// A guest's text in octets of UCS-2.
pub(super) fn to_wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

/// Messages of which parts are still to come.
#[derive(Debug, Default)]
pub(super) struct Assembly(Mutex<HashMap<Key, BTreeMap<u8, String>>>);

/// Parts belong together by sender, recipient, reference and count.
type Key = (String, String, u16, u8);

impl Assembly {
    /// The whole text once its last part has come.
    pub(super) fn add(&self, submit: &Submit, segment: &Segment) -> Option<String> {
        let Some(of) = segment.of else {
            return Some(segment.text.clone());
        };
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (
            submit.source.clone(),
            submit.destination.clone(),
            of.reference,
            of.total,
        );
        let parts = waiting.entry(key.clone()).or_default();
        parts.insert(of.number, segment.text.clone());
        if parts.len() < usize::from(of.total) {
            return None;
        }
        waiting.remove(&key).map(|parts| parts.into_values().collect())
    }

    /// Tells how many messages lack a part.
    pub(super) fn incomplete(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn submit(esm_class: u8, data_coding: u8, octets: &[u8]) -> Submit {
        Submit {
            source_ton: 5,
            source: "PIZZA".to_owned(),
            destination: "79990000000".to_owned(),
            esm_class,
            validity: String::new(),
            registered_delivery: 0,
            data_coding,
            short_message: octets.to_vec(),
            sar: None,
            payload: None,
        }
    }

    fn text(octets: &[u8], packed: bool) -> String {
        segment(&submit(0, 0, octets), packed).unwrap().text
    }

    #[test]
    fn the_golden_octets() {
        assert_eq!(text(&hex::decode("E8329BFD4697D9EC37").unwrap(), true), "hellohello");
        assert_eq!(text(&hex::decode("9B32").unwrap(), true), "€");
        assert_eq!(text(&[0x1B, 0x65, 0x00, 0x11, 0x7F], false), "€@_à");
        let part = submit(0x40, 0, &hex::decode("050003CC02019069").unwrap());
        let read = segment(&part, true).unwrap();
        assert_eq!(read.text, "Hi");
        assert_eq!(
            read.of,
            Some(Sar {
                reference: 0xCC,
                total: 2,
                number: 1
            })
        );
    }

    #[test]
    fn what_no_phone_could_show_is_refused() {
        for (esm_class, coding, octets, status) in [
            (0, 8, vec![0xD8, 0x3C], Status::InvalidLength),
            (0, 8, vec![4], Status::InvalidLength),
            (0, 8, vec![4; 142], Status::InvalidLength),
            (0, 0, vec![b'a'; 161], Status::InvalidLength),
            (0, 4, vec![1], Status::SubmitFailed),
            (0, 0, Vec::new(), Status::InvalidLength),
            (0x40, 0, vec![5, 0, 3, 1, 2], Status::InvalidEsmClass),
            (0x40, 0, vec![5, 0, 3, 1, 2, 3, b'a'], Status::InvalidLength),
            (
                0x40,
                0,
                [vec![5, 0, 3, 1, 2, 1], vec![b'a'; 154]].concat(),
                Status::InvalidLength,
            ),
        ] {
            assert_eq!(
                segment(&submit(esm_class, coding, &octets), false),
                Err(status),
                "{octets:?}"
            );
        }
        let full = [vec![5, 0, 3, 1, 2, 1], vec![b'a'; 153]].concat();
        assert!(segment(&submit(0x40, 0, &full), false).is_ok());
        let long = [vec![6, 8, 4, 1, 1, 2, 1], vec![b'a'; 152]].concat();
        assert!(segment(&submit(0x40, 0, &long), false).is_ok());
    }

    #[test]
    fn parts_come_in_any_order() {
        let assembly = Assembly::default();
        let part = |number: u8, text: &[u8]| submit(0x40, 0, &[&[5, 0, 3, 9, 3, number], text].concat());
        let add = |submit: &Submit| assembly.add(submit, &segment(submit, false).unwrap());
        assert_eq!(add(&part(3, b"c")), None);
        assert_eq!(add(&part(1, b"a")), None);
        assert_eq!(assembly.incomplete(), 1);
        assert_eq!(add(&part(2, b"b")), Some("abc".to_owned()));
        assert_eq!(assembly.incomplete(), 0);
    }
}
