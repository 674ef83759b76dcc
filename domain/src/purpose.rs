//! What a message is for, and which rules hold for it because of that (PRODUCT.md §14).

use serde::{Deserialize, Serialize};

/// What a message is for. The numbers are stored, in runs and in the ledger of consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(i16)]
pub enum Purpose {
    /// It wants to sell: a mailing, a welcome bonus, a forgotten cart.
    Marketing = 1,
    /// It is about the guest's own affairs: a login code, the state of an order, a dish that is recalled.
    Notification = 2,
    /// An operator answers what the guest wrote.
    Reply = 3,
    /// A notification that the guest is waiting for and cannot do without: a login code. Nobody can switch it off.
    Code = 4,
}

impl Purpose {
    pub const ALL: [Purpose; 4] = [Purpose::Marketing, Purpose::Notification, Purpose::Reply, Purpose::Code];

    pub fn name(self) -> &'static str {
        match self {
            Purpose::Marketing => "marketing",
            Purpose::Notification => "notification",
            Purpose::Reply => "reply",
            Purpose::Code => "code",
        }
    }

    /// The stored number.
    pub const fn code(self) -> i16 {
        self as i16
    }

    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.code() == code)
    }

    /// Whether it goes only on a channel for which the guest's consent was given (PRODUCT.md §10).
    pub fn needs_consent(self) -> bool {
        match self {
            Purpose::Marketing => true,
            Purpose::Notification | Purpose::Reply | Purpose::Code => false,
        }
    }

    /// Whether the guest may switch it off, which they have not until they say so (PRODUCT.md §14).
    pub fn may_be_switched_off(self) -> bool {
        match self {
            Purpose::Notification => true,
            Purpose::Marketing | Purpose::Reply | Purpose::Code => false,
        }
    }

    /// Whether guests have a say in it: the purposes that a word of theirs may be about.
    pub fn is_spoken_of(self) -> bool {
        self.needs_consent() || self.may_be_switched_off()
    }

    /// Whether it waits for the guest's morning (PRODUCT.md §8). A notification may keep quiet hours because its file asks
    /// for it; this is about what always does.
    pub fn obeys_quiet_hours(self) -> bool {
        match self {
            Purpose::Marketing => true,
            Purpose::Notification | Purpose::Reply | Purpose::Code => false,
        }
    }

    /// Whether it counts in the guest's frequency caps and is suppressed by them (PRODUCT.md §8).
    pub fn obeys_caps(self) -> bool {
        match self {
            Purpose::Marketing => true,
            Purpose::Notification | Purpose::Reply | Purpose::Code => false,
        }
    }

    /// Whether an order may be credited to it (PRODUCT.md §9). A message that tells of an order did not bring it
    /// about.
    pub fn may_be_credited(self) -> bool {
        match self {
            Purpose::Marketing => true,
            Purpose::Notification | Purpose::Reply | Purpose::Code => false,
        }
    }

    /// Whether a mailing file may name it. A reply has no file.
    pub fn may_stand_in_a_file(self) -> bool {
        match self {
            Purpose::Marketing | Purpose::Notification | Purpose::Code => true,
            Purpose::Reply => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// PRODUCT.md §14, row by row.
    #[test]
    fn the_rules_by_purpose() {
        for (purpose, consent, switched_off, quiet_hours, caps, credited, in_a_file) in [
            (Purpose::Marketing, true, false, true, true, true, true),
            (Purpose::Notification, false, true, false, false, false, true),
            (Purpose::Reply, false, false, false, false, false, false),
            (Purpose::Code, false, false, false, false, false, true),
        ] {
            assert_eq!(purpose.may_be_switched_off(), switched_off, "{purpose:?}");
            assert_eq!(purpose.is_spoken_of(), consent || switched_off, "{purpose:?}");
            assert_eq!(purpose.needs_consent(), consent, "{purpose:?}");
            assert_eq!(purpose.obeys_quiet_hours(), quiet_hours, "{purpose:?}");
            assert_eq!(purpose.obeys_caps(), caps, "{purpose:?}");
            assert_eq!(purpose.may_be_credited(), credited, "{purpose:?}");
            assert_eq!(purpose.may_stand_in_a_file(), in_a_file, "{purpose:?}");
        }
    }

    #[test]
    fn stored_numbers_and_names_are_each_ones_own() {
        for (purpose, code, name) in [
            (Purpose::Marketing, 1, "marketing"),
            (Purpose::Notification, 2, "notification"),
            (Purpose::Reply, 3, "reply"),
            (Purpose::Code, 4, "code"),
        ] {
            assert_eq!((purpose.code(), purpose.name()), (code, name));
            assert_eq!(Purpose::from_code(code), Some(purpose));
            assert_eq!(serde_json::to_value(purpose).unwrap(), name);
        }
        assert_eq!(Purpose::from_code(5), None);
    }
}
