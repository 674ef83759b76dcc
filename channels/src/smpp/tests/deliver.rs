use super::super::config::Settings;
use super::super::deliver::heard;
use super::super::wire::{Frame, Frames};
use super::operator::deliver_sm;
use super::{NOW, section};
use crate::{Event, Receipt, ReceiptFor, ReceiptStatus};
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::{Inbound, InboundContent};
use bytes::{Bytes, BytesMut};
use proptest::prelude::*;
use rusmpp::pdus::DeliverSm;
use rusmpp::tlvs::MessageDeliveryRequestTlvValue as Tlv;
use rusmpp::tokio_codec::CommandCodec;
use rusmpp::types::{AnyOctetString, COctetString};
use rusmpp::values::{DataCoding, MessagePayload, MessageState};
use rusmpp::{Command, CommandId, CommandStatus, Pdu};
use serde_json::{Value, json};
use std::str::FromStr;
use tokio_util::codec::{Decoder, Encoder};

const DELIVERED: &[u8] =
    b"id:31 sub:001 dlvrd:001 submit date:2603010900 done date:2603010901 stat:DELIVRD err:000 text:-";

fn settings(keys: Value) -> Settings {
    let mut section = section();
    section
        .as_object_mut()
        .unwrap()
        .extend(keys.as_object().unwrap().clone());
    super::read(&section).unwrap()
}

fn event(frame: &Frame, settings: &Settings, now: Timestamp) -> Event {
    heard(frame, settings, now).event
}

fn frame(command: &Command) -> Frame {
    let mut octets = BytesMut::new();
    CommandCodec::new().encode(command, &mut octets).unwrap();
    Frames.decode(&mut octets).unwrap().unwrap()
}

fn read(esm_class: u8, text: &[u8], change: impl FnOnce(&mut DeliverSm), keys: Value) -> Event {
    let command = deliver_sm(1, esm_class, text);
    let Some(Pdu::DeliverSm(pdu)) = command.pdu() else {
        panic!()
    };
    let mut pdu = pdu.clone();
    change(&mut pdu);
    event(
        &frame(&Command::new(CommandStatus::EsmeRok, 1, pdu)),
        &settings(keys),
        NOW,
    )
}

/// The event of a receipt, by its TLV, or else by its text.
fn by_both(status: ReceiptStatus) -> Event {
    Event::Receipt(Receipt {
        attempt: ReceiptFor::OneOf(vec!["77".to_owned(), "31".to_owned()]),
        status,
        at: None,
        cost: None,
    })
}

fn receipt(id: &str, status: ReceiptStatus) -> Event {
    Event::Receipt(Receipt {
        attempt: ReceiptFor::Provider(id.to_owned()),
        status,
        at: None,
        cost: None,
    })
}

#[test]
fn a_receipt_by_its_text() {
    assert_eq!(
        read(4, DELIVERED, |_| (), json!({})),
        receipt("31", ReceiptStatus::Delivered)
    );
    let by_the_clock = read(4, DELIVERED, |_| (), json!({"receipt_utc_offset": "+03:00"}));
    let Event::Receipt(read_at) = by_the_clock else {
        panic!("{by_the_clock:?}")
    };
    assert_eq!(read_at.at, Some(Timestamp(1_772_344_860_000)));
    let hex = json!({"message_ids": {"submit": "decimal", "receipt": "hex"}});
    assert_eq!(read(4, DELIVERED, |_| (), hex), receipt("49", ReceiptStatus::Delivered));
}

#[test]
fn tlvs_win_over_the_text() {
    let tlvs = |pdu: &mut DeliverSm| {
        pdu.push_tlv(Tlv::ReceiptedMessageId(COctetString::from_str("77").unwrap()));
        pdu.push_tlv(Tlv::MessageState(MessageState::Expired));
    };
    let expired = ReceiptStatus::Undelivered {
        why: "EXPIRED: not delivered in time".to_owned(),
        gone: false,
    };
    assert_eq!(read(4, DELIVERED, tlvs, json!({})), by_both(expired.clone()));
    // Some mark a receipt by the TLV alone.
    assert_eq!(read(0, b"", tlvs, json!({})), receipt("77", expired.clone()));
    // An intermediate notification.
    assert_eq!(read(0x20, b"", tlvs, json!({})), receipt("77", expired));
    let in_the_payload = |pdu: &mut DeliverSm| {
        pdu.push_tlv(Tlv::MessagePayload(MessagePayload::new(AnyOctetString::from_slice(
            DELIVERED,
        ))));
    };
    assert_eq!(
        read(4, b"", in_the_payload, json!({})),
        receipt("31", ReceiptStatus::Delivered)
    );
    // If the state is from a later version, the text decides.
    let later = |pdu: &mut DeliverSm| pdu.push_tlv(Tlv::MessageState(MessageState::from(99)));
    assert_eq!(
        read(4, DELIVERED, later, json!({})),
        receipt("31", ReceiptStatus::Delivered)
    );
}

