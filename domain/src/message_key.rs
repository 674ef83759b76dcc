//! How the ledger numbers its messages, and how the id that everybody else sees is made of the number.
//!
//! A [`MessageKey`] is what the database holds: the month of the message and a number drawn in sequence, by itself or with those
//! of its batch. So new rows stand beside each other in every index, and a month is a range of keys. A [`MessageId`] is the same
//! 64 bits under a permutation with a secret ([`MessageIds`]): whoever has some ids learns nothing about any other, neither how
//! many messages there are nor when they were sent, and a guess hits one with the probability of 2⁻⁶⁴ × the number of messages.
//!
//! The permutation is Blowfish, because a token has 64 bits and most other well-kept ciphers have larger blocks. What is
//! said against small blocks is that two of many encrypted blocks come to be equal, which tells something of what is
//! behind them. No key is encrypted twice, so that here all blocks differ, always.

use crate::{MessageId, Timestamp};
use blowfish::Blowfish;
use blowfish::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use std::fmt;

/// Bits of the number within a month: a million million.
pub const NUMBER_BITS: u32 = 40;
/// Keys are positive as signed numbers: so many bits are left for the month, which is enough for 600,000 years.
const MONTH_BITS: u32 = 63 - NUMBER_BITS;

/// A month by UTC, counted from January 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Era(u32);

impl Era {
    /// The era of an instant; the first one for all before it.
    pub fn of(at: Timestamp) -> Self {
        let at = DateTime::<Utc>::from_timestamp_millis(at.0).unwrap_or_default();
        let months = i64::from(at.year() - 1970) * 12 + i64::from(at.month0());
        Self(u32::try_from(months).unwrap_or(0))
    }

    /// The era that a key belongs to.
    pub fn of_key(key: MessageKey) -> Self {
        Self(u32::try_from(key.0 >> NUMBER_BITS).unwrap_or(0))
    }

    /// The month of which so many were before it since January 1970.
    pub fn counted(months: i64) -> Self {
        Self(u32::try_from(months).unwrap_or(0).min((1 << MONTH_BITS) - 1))
    }

    #[must_use]
    pub fn next(self) -> Self {
        Self((self.0 + 1).min((1 << MONTH_BITS) - 1))
    }

    /// Months since January 1970.
    pub fn months(self) -> u32 {
        self.0
    }

    /// The first instant of the month.
    pub fn starts(self) -> Timestamp {
        let start = NaiveDate::default().checked_add_months(Months::new(self.0));
        let start = start.and_then(|day| day.and_hms_opt(0, 0, 0));
        start.map_or(Timestamp(i64::MAX), |start| start.and_utc().into())
    }

    /// Below all keys of the era; those are this one plus their numbers.
    pub fn first_key(self) -> MessageKey {
        MessageKey(i64::from(self.0) << NUMBER_BITS)
    }
}

impl fmt::Display for Era {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", 1970 + self.0 / 12, self.0 % 12 + 1)
    }
}

/// The number of a message in the ledger's tables, never seen outside the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageKey(pub i64);

impl fmt::Display for MessageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One secret of an installation.
#[derive(Clone, Copy)]
pub struct MessageSecret {
    /// It makes the ids of the keys from this one on, up to the next secret's.
    pub from: MessageKey,
    pub secret: [u8; 32],
}

/// Makes ids of keys, and keys of ids, with all secrets that the installation has had: who has an old link comes where it
/// leads, whatever was changed since.
pub struct MessageIds(Vec<Stretch>);

/// The keys whose ids one secret makes.
struct Stretch {
    from: i64,
    /// The next secret's first key.
    until: i64,
    cipher: Blowfish,
}

impl MessageIds {
    /// `None` if there is no secret, or one of them is of no use because it begins below zero or where another does.
    pub fn new(secrets: &[MessageSecret]) -> Option<Self> {
        let mut secrets = secrets.to_vec();
        secrets.sort_unstable_by_key(|one| one.from);
        let ends = secrets.iter().skip(1).map(|next| next.from.0).chain([i64::MAX]);
        let stretches: Option<Vec<_>> = (secrets.iter().zip(ends))
            .map(|(one, until)| {
                let from = Some(one.from.0).filter(|from| (0..until).contains(from))?;
                let cipher = Blowfish::new_from_slice(&one.secret).ok()?;
                Some(Stretch { from, until, cipher })
            })
            .collect();
        stretches.filter(|stretches| !stretches.is_empty()).map(Self)
    }

    /// The id of a key.
    pub fn id(&self, key: MessageKey) -> MessageId {
        let latest = self.0.iter().rev().find(|stretch| stretch.from <= key.0);
        // A key before the first secret has an id that nothing is found by.
        latest
            .or(self.0.first())
            .map_or(MessageId(0), |stretch| stretch.id(key))
    }

    /// The key of an id; `None` of one that is no message's.
    ///
    /// Every id is some key under each of the secrets. It is the one that lies where its secret was in use, the older first:
    /// what was read in one way once will always be read so, because the end of an old stretch does not move. A new key whose
    /// id could be read as an old one is not used ([`is_told_apart`](Self::is_told_apart)).
    pub fn key(&self, id: MessageId) -> Option<MessageKey> {
        let mut readings = self.0.iter().map(|stretch| (stretch, stretch.key(id)));
        let right = readings.find(|(stretch, key)| (stretch.from..stretch.until).contains(&key.0));
        right.map(|(_, key)| key)
    }

    /// Whether the id of this key is read as this key: so it is unless, once in ten thousand times or more seldom, an earlier
    /// secret makes an old key of it.
    pub fn is_told_apart(&self, key: MessageKey) -> bool {
        // The usual case of one secret needs no calculation.
        match &self.0[..] {
            [only] => only.from <= key.0,
            _ => self.key(self.id(key)) == Some(key),
        }
    }
}

impl fmt::Debug for MessageIds {
    /// Without the secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageIds({} secrets)", self.0.len())
    }
}

impl Stretch {
    fn id(&self, key: MessageKey) -> MessageId {
        let mut block = key.0.to_be_bytes().into();
        self.cipher.encrypt_block(&mut block);
        MessageId(u64::from_be_bytes(block.into()))
    }

    fn key(&self, id: MessageId) -> MessageKey {
        let mut block = id.0.to_be_bytes().into();
        self.cipher.decrypt_block(&mut block);
        MessageKey(i64::from_be_bytes(block.into()))
    }
}

#[cfg(test)]
#[path = "message_key_tests.rs"]
mod tests;
