//! `{"mailing":{"id":5,"outcome":["not_opened"]}}`: what became of a mailing's messages to the guest, over all its
//! runs except tests.

use super::one_of;
use crate::MailingId;
use crate::segment::{Asked, Condition, Guest};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InMailing {
    pub id: MailingId,
    #[serde(default)]
    pub outcome: Vec<MailingOutcome>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailingOutcome {
    /// Accepted by a provider at least once.
    Sent,
    /// Opened at least once.
    Opened,
    /// Sent, and never opened.
    NotOpened,
}

impl MailingOutcome {
    fn name(self) -> &'static str {
        match self {
            MailingOutcome::Sent => "sent",
            MailingOutcome::Opened => "opened",
            MailingOutcome::NotOpened => "not_opened",
        }
    }
}

impl InMailing {
    /// Whether a message was sent to the guest, and whether one was opened.
    fn known(&self, guest: &Guest) -> (bool, bool) {
        let own = || guest.messages.iter().filter(|m| m.mailing == self.id);
        (own().any(|m| m.sent), own().any(|m| m.opened))
    }
}

impl Condition for InMailing {
    fn holds(&self, guest: &Guest, _: &Asked) -> bool {
        let (sent, opened) = self.known(guest);
        let is = |outcome: &MailingOutcome| match outcome {
            MailingOutcome::Sent => sent,
            MailingOutcome::Opened => opened,
            MailingOutcome::NotOpened => sent && !opened,
        };
        self.outcome.is_empty() || self.outcome.iter().any(is)
    }

    fn clause(&self, _: &Asked) -> String {
        let names: Vec<_> = self.outcome.iter().map(|o| o.name()).collect();
        format!("mailing {} was {}", self.id, one_of(&names))
    }

    fn fact(&self, guest: &Guest, _: &Asked) -> String {
        match self.known(guest) {
            (false, _) => "not sent",
            (true, false) => "sent, not opened",
            (true, true) => "sent and opened",
        }
        .to_owned()
    }
}
