//! SMPP's octets, written from the specification (v3.4 §4, §5): headers, the bodies that an SMSC reads and writes, TLVs.

use std::io;
use std::sync::Arc;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio_util::codec::Decoder;

pub(super) const GENERIC_NACK: u32 = 0x8000_0000;
pub(super) const BIND_RECEIVER: u32 = 0x01;
pub(super) const BIND_TRANSMITTER: u32 = 0x02;
pub(super) const SUBMIT_SM: u32 = 0x04;
pub(super) const DELIVER_SM: u32 = 0x05;
pub(super) const UNBIND: u32 = 0x06;
pub(super) const DATA_SM: u32 = 0x103;
pub(super) const BIND_TRANSCEIVER: u32 = 0x09;
pub(super) const ENQUIRE_LINK: u32 = 0x15;
/// The id of a response is that of its request with this bit set.
pub(super) const RESPONSE: u32 = 0x8000_0000;

const RECEIPTED_MESSAGE_ID: u16 = 0x001E;
const SAR_MSG_REF_NUM: u16 = 0x020C;
const SAR_TOTAL_SEGMENTS: u16 = 0x020E;
const SAR_SEGMENT_SEQNUM: u16 = 0x020F;
const NETWORK_ERROR_CODE: u16 = 0x0423;
const MESSAGE_PAYLOAD: u16 = 0x0424;
const MESSAGE_STATE: u16 = 0x0427;

const HEADER: usize = 16;
const LONGEST: usize = 70_000;

/// A PDU with its body unread.
#[derive(Debug, Clone)]
pub(super) struct Pdu {
    pub(super) id: u32,
    pub(super) status: u32,
    pub(super) sequence: u32,
    pub(super) body: Bytes,
}

#[derive(Debug, Default)]
pub(super) struct Codec;

impl Decoder for Codec {
    type Item = Pdu;
    type Error = io::Error;

    fn decode(&mut self, source: &mut BytesMut) -> io::Result<Option<Pdu>> {
        let Some(length) = source.first_chunk::<4>().map(|four| u32::from_be_bytes(*four) as usize) else {
            return Ok(None);
        };
        if !(HEADER..=LONGEST).contains(&length) {
            return Err(io::Error::other(format!("a PDU of {length} octets")));
        }
        if source.len() < length {
            return Ok(None);
        }
        let mut body = source.split_to(length).freeze();
        body.advance(4);
        let (id, status, sequence) = (body.get_u32(), body.get_u32(), body.get_u32());
        Ok(Some(Pdu {
            id,
            status,
            sequence,
            body,
        }))
    }
}

/// A PDU's octets.
pub(super) fn write(id: u32, status: u32, sequence: u32, body: &[u8]) -> Bytes {
    let mut octets = BytesMut::with_capacity(HEADER + body.len());
    octets.put_u32((HEADER + body.len()) as u32);
    for number in [id, status, sequence] {
        octets.put_u32(number);
    }
    octets.put_slice(body);
    octets.freeze()
}

/// A response whose body is one C-octet string: to a bind or a submission.
pub(super) fn named(request: &Pdu, status: u32, name: &str) -> Bytes {
    let mut body = BytesMut::new();
    // A refusal has no body (§4.4.2).
    if status == 0 {
        put_string(&mut body, name);
    }
    write(request.id | RESPONSE, status, request.sequence, &body)
}

/// A response without a body.
pub(super) fn empty(request: &Pdu) -> Bytes {
    write(request.id | RESPONSE, 0, request.sequence, &[])
}

/// Reads a body from its front; `None` if it ends too soon or a string is too long.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn octet(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn octets(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u16> {
        let two = self.octets(2)?;
        Some(u16::from_be_bytes([two[0], two[1]]))
    }

    /// `most` includes the final zero.
    fn string(&mut self, most: usize) -> Option<String> {
        let end = self.0.iter().take(most).position(|octet| *octet == 0)?;
        let text = self.octets(end)?;
        self.octet()?;
        Some(String::from_utf8_lossy(text).into_owned())
    }
}

#[derive(Debug)]
pub(super) struct Bind {
    pub(super) system_id: String,
    pub(super) password: String,
}

impl Bind {
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let mut reader = Reader(body);
        let (system_id, password) = (reader.string(16)?, reader.string(9)?);
        reader.string(13)?;
        // interface_version, addr_ton, addr_npi.
        reader.octets(3)?;
        reader.string(41)?;
        Some(Self { system_id, password })
    }
}

/// The data by which a segment says that it is one of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sar {
    pub(super) reference: u16,
    pub(super) total: u8,
    pub(super) number: u8,
}

#[derive(Debug)]
pub(super) struct Submit {
    pub(super) source_ton: u8,
    pub(super) source: String,
    pub(super) destination: String,
    pub(super) esm_class: u8,
    pub(super) validity: String,
    pub(super) registered_delivery: u8,
    pub(super) data_coding: u8,
    pub(super) short_message: Vec<u8>,
    pub(super) sar: Option<Sar>,
    pub(super) payload: Option<Vec<u8>>,
}

