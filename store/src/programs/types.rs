//! What is kept of programs.

use bellhop_domain::message::MessageState;
use bellhop_domain::*;
use serde::Serialize;

/// Whether a program fires. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(i16)]
pub enum ProgramState {
    Off = 1,
    On = 2,
    /// It fires no more, and what waits still goes.
    Ending = 3,
}

impl ProgramState {
    pub const ALL: [ProgramState; 3] = [ProgramState::Off, ProgramState::On, ProgramState::Ending];

    pub const fn code(self) -> i16 {
        self as i16
    }

    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    pub fn name(self) -> &'static str {
        match self {
            ProgramState::Off => "off",
            ProgramState::On => "on",
            ProgramState::Ending => "ending",
        }
    }

    /// Whether what waits may go.
    pub fn lets_go(self) -> bool {
        self != ProgramState::Off
    }
}

/// What became of a firing. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(i16)]
pub enum FiringState {
    Waiting = 1,
    Sent = 2,
    Skipped = 3,
    /// An event has made it pointless.
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
        Self::ALL.into_iter().find(|state| state.code() == code)
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

/// Why a firing was not sent: the number of a reason that whoever decides knows. It is kept, and means nothing here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReasonCode(pub i16);

/// A version to be kept.
#[derive(Debug, Clone, Copy)]
pub struct NewVersion<'a> {
    pub name: &'a str,
    /// JSON.
    pub definition: &'a str,
    /// The file of the mailing whose texts and waterfall it sends, JSON.
    pub mailing: &'a str,
}

/// A program, by its present version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    pub id: ProgramId,
    pub org: OrgId,
    pub name: String,
    pub state: ProgramState,
    pub version: i32,
    /// JSON.
    pub definition: String,
    pub mailing: MailingId,
    pub created_at: Timestamp,
    /// When it was last switched on or off.
    pub switched_at: Timestamp,
}

/// One version of a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Version {
    pub version: i32,
    pub mailing: MailingId,
    pub created_at: Timestamp,
}

/// A firing, as the journal tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    pub id: FiringId,
    pub version: i32,
    /// By external id; `None` if the guest is gone.
    pub customer: Option<String>,
    pub occasion: String,
    pub state: FiringState,
    pub reason: Option<ReasonCode>,
    pub fired_at: Timestamp,
    /// When it goes, or was to go.
    pub due_at: Timestamp,
    pub decided_at: Option<Timestamp>,
    /// What was sent, and how far it is.
    pub message: Option<MessageId>,
    pub message_state: Option<MessageState>,
    pub message_reason: Option<String>,
}

/// What came of firings on one day of the organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayCount {
    /// Like `2026-12-01`.
    pub day: String,
    pub state: FiringState,
    pub reason: Option<ReasonCode>,
    pub firings: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_read_again() {
        for (state, code, name, lets_go) in [
            (ProgramState::Off, 1, "off", false),
            (ProgramState::On, 2, "on", true),
            (ProgramState::Ending, 3, "ending", true),
        ] {
            assert_eq!((state.code(), state.name(), state.lets_go()), (code, name, lets_go));
            assert_eq!(ProgramState::from_code(code), Some(state));
        }
        for (state, code, name) in [
            (FiringState::Waiting, 1, "waiting"),
            (FiringState::Sent, 2, "sent"),
            (FiringState::Skipped, 3, "skipped"),
            (FiringState::Cancelled, 4, "cancelled"),
        ] {
            assert_eq!((state.code(), state.name()), (code, name));
            assert_eq!(FiringState::from_code(code), Some(state));
        }
        assert_eq!((ProgramState::from_code(0), FiringState::from_code(0)), (None, None));
    }
}
