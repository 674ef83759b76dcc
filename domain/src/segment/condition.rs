//! What every condition answers.

use super::{Asked, FilterError, Finding, Guest};

/// What a condition is to the filter, the reference evaluation and `explain`.
pub trait Condition {
    /// Refuses what the JSON's shape allows and the meaning does not. The error's path is relative to the condition.
    fn check(&self) -> Result<(), FilterError> {
        Ok(())
    }
    /// Whether it is true of the guest. Always yes or no: a guest without orders is no special value.
    fn holds(&self, guest: &Guest, asked: &Asked) -> bool;
    /// What is asked, in words: `retention is lost or cooling`.
    fn clause(&self, asked: &Asked) -> String;
    /// What is known of the guest that decides it: `cooling: the latest of 3 orders was 20 days before`.
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
