//! Changes of a run's state.

use bellhop_domain::message::RunState;

/// A change of a run's state by a person or the circuit breaker.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Pause,
    Resume,
    Cancel,
}

impl Change {
    pub(super) fn target(self) -> RunState {
        match self {
            Change::Pause => RunState::Paused,
            Change::Resume => RunState::Running,
            Change::Cancel => RunState::Cancelled,
        }
    }

    pub(super) fn action(self) -> &'static str {
        match self {
            Change::Pause => "run.pause",
            Change::Resume => "run.resume",
            Change::Cancel => "run.cancel",
        }
    }

    pub(super) fn allowed_from(self, state: RunState) -> bool {
        match self {
            Change::Pause => state == RunState::Running,
            Change::Resume => state == RunState::Paused,
            Change::Cancel => matches!(state, RunState::Scheduled | RunState::Running | RunState::Paused),
        }
    }
}
