//! An inbound message as it is stored.

use crate::ledger::storable::{ID_BYTES, KEPT_BYTES, storable};
use crate::{Result, StoreError};
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::{Inbound, InboundContent};
use bellhop_domain::opt_out::{Reading, Wish};
use std::borrow::Cow;

/// More addresses beside the sender's are not believed.
const BESIDE: usize = 8;

#[derive(Clone)]
pub(super) struct KeptMessage<'a> {
    pub provider_id: Cow<'a, str>,
    /// The address it came from, then the others of the same person.
    pub told: Vec<String>,
    /// An address that may be the sender's instead.
    pub perhaps: Option<String>,
    pub name: Option<Cow<'a, str>>,
    pub at: Timestamp,
    /// JSON.
    pub content: String,
    /// Nothing of an edit: its message has words already.
    pub words: Option<Cow<'a, str>>,
    /// The message that it answers, changes or takes back.
    pub answers: Option<Cow<'a, str>>,
    /// Whether it is a guest's message, which opens the window and shows that the address is alive.
    pub is_message: bool,
    pub reading: Reading,
}

impl<'a> KeptMessage<'a> {
    pub fn new(message: &'a Inbound, now: Timestamp) -> Result<Self> {
        let content = serde_json::to_string(&bounded(&message.content)).map_err(|e| StoreError::Corrupt {
            what: "inbound message",
            id: message.provider_id.clone(),
            problem: e.to_string(),
        })?;
        let words = match &message.content {
            InboundContent::Edited { .. } | InboundContent::Revoked { .. } => None,
            content => content.words(),
        };
        Ok(KeptMessage {
            provider_id: id(message),
            told: told(message),
            perhaps: message.perhaps.as_ref().map(|it| storable(it, ID_BYTES).into_owned()),
            name: message.name.as_deref().map(|name| storable(name, ID_BYTES)),
            // A clock ahead of ours is not believed.
            at: message.at.min(now),
            content,
            words: words.map(|words| storable(words, KEPT_BYTES)),
            answers: changes(&message.content)
                .or(message.answers.as_deref())
                .map(|id| storable(id, ID_BYTES)),
            is_message: message.content.opens_window(),
            reading: reading(&message.content),
        })
    }
}

/// An edit with the id of its message is still a separate thing.
fn id(message: &Inbound) -> Cow<'_, str> {
    let own = &message.provider_id;
    match &message.content {
        InboundContent::Edited { of, .. } if of == own => {
            Cow::Owned(storable(&format!("edit:{}:{own}", message.at.0), ID_BYTES).into_owned())
        }
        InboundContent::Revoked { of } if of == own => {
            Cow::Owned(storable(&format!("revoke:{own}"), ID_BYTES).into_owned())
        }
        _ => storable(own, ID_BYTES),
    }
}

fn changes(content: &InboundContent) -> Option<&str> {
    match content {
        InboundContent::Edited { of, .. } | InboundContent::Revoked { of } => Some(of),
        _ => None,
    }
}

fn told(message: &Inbound) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    for address in std::iter::once(&message.from).chain(message.also.iter().take(BESIDE)) {
        let address = storable(address, ID_BYTES);
        if !address.is_empty() && !told.iter().any(|known| *known == address) {
            told.push(address.into_owned());
        }
    }
    told
}

/// Apps say `/start` by themselves when a chat is opened again, with whatever a link had in it: that is nobody's wish.
fn reading(content: &InboundContent) -> Reading {
    let by_command = match content {
        InboundContent::Text(text) | InboundContent::Edited { text: Some(text), .. } => {
            text.trim_start().starts_with('/')
        }
        _ => false,
    };
    match content.reading() {
        Reading::Sure { wish: Wish::Start, .. } if by_command => Reading::Ordinary,
        reading => reading,
    }
}

/// What we do not understand may be of any length.
fn bounded(content: &InboundContent) -> Cow<'_, InboundContent> {
    match content {
        InboundContent::Other { kind, raw } if raw.len() > KEPT_BYTES => Cow::Owned(InboundContent::Other {
            kind: kind.clone(),
            raw: storable(raw, KEPT_BYTES).into_owned(),
        }),
        _ => Cow::Borrowed(content),
    }
}
