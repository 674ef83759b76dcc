//! What an operator tells, read from a PDU's octets: `deliver_sm` and `data_sm` (SMPP 3.4 §4.6.1, §4.7.1), which
//! differ in where the text stands. Operators add octets and write TLVs that violate the standard; whatever can be
//! read is read.

use super::wire::Frame;
use rusmpp::CommandId;

/// The bits of `esm_class`.
const HEADER: u8 = 0x40;

/// The TLVs that are read (SMPP 3.4 §5.3.2).
mod tag {
    pub const RECEIPTED_MESSAGE_ID: u16 = 0x001E;
    pub const SAR_REFERENCE: u16 = 0x020C;
    pub const SAR_TOTAL: u16 = 0x020E;
    pub const SAR_NUMBER: u16 = 0x020F;
    pub const NETWORK_ERROR_CODE: u16 = 0x0423;
    pub const MESSAGE_PAYLOAD: u16 = 0x0424;
    pub const MESSAGE_STATE: u16 = 0x0427;
}

/// The parts of a PDU that concern us.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Told<'a> {
    /// Type of number of the source.
    pub ton: u8,
    pub source: String,
    pub destination: String,
    pub esm_class: u8,
    pub data_coding: u8,
    /// `short_message`, or `message_payload`.
    pub octets: &'a [u8],
    pub receipted_id: Option<String>,
    pub state: Option<u8>,
    /// Kind of network, and its code.
    pub network_error: Option<(u8, u16)>,
    pub numbering: Option<SegmentNumbering>,
}

/// Which part of its message a PDU carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct SegmentNumbering {
    pub reference: u16,
    pub total: u8,
    /// From 1 on.
    pub number: u8,
}

impl SegmentNumbering {
    pub fn new(reference: u16, total: u8, number: u8) -> Option<Self> {
        let is_part = total > 1 && (1..=total).contains(&number);
        is_part.then_some(Self {
            reference,
            total,
            number,
        })
    }
}

impl<'a> Told<'a> {
    /// `None` if the beginning cannot be read.
    pub fn read(frame: &'a Frame) -> Option<Self> {
        let mut octets = Octets(&frame.body);
        octets.c_string()?;
        let (ton, source) = octets.address()?;
        let (_, destination) = octets.address()?;
        let esm_class = octets.one()?;
        let mut told = Self {
            ton,
            source,
            destination,
            esm_class,
            ..Self::default()
        };
        if frame.id == CommandId::DataSm {
            // registered_delivery
            octets.one()?;
            told.data_coding = octets.one()?;
        } else {
            // protocol_id, priority_flag; two times; registered_delivery, replace_if_present_flag
            octets.take(2);
            octets.c_string()?;
            octets.c_string()?;
            octets.take(2);
            told.data_coding = octets.one()?;
            // sm_default_msg_id
            octets.one()?;
            let length = octets.one()?;
            told.octets = octets.take(length.into());
        }
        told.tlvs(octets.0);
        Some(told)
    }

    fn tlvs(&mut self, octets: &'a [u8]) {
        let mut sar = (None, None, None);
        for (tag, value) in Tlvs(octets) {
            let number = value
                .iter()
                .take(4)
                .fold(0u32, |number, octet| (number << 8) | u32::from(*octet));
            match tag {
                tag::RECEIPTED_MESSAGE_ID => self.receipted_id = Some(text(value)).filter(|id| !id.is_empty()),
                tag::MESSAGE_STATE => self.state = value.last().map(|last| state(*last)),
                tag::MESSAGE_PAYLOAD if !value.is_empty() => self.octets = value,
                // If there are only two octets, they are the code alone.
                tag::NETWORK_ERROR_CODE => {
                    self.network_error = match value {
                        [kind, high, low, ..] => Some((*kind, u16::from_be_bytes([*high, *low]))),
                        _ => None,
                    }
                }
                tag::SAR_REFERENCE => sar.0 = u16::try_from(number).ok(),
                tag::SAR_TOTAL => sar.1 = u8::try_from(number).ok(),
                tag::SAR_NUMBER => sar.2 = u8::try_from(number).ok(),
                _ => {}
            }
        }
        if let (Some(reference), Some(total), Some(number)) = sar {
            self.numbering = SegmentNumbering::new(reference, total, number);
        }
    }

    pub fn announces_a_header(&self) -> bool {
        self.esm_class & HEADER != 0
    }
}

/// Some operators write a digit character instead of the number.
fn state(octet: u8) -> u8 {
    if octet.is_ascii_digit() { octet - b'0' } else { octet }
}

fn text(value: &[u8]) -> String {
    let end = value.iter().position(|octet| *octet == 0).unwrap_or(value.len());
    String::from_utf8_lossy(&value[..end]).trim().to_owned()
}

/// Octets that are read from the front.
struct Octets<'a>(&'a [u8]);

impl<'a> Octets<'a> {
    fn one(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// Takes `count` octets, or as many as are left.
    fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// A string of any length, up to its final zero.
    fn c_string(&mut self) -> Option<String> {
        let end = self.0.iter().position(|octet| *octet == 0)?;
        let text = String::from_utf8_lossy(&self.0[..end]).into_owned();
        self.0 = &self.0[end + 1..];
        Some(text)
    }

    /// The type of number and the address; the numbering plan adds nothing to the digits.
    fn address(&mut self) -> Option<(u8, String)> {
        let ton = self.one()?;
        self.one()?;
        Some((ton, self.c_string()?))
    }
}

/// The TLVs, as far as they can be told from garbage between and after them.
struct Tlvs<'a>(&'a [u8]);

impl<'a> Iterator for Tlvs<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (tag, value, rest) = tlv(self.0)?;
            // There is one zero octet too many: no tag is 0, and after it everything fits again.
            let shifted = self.0.first() == Some(&0) && (tag == 0 || !fits(self.0)) && fits(&self.0[1..]);
            if shifted || tag == 0 {
                self.0 = &self.0[1..];
                continue;
            }
            self.0 = rest;
            return Some((tag, value));
        }
    }
}

/// The first TLV. If it announces more than there is, it gets what there is.
fn tlv(octets: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let (tag, rest) = octets.split_first_chunk()?;
    let (length, rest) = rest.split_first_chunk()?;
    let length = usize::from(u16::from_be_bytes(*length)).min(rest.len());
    let (value, rest) = rest.split_at(length);
    Some((u16::from_be_bytes(*tag), value, rest))
}

/// Whether these are whole TLVs to the end.
fn fits(mut octets: &[u8]) -> bool {
    while let [a, b, c, d, rest @ ..] = octets {
        let length = usize::from(u16::from_be_bytes([*c, *d]));
        if (*a, *b) == (0, 0) || length > rest.len() {
            return false;
        }
        octets = &rest[length..];
    }
    octets.iter().all(|octet| *octet == 0)
}
