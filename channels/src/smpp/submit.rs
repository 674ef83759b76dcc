//! From a message to its `submit_sm`s: a pure function.

use super::config::Settings;
use super::segments::{Body, TextError, encode};
use super::wire::c_string;
use crate::OutgoingMessage;
use bytes::Bytes;
use rusmpp::pdus::{BindTransceiver, BindTransmitter, SubmitSm};
use rusmpp::tlvs::MessageSubmissionRequestTlvValue as Tlv;
use rusmpp::types::{AnyOctetString, COctetString, EmptyOrFullCOctetString, OctetString};
use rusmpp::values::{DataCoding, EsmClass, InterfaceVersion, MessagePayload, Npi, RegisteredDelivery, Ton};
use secrecy::ExposeSecret;
use std::time::Duration;

/// `esm_class` with a user data header in the text.
const HEADER: u8 = 0x40;
/// Requests a receipt for success and for failure.
const FINAL_RECEIPT: u8 = 1;

/// What goes out for one message.
pub(super) struct Submission {
    pub parts: Vec<SubmitSm>,
    /// The SMS that the operator bills.
    pub billed: u16,
}

/// Why a message cannot be written as SMPP.
#[derive(Debug, thiserror::Error)]
pub(super) enum SubmissionError {
    #[error(transparent)]
    Text(#[from] TextError),
    #[error("the phone is not a number")]
    Number,
}

/// `reference` distinguishes its parts from those of the next message.
pub(super) fn submission(
    message: &OutgoingMessage<'_>,
    text: &str,
    settings: &Settings,
    reference: u16,
) -> Result<Submission, SubmissionError> {
    let digits = message.address.strip_prefix('+').unwrap_or(message.address);
    if digits.is_empty() || !digits.bytes().all(|octet| octet.is_ascii_digit()) {
        return Err(SubmissionError::Number);
    }
    let to = c_string("the number", digits).map_err(|_| SubmissionError::Number)?;
    let encoded = encode(text, settings.text, reference)?;
    let last = encoded.bodies.len();
    let validity = validity(message.time_to_live());
    let data_coding = encoded.data_coding;
    let part = |(number, body)| {
        let mut part = base(settings, &to, &validity, data_coding);
        // One receipt reports on the message: that of its last part (docs/channels/smpp.md).
        if settings.receipts && number == last {
            part.registered_delivery = RegisteredDelivery::from(FINAL_RECEIPT);
        }
        put(&mut part, body);
        part
    };
    Ok(Submission {
        parts: (1..).zip(encoded.bodies).map(part).collect(),
        billed: encoded.parts,
    })
}

fn base(settings: &Settings, to: &COctetString<1, 21>, validity: &str, data_coding: u8) -> SubmitSm {
    let mut part = SubmitSm::default();
    part.source_addr_ton = settings.source.ton;
    part.source_addr_npi = settings.source.npi;
    part.source_addr = settings.source.address.clone();
    part.dest_addr_ton = Ton::International;
    part.dest_addr_npi = Npi::Isdn;
    part.destination_addr = to.clone();
    // The library's default has an ANSI-41 bit set.
    part.esm_class = EsmClass::from(0);
    part.data_coding = DataCoding::from(data_coding);
    part.validity_period = EmptyOrFullCOctetString::from_string(validity.to_owned()).unwrap_or_default();
    part
}

fn put(part: &mut SubmitSm, body: Body) {
    match body {
        Body::ShortMessage(octets) => part.set_short_message(short(octets)),
        Body::WithHeader(octets) => {
            part.esm_class = EsmClass::from(HEADER);
            part.set_short_message(short(octets));
        }
        Body::Sar {
            octets,
            reference,
            total,
            number,
        } => {
            part.set_short_message(short(octets));
            part.push_tlv(Tlv::SarMsgRefNum(reference));
            part.push_tlv(Tlv::SarTotalSegments(total));
            part.push_tlv(Tlv::SarSegmentSeqnum(number));
        }
        Body::Payload(octets) => part.push_tlv(Tlv::MessagePayload(MessagePayload::new(AnyOctetString::from_vec(
            octets,
        )))),
    }
}

/// A part has at most 166 octets.
fn short(octets: Vec<u8>) -> OctetString<0, 255> {
    OctetString::from_bytes(Bytes::from(octets)).unwrap_or_default()
}

/// `YYMMDDhhmmsstnnp`, relative: days, hours, minutes, seconds from now; at least a second, at most 30 days.
pub(super) fn validity(ttl: Duration) -> String {
    let seconds = ttl.as_secs().clamp(1, 30 * 86_400);
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    format!(
        "0000{days:02}{:02}{:02}{:02}000R",
        rest / 3_600,
        rest / 60 % 60,
        rest % 60
    )
}

/// The bind of a session that sends and receives.
pub(super) fn bind_transceiver(settings: &Settings) -> Result<BindTransceiver, String> {
    Ok(BindTransceiver::builder()
        .system_id(settings.account.system_id.clone())
        .password(c_string("the password", settings.account.password.expose_secret())?)
        .system_type(settings.account.system_type.clone())
        .interface_version(InterfaceVersion::Smpp3_4)
        .build())
}

/// The bind of a session that only sends. No receipt comes over it, so none can be lost with it.
pub(super) fn bind_transmitter(settings: &Settings) -> Result<BindTransmitter, String> {
    Ok(BindTransmitter::builder()
        .system_id(settings.account.system_id.clone())
        .password(c_string("the password", settings.account.password.expose_secret())?)
        .system_type(settings.account.system_type.clone())
        .interface_version(InterfaceVersion::Smpp3_4)
        .build())
}
