//! Long messages of guests, which come part by part. No part waits for another, because an operator that gets no
//! answer sends no more. Each part is reported as it comes, and with the last one the whole message, so that words
//! that span two parts are read too.

use super::told::SegmentNumbering;
use crate::Event;
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::{Inbound, InboundContent};
use bellhop_domain::opt_out::Reading;
use std::collections::{BTreeMap, HashMap};

/// How long parts are remembered, milliseconds.
const REMEMBERED_MS: i64 = 10 * 60_000;
/// The most messages that may be incomplete at once, over all guests. Beyond that, messages are only read part by
/// part.
const MOST: usize = 10_000;

/// What a PDU said: an event and, if it is a part of a message, which part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Heard {
    pub event: Event,
    pub part: Option<Part>,
}

impl Heard {
    /// Whether a guest says something about marketing in it.
    pub fn says_something(&self) -> bool {
        matches!(&self.event, Event::Inbound(inbound) if inbound.content.reading() != Reading::Ordinary)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub message: Message,
    pub number: u8,
}

/// What identifies the parts of one message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Message {
    pub from: String,
    pub to: String,
    pub reference: u16,
    pub total: u8,
}

impl Part {
    pub fn new(from: &str, to: &str, numbering: SegmentNumbering) -> Self {
        Self {
            message: Message {
                from: from.to_owned(),
                to: to.to_owned(),
                reference: numbering.reference,
                total: numbering.total,
            },
            number: numbering.number,
        }
    }
}

/// The parts that have arrived.
#[derive(Debug, Default)]
pub(super) struct Parts(HashMap<Message, Begun>);

#[derive(Debug)]
struct Begun {
    since: Timestamp,
    texts: BTreeMap<u8, String>,
}

impl Parts {
    /// The events of PDUs that were heard together, and the messages that are now complete. Those must be
    /// [forgotten](Self::forget) once the events are stored.
    pub fn events(&mut self, heard: Vec<Heard>, now: Timestamp) -> (Vec<Event>, Vec<Message>) {
        self.0.retain(|_, begun| now.0 - begun.since.0 < REMEMBERED_MS);
        let mut told: Vec<(Event, Option<Message>)> = Vec::with_capacity(heard.len());
        let mut whole = Vec::new();
        for Heard { event, part } in heard {
            let text = part.as_ref().and_then(|part| self.add(part, &event, now));
            let message = part.map(|part| part.message);
            let event = match (text, event) {
                (Some(text), Event::Inbound(last)) => {
                    // If they arrive together, the earlier parts need not be reported beside the whole.
                    told.retain(|(_, other)| *other != message);
                    whole.extend(message.clone());
                    Event::Inbound(Inbound {
                        content: InboundContent::Text(text),
                        ..last
                    })
                }
                (_, event) => event,
            };
            told.push((event, message));
        }
        (told.into_iter().map(|(event, _)| event).collect(), whole)
    }

    /// Adds a part; returns the whole text if no part is missing any more.
    fn add(&mut self, part: &Part, event: &Event, now: Timestamp) -> Option<String> {
        let Event::Inbound(Inbound {
            content: InboundContent::Text(text),
            ..
        }) = event
        else {
            return None;
        };
        if self.0.len() >= MOST && !self.0.contains_key(&part.message) {
            return None;
        }
        let begun = self.0.entry(part.message.clone()).or_insert_with(|| Begun {
            since: now,
            texts: BTreeMap::new(),
        });
        begun.texts.insert(part.number, text.clone());
        let is_whole = begun.texts.len() == usize::from(part.message.total);
        is_whole.then(|| begun.texts.values().map(String::as_str).collect())
    }

    pub fn forget(&mut self, messages: &[Message]) {
        for message in messages {
            self.0.remove(message);
        }
    }
}
