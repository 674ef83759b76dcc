//! `{"blacklisted":true}`: the mark is on a card with one of the guest's phones. The marked are always excluded from
//! sending; the condition is there to list them.

use crate::segment::{Asked, Condition, Guest};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Blacklisted(pub bool);

impl Condition for Blacklisted {
    fn holds(&self, guest: &Guest, _: &Asked) -> bool {
        guest.blacklisted == self.0
    }

    fn clause(&self, _: &Asked) -> String {
        if self.0 { "is blacklisted" } else { "is not blacklisted" }.to_owned()
    }

    fn fact(&self, guest: &Guest, _: &Asked) -> String {
        if guest.blacklisted { "marked" } else { "not marked" }.to_owned()
    }
}
