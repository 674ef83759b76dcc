//! A bonus account: what moves on it, and what its balance is.
//!
//! Bonuses lie in *lots*, each with the instant at which it burns; what is spent is taken from the lot that burns first. A
//! *hold* reserves bonuses at a checkout: it pins them to their lots, so that they neither burn nor are spent elsewhere while
//! it stands. Operations are only ever added: the balance is their sum, at any instant.
//!
//! # Invariants
//! - What lies in the lots, less the debt, is the sum of the operations.
//! - There is a debt only while nothing is free: what comes in, or is given back, pays it first.
//! - Nothing is held or spent that is not there: what is available is never below zero.

mod holds;
mod lots;
#[cfg(test)]
mod tests;

pub use holds::{Hold, HoldId};
pub use lots::{Lot, LotId, Taken};

use crate::Bonuses;
use bellhop_domain::Timestamp;
use serde::{Deserialize, Serialize};

/// What an operation is. The names are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An order has earned it.
    Accrual,
    /// A program has given it.
    Grant,
    /// An order was paid with it.
    Spending,
    /// Somebody has set it right by hand, up or down.
    Correction,
    /// It burnt.
    Expiry,
    /// It takes back another operation.
    Reversal,
}

/// What changes a balance, and by how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Operation {
    pub kind: Kind,
    /// Below zero if it takes away.
    pub change: Bonuses,
    pub at: Timestamp,
}

/// Why something is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("{wanted} bonuses are wanted, and {available} are available")]
    TooFew { wanted: Bonuses, available: Bonuses },
    #[error("a number of bonuses above zero is wanted")]
    NothingWanted,
    #[error("the account is frozen by the blacklist")]
    Frozen,
    #[error("the account is closed")]
    Closed,
    #[error("there is no such hold any more: it was given back, spent, or has ended")]
    NoHold,
    #[error("the hold is of {held} bonuses, and {wanted} are wanted")]
    BeyondHold { held: Bonuses, wanted: Bonuses },
}

/// Whether an account may move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    #[default]
    Open,
    /// By the blacklist, since then: nothing moves and nothing burns.
    Frozen {
        since: Timestamp,
    },
    Closed,
}

/// One account of a guest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    pub standing: Standing,
    lots: Vec<Lot>,
    holds: Vec<Hold>,
    debt: Bonuses,
    next: u64,
}

/// What is known of a balance at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Balance {
    /// The sum of all operations; below zero is a debt.
    pub total: Bonuses,
    pub held: Bonuses,
    /// What may be spent now.
    pub available: Bonuses,
    /// The part that burns first, and when; absent if nothing of it ever burns.
    pub burns_next: Option<(Bonuses, Timestamp)>,
}

impl Account {
    pub fn lots(&self) -> &[Lot] {
        &self.lots
    }

    pub fn holds(&self) -> &[Hold] {
        &self.holds
    }

    /// The balance at an instant up to which everything has been [settled](Account::settle).
    pub fn balance(&self) -> Balance {
        let left: Bonuses = self.lots.iter().map(|lot| lot.left).sum();
        let held: Bonuses = self.lots.iter().map(|lot| lot.held).sum();
        let first = self.lots.iter().filter_map(|lot| lot.burns_at).min();
        let burns_next = first.map(|at| {
            let burning = self.lots.iter().filter(|lot| lot.burns_at == Some(at));
            (burning.map(|lot| lot.left - lot.held).sum(), at)
        });
        Balance {
            total: left - self.debt,
            held,
            available: match self.standing {
                Standing::Open => left - held,
                Standing::Frozen { .. } | Standing::Closed => Bonuses::NONE,
            },
            burns_next,
        }
    }

    /// Lets time pass up to an instant: holds end that have had their time, and what nobody holds burns at its instant. To be
    /// called before anything else at that instant. Returns what burnt, each operation at the instant at which it did.
    pub fn settle(&mut self, now: Timestamp) -> Vec<Operation> {
        self.end_holds(now);
        if self.standing != Standing::Open {
            return Vec::new();
        }
        let mut burnt = Vec::new();
        for lot in &mut self.lots {
            let Some(at) = lot.burns_at.filter(|at| *at <= now) else {
                continue;
            };
            let free = lot.left - lot.held;
            if free > Bonuses::NONE {
                lot.left -= free;
                burnt.push(Operation {
                    kind: Kind::Expiry,
                    change: -free,
                    at,
                });
            }
        }
        self.forget_empty();
        burnt.sort_by_key(|it| it.at);
        burnt
    }

