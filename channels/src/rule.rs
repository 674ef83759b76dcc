//! The meaning of an operator's own code: a row of a table in the sender's settings.

use bellhop_domain::Outcome;
use bellhop_domain::outcome::ThrottleScope;
use serde::Deserialize;
use std::time::Duration;

/// What a code in a reply means (PROVIDERS.md §0.1).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ErrorRule {
    pub outcome: ErrorOutcome,
    pub after_seconds: Option<u64>,
    #[serde(default)]
    pub meaning: String,
}

#[derive(Debug, Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ErrorOutcome {
    Retry,
    ThrottledSender,
    ThrottledRecipient,
    RecipientGone,
    Held,
    OptedOut,
    Failed,
    CountryStopped,
    Rejected,
    Misconfigured,
    Unknown,
}

impl ErrorRule {
    /// The outcome of an answer with this code. `asked` is the wait that the answer itself names, if it names one.
    pub fn outcome(&self, why: String, asked: Option<Duration>) -> Outcome {
        let after = asked.or(self.after_seconds.map(Duration::from_secs));
        match self.outcome {
            ErrorOutcome::Retry => Outcome::Retry { after, why },
            ErrorOutcome::ThrottledSender => throttled(ThrottleScope::Sender, after, why),
            ErrorOutcome::ThrottledRecipient => throttled(ThrottleScope::Recipient, after, why),
            ErrorOutcome::RecipientGone => Outcome::RecipientGone { since: None, why },
            ErrorOutcome::Held => Outcome::Held { why },
            ErrorOutcome::OptedOut => Outcome::OptedOut { why },
            ErrorOutcome::Failed => Outcome::Failed { why },
            ErrorOutcome::CountryStopped => Outcome::CountryStopped { why },
            ErrorOutcome::Rejected => Outcome::Rejected { why },
            ErrorOutcome::Misconfigured => Outcome::Misconfigured { why },
            ErrorOutcome::Unknown => Outcome::Unknown { why },
        }
    }
}

fn throttled(scope: ThrottleScope, after: Option<Duration>, why: String) -> Outcome {
    Outcome::Throttled { scope, after, why }
}
