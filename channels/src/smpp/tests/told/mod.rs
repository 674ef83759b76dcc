//! Guests' messages and receipts as operators really write them: octets composed by hand, as no library would.

mod ids;
mod numbers;
mod parts;
mod receipts;
mod texts;

use super::super::config::Settings;
use super::super::deliver::heard;
use super::super::wire::Frame;
use super::{NOW, section};
use crate::Event;
use bellhop_domain::incoming::Inbound;
use bytes::Bytes;
use rusmpp::CommandId;
use serde_json::Value;

/// The parts of a PDU that operators vary.
#[derive(Clone)]
struct Dress<'a> {
    id: CommandId,
    ton: u8,
    npi: u8,
    source: &'a str,
    esm_class: u8,
    coding: u8,
    text: &'a [u8],
    /// Octets after the text.
    behind: Vec<u8>,
}

fn plain(text: &[u8]) -> Dress<'_> {
    Dress {
        id: CommandId::DeliverSm,
        ton: 1,
        npi: 1,
        source: "79990000000",
        esm_class: 0,
        coding: 0,
        text,
        behind: Vec::new(),
    }
}

fn tlv(tag: u16, value: &[u8]) -> Vec<u8> {
    [&tag.to_be_bytes()[..], &(value.len() as u16).to_be_bytes(), value].concat()
}

fn frame(dress: &Dress<'_>) -> Frame {
    let mut body = vec![0, dress.ton, dress.npi];
    body.extend(dress.source.as_bytes());
    body.extend([0, 5, 0]);
    body.extend(b"PIZZA\0");
    if dress.id == CommandId::DataSm {
        body.extend([dress.esm_class, 0, dress.coding]);
        body.extend(tlv(0x0424, dress.text));
    } else {
        body.extend([
            dress.esm_class,
            0,
            0,
            0,
            0,
            0,
            0,
            dress.coding,
            0,
            dress.text.len() as u8,
        ]);
        body.extend(dress.text);
    }
    body.extend(&dress.behind);
    Frame {
        id: dress.id,
        status: 0,
        sequence: 7,
        body: Bytes::from(body),
    }
}

fn settings(keys: &Value) -> Settings {
    let mut section = section();
    section
        .as_object_mut()
        .unwrap()
        .extend(keys.as_object().unwrap().clone());
    super::read(&section).unwrap()
}

fn event(dress: &Dress<'_>, keys: &Value) -> Event {
    heard(&frame(dress), &settings(keys), NOW).event
}

fn inbound(dress: &Dress<'_>, keys: &Value) -> Inbound {
    match event(dress, keys) {
        Event::Inbound(inbound) => inbound,
        other => panic!("{other:?}"),
    }
}
