//! Delivery reports, and the key by which the outside world knows an attempt.

use crate::{MessageId, Money, Timestamp};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// One try of one message: the id that travels to the provider and comes back in its receipts (PROVIDERS.md §7 rule 1).
///
/// Written as the message id, a dash and the lease in base 36: `3kTMd8aZ01x-1c`, letters, digits and a dash, at most
/// 25 of them, which every gateway accepts as a client's own id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AttemptKey {
    pub message: MessageId,
    /// The lease under which the attempt was made. A lease number is never used twice.
    pub lease: i64,
}

impl fmt::Display for AttemptKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-", self.message)?;
        let (mut rest, mut digits, mut at) = (self.lease.unsigned_abs(), [b'0'; 13], 13);
        loop {
            at -= 1;
            digits[at] = b"0123456789abcdefghijklmnopqrstuvwxyz"[(rest % 36) as usize];
            rest /= 36;
            if rest == 0 {
                break;
            }
        }
        digits[at..]
            .iter()
            .try_for_each(|d| fmt::Write::write_char(f, *d as char))
    }
}

/// The text is not an id as [`AttemptKey`] writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an attempt of ours: expected a message id, a dash and a number")]
pub struct NotAnAttempt;

impl FromStr for AttemptKey {
    type Err = NotAnAttempt;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let (message, lease) = s.split_once('-').ok_or(NotAnAttempt)?;
        if lease.is_empty() || !lease.bytes().all(|c| c.is_ascii_digit() || c.is_ascii_lowercase()) {
            return Err(NotAnAttempt);
        }
        Ok(Self {
            message: message.parse().map_err(|_| NotAnAttempt)?,
            lease: i64::from_str_radix(lease, 36).map_err(|_| NotAnAttempt)?,
        })
    }
}

/// Which attempt a receipt is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ReceiptFor {
    /// The gateway gave back the id we sent: such a receipt can be recorded even before the answer to the send.
    Ours(AttemptKey),
    /// The id from [`Outcome::Accepted`](crate::Outcome).
    Provider(String),
    /// The same for a provider that writes one id in several ways: the first of them that was the answer to a send.
    OneOf(Vec<String>),
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceiptStatus {
    /// Accepted and under way.
    Pending,
    Delivered,
    /// Seen by the guest. Messengers tell this if the guest allows it.
    Read,
    /// It will not arrive. `gone`: the address itself is bad for good.
    Undelivered {
        why: String,
        gone: bool,
    },
    /// It did not arrive, and the provider's rules say to send it again.
    NotNow {
        why: String,
        again: Again,
    },
    /// The provider accepted the message and then refused its content, as it will for everybody.
    ContentRefused {
        why: String,
    },
    /// The provider accepted the message, but the sender may not send to its country. The next ones will be refused
    /// too.
    CountryStopped {
        why: String,
    },
    /// The provider accepted the message and then refused to pass it on, for a reason of the person, the sender or
    /// the account.
    Rejected {
        why: String,
    },
}

/// How a provider's rules say to send a message again that did not arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Again {
    /// The shortest wait before the next try.
    pub after: Duration,
    /// The most tries.
    pub times: u16,
}

/// One delivery report. Reports come in any order, repeated, and perhaps before our own record of the attempt;
/// a lower rank never replaces a higher one (PROVIDERS.md §7 rules 9 and 10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub attempt: ReceiptFor,
    pub status: ReceiptStatus,
    /// When it happened, if the provider says so.
    pub at: Option<Timestamp>,
    pub cost: Option<Money>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_attempt_key_survives_its_text(message: u64, lease in 0i64..) {
            let key = AttemptKey { message: MessageId(message), lease };
            prop_assert!(key.to_string().len() <= 25);
            prop_assert_eq!(key.to_string().parse(), Ok(key));
        }
    }

    #[test]
    fn other_ids_are_not_ours() {
        for text in [
            "",
            "17",
            "00000000001",
            "00000000001-",
            "00000000001--1",
            "00000000001-X",
            "short-1",
        ] {
            assert_eq!(text.parse::<AttemptKey>(), Err(NotAnAttempt), "{text}");
        }
    }
}
