//! What an operator sends us: receipts and guests' messages, from a PDU to an [`Event`]. No I/O.

use super::coding::{Header, words};
use super::config::Settings;
use super::parts::{Heard, Part};
use super::receipt::{ReceiptText, State, instant};
use super::told::Told;
use super::wire::Frame;
use crate::number::{Notation, of_sms};
use crate::{Event, Receipt, ReceiptFor};
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::{Inbound, InboundContent};
use md5::{Digest, Md5};
use rusmpp::CommandId;
use serde_json::json;

/// The bits of `esm_class` that tell what a message is.
const KIND: u8 = 0x3C;
const PLAIN: u8 = 0;
const RECEIPT: u8 = 0x04;
const INTERMEDIATE: u8 = 0x20;

/// Types of number (SMPP 3.4 §5.2.5).
const INTERNATIONAL: u8 = 1;
const ALPHANUMERIC: u8 = 5;

/// What a `deliver_sm` or `data_sm` tells. What cannot be read is kept as it came.
pub(super) fn heard(frame: &Frame, settings: &Settings, now: Timestamp) -> Heard {
    let name = match frame.id {
        CommandId::DataSm => "data_sm",
        _ => "deliver_sm",
    };
    let kept = |what: &str| Heard {
        event: Event::Unrecognised {
            kind: format!("smpp: {what}"),
            raw: json!({ "body": hex::encode(&frame.body) }).to_string(),
        },
        part: None,
    };
    let Some(told) = Told::read(frame) else {
        return kept(&format!("an unreadable {name}"));
    };
    let header = Header::read(told.octets, told.announces_a_header());
    let is_receipt = match told.esm_class & KIND {
        RECEIPT | INTERMEDIATE => true,
        // Some operators mark receipts by the TLV alone.
        PLAIN => told.receipted_id.is_some(),
        _ => return kept(&format!("a {name} of an unknown kind")),
    };
    let text = words(told.data_coding, told.octets, &header, settings.text.gsm7);
    if is_receipt {
        // Its text is ASCII, whatever the alphabet is said to be, unless it is wide.
        let plain = || String::from_utf8_lossy(told.octets.get(header.length..).unwrap_or_default()).into_owned();
        let plain = Some(plain()).filter(|plain| plain.contains("id:") || plain.contains("stat:"));
        let read = ReceiptText::read(&plain.or(text.clone()).unwrap_or_default());
        if let Some(receipt) = receipt(&read, &told, settings) {
            return Heard {
                event: Event::Receipt(receipt),
                part: None,
            };
        }
        let is_none = read == ReceiptText::default() && told.receipted_id.is_none() && !told.octets.is_empty();
        if !is_none {
            return kept(&format!("a {name} of an unknown kind"));
        }
    }
    guests(frame, &told, &header, text, settings, now)
}

/// The TLVs win over the text (PROVIDERS.md §4.4). `None`: no id, or a state of the operator's own.
fn receipt(text: &ReceiptText, told: &Told<'_>, settings: &Settings) -> Option<Receipt> {
    let id = told.receipted_id.as_deref().or(text.id.as_deref())?;
    let state = told.state.and_then(State::of_tlv);
    let state = state.or_else(|| State::of_stat(text.stat.as_deref()?))?;
    let network_error = told.network_error.map(|(kind, code)| format!("{kind}/{code}"));
    let err = text.err.clone().or(network_error);
    let done = text.done.as_deref().zip(settings.receipt_offset);
    Some(Receipt {
        attempt: ReceiptFor::Provider(settings.ids.receipt.normal(id)),
        status: state.status(err.as_deref()),
        at: done.and_then(|(done, offset)| instant(done, offset)),
        cost: None,
    })
}

/// A guest's message, or a part of a long one.
fn guests(
    frame: &Frame,
    told: &Told<'_>,
    header: &Header,
    text: Option<String>,
    settings: &Settings,
    now: Timestamp,
) -> Heard {
    let notation = match told.ton {
        // A name that is digits is a number; those are written with their country code.
        INTERNATIONAL | ALPHANUMERIC => Notation::International,
        _ => Notation::Unsaid,
    };
    let from = of_sms(&told.source, notation, settings.region);
    let place = header.place.or(told.place);
    let content = text.map_or_else(
        || InboundContent::Other {
            kind: format!("data coding {}", told.data_coding),
            raw: json!({ "octets": hex::encode(told.octets) }).to_string(),
        },
        InboundContent::Text,
    );
    Heard {
        part: place.map(|place| Part::new(&from, &told.destination, place)),
        event: Event::Inbound(Inbound {
            also: Vec::new(),
            provider_id: id(frame, now),
            from,
            name: None,
            at: now,
            content,
            answers: None,
        }),
    }
}

/// SMPP gives a guest's message no id. Each PDU is a message of its own, the same words or not: a guest may write STOP,
/// START and STOP. One that an operator tells again, having heard no answer, stands in the list twice.
fn id(frame: &Frame, now: Timestamp) -> String {
    let digest = hex::encode(Md5::digest(&frame.body));
    format!("{digest}-{}-{}", now.0, frame.sequence)
}
