//! The runs of a mailing.

use bellhop_domain::message::RunState;
use bellhop_store::ledger::Run;

/// The run of a mailing that is not over, not counting tests.
pub fn alive(runs: &[Run]) -> Option<&Run> {
    let over = |run: &Run| matches!(run.state, RunState::Finished | RunState::Cancelled);
    runs.iter().find(|run| !run.test && !over(run))
}
