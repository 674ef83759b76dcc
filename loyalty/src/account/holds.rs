//! Bonuses that a checkout has reserved.

use super::lots::{Taken, pin};
use super::{Account, Kind, Operation, Refused};
use crate::Bonuses;
use bellhop_domain::Timestamp;
use serde::Serialize;
use std::time::Duration;

/// A checkout that says nothing more has lost its connection.
pub const LIFE: Duration = Duration::from_secs(86_400);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct HoldId(pub u64);

/// What a checkout has reserved, until then at the latest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hold {
    pub id: HoldId,
    pub ends_at: Timestamp,
    pub pinned: Vec<Taken>,
}

impl Hold {
    pub fn bonuses(&self) -> Bonuses {
        self.pinned.iter().map(|it| it.bonuses).sum()
    }
}

impl Account {
    /// Reserves bonuses for a day: those that burn first.
    ///
    /// # Errors
    /// [`Refused`] if so many are not available, or the account does not move.
    pub fn hold(&mut self, bonuses: Bonuses, now: Timestamp) -> Result<HoldId, Refused> {
        self.moves()?;
        if bonuses <= Bonuses::NONE {
            return Err(Refused::NothingWanted);
        }
        let available = self.balance().available;
        if available < bonuses {
            return Err(Refused::TooFew {
                wanted: bonuses,
                available,
            });
        }
        self.next += 1;
        let id = HoldId(self.next);
        let pinned = pin(&mut self.lots, bonuses);
        self.holds.push(Hold {
            id,
            ends_at: now.plus(LIFE),
            pinned,
        });
        Ok(id)
    }

    /// The order is placed: bonuses of the hold are spent, all of them or fewer, and the rest is given back.
    ///
    /// # Errors
    /// [`Refused`] if there is no such hold any more, or it is of fewer.
    pub fn commit(&mut self, id: HoldId, bonuses: Bonuses, now: Timestamp) -> Result<(Operation, Vec<Taken>), Refused> {
        self.moves()?;
        let at = self.place_of(id)?;
        let held = self.holds[at].bonuses();
        if bonuses <= Bonuses::NONE {
            return Err(Refused::NothingWanted);
        }
        if held < bonuses {
            return Err(Refused::BeyondHold { held, wanted: bonuses });
        }
        let hold = self.holds.remove(at);
        self.unpin(&hold);
        let mut missing = bonuses;
        let mut taken = Vec::new();
        for it in hold.pinned {
            let part = missing.min(it.bonuses);
            if part > Bonuses::NONE {
                self.lots
                    .iter_mut()
                    .filter(|lot| lot.id == it.lot)
                    .for_each(|lot| lot.left -= part);
                missing -= part;
                taken.push(Taken { bonuses: part, ..it });
            }
        }
        self.pay_debt();
        let operation = Operation {
            kind: Kind::Spending,
            change: -bonuses,
            at: now,
        };
        Ok((operation, taken))
    }

    /// The checkout was given up: its bonuses are free again. A frozen account's hold is given back too.
    ///
    /// # Errors
    /// [`Refused::NoHold`] if there is no such hold any more.
    pub fn release(&mut self, id: HoldId) -> Result<Bonuses, Refused> {
        let at = self.place_of(id)?;
        let hold = self.holds.remove(at);
        self.unpin(&hold);
        self.pay_debt();
        Ok(hold.bonuses())
    }

    pub(super) fn end_holds(&mut self, now: Timestamp) {
        let (over, standing): (Vec<_>, Vec<_>) = std::mem::take(&mut self.holds)
            .into_iter()
            .partition(|hold| hold.ends_at <= now);
        self.holds = standing;
        for hold in over {
            self.unpin(&hold);
        }
        self.pay_debt();
    }

    fn unpin(&mut self, hold: &Hold) {
        for it in &hold.pinned {
            let of_hold = self.lots.iter_mut().filter(|lot| lot.id == it.lot);
            of_hold.for_each(|lot| lot.held -= it.bonuses);
        }
    }

    fn place_of(&self, id: HoldId) -> Result<usize, Refused> {
        self.holds.iter().position(|hold| hold.id == id).ok_or(Refused::NoHold)
    }
}
