//! The last known states of the runs in hand, so that a pause takes effect before the next request.

use bellhop_domain::RunId;
use bellhop_domain::message::RunState;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Default)]
pub(crate) struct RunStates(Mutex<HashMap<RunId, (usize, Arc<Seen>)>>);

/// One run's last known state.
pub(crate) struct Seen(std::sync::atomic::AtomicBool);

impl Seen {
    pub fn running(&self) -> bool {
        self.0.load(std::sync::atomic::Ordering::Relaxed)
    }
}

/// Exists as long as a batch of the run is in hand.
pub(crate) struct Held<'a> {
    states: &'a RunStates,
    run: RunId,
    seen: Arc<Seen>,
}

impl Held<'_> {
    pub fn running(&self) -> bool {
        self.seen.running()
    }
}

impl RunStates {
    /// Starts to watch a run. Call it *before* the claim, so that a pause after the claim is noticed.
    pub fn hold(&self, run: RunId) -> Held<'_> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, seen) = held.entry(run).or_insert_with(|| (0, Arc::new(Seen(true.into()))));
        *count += 1;
        Held {
            states: self,
            run,
            seen: seen.clone(),
        }
    }

    pub fn held(&self) -> Vec<RunId> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .keys()
            .copied()
            .collect()
    }

    /// Takes over the states from the ledger.
    pub fn update(&self, states: &[(RunId, RunState)]) {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (run, state) in states {
            if let Some((_, seen)) = held.get(run) {
                seen.0
                    .store(*state == RunState::Running, std::sync::atomic::Ordering::Relaxed);
            }
        }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let mut held = self.states.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((count, _)) = held.get_mut(&self.run) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.run);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_seen_by_every_batch_of_the_run_and_forgotten_with_the_last() {
        let states = RunStates::default();
        let (first, second) = (states.hold(RunId(1)), states.hold(RunId(1)));
        states.update(&[(RunId(1), RunState::Paused), (RunId(2), RunState::Running)]);
        assert!(!first.running() && !second.running());
        drop(first);
        assert_eq!(states.held(), [RunId(1)]);
        drop(second);
        assert!(states.held().is_empty());
        assert!(states.hold(RunId(1)).running());
    }
}
