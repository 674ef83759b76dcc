//! What an operator sends us: receipts and guests' messages, from a `deliver_sm` to an [`Event`]. No I/O.

use super::config::Settings;
use super::receipt::{ReceiptText, State, instant};
use super::segments::Gsm7;
use super::wire::Frame;
use crate::gsm7::{read_cyrillic, read_septets, read_ucs2, unpack};
use crate::{Event, Receipt, ReceiptFor};
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::{Inbound, InboundContent};
use md5::{Digest, Md5};
use rusmpp::pdus::DeliverSm;
use rusmpp::tlvs::TlvValue;
use rusmpp::values::Ton;
use serde_json::json;

/// The bits of `esm_class` that tell what a message is.
const KIND: u8 = 0x3C;
const PLAIN: u8 = 0;
const RECEIPT: u8 = 0x04;
const INTERMEDIATE: u8 = 0x20;
const HEADER: u8 = 0x40;

/// The same message told again within this time is one message, milliseconds.
const SAME_MESSAGE_MS: i64 = 10 * 60_000;

/// What a frame that announces itself as `deliver_sm` tells. What cannot be read is kept as it came.
pub(super) fn event(frame: &Frame, settings: &Settings, now: Timestamp) -> Event {
    let Some(pdu) = frame.deliver_sm() else {
        return unrecognised("smpp: an unreadable deliver_sm", &frame.body);
    };
    let tlvs = Tlvs::of(&pdu);
    let class = u8::from(pdu.esm_class);
    let octets = tlvs.payload.unwrap_or(pdu.short_message().as_ref());
    let read = match class & KIND {
        RECEIPT | INTERMEDIATE => receipt(octets, &tlvs, settings),
        // Some operators mark receipts by the TLV alone.
        PLAIN if tlvs.receipted_id.is_some() => receipt(octets, &tlvs, settings),
        PLAIN => Some(Event::Inbound(inbound(&pdu, octets, settings.text.gsm7, now))),
        _ => None,
    };
    read.unwrap_or_else(|| unrecognised("smpp: a deliver_sm of an unknown kind", &frame.body))
}

fn unrecognised(kind: &str, body: &[u8]) -> Event {
    Event::Unrecognised {
        kind: kind.to_owned(),
        raw: json!({ "body": hex::encode(body) }).to_string(),
    }
}

#[derive(Default)]
struct Tlvs<'a> {
    receipted_id: Option<&'a str>,
    state: Option<u8>,
    payload: Option<&'a [u8]>,
    /// Kind of network, and its code.
    network_error: Option<(u8, u16)>,
}

impl<'a> Tlvs<'a> {
    fn of(pdu: &'a DeliverSm) -> Self {
        let mut found = Tlvs::default();
        for tlv in pdu.tlvs() {
            match tlv.value() {
                Some(TlvValue::ReceiptedMessageId(id)) => found.receipted_id = Some(id.as_str()),
                Some(TlvValue::MessageState(state)) => found.state = Some(u8::from(*state)),
                Some(TlvValue::MessagePayload(payload)) => found.payload = Some(payload.value.as_ref()),
                Some(TlvValue::NetworkErrorCode(error)) => {
                    found.network_error = Some((u8::from(error.network_type), error.error_code));
                }
                _ => {}
            }
        }
        found
    }
}

/// The TLVs win over the text (PROVIDERS.md §4.4). `None`: no id, or a state of the operator's own.
fn receipt(octets: &[u8], tlvs: &Tlvs<'_>, settings: &Settings) -> Option<Event> {
    let text = ReceiptText::read(&String::from_utf8_lossy(octets));
    let id = tlvs.receipted_id.map(str::trim).filter(|id| !id.is_empty());
    let id = id.or(text.id.as_deref())?;
    let state = match tlvs.state {
        Some(number) => State::of_tlv(number),
        None => None,
    };
    let state = state.or_else(|| State::of_stat(text.stat.as_deref()?))?;
    let network_error = tlvs.network_error.map(|(kind, code)| format!("{kind}/{code}"));
    let err = text.err.or(network_error);
    let done = text.done.as_deref().zip(settings.receipt_offset);
    Some(Event::Receipt(Receipt {
        attempt: ReceiptFor::Provider(settings.ids.receipt.normal(id)),
        status: state.status(err.as_deref()),
        at: done.and_then(|(done, offset)| instant(done, offset)),
        cost: None,
    }))
}

/// A guest's message, or a part of a long one: parts are told one by one.
fn inbound(pdu: &DeliverSm, octets: &[u8], gsm7: Gsm7, now: Timestamp) -> Inbound {
    let has_header = u8::from(pdu.esm_class) & HEADER != 0;
    let header = match octets.first() {
        Some(length) if has_header => (usize::from(*length) + 1).min(octets.len()),
        _ => 0,
    };
    let (from, to) = (
        address(pdu.source_addr_ton, pdu.source_addr.as_str()),
        pdu.destination_addr.as_str(),
    );
    Inbound {
        also: Vec::new(),
        provider_id: fingerprint(&from, to, octets, now),
        content: content(u8::from(pdu.data_coding), octets, header, gsm7),
        from,
        name: None,
        at: now,
        answers: None,
    }
}

/// A number as endpoints spell it; a name or a short code as it is.
fn address(ton: Ton, text: &str) -> String {
    let is_long = text.len() >= 7 && text.bytes().all(|octet| octet.is_ascii_digit());
    match ton {
        Ton::International | Ton::Unknown if is_long => format!("+{text}"),
        _ => text.to_owned(),
    }
}

/// SMPP gives a guest's message no id: an operator that hears no answer tells it again, word for word.
fn fingerprint(from: &str, to: &str, octets: &[u8], now: Timestamp) -> String {
    let mut digest = Md5::new();
    for part in [from.as_bytes(), to.as_bytes(), octets] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    format!(
        "{}-{}",
        hex::encode(digest.finalize()),
        now.0.div_euclid(SAME_MESSAGE_MS)
    )
}

fn content(data_coding: u8, octets: &[u8], header: usize, gsm7: Gsm7) -> InboundContent {
    let text = &octets[header..];
    InboundContent::Text(match data_coding {
        0 if gsm7 == Gsm7::Packed => read_septets(&unpack(text, ((7 - header * 8 % 7) % 7) as u32)),
        0 => read_septets(text),
        1 => String::from_utf8_lossy(text).into_owned(),
        3 => text.iter().copied().map(char::from).collect(),
        6 => read_cyrillic(text),
        8 => read_ucs2(text),
        other => {
            return InboundContent::Other {
                kind: format!("data coding {other}"),
                raw: json!({ "octets": hex::encode(octets) }).to_string(),
            };
        }
    })
}
