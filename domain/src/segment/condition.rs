//! The questions that every condition answers.

use super::{Asked, FilterError, Finding, Guest};

/// A condition as the filter, the reference evaluation and `explain` use it.
pub trait Condition {
    /// Refuses values that have the right shape in JSON but make no sense. The error's path is relative to the
    /// condition.
    fn check(&self) -> Result<(), FilterError> {
        Ok(())
    }
    /// Whether it is true of the guest. Always yes or no; there is no third value for a guest without orders.
    fn holds(&self, guest: &Guest, asked: &Asked) -> bool;
    /// What is asked, in words: `retention is lost or cooling`.
    fn clause(&self, asked: &Asked) -> String;
    /// What is known about the guest that decides it: `cooling: the latest of 3 orders was 20 days before`.
    fn fact(&self, guest: &Guest, asked: &Asked) -> String;

    fn explain(&self, guest: &Guest, asked: &Asked) -> Finding {
        Finding {
            clause: self.clause(asked),
            holds: self.holds(guest, asked),
            fact: Some(self.fact(guest, asked)),
            parts: Vec::new(),
        }
    }
}
