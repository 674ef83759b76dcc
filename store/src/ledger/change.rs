//! Changes of a run's state.

use bellhop_domain::message::RunState;

/// A change of a run's state by a person or the circuit breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunChange {
    Pause,
    Resume,
    Cancel,
}

impl RunChange {
    pub(super) fn target(self) -> RunState {
        match self {
            RunChange::Pause => RunState::Paused,
            RunChange::Resume => RunState::Running,
            RunChange::Cancel => RunState::Cancelled,
        }
    }

    pub(super) fn action(self) -> &'static str {
        match self {
            RunChange::Pause => "run.pause",
            RunChange::Resume => "run.resume",
            RunChange::Cancel => "run.cancel",
        }
    }

    pub(super) fn allowed_from(self, state: RunState) -> bool {
        match self {
            RunChange::Pause => state == RunState::Running,
            RunChange::Resume => state == RunState::Paused,
            RunChange::Cancel => matches!(state, RunState::Scheduled | RunState::Running | RunState::Paused),
        }
    }
}
