//! A database without the secrets of its messages' ids.

use crate::StoreError;
use bellhop_domain::MessageId;

/// Why neither ids nor keys of messages can be told.
pub(crate) const NO_SECRET: &str =
    "the table message_secrets is empty or spoilt; restore it from the backup, because without its rows no link works";

/// The error of a statement that names this message.
pub(super) fn without_keys(id: Option<&MessageId>) -> StoreError {
    StoreError::Corrupt {
        what: "message",
        id: id.map_or_else(String::new, ToString::to_string),
        problem: NO_SECRET.to_owned(),
    }
}