#[test]
fn what_cannot_be_read_is_kept() {
    for (esm_class, text) in [
        (4, &b"stat:DELIVRD"[..]),
        (4, b"id:1 stat:LOST"),
        (4, b""),
        (0x08, b"ack"),
    ] {
        let event = read(esm_class, text, |_| (), json!({}));
        assert!(
            matches!(&event, Event::Unrecognised { kind, .. } if kind.contains("unknown kind")),
            "{event:?}"
        );
    }
    let broken = Frame {
        id: CommandId::DeliverSm,
        status: 0,
        sequence: 1,
        body: Bytes::from_static(b"\0\x01\x01no end"),
    };
    let event = event(&broken, &settings(json!({})), NOW);
    let Event::Unrecognised { kind, raw } = event else {
        panic!("{event:?}")
    };
    assert_eq!(kind, "smpp: an unreadable deliver_sm");
    assert_eq!(raw, format!(r#"{{"body":"{}"}}"#, hex::encode(b"\0\x01\x01no end")));
}

fn guests(esm_class: u8, coding: u8, text: &[u8], keys: Value) -> Inbound {
    match read(esm_class, text, |pdu| pdu.data_coding = DataCoding::from(coding), keys) {
        Event::Inbound(inbound) => inbound,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_guests_message_in_every_coding() {
    for (esm_class, coding, text, keys, expected) in [
        (0, 0, &b"STOP"[..], json!({}), "STOP"),
        (0, 0, b"\x1b\x65\x02", json!({}), "€$"),
        (
            0,
            0,
            &[0xE8, 0x32, 0x9B, 0xFD, 0x46, 0x97, 0xD9, 0xEC, 0x37],
            json!({"gsm7": "packed"}),
            "hellohello",
        ),
        (0, 1, b"stop", json!({}), "stop"),
        (0, 3, b"caf\xe9", json!({}), "café"),
        (0, 6, b"\xc1\xe2\xde\xdf \xf0\xf1\xfd", json!({}), "Стоп №ё§"),
        (0, 8, b"\x04\x1d\x04\x35\x04\x42", json!({}), "Нет"),
        (0, 8, b"\xd8\x3c\xdf\x55", json!({}), "🍕"),
        // The second part of two, by its header.
        (0x40, 8, b"\x05\x00\x03\xcc\x02\x02\x04\x34\x04\x30", json!({}), "да"),
        (
            0x40,
            0,
            b"\x05\x00\x03\xcc\x02\x01\x90\x69",
            json!({"gsm7": "packed"}),
            "Hi",
        ),
        // An announced header that is not one.
        (0x40, 0, b"\x53TOP", json!({}), "STOP"),
        (0x40, 0, b"", json!({}), ""),
    ] {
        let inbound = guests(esm_class, coding, text, keys);
        assert_eq!(inbound.content, InboundContent::Text(expected.to_owned()), "{coding}");
        assert_eq!((inbound.from.as_str(), inbound.at), ("+79990000000", NOW));
    }
    let binary = guests(0, 4, b"\x01\x02", json!({}));
    assert_eq!(
        binary.content,
        InboundContent::Other {
            kind: "data coding 4".to_owned(),
            raw: r#"{"octets":"0102"}"#.to_owned()
        }
    );
}

/// A guest may write STOP, START and STOP again: each PDU is a separate message.
#[test]
fn the_same_words_again_are_another_message() {
    let id = |sequence: u32, now: Timestamp| {
        let command = deliver_sm(sequence, 0, b"STOP");
        match event(&frame(&command), &settings(json!({})), now) {
            Event::Inbound(inbound) => inbound.provider_id,
            other => panic!("{other:?}"),
        }
    };
    let ids = [
        id(1, NOW),
        id(2, NOW),
        id(1, Timestamp(NOW.0 + 6_000)),
        id(3, Timestamp(NOW.0 + 6_000)),
    ];
    let different: std::collections::HashSet<_> = ids.iter().collect();
    assert_eq!(different.len(), ids.len());
}

proptest! {
    /// Whatever an operator sends, only that PDU is affected.
    #[test]
    fn no_body_breaks_the_reader(body in prop::collection::vec(any::<u8>(), 0..300), strings in 0usize..4) {
        // Leading zeros let some bodies get as far as the text and the TLVs.
        let mut whole = vec![0; strings * 6];
        whole.extend(body);
        let frame = Frame { id: CommandId::DeliverSm, status: 0, sequence: 1, body: Bytes::from(whole) };
        event(&frame, &settings(json!({})), NOW);
        frame.message_id();
    }

    #[test]
    fn a_stream_is_cut_at_any_place(cut in 0usize..200) {
        let commands = [deliver_sm(1, 0, b"one"), deliver_sm(2, 0, b"two")];
        let mut octets = BytesMut::new();
        for command in &commands {
            CommandCodec::new().encode(command, &mut octets).unwrap();
        }
        let cut = cut.min(octets.len());
        let (mut heard, mut rest) = (BytesMut::from(&octets[..cut]), octets.split_off(cut));
        let mut sequences = Vec::new();
        for more in [BytesMut::new(), rest.split()] {
            heard.extend_from_slice(&more);
            while let Some(frame) = Frames.decode(&mut heard).unwrap() {
                sequences.push(frame.sequence);
            }
        }
        prop_assert_eq!(sequences, vec![1, 2]);
    }
}

#[test]
fn a_length_that_cannot_be_ends_the_stream() {
    for length in [0u32, 15, 71 * 1024, u32::MAX] {
        let mut octets = BytesMut::from(&length.to_be_bytes()[..]);
        assert!(
            Frames
                .decode(&mut octets)
                .unwrap_err()
                .to_string()
                .contains("does not speak SMPP")
        );
    }
}
