//! `{"run":{"id":12,"state":["failed"],"reason":"…"}}`: how a message of one run to the guest stands.

use super::one_of;
use crate::RunId;
use crate::message::MessageState;
use crate::segment::{Asked, Condition, Guest, MailingMessage};
use serde::{Deserialize, Serialize};

/// Recipients of a run that was no test, by the state of their message and its reason in full.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InRun {
    pub id: RunId,
    #[serde(default)]
    pub state: Vec<MessageState>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl InRun {
    fn is_meant(&self, it: &MailingMessage) -> bool {
        it.run == self.id
            && (self.state.is_empty() || self.state.contains(&it.state))
            && (self.reason.is_none() || self.reason == it.reason)
    }
}

impl Condition for InRun {
    fn holds(&self, guest: &Guest, _: &Asked) -> bool {
        guest.messages.iter().any(|it| self.is_meant(it))
    }

    fn clause(&self, _: &Asked) -> String {
        let names: Vec<_> = self.state.iter().map(|state| state.name()).collect();
        let because = self.reason.as_ref().map(|reason| format!(" because of {reason}"));
        let because = because.unwrap_or_default();
        format!("the message of run {} is {}{because}", self.id, one_of(&names))
    }

    fn fact(&self, guest: &Guest, _: &Asked) -> String {
        let own = guest.messages.iter().filter(|it| it.run == self.id);
        let states: Vec<_> = own.map(|it| it.state.name()).collect();
        match states.is_empty() {
            true => "had none".to_owned(),
            false => states.join(", "),
        }
    }
}
