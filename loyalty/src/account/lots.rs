//! Bonuses that burn together.

use crate::Bonuses;
use bellhop_domain::Timestamp;
use serde::Serialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct LotId(pub u64);

/// Bonuses that came in together, and burn at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Lot {
    pub id: LotId,
    /// What is left of it.
    pub left: Bonuses,
    /// The part of that which checkouts hold.
    pub held: Bonuses,
    /// When they burn; never if absent.
    pub burns_at: Option<Timestamp>,
}

/// What was taken from a lot, so that it can come back with its expiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Taken {
    pub lot: LotId,
    pub bonuses: Bonuses,
    pub burns_at: Option<Timestamp>,
}

/// Takes what nobody holds, from the lots in their order.
pub(super) fn take(lots: &mut [Lot], bonuses: Bonuses) -> Vec<Taken> {
    walk(lots, bonuses, |lot, part| lot.left -= part)
}

/// Reserves what nobody holds yet, from the lots in their order.
pub(super) fn pin(lots: &mut [Lot], bonuses: Bonuses) -> Vec<Taken> {
    walk(lots, bonuses, |lot, part| lot.held += part)
}

fn walk(lots: &mut [Lot], bonuses: Bonuses, mut each: impl FnMut(&mut Lot, Bonuses)) -> Vec<Taken> {
    let mut missing = bonuses;
    let mut taken = Vec::new();
    for lot in lots {
        let part = missing.min(lot.left - lot.held);
        if part > Bonuses::NONE {
            each(lot, part);
            missing -= part;
            taken.push(Taken {
                lot: lot.id,
                bonuses: part,
                burns_at: lot.burns_at,
            });
        }
    }
    taken
}
