//! What a provider tells of its own accord, beside receipts: a guest's message, a wish to be left alone, its own health.

use crate::Timestamp;

/// A message from a guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbound {
    /// The provider's id of it: the same message told twice is one.
    pub provider_id: String,
    /// The guest's address as endpoints spell it: E.164 with its `+`, or a provider's own id of a user who hides the number.
    pub from: String,
    /// The profile's name, if told.
    pub name: Option<String>,
    pub at: Timestamp,
    pub content: InboundContent,
    /// The provider's id of the message it answers, if it quotes one.
    pub answers: Option<String>,
}

/// What a guest sent.
#[derive(Debug, Clone, PartialEq, Eq)]
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
        /// `None`: taken back.
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
    /// A kind we do not know (yet), kept as it came: JSON.
    Other {
        kind: String,
        raw: String,
    },
}

/// The kinds of media messengers know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    Image,
    Video,
    Audio,
    Document,
    Sticker,
}

/// A guest told the provider, not us, whether they want marketing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preference {
    /// As in [`Inbound::from`].
    pub address: String,
    /// Whether marketing is wanted.
    pub given: bool,
    pub at: Timestamp,
    /// How, for the proof of consent: `WhatsApp user preference: stop`.
    pub how: String,
}

/// How a sender does, by its provider's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    pub state: HealthState,
    /// What the provider says, for an operator: `QR code must be scanned`.
    pub why: String,
    pub at: Timestamp,
}

/// The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(i16)]
pub enum HealthState {
    Working = 1,
    /// It sends, but the provider warns: quality low, limits near.
    Degraded = 2,
    /// It cannot send before a human has acted.
    Stopped = 3,
}

impl HealthState {
    pub const ALL: [HealthState; 3] = [HealthState::Working, HealthState::Degraded, HealthState::Stopped];

    pub fn code(self) -> i16 {
        self as i16
    }

    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.code() == code)
    }
}
