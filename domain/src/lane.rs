//! Lanes: which queue a message travels by, and how urgent it is there. No other rule asks the lane.

use crate::origin::Origin;
use crate::purpose::Purpose;
use serde::{Deserialize, Serialize};

/// What goes by the transactional lane goes before the other on every channel. The numbers are stored, and the names are
/// those of queues: they are older than [`Purpose`] and do not stand for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(i16)]
pub enum Lane {
    /// Single messages that somebody waits for.
    Transactional = 1,
    /// All marketing, and whatever goes to a whole audience: it may be millions, and must not stand before a login code.
    Marketing = 2,
}

impl Lane {
    pub const ALL: [Lane; 2] = [Lane::Transactional, Lane::Marketing];

    /// The lane of messages of this purpose that come from there.
    pub fn of(purpose: Purpose, origin: Origin) -> Self {
        match (purpose, origin) {
            (Purpose::Marketing, _) | (Purpose::Notification, Origin::Audience) => Lane::Marketing,
            (Purpose::Notification, Origin::Program | Origin::Request | Origin::Operator) | (Purpose::Reply, _) => {
                Lane::Transactional
            }
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Lane::Transactional => "transactional",
            Lane::Marketing => "marketing",
        }
    }

    pub fn code(self) -> i16 {
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
            // A welcome bonus is in no hurry that another guest's code would have to wait for.
            (Purpose::Marketing, Origin::Request, Lane::Marketing),
            (Purpose::Marketing, Origin::Program, Lane::Marketing),
            (Purpose::Marketing, Origin::Operator, Lane::Marketing),
            (Purpose::Notification, Origin::Audience, Lane::Marketing),
            (Purpose::Notification, Origin::Request, Lane::Transactional),
            (Purpose::Notification, Origin::Program, Lane::Transactional),
            (Purpose::Notification, Origin::Operator, Lane::Transactional),
            (Purpose::Reply, Origin::Operator, Lane::Transactional),
        ] {
            assert_eq!(Lane::of(purpose, origin), lane, "{purpose:?} {origin:?}");
        }
    }
}
