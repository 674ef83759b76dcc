//! `{"registered":{"last_days":7}}`: the guest registered with the brand in a period, by the date on their card. A guest
//! whose card has no date is in no period.

use crate::segment::{Asked, Condition, FilterError, Guest, Period};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Registered(pub Period);

impl Condition for Registered {
    fn check(&self) -> Result<(), FilterError> {
        self.0.check()
    }

    fn holds(&self, guest: &Guest, asked: &Asked) -> bool {
        guest.registered_at.is_some_and(|at| self.0.span(asked).contains(at))
    }

    fn clause(&self, _: &Asked) -> String {
        format!("registered {}", self.0.words())
    }

    fn fact(&self, guest: &Guest, _: &Asked) -> String {
        guest
            .registered_at
            .map_or("not known".to_owned(), |at| format!("it was at {at}"))
    }
}