    /// Bonuses come in: they pay what is owed, and the rest is a lot that burns then.
    ///
    /// # Errors
    /// [`Refused`] if none come, or the account does not move.
    pub fn credit(
        &mut self,
        kind: Kind,
        bonuses: Bonuses,
        burns_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(Operation, Option<LotId>), Refused> {
        self.moves()?;
        if bonuses <= Bonuses::NONE {
            return Err(Refused::NothingWanted);
        }
        let lot = self.bring(bonuses, burns_at);
        let operation = Operation {
            kind,
            change: bonuses,
            at: now,
        };
        Ok((operation, lot))
    }

    /// Bonuses go out for an order, or by hand: those that burn first, as many as are available.
    ///
    /// # Errors
    /// [`Refused`] if so many are not available, or the account does not move.
    pub fn debit(&mut self, kind: Kind, bonuses: Bonuses, now: Timestamp) -> Result<(Operation, Vec<Taken>), Refused> {
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
        let taken = lots::take(&mut self.lots, bonuses);
        self.forget_empty();
        let operation = Operation {
            kind,
            change: -bonuses,
            at: now,
        };
        Ok((operation, taken))
    }

    /// An order that had earned bonuses is cancelled: what is left of its lot goes first, then what burns first, and what is
    /// no longer there is owed. What is held stays held. A frozen account loses them too.
    pub fn revoke(&mut self, lot: Option<LotId>, bonuses: Bonuses, now: Timestamp) -> Operation {
        let mut missing = bonuses.or_none();
        if let Some(own) = self.lots.iter_mut().find(|it| Some(it.id) == lot) {
            let part = missing.min(own.left - own.held);
            own.left -= part;
            missing -= part;
        }
        let free: Bonuses = self.lots.iter().map(|it| it.left - it.held).sum();
        let part = missing.min(free);
        lots::take(&mut self.lots, part);
        self.debt += missing - part;
        self.forget_empty();
        Operation {
            kind: Kind::Reversal,
            change: -bonuses.or_none(),
            at: now,
        }
    }

    /// An order that was paid with bonuses is cancelled: they come back, each with the expiry that it had. What should have
    /// burnt meanwhile does so when time next passes.
    pub fn give_back(&mut self, taken: &[Taken], now: Timestamp) -> Operation {
        let all: Bonuses = taken.iter().map(|it| it.bonuses).sum();
        for it in taken {
            self.bring(it.bonuses, it.burns_at);
        }
        Operation {
            kind: Kind::Reversal,
            change: all,
            at: now,
        }
    }

    /// The blacklist freezes the account: nothing moves, and nothing burns.
    pub fn freeze(&mut self, now: Timestamp) {
        if self.standing == Standing::Open {
            self.standing = Standing::Frozen { since: now };
        }
    }

    /// It is as it was: what has not burnt yet lives as much longer as it was frozen.
    pub fn thaw(&mut self, now: Timestamp) {
        let Standing::Frozen { since } = self.standing else {
            return;
        };
        let frozen = now.since(since);
        for lot in &mut self.lots {
            lot.burns_at = lot.burns_at.map(|at| if at > since { at.plus(frozen) } else { at });
        }
        self.standing = Standing::Open;
    }

    /// Moves the end of lots whose life is counted from the latest order.
    pub fn move_ends(&mut self, end_of: impl Fn(&Lot) -> Option<Timestamp>) {
        for lot in &mut self.lots {
            lot.burns_at = end_of(lot);
        }
    }

    fn moves(&self) -> Result<(), Refused> {
        match self.standing {
            Standing::Open => Ok(()),
            Standing::Frozen { .. } => Err(Refused::Frozen),
            Standing::Closed => Err(Refused::Closed),
        }
    }

    fn bring(&mut self, bonuses: Bonuses, burns_at: Option<Timestamp>) -> Option<LotId> {
        let paid = bonuses.min(self.debt);
        self.debt -= paid;
        let rest = bonuses - paid;
        if rest <= Bonuses::NONE {
            return None;
        }
        self.next += 1;
        let id = LotId(self.next);
        self.lots.push(Lot {
            id,
            left: rest,
            held: Bonuses::NONE,
            burns_at,
        });
        // Those that burn first stand first; those that never do, last.
        self.lots
            .sort_by_key(|lot| (lot.burns_at.is_none(), lot.burns_at, lot.id));
        Some(id)
    }

    /// What is free pays what is owed.
    fn pay_debt(&mut self) {
        let free: Bonuses = self.lots.iter().map(|it| it.left - it.held).sum();
        let paid = self.debt.min(free);
        lots::take(&mut self.lots, paid);
        self.debt -= paid;
        self.forget_empty();
    }

    fn forget_empty(&mut self) {
        self.lots.retain(|lot| lot.left > Bonuses::NONE);
    }
}