impl Submit {
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let mut reader = Reader(body);
        reader.string(6)?;
        let source_ton = reader.octet()?;
        reader.octet()?;
        let source = reader.string(21)?;
        reader.octets(2)?;
        let destination = reader.string(21)?;
        let esm_class = reader.octet()?;
        // protocol_id, priority_flag, schedule_delivery_time.
        reader.octets(2)?;
        reader.string(17)?;
        let validity = reader.string(17)?;
        let registered_delivery = reader.octet()?;
        reader.octet()?;
        let data_coding = reader.octet()?;
        reader.octet()?;
        let length = reader.octet()?;
        let short_message = reader.octets(length.into())?.to_vec();
        let mut submit = Self {
            source_ton,
            source,
            destination,
            esm_class,
            validity,
            registered_delivery,
            data_coding,
            short_message,
            sar: None,
            payload: None,
        };
        submit.read_tlvs(reader)?;
        Some(submit)
    }

    fn read_tlvs(&mut self, mut reader: Reader<'_>) -> Option<()> {
        let (mut reference, mut total, mut number) = (None, None, None);
        while !reader.0.is_empty() {
            let (tag, length) = (reader.number()?, reader.number()?);
            let value = reader.octets(length.into())?;
            match (tag, value) {
                (SAR_MSG_REF_NUM, [high, low]) => reference = Some(u16::from_be_bytes([*high, *low])),
                (SAR_TOTAL_SEGMENTS, [octet]) => total = Some(*octet),
                (SAR_SEGMENT_SEQNUM, [octet]) => number = Some(*octet),
                (MESSAGE_PAYLOAD, octets) => self.payload = Some(octets.to_vec()),
                (SAR_MSG_REF_NUM | SAR_TOTAL_SEGMENTS | SAR_SEGMENT_SEQNUM, _) => return None,
                _ => {}
            }
        }
        self.sar = match (reference, total, number) {
            (Some(reference), Some(total), Some(number)) => Some(Sar {
                reference,
                total,
                number,
            }),
            (None, None, None) => None,
            // All three or none (§5.3.2.22).
            _ => return None,
        };
        Some(())
    }
}

/// What an SMSC delivers: a receipt or a guest's message.
#[derive(Debug, Clone)]
pub(super) struct Deliver {
    /// The account whose binds it is for, by `system_id`; any if absent.
    pub(super) account: Option<Arc<str>>,
    pub(super) source: String,
    pub(super) destination: String,
    pub(super) esm_class: u8,
    pub(super) data_coding: u8,
    pub(super) text: Vec<u8>,
    pub(super) receipt: Option<ReceiptTlvs>,
    pub(super) dress: Dress,
}

/// Variations in how operators write a PDU.
#[derive(Debug, Clone)]
pub(super) struct Dress {
    /// Type of number and numbering plan of the source.
    pub(super) ton: u8,
    pub(super) npi: u8,
    /// By `data_sm`, whose text is a TLV.
    pub(super) data_sm: bool,
    /// Octets after everything else.
    pub(super) behind: Vec<u8>,
}

impl Default for Dress {
    /// International, ISDN.
    fn default() -> Self {
        Self {
            ton: 1,
            npi: 1,
            data_sm: false,
            behind: Vec::new(),
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct ReceiptTlvs {
    pub(super) message_id: String,
    pub(super) state: u8,
    pub(super) error: u16,
}

impl Deliver {
    pub(super) fn write(&self, sequence: u32) -> Bytes {
        let mut body = BytesMut::new();
        put_string(&mut body, "");
        body.put_slice(&[self.dress.ton, self.dress.npi]);
        put_string(&mut body, &self.source);
        body.put_slice(&[0, 0]);
        put_string(&mut body, &self.destination);
        if self.dress.data_sm {
            body.put_slice(&[self.esm_class, 0, self.data_coding]);
            put_tlv(&mut body, MESSAGE_PAYLOAD, &self.text);
            body.put_slice(&self.dress.behind);
            return write(DATA_SM, 0, sequence, &body);
        }
        body.put_slice(&[self.esm_class, 0, 0]);
        put_string(&mut body, "");
        put_string(&mut body, "");
        body.put_slice(&[0, 0, self.data_coding, 0]);
        let text = &self.text[..self.text.len().min(254)];
        body.put_u8(text.len() as u8);
        body.put_slice(text);
        if let Some(receipt) = &self.receipt {
            let [high, low] = receipt.error.to_be_bytes();
            let mut id = receipt.message_id.clone().into_bytes();
            id.push(0);
            put_tlv(&mut body, RECEIPTED_MESSAGE_ID, &id);
            put_tlv(&mut body, MESSAGE_STATE, &[receipt.state]);
            // Of a GSM network.
            put_tlv(&mut body, NETWORK_ERROR_CODE, &[3, high, low]);
        }
        body.put_slice(&self.dress.behind);
        write(DELIVER_SM, 0, sequence, &body)
    }
}

fn put_string(body: &mut BytesMut, text: &str) {
    body.put_slice(text.as_bytes());
    body.put_u8(0);
}

fn put_tlv(body: &mut BytesMut, tag: u16, value: &[u8]) {
    body.put_u16(tag);
    body.put_u16(value.len() as u16);
    body.put_slice(value);
}
