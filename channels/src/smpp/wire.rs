//! PDUs on the wire. A frame is cut by its length first and read afterwards, so that a PDU that we cannot read does
//! not cost the session.

use bytes::{Buf, Bytes, BytesMut};
use rusmpp::pdus::{DataSmResp, DeliverSmResp};
use rusmpp::tokio_codec::CommandCodec;
use rusmpp::types::COctetString;
use rusmpp::{Command, CommandId, CommandStatus, Pdu};
use std::io;
use tokio_util::codec::{Decoder, Encoder};

const HEADER: usize = 16;
/// The longest frame, with room for a `message_payload` of 64 KiB.
const LONGEST: usize = 70 * 1024;

/// The highest sequence number (PROVIDERS.md §4.1).
pub(super) const LAST_SEQUENCE: u32 = 0x7FFF_FFFF;

/// A PDU whose body is not read yet.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub id: CommandId,
    pub status: u32,
    pub sequence: u32,
    pub body: Bytes,
}

/// Cuts the stream into frames.
#[derive(Debug, Default)]
pub(super) struct Frames;

impl Decoder for Frames {
    type Item = Frame;
    type Error = io::Error;

    fn decode(&mut self, source: &mut BytesMut) -> Result<Option<Frame>, io::Error> {
        let Some(length) = source.first_chunk::<4>().map(|four| u32::from_be_bytes(*four) as usize) else {
            return Ok(None);
        };
        if !(HEADER..=LONGEST).contains(&length) {
            let why =
                format!("the peer announces a PDU of {length} octets: it does not speak SMPP, or the stream is broken");
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        if source.len() < length {
            source.reserve(length - source.len());
            return Ok(None);
        }
        let mut frame = source.split_to(length).freeze();
        frame.advance(4);
        Ok(Some(Frame {
            id: CommandId::from(frame.get_u32()),
            status: frame.get_u32(),
            sequence: frame.get_u32(),
            body: frame,
        }))
    }
}

impl Frame {
    /// The id in a `submit_sm_resp`: some operators omit the body of a refusal, some the final zero.
    pub fn message_id(&self) -> Option<String> {
        let id = self.body.split(|octet| *octet == 0).next().unwrap_or_default();
        let id = String::from_utf8_lossy(id).trim().to_owned();
        (!id.is_empty()).then_some(id)
    }

    /// Whether it asks for an answer.
    pub fn is_request(&self) -> bool {
        u32::from(self.id) & 0x8000_0000 == 0
    }
}

/// A command's octets.
pub(super) fn octets(status: u32, sequence: u32, pdu: impl Into<Pdu>) -> Bytes {
    let command = Command::new(CommandStatus::from(status), sequence, pdu);
    let mut octets = BytesMut::new();
    // Writing to memory cannot fail, and the codec has no error except that of its writer.
    let _ = CommandCodec::new().encode(&command, &mut octets);
    octets.freeze()
}

/// The response to a PDU of the operator.
pub(super) fn told_resp(id: CommandId, status: u32, sequence: u32) -> Bytes {
    match id {
        CommandId::DataSm => octets(status, sequence, DataSmResp::new(COctetString::empty(), Vec::new())),
        _ => octets(status, sequence, DeliverSmResp::new(COctetString::empty(), Vec::new())),
    }
}

/// A text as a C-octet string; the error says how long it may be.
pub(super) fn c_string<const MAX: usize>(key: &str, text: &str) -> Result<COctetString<1, MAX>, String> {
    let longest = MAX - 1;
    COctetString::from_string(text.to_owned()).map_err(|_| {
        format!("{key} is not a text of at most {longest} ASCII characters, which is what SMPP 3.4 takes; ask the operator for one")
    })
}
