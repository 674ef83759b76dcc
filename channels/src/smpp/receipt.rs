//! Delivery receipts: their text, which the specification only recommends, their states, and their ids.

use crate::ReceiptStatus;
use bellhop_domain::Timestamp;
use chrono::{FixedOffset, NaiveDateTime, TimeZone};
use serde::Deserialize;

/// What stands in a receipt's text; any of it may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ReceiptText {
    pub id: Option<String>,
    /// In capitals.
    pub stat: Option<String>,
    pub err: Option<String>,
    /// As the operator wrote it, by its own clock.
    pub done: Option<String>,
}

const KEYS: [&str; 8] = [
    "id:",
    "sub:",
    "dlvrd:",
    "submit date:",
    "done date:",
    "stat:",
    "err:",
    "text:",
];

impl ReceiptText {
    /// Reads `id:… sub:001 … stat:DELIVRD err:000 text:…` in any order and case. What follows `text:` is the guest's
    /// message, in which anything may stand: it is asked last.
    pub fn read(text: &str) -> Self {
        let lower = text.to_ascii_lowercase();
        let end = key(&lower, "text:").map_or(text.len(), |(at, _)| at);
        let value = |name: &str| {
            let (within, from) = match key(&lower[..end], name) {
                Some((_, from)) => (end, from),
                None => (text.len(), end + key(&lower[end..], name)?.1),
            };
            let rest = &text[from..within];
            let stop = KEYS
                .iter()
                .filter_map(|other| key(&lower[from..within], other))
                .map(|(at, _)| at)
                .min();
            Some(rest[..stop.unwrap_or(rest.len())].trim()).filter(|value| !value.is_empty())
        };
        let word = |name: &str| Some(value(name)?.split_whitespace().next()?.to_owned());
        Self {
            id: word("id:"),
            stat: word("stat:").map(|stat| stat.to_ascii_uppercase()),
            err: word("err:"),
            done: value("done date:").map(str::to_owned),
        }
    }
}

/// Where a key begins and where its value does. A key stands at the beginning or behind a space.
fn key(lower: &str, name: &str) -> Option<(usize, usize)> {
    let begins = |at: &usize| lower[..*at].chars().next_back().is_none_or(char::is_whitespace);
    let (at, _) = lower.match_indices(name).find(|(at, _)| begins(at))?;
    Some((at, at + name.len()))
}

/// A message's state (PROVIDERS.md §4.4), from the TLV `message_state` or from `stat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Enroute,
    Delivered,
    Expired,
    Deleted,
    Undeliverable,
    Accepted,
    Unknown,
    Rejected,
}

impl State {
    /// `None`: a number of a later version.
    pub fn of_tlv(number: u8) -> Option<Self> {
        Some(match number {
            // 0 is 5.0's SCHEDULED.
            0 | 1 => State::Enroute,
            2 => State::Delivered,
            3 => State::Expired,
            4 => State::Deleted,
            5 => State::Undeliverable,
            6 => State::Accepted,
            7 => State::Unknown,
            8 => State::Rejected,
            _ => return None,
        })
    }

    /// `None`: a word of the operator's own. Some write the words in full.
    pub fn of_stat(stat: &str) -> Option<Self> {
        Some(match stat {
            "ENROUTE" => State::Enroute,
            "DELIVRD" | "DELIVERED" => State::Delivered,
            "EXPIRED" => State::Expired,
            "DELETED" => State::Deleted,
            "UNDELIV" | "UNDELIVERABLE" | "UNDELIVERED" => State::Undeliverable,
            "ACCEPTD" | "ACCEPTED" => State::Accepted,
            "UNKNOWN" => State::Unknown,
            "REJECTD" | "REJECTED" => State::Rejected,
            _ => return None,
        })
    }

    /// What it means for the message. An operator that does not know has at least taken it: nothing more is claimed.
    /// No state makes an address bad for good: `UNDELIV` also comes for a full phone or a wrong route.
    pub fn status(self, err: Option<&str>) -> ReceiptStatus {
        let why = |name: &str, words: &str| match err {
            Some(err) if err.chars().any(|c| c != '0') => format!("{name}: {words} (err {err})"),
            _ => format!("{name}: {words}"),
        };
        let undelivered = |name, words| ReceiptStatus::Undelivered {
            why: why(name, words),
            gone: false,
        };
        match self {
            State::Enroute | State::Accepted | State::Unknown => ReceiptStatus::Pending,
            State::Delivered => ReceiptStatus::Delivered,
            State::Expired => undelivered("EXPIRED", "not delivered in time"),
            State::Deleted => undelivered("DELETED", "deleted by the operator"),
            State::Undeliverable => undelivered("UNDELIV", "cannot be delivered"),
            State::Rejected => ReceiptStatus::Rejected {
                why: why("REJECTD", "refused by the operator: a filter or a block"),
            },
        }
    }
}

/// How an operator writes message ids: some answer in hexadecimal and report in decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub(super) enum IdForm {
    /// As it comes, letter by letter.
    #[default]
    AsIs,
    Decimal,
    Hex,
}

impl IdForm {
    /// The id in the one form in which it is kept: decimal, without zeros in front. What is no number, or longer than
    /// 128 bits, stays as it is.
    pub fn normal(self, id: &str) -> String {
        let id = id.trim();
        let number = match self {
            IdForm::AsIs => None,
            IdForm::Decimal => digits(id, 10),
            IdForm::Hex => digits(id.strip_prefix("0x").or(id.strip_prefix("0X")).unwrap_or(id), 16),
        };
        number.map_or_else(|| id.to_owned(), |number| number.to_string())
    }
}

/// No sign is taken, which `from_str_radix` would.
fn digits(id: &str, radix: u32) -> Option<u128> {
    id.chars()
        .all(|c| c.is_digit(radix))
        .then(|| u128::from_str_radix(id, radix).ok())
        .flatten()
}

/// `YYMMDDhhmm`, or with seconds, by the clock of an operator that is `offset` from UTC.
pub(super) fn instant(done: &str, offset: FixedOffset) -> Option<Timestamp> {
    let seconds = match done.len() {
        10 => "00",
        12 => "",
        _ => return None,
    };
    let local = NaiveDateTime::parse_from_str(&format!("{done}{seconds}"), "%y%m%d%H%M%S").ok()?;
    let at = offset.from_local_datetime(&local).single()?;
    Some(Timestamp(at.timestamp_millis()))
}
