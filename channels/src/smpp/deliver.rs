//! What an operator sends us: receipts and guests' messages, from a PDU to an [`Event`]. No I/O.

use super::coding::{Header, read_packed, words};
use super::config::Settings;
use super::parts::{Heard, Part};
use super::receipt::{ReceiptText, State, instant};
use super::told::Told;
use super::wire::Frame;
use crate::gsm7::read_wide;
use crate::number::{Notation, SmsSender, of_sms};
use crate::{Event, Receipt, ReceiptFor};
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::{Inbound, InboundContent};
use md5::{Digest, Md5};
use rusmpp::CommandId;
use serde_json::json;

/// The bits of `esm_class` that tell the kind of a message.
const KIND: u8 = 0x3C;
const PLAIN: u8 = 0;
const RECEIPT: u8 = 0x04;
const INTERMEDIATE: u8 = 0x20;

/// Types of number (SMPP 3.4 §5.2.5).
const INTERNATIONAL: u8 = 1;
const ALPHANUMERIC: u8 = 5;

/// Interprets a `deliver_sm` or `data_sm`. What cannot be read is kept as it came.
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
    let text = words(told.data_coding, told.octets, &header, settings.text.gsm7);
    let read = receipt_text(told.octets.get(header.length..).unwrap_or_default(), text.as_deref());
    let class = told.esm_class & KIND;
    // Some operators mark receipts by the TLV alone, or by nothing but their text.
    if matches!(class, RECEIPT | INTERMEDIATE) || told.receipted_id.is_some() || read.is_plainly_a_receipt() {
        if let Some(receipt) = receipt(&read, &told, settings) {
            return Heard {
                event: Event::Receipt(receipt),
                part: None,
            };
        }
        let is_none = read.is_none() && told.receipted_id.is_none() && !told.octets.is_empty();
        if !is_none {
            return kept(&format!("a {name} of an unknown kind"));
        }
    }
    let guests = guests(frame, &told, &header, text, settings, now);
    match class {
        PLAIN | RECEIPT | INTERMEDIATE => guests,
        // An acknowledgement by a phone, unless its owner says something.
        _ if guests.says_something() => guests,
        _ => kept(&format!("a {name} of an unknown kind")),
    }
}

/// The receipt in a text. Whatever alphabet is declared, a text that reads like a receipt is one.
fn receipt_text(octets: &[u8], as_declared: Option<&str>) -> ReceiptText {
    let plain = String::from_utf8_lossy(octets).into_owned();
    let declared = as_declared.unwrap_or_default().to_owned();
    let mut readings: Vec<ReceiptText> = Vec::with_capacity(4);
    for text in [plain, declared, read_wide(octets), read_packed(octets)] {
        let read = ReceiptText::read(&text);
        if read.is_plainly_a_receipt() {
            return read;
        }
        readings.push(read);
    }
    let told_most = |read: &ReceiptText| u8::from(read.id.is_some()) + u8::from(read.stat.is_some());
    let best = readings.iter().map(told_most).max().unwrap_or_default();
    let first = readings.into_iter().find(|read| told_most(read) == best);
    first.unwrap_or_default()
}

/// The TLVs win over the text (PROVIDERS.md §4.4). `None` if there is no id, or the state is one of the operator's
/// own.
fn receipt(text: &ReceiptText, told: &Told<'_>, settings: &Settings) -> Option<Receipt> {
    let mut ids = settings
        .ids
        .of_receipt(told.receipted_id.as_deref(), text.id.as_deref());
    let state = told.state.and_then(State::of_tlv);
    let state = match &text.stat {
        Some(stat) => state.or_else(|| State::of_stat(stat)),
        None => state.or_else(|| State::of_counts(text.submitted, text.delivered, text.err.as_deref())),
    }?;
    let network_error = told.network_error.map(|(kind, code)| format!("{kind}/{code}"));
    let err = text.err.clone().or(network_error);
    let attempt = match ids.len() {
        0 => return None,
        1 => ReceiptFor::Provider(ids.remove(0)),
        _ => ReceiptFor::OneOf(ids),
    };
    Some(Receipt {
        attempt,
        status: state.status(err.as_deref()),
        at: text
            .done
            .as_deref()
            .and_then(|done| instant(done, settings.receipt_offset)),
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
        // A name that consists of digits is a number written with its country code.
        INTERNATIONAL | ALPHANUMERIC => Notation::International,
        _ => Notation::Unsaid,
    };
    let SmsSender { from, perhaps } = of_sms(&told.source, notation, settings.region);
    let numbering = header.numbering.or(told.numbering);
    let content = text.map_or_else(
        || InboundContent::Other {
            kind: format!("data coding {}", told.data_coding),
            raw: json!({ "octets": hex::encode(told.octets) }).to_string(),
        },
        InboundContent::Text,
    );
    Heard {
        part: numbering.map(|numbering| Part::new(&from, &told.destination, numbering)),
        event: Event::Inbound(Inbound {
            also: Vec::new(),
            perhaps,
            provider_id: id(frame, now),
            from,
            name: None,
            at: now,
            content,
            answers: None,
        }),
    }
}

/// SMPP gives a guest's message no id. Each PDU counts as a new message even with the same words: a guest may write
/// STOP, START and STOP. A message that an operator sends again because it heard no answer is listed twice.
fn id(frame: &Frame, now: Timestamp) -> String {
    let digest = hex::encode(Md5::digest(&frame.body));
    format!("{digest}-{}-{}", now.0, frame.sequence)
}
