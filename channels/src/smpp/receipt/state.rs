//! What a receipt says about its message.

use crate::ReceiptStatus;

/// A message's state (PROVIDERS.md §4.4), from the TLV `message_state` or from `stat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::smpp) enum State {
    Enroute,
    Delivered,
    Expired,
    Deleted,
    Undeliverable,
    Accepted,
    Unknown,
    Rejected,
}

/// The words that operators write, as letters only. They truncate the specification's seven-letter words, double
/// letters and swap them.
const WORDS: [(State, &[&str]); 8] = [
    (
        State::Enroute,
        &[
            "ENROUTE",
            "ENRT",
            "BUFFERED",
            "BUFFRED",
            "BUFFERD",
            "SCHEDULED",
            "SCHEDLD",
            "QUEUED",
            "SENT",
            "SUBMITTED",
            "SUBMITD",
            "PENDING",
        ],
    ),
    (
        State::Delivered,
        &[
            "DELIVRD",
            "DELIVERED",
            "DELIVERD",
            "DELIVRED",
            "DELIVED",
            "DELIVD",
            "DELVRD",
            "DLVRD",
            "DELIVERYSUCCESS",
            "DELIVEREDTOHANDSET",
            "SUCCESS",
        ],
    ),
    (State::Expired, &["EXPIRED", "EXPIRD", "EXPRD", "EXPIRE", "TIMEOUT"]),
    (
        State::Deleted,
        &["DELETED", "DELETD", "DELTD", "CANCELED", "CANCELLED", "SKIPPED"],
    ),
    (
        State::Undeliverable,
        &[
            "UNDELIV",
            "UNDELIVERABLE",
            "UNDELIVERED",
            "UNDELIVRD",
            "UNDELIVERD",
            "UNDELIVD",
            "UNDELVRD",
            "UNDLVRD",
            "UNDELIVE",
            "UNDLV",
            "NOTDELIVERED",
            "DELIVERYFAILED",
            "DELIVERYFAILURE",
            "DELIVERYIMPOSSIBLE",
            "FAILED",
            "FAIL",
            "FAILURE",
            "ERROR",
        ],
    ),
    (State::Accepted, &["ACCEPTD", "ACCEPTED", "ACCPTED", "ACCEPT"]),
    (State::Unknown, &["UNKNOWN", "UNKNOWND", "UNKNWN", "UNKNOW"]),
    (
        State::Rejected,
        &[
            "REJECTD",
            "REJECTED",
            "REJCTED",
            "REJECT",
            "BLOCKED",
            "BLACKLISTED",
            "BARRED",
            "SPAM",
        ],
    ),
];

impl State {
    /// `None` if the number is from a later version.
    pub fn of_tlv(number: u8) -> Option<Self> {
        Some(match number {
            // 0 is 5.0's SCHEDULED.
            0 | 1 => State::Enroute,
            2 => State::Delivered,
            3 => State::Expired,
            // 9 is 5.0's SKIPPED.
            4 | 9 => State::Deleted,
            5 => State::Undeliverable,
            6 => State::Accepted,
            7 => State::Unknown,
            8 => State::Rejected,
            _ => return None,
        })
    }

    /// The state in `stat`: a word, or the number of the TLV. `None` if it is a word of the operator's own.
    pub fn of_stat(stat: &str) -> Option<Self> {
        if let Ok(number) = stat.parse::<u8>() {
            return Self::of_tlv(number);
        }
        let letters: String = stat.chars().filter(|c| c.is_alphabetic()).collect();
        let letters = letters.to_uppercase();
        let (state, _) = WORDS.iter().find(|(_, words)| words.contains(&letters.as_str()))?;
        Some(*state)
    }

    /// The state of a receipt that names none: delivered, if all its parts were delivered and there was no error.
    pub fn of_counts(submitted: Option<u32>, delivered: Option<u32>, err: Option<&str>) -> Option<Self> {
        let delivered = delivered.filter(|delivered| *delivered > 0)?;
        let all = submitted.is_none_or(|submitted| submitted <= delivered);
        (all && !is_an_error(err)).then_some(State::Delivered)
    }

    /// What it means for the message. An operator that does not know has at least accepted it, and no more than that
    /// is assumed. No state makes an address bad for good: `UNDELIV` also comes for a full phone or a wrong route.
    pub fn status(self, err: Option<&str>) -> ReceiptStatus {
        let why = |name: &str, words: &str| match err.filter(|_| is_an_error(err)) {
            Some(err) => format!("{name}: {words} (err {err})"),
            None => format!("{name}: {words}"),
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

/// Whether there is an error; one that consists of zeros is not, also in hexadecimal.
fn is_an_error(err: Option<&str>) -> bool {
    err.is_some_and(|err| err.trim_start_matches("0x").chars().any(|c| c != '0'))
}
