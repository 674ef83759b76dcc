//! From a provider's outcome to what the ledger records. Pure.

use bellhop_domain::attempt::AttemptState;
use bellhop_domain::mailing::Step;
use bellhop_domain::waterfall::{Rules, TriedMessage, after};
use bellhop_domain::{EndpointKind, Outcome, Timestamp};
use bellhop_store::ledger::{Claimed, Recorded};
use std::borrow::Cow;
use std::time::Duration;

/// One attempt that has ended.
pub(crate) struct Ended<'a> {
    pub claimed: &'a Claimed,
    pub outcome: &'a Outcome,
    pub started_at: Timestamp,
    pub ended_at: Timestamp,
    pub kind: EndpointKind,
    pub waterfall: &'a [Step],
    pub expires: Timestamp,
    /// Whether the sender's pool has another number that may be allowed to send where this one is not.
    pub another_number: bool,
}

/// What the ledger records of it; `jitter` is uniform in [0, 1).
pub(crate) fn recorded(ended: &Ended<'_>, rules: &Rules, jitter: f64) -> Recorded {
    let tried = TriedMessage {
        waterfall: ended.waterfall,
        step: usize::from(ended.claimed.step),
        kind: ended.kind,
        tries: ended.claimed.tries.saturating_add(1),
        expires: ended.expires,
        sent_before: ended.claimed.sent_before,
    };
    let (provider_id, cost, parts) = match ended.outcome {
        Outcome::Accepted {
            provider_id,
            cost,
            parts,
        } => (provider_id.clone(), *cost, *parts),
        _ => (None, None, None),
    };
    Recorded {
        message: ended.claimed.id,
        endpoint: ended.claimed.endpoint,
        state: attempt_state(ended.outcome),
        started_at: ended.started_at,
        ended_at: ended.ended_at,
        provider_id,
        reason: why(ended.outcome).map(str::to_owned),
        cost,
        parts,
        next: after(&followed(ended), &tried, rules, ended.ended_at, jitter),
        retire: retirement(ended),
        opted_out: matches!(ended.outcome, Outcome::OptedOut { .. }),
        stops_country: matches!(ended.outcome, Outcome::CountryStopped { .. }),
    }
}

/// The outcome that the message follows. If a country is closed to one number of a pool, another number tries next.
/// The start of that attempt checks which number may send; if none may, the next step of the waterfall follows.
fn followed<'a>(ended: &Ended<'a>) -> Cow<'a, Outcome> {
    match ended.outcome {
        Outcome::CountryStopped { why } if ended.another_number => Cow::Owned(Outcome::Retry {
            after: Some(Duration::ZERO),
            why: why.clone(),
        }),
        outcome => Cow::Borrowed(outcome),
    }
}

fn attempt_state(outcome: &Outcome) -> AttemptState {
    match outcome {
        Outcome::Accepted { .. } => AttemptState::Accepted,
        Outcome::Retry { .. } | Outcome::OnceMore { .. } | Outcome::Throttled { .. } => AttemptState::Deferred,
        Outcome::RecipientGone { .. }
        | Outcome::Held { .. }
        | Outcome::OptedOut { .. }
        | Outcome::Failed { .. }
        | Outcome::CountryStopped { .. }
        | Outcome::Rejected { .. }
        | Outcome::Misconfigured { .. } => AttemptState::Refused,
        Outcome::Unknown { .. } => AttemptState::Unknown,
    }
}

/// The outcome's label in metrics.
pub(crate) fn label(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted { .. } => "accepted",
        Outcome::Retry { .. } => "retry",
        Outcome::OnceMore { .. } => "once_more",
        Outcome::Throttled { .. } => "throttled",
        Outcome::RecipientGone { .. } => "recipient_gone",
        Outcome::Held { .. } => "held",
        Outcome::OptedOut { .. } => "opted_out",
        Outcome::Failed { .. } => "failed",
        Outcome::CountryStopped { .. } => "country_stopped",
        Outcome::Rejected { .. } => "rejected",
        Outcome::Misconfigured { .. } => "misconfigured",
        Outcome::Unknown { .. } => "unknown",
    }
}

fn why(outcome: &Outcome) -> Option<&str> {
    match outcome {
        Outcome::Accepted { .. } => None,
        Outcome::Retry { why, .. }
        | Outcome::OnceMore { why, .. }
        | Outcome::Throttled { why, .. }
        | Outcome::RecipientGone { why, .. }
        | Outcome::Held { why }
        | Outcome::OptedOut { why }
        | Outcome::Failed { why }
        | Outcome::CountryStopped { why }
        | Outcome::Rejected { why }
        | Outcome::Misconfigured { why }
        | Outcome::Unknown { why } => Some(why),
    }
}

/// A "gone since" from before the address was registered speaks of an earlier owner or installation, so it is
/// ignored.
fn retirement(ended: &Ended<'_>) -> Option<Timestamp> {
    match ended.outcome {
        Outcome::RecipientGone { since: Some(since), .. } if *since < ended.claimed.registered_at => None,
        Outcome::RecipientGone { since, .. } => Some(since.unwrap_or(ended.ended_at)),
        _ => None,
    }
}
