//! One try of a message on one channel.

use serde::{Deserialize, Serialize};

/// What is known of an attempt. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(i16)]
pub enum AttemptState {
    /// The request is about to be, or was, made; nothing is known of its answer. Written before the
    /// request on channels that send at most once.
    Started = 1,
    Accepted = 2,
    /// Refused for now; the message is tried again.
    Deferred = 3,
    /// Refused for good.
    Refused = 4,
    /// The answer was lost.
    Unknown = 5,
    /// Claimed and handed back before any request was made.
    Released = 6,
    /// The provider's receipt: it arrived.
    Delivered = 7,
    /// The provider's receipt: it did not arrive.
    Undelivered = 8,
    /// The provider's receipt: the guest has read it.
    Read = 9,
}

impl AttemptState {
    pub const ALL: [AttemptState; 9] = [
        AttemptState::Started,
        AttemptState::Accepted,
        AttemptState::Deferred,
        AttemptState::Refused,
        AttemptState::Unknown,
        AttemptState::Released,
        AttemptState::Delivered,
        AttemptState::Undelivered,
        AttemptState::Read,
    ];

    pub const fn code(self) -> i16 {
        self as i16
    }

    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.code() == code)
    }

    /// Whether the provider is known to have accepted this attempt at some time.
    pub fn was_accepted(self) -> bool {
        matches!(
            self,
            AttemptState::Accepted | AttemptState::Delivered | AttemptState::Undelivered | AttemptState::Read
        )
    }

    /// Whether it is known to have arrived.
    pub fn has_arrived(self) -> bool {
        matches!(self, AttemptState::Delivered | AttemptState::Read)
    }

    pub fn name(self) -> &'static str {
        match self {
            AttemptState::Started => "started",
            AttemptState::Accepted => "accepted",
            AttemptState::Deferred => "deferred",
            AttemptState::Refused => "refused",
            AttemptState::Unknown => "unknown",
            AttemptState::Released => "released",
            AttemptState::Delivered => "delivered",
            AttemptState::Undelivered => "undelivered",
            AttemptState::Read => "read",
        }
    }
}
