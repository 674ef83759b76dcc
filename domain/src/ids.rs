//! Identifiers. Each is a newtype, so that a customer's number cannot be passed where a run's is meant.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

macro_rules! numeric_id {
    ($(#[$doc:meta])* $name:ident($int:ty)) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $int);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                s.parse().map($name)
            }
        }
    };
}

numeric_id!(
    /// A tenant. Every row and unique index of the store carries it; nothing crosses organisations.
    OrgId(i32)
);
numeric_id!(
    /// Our own number of a customer; the brand's id is the customer's `external_id`.
    CustomerId(i64)
);
numeric_id!(
    /// One address of one kind (an FCM token, a phone for SMS); two cards with one phone share it.
    EndpointId(i64)
);
numeric_id!(
    /// A campaign.
    MailingId(i64)
);
numeric_id!(
    /// One execution of a mailing for its audience.
    RunId(i64)
);
numeric_id!(
    /// What sends messages by itself, each to one guest, because of an event or a date.
    ProgramId(i64)
);
numeric_id!(
    /// What a program means to send to one guest for one occasion.
    FiringId(i64)
);
numeric_id!(
    /// What sets a tag by itself, and takes it back (PRODUCT.md §4).
    TagRuleId(i64)
);
numeric_id!(
    /// A filter that is saved by a name (PRODUCT.md §3).
    SegmentId(i64)
);
numeric_id!(
    /// A page of an image, a text and a button: the advertising screen.
    LandingId(i64)
);
numeric_id!(
    /// Another system's address, which is told of what happens.
    WebhookId(i64)
);
numeric_id!(
    /// One thing that a webhook is told.
    DeliveryId(i64)
);
numeric_id!(
    /// Somebody who logs in: a member of the brand's staff.
    PersonId(i64)
);
numeric_id!(
    /// A login that has not ended.
    SessionId(i64)
);
numeric_id!(
    /// Messages of one run, endpoint kind and lane, as many as [`crate::EndpointKind::batch_size`]: the unit of publishing and leasing.
    BatchId(i64)
);

/// One database of Bellhop, by a number drawn at random when it was created. Tasks that one installation publishes
/// mean nothing to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstallationId(pub u128);

/// The text is not an id as [`InstallationId`] writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no id of an installation: expected 32 hexadecimal digits in lower case")]
pub struct NotAnInstallation;

impl fmt::Display for InstallationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for InstallationId {
    type Err = NotAnInstallation;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let digit = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
        if s.len() != 32 || !s.bytes().all(digit) {
            return Err(NotAnInstallation);
        }
        u128::from_str_radix(s, 16).map(Self).map_err(|_| NotAnInstallation)
    }
}

/// One recipient's delivery of one run, as everybody but the ledger's tables sees it.
///
/// The same value travels to the provider and back with an open, and is the token of the recipient's personal link, where it
/// is written as 11 base-62 digits. Nobody can guess one, because it is made of the ledger's own number of the message with
/// a secret ([`MessageIds`](crate::MessageIds)).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub u64);

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// 62^11 > 2^64: eleven digits hold every id.
const LENGTH: usize = 11;

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [b'0'; LENGTH];
        let mut rest = self.0;
        for place in digits.iter_mut().rev() {
            *place = DIGITS[(rest % 62) as usize];
            rest /= 62;
        }
        digits.iter().try_for_each(|d| fmt::Write::write_char(f, *d as char))
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageId({self})")
    }
}

/// The text is not eleven base-62 digits of a 64-bit number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a message id: expected 11 letters and digits, as in a personal link")]
pub struct NotAMessageId;

impl FromStr for MessageId {
    type Err = NotAMessageId;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        if s.len() != LENGTH {
            return Err(NotAMessageId);
        }
        s.bytes()
            .try_fold(0u64, |n, c| {
                let digit = match c {
                    b'0'..=b'9' => c - b'0',
                    b'A'..=b'Z' => c - b'A' + 10,
                    b'a'..=b'z' => c - b'a' + 36,
                    _ => return None,
                };
                n.checked_mul(62)?.checked_add(u64::from(digit))
            })
            .map(MessageId)
            .ok_or(NotAMessageId)
    }
}

impl Serialize for MessageId {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for MessageId {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_message_id_survives_its_text(bits: u64) {
            let id = MessageId(bits);
            prop_assert_eq!(id.to_string().len(), 11);
            prop_assert_eq!(id.to_string().parse(), Ok(id));
        }
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in ["", "short", "0000000000-", "zzzzzzzzzzz", "000000000000", "ÿÿÿÿÿa"] {
            assert_eq!(text.parse::<MessageId>(), Err(NotAMessageId), "{text}");
        }
    }
}
