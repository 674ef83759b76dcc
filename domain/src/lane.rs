//! Lanes: which queue carries a message, and how urgent it is there. No other rule asks the lane.

use crate::origin::Origin;
use crate::purpose::Purpose;
use serde::{Deserialize, Serialize};

/// On every channel the transactional lane goes before the marketing lane. The numbers are stored. The names are
/// those of queues, older than [`Purpose`], and do not name a purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(i16)]
pub enum Lane {
    /// Single messages that somebody waits for.
    Transactional = 1,
    /// All marketing, and everything that goes to a whole audience: it may be millions of messages and must not get
    /// in front of a login code.
    Marketing = 2,
}

impl Lane {
    pub const ALL: [Lane; 2] = [Lane::Transactional, Lane::Marketing];

    /// The lane of messages with this purpose and origin.
    pub fn of(purpose: Purpose, origin: Origin) -> Self {
        match (purpose, origin) {
            (Purpose::Marketing, _) | (Purpose::Notification | Purpose::Code, Origin::Audience) => Lane::Marketing,
            (Purpose::Notification | Purpose::Code, Origin::Program | Origin::Request | Origin::Operator)
            | (Purpose::Reply, _) => Lane::Transactional,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Lane::Transactional => "transactional",
            Lane::Marketing => "marketing",
        }
    }

    pub const fn code(self) -> i16 {
        self as i16
    }

    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|l| l.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_never_stands_before_what_one_guest_waits_for() {
        for (purpose, origin, lane) in [
            (Purpose::Marketing, Origin::Audience, Lane::Marketing),
            // A welcome bonus is not urgent enough to make another guest's login code wait.
            (Purpose::Marketing, Origin::Request, Lane::Marketing),
            (Purpose::Marketing, Origin::Program, Lane::Marketing),
            (Purpose::Marketing, Origin::Operator, Lane::Marketing),
            (Purpose::Notification, Origin::Audience, Lane::Marketing),
            (Purpose::Notification, Origin::Request, Lane::Transactional),
            (Purpose::Notification, Origin::Program, Lane::Transactional),
            (Purpose::Notification, Origin::Operator, Lane::Transactional),
            (Purpose::Reply, Origin::Operator, Lane::Transactional),
            (Purpose::Code, Origin::Request, Lane::Transactional),
        ] {
            assert_eq!(Lane::of(purpose, origin), lane, "{purpose:?} {origin:?}");
        }
    }
}
