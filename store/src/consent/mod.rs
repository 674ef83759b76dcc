//! The ledger of consent: every word about marketing, by address, and what holds of them (docs/consent.md).
//!
//! `consent_words` is what was said and is never changed; `consent_stands` is what the words of an address come to
//! (`domain::consent::Stand`); `consents` is the latest word about a card. A guest's facts are masked by the stands of all
//! their addresses where they are computed (`guests/settle.rs`), in the transaction that writes a word or attaches an
//! address.

pub(crate) mod addresses;
pub(crate) mod carry;
pub(crate) mod hear;
pub(crate) mod lock;
pub(crate) mod of_guest;
pub(crate) mod stands;
