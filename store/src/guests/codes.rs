//! Enumerations of the guest base as its statements write them.

use super::endpoint::EndpointState;
use crate::base::codes::listed;
use bellhop_domain::EndpointKind;
use bellhop_domain::consent::{Space, Word, WordSource};

/// An endpoint that something may be sent to.
pub(crate) const ACTIVE: i16 = EndpointState::Active.code();

// What was said about marketing.
pub(super) const GIVEN: i16 = Word::Given.code();
pub(super) const WITHDRAWN: i16 = Word::Withdrawn.code();
pub(super) const HELD: i16 = Word::Held.code();
pub(super) const BY_THE_GUEST: i16 = WordSource::Guest.code();

/// Whose word is the guest's own act.
pub(super) fn own_sources() -> String {
    let own = WordSource::ALL.into_iter().filter(|source| source.is_own());
    listed(own.map(WordSource::code))
}

/// Whose word is not.
pub(super) fn other_sources() -> String {
    let others = WordSource::ALL.into_iter().filter(|source| !source.is_own());
    listed(others.map(WordSource::code))
}

/// Kinds of endpoint whose address may stand on several cards at once.
pub(super) fn shared_kinds() -> String {
    let shared = EndpointKind::ALL.into_iter().filter(|kind| !kind.is_exclusive());
    listed(shared.map(EndpointKind::code))
}

/// An endpoint kind's space, by the domain's table; `kind` is a column.
pub(crate) fn space_of(kind: &str) -> String {
    let arms = EndpointKind::ALL.map(|kind| format!(" WHEN {} THEN {}", kind.code(), Space::of(kind).code()));
    format!("CASE {kind}{} END", arms.concat())
}
