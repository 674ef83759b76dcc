//! Why a guest of an audience gets nothing (PRODUCT.md §3): one reason each, the first that applies.

use serde::{Deserialize, Serialize};

/// The reasons of marketing are declared in the order in which they apply. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(i16)]
pub enum Exclusion {
    /// The mark covers the phone, whichever card it is on.
    Blacklisted = 1,
    NoConsent = 2,
    NoLiveEndpoint = 3,
    /// Two cards have the same phone, which gets one message.
    DuplicateEndpoint = 4,
    FrequencyCap = 5,
    /// The guest switched notifications off on the channels that would reach them.
    NotificationsOff = 6,
    /// Of a mailing at each guest's own time: it was past when the mailing started, and such guests are skipped.
    OwnTimePast = 7,
    /// Of a recurring mailing: the guest has had it lately.
    Resting = 8,
}

impl Exclusion {
    pub const ALL: [Exclusion; 8] = [
        Exclusion::Blacklisted,
        Exclusion::NoConsent,
        Exclusion::NoLiveEndpoint,
        Exclusion::DuplicateEndpoint,
        Exclusion::FrequencyCap,
        Exclusion::NotificationsOff,
        Exclusion::OwnTimePast,
        Exclusion::Resting,
    ];
    /// Those that may exclude a guest from marketing.
    pub const OF_MARKETING: [Exclusion; 5] = [
        Exclusion::Blacklisted,
        Exclusion::NoConsent,
        Exclusion::NoLiveEndpoint,
        Exclusion::DuplicateEndpoint,
        Exclusion::FrequencyCap,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Exclusion::Blacklisted => "blacklisted",
            Exclusion::NoConsent => "no_consent",
            Exclusion::NoLiveEndpoint => "no_live_endpoint",
            Exclusion::DuplicateEndpoint => "duplicate_endpoint",
            Exclusion::FrequencyCap => "frequency_cap",
            Exclusion::NotificationsOff => "notifications_off",
            Exclusion::OwnTimePast => "own_time_past",
            Exclusion::Resting => "resting",
        }
    }

    pub const fn code(self) -> i16 {
        self as i16
    }

    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|e| e.code() == code)
    }
}
