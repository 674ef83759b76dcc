//! What a provider tells us unasked, beside receipts: a message from a guest, a guest's wish to be left alone, the
//! sender's health.

use crate::Timestamp;
use crate::opt_out::{Reading, read};
use crate::receipt::Receipt;
use serde::{Deserialize, Serialize};

/// One thing a provider told us, by webhook or over a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    Receipt(Receipt),
    Inbound(Inbound),
    Preference(Preference),
    Moved(Moved),
    /// The health of the sender that the webhook or the session belongs to.
    Health(Health),
    /// Valid, and of a kind we do not know: kept as it came.
    Unrecognised {
        kind: String,
        raw: String,
    },
}

impl Event {
    /// The name in metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Event::Receipt(_) => "receipt",
            Event::Inbound(_) => "inbound",
            Event::Preference(_) => "preference",
            Event::Moved(_) => "moved",
            Event::Health(_) => "health",
            Event::Unrecognised { .. } => "unrecognised",
        }
    }
}

/// A message from a guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbound {
    /// The provider's id of the message, by which a message that is told twice is recognised.
    pub provider_id: String,
    /// The guest's address as endpoints spell it: E.164 with its `+`, or a provider's own id of a user who hides the number.
    pub from: String,
    /// Other addresses of the same person that the provider told us with it: the phone behind a hidden id, the hidden
    /// id behind a phone.
    pub also: Vec<String>,
    /// Somebody else's address, perhaps: what the digits of the sender are if the provider says wrongly how it writes
    /// them. A no counts for it too; nothing else does.
    pub perhaps: Option<String>,
    /// The profile's name, if told.
    pub name: Option<String>,
    pub at: Timestamp,
    pub content: InboundContent,
    /// The provider's id of the message it answers, if it quotes one.
    pub answers: Option<String>,
}

/// What a guest sent. Stored as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InboundContent {
    Text(String),
    Media {
        kind: MediaKind,
        /// The provider's id of the file, or its URL: fetched later, with the provider's credentials.
        reference: String,
        mime: Option<String>,
        caption: Option<String>,
        filename: Option<String>,
    },
    /// A tap on a button: its payload and its words.
    Button {
        payload: Option<String>,
        text: String,
    },
    Reaction {
        /// `None` if the reaction was taken back.
        emoji: Option<String>,
        /// The provider's id of the message it is about.
        to: String,
    },
    Location {
        /// Degrees, WGS 84, as the provider wrote them.
        latitude: String,
        longitude: String,
        name: Option<String>,
    },
    /// The guest changed what they had written; `None` if the provider does not tell the new words.
    Edited {
        /// The provider's id of the message it changes.
        of: String,
        text: Option<String>,
    },
    /// The guest took a message back.
    Revoked {
        of: String,
    },
    /// A kind we do not know (yet), kept as it came: JSON.
    Other {
        kind: String,
        raw: String,
    },
}

impl InboundContent {
    /// The text to show in a list of messages and to search in.
    pub fn words(&self) -> Option<&str> {
        match self {
            InboundContent::Text(text) | InboundContent::Button { text, .. } => Some(text),
            InboundContent::Media { caption, .. } => caption.as_deref(),
            InboundContent::Location { name, .. } => name.as_deref(),
            InboundContent::Reaction { emoji, .. } => emoji.as_deref(),
            InboundContent::Edited { text, .. } => text.as_deref(),
            InboundContent::Revoked { .. } | InboundContent::Other { .. } => None,
        }
    }

    /// Whether this message starts WhatsApp's 24-hour window again. In doubt it does not: a template may always go
    /// out, but a free text outside the window may not.
    pub fn opens_window(&self) -> bool {
        match self {
            InboundContent::Text(_)
            | InboundContent::Media { .. }
            | InboundContent::Button { .. }
            | InboundContent::Location { .. } => true,
            InboundContent::Other { kind, .. } => matches!(kind.as_str(), "contacts" | "order"),
            InboundContent::Reaction { .. } | InboundContent::Edited { .. } | InboundContent::Revoked { .. } => false,
        }
    }

    /// What it says about marketing: a text, a caption, an edit's new words, or a tap on a template's button. Both a
    /// button's payload and its words are read; a stop outranks everything else.
    pub fn reading(&self) -> Reading {
        let payload = match self {
            InboundContent::Button { payload, .. } => payload.as_deref().map_or(Reading::Ordinary, read),
            _ => Reading::Ordinary,
        };
        let words = match self {
            InboundContent::Text(text) | InboundContent::Button { text, .. } => read(text),
            InboundContent::Media { caption, .. } => caption.as_deref().map_or(Reading::Ordinary, read),
            InboundContent::Edited { text, .. } => text.as_deref().map_or(Reading::Ordinary, read),
            InboundContent::Reaction { .. }
            | InboundContent::Location { .. }
            | InboundContent::Revoked { .. }
            | InboundContent::Other { .. } => Reading::Ordinary,
        };
        payload.stronger(words)
    }
}

/// The kinds of media messengers know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    Image,
    Video,
    Audio,
    Document,
    Sticker,
}

/// The provider says that a guest changed their number: from now on whoever has the old one is somebody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// As in [`Inbound::from`].
    pub from: String,
    pub to: String,
    pub at: Timestamp,
}

/// A guest told the provider, not us, whether they want marketing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preference {
    /// As in [`Inbound::from`].
    pub address: String,
    /// Whether marketing is wanted.
    pub given: bool,
    pub at: Timestamp,
    /// How it was said, for the proof of consent: `WhatsApp user preference: stop`.
    pub how: String,
}

/// The health of a sender, as its provider reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    pub state: HealthState,
    /// What the provider says, for an operator: `QR code must be scanned`.
    pub why: String,
    pub at: Timestamp,
    /// What was said before that this does not end; nothing, if the provider tells of one state only.
    pub ends: Option<Ends>,
}

/// What a word of a sender's health ends, if not all that was said before. Reasons are known by how they begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// This warning only; what has stopped the sender stands.
    Warning(&'static str),
    /// Any stop but one for these reasons, of which the word says nothing.
    AllBut(&'static [&'static str]),
}

/// The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(i16)]
pub enum HealthState {
    Working = 1,
    /// It sends, but the provider warns: quality low, limits near.
    Degraded = 2,
    /// It cannot send until a human has acted.
    Stopped = 3,
}

impl HealthState {
    pub const ALL: [HealthState; 3] = [HealthState::Working, HealthState::Degraded, HealthState::Stopped];

    pub const fn code(self) -> i16 {
        self as i16
    }

    pub fn name(self) -> &'static str {
        match self {
            HealthState::Working => "working",
            HealthState::Degraded => "degraded",
            HealthState::Stopped => "stopped",
        }
    }

    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.code() == code)
    }
}
