//! A firing: one occasion of one guest, from its event or date to what became of it.

use super::Occasion;
use bellhop_domain::Timestamp;

/// The numbers are stored; never reuse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(i16)]
pub enum FiringState {
    Waiting = 1,
    /// There is a message.
    Sent = 2,
    /// Its moment came, and nothing went; the reason says why.
    Skipped = 3,
    /// An event, a newer plan or a human ended it before its moment.
    Cancelled = 4,
}

impl FiringState {
    pub const ALL: [FiringState; 4] = [
        FiringState::Waiting,
        FiringState::Sent,
        FiringState::Skipped,
        FiringState::Cancelled,
    ];

    pub const fn code(self) -> i16 {
        self as i16
    }

    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }

    pub fn name(self) -> &'static str {
        match self {
            FiringState::Waiting => "waiting",
            FiringState::Sent => "sent",
            FiringState::Skipped => "skipped",
            FiringState::Cancelled => "cancelled",
        }
    }
}

/// What the decisions need to know of a firing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Firing {
    pub occasion: Occasion,
    pub state: FiringState,
    /// When it is to be let go.
    pub due_at: Timestamp,
    /// The newest event that it was told of; 0 if it comes of a date.
    pub last_event: i64,
}

/// Whether the occasion is over for the guest: nothing of it waits, and it is not done again.
pub(super) fn is_past(firings: &[Firing], occasion: &Occasion) -> bool {
    let over = |it: &&Firing| it.occasion == *occasion && it.state != FiringState::Waiting;
    firings.iter().find(over).is_some()
}
