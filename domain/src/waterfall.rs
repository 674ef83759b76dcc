//! What becomes of a message after an attempt: retry, wait for the open, the next step, or the end (PRODUCT.md §5).

use crate::backoff::Backoff;
use crate::mailing::{Step, Success};
use crate::message::{MessageState, WaitingFor};
use crate::outcome::{Outcome, ThrottleScope};
use crate::{EndpointKind, Timestamp};
use std::time::Duration;

/// The situation of a message in its waterfall when an attempt has ended.
#[derive(Debug, Clone, Copy)]
pub struct TriedMessage<'a> {
    pub waterfall: &'a [Step],
    /// The index of the step just tried.
    pub step: usize,
    pub kind: EndpointKind,
    /// Tries made on this step, this one included.
    pub tries: u16,
    /// The end of the message's life.
    pub expires: Timestamp,
    /// Whether an earlier step of this message was accepted by its provider.
    pub sent_before: bool,
}

/// The parts of the rules that are configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    pub backoff: Backoff,
    /// How long a doubtful attempt may wait for a receipt before it is final *unknown*.
    pub settlement: Duration,
    /// The shortest wait after a throttle without `Retry-After` (PROVIDERS.md §1.5: 60 s for FCM).
    pub throttle: Duration,
}

/// What the ledger writes on the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    Final {
        state: MessageState,
        reason: Option<String>,
    },
    Wait {
        until: Timestamp,
        for_: WaitingFor,
        reason: Option<String>,
    },
}

impl Next {
    fn end(state: MessageState, why: &str) -> Self {
        Next::Final {
            state,
            reason: Some(why.to_owned()),
        }
    }
}

/// The message's next state after `outcome`. `jitter` is uniform in [0, 1).
pub fn after(outcome: &Outcome, at: &TriedMessage<'_>, rules: &Rules, now: Timestamp, jitter: f64) -> Next {
    match outcome {
        Outcome::Accepted { .. } => after_acceptance(at.waterfall, at.step, now),
        Outcome::Retry { after, why } => retry(at, rules, now, *after, why, jitter),
        Outcome::OnceMore { after, why } => once_more(at, rules, now, *after, why, jitter),
        Outcome::Throttled {
            scope: ThrottleScope::Sender,
            after,
            why,
        } => retry(at, rules, now, Some(after.unwrap_or(rules.throttle)), why, jitter),
        // A limit of this person that lasts longer than the message ends this step only: another channel may reach
        // them in time.
        Outcome::Throttled {
            scope: ThrottleScope::Recipient,
            after: Some(after),
            why,
        } if now.plus(*after) >= at.expires => fall(at, now, MessageState::Suppressed, why),
        Outcome::Throttled { after, why, .. } => retry(at, rules, now, Some(after.unwrap_or_default()), why, jitter),
        Outcome::RecipientGone { why, .. } | Outcome::Failed { why } => fall(at, now, MessageState::Failed, why),
        // The sender's other countries are unaffected, and another channel may reach these guests.
        Outcome::CountryStopped { why } => fall(at, now, MessageState::Failed, why),
        Outcome::Held { why } | Outcome::OptedOut { why } => fall(at, now, MessageState::Suppressed, why),
        // The breaker has let the run go on, so the content is accepted for others.
        Outcome::Rejected { why } if at.tries >= rules.backoff.max_tries => fall(at, now, MessageState::Failed, why),
        // The run or the lane is paused by the breaker; the message waits at this step until a human has mended it.
        Outcome::Rejected { why } | Outcome::Misconfigured { why } => Next::Wait {
            until: now.plus(rules.backoff.base),
            for_: WaitingFor::Retry,
            reason: Some(why.clone()),
        },
        Outcome::Unknown { why } if at.kind.replaces_repeats() => retry(at, rules, now, None, why, jitter),
        Outcome::Unknown { why } => Next::Wait {
            until: now.plus(rules.settlement),
            for_: WaitingFor::Settlement,
            reason: Some(why.clone()),
        },
    }
}

/// The provider accepted it: the message ends, or waits for the step's success.
pub(crate) fn after_acceptance(waterfall: &[Step], tried: usize, now: Timestamp) -> Next {
    let sent = Next::Final {
        state: MessageState::Sent,
        reason: None,
    };
    let Some(step) = waterfall.get(tried) else {
        return sent;
    };
    if tried + 1 >= waterfall.len() || step.success == Success::Accepted {
        return sent;
    }
    Next::Wait {
        until: now.plus(step.wait()),
        for_: WaitingFor::NextStep,
        reason: None,
    }
}

fn retry(
    at: &TriedMessage<'_>,
    rules: &Rules,
    now: Timestamp,
    after: Option<Duration>,
    why: &str,
    jitter: f64,
) -> Next {
    match rules.backoff.next(now, at.tries, after, at.expires, jitter) {
        Some(until) => Next::Wait {
            until,
            for_: WaitingFor::Retry,
            reason: Some(why.to_owned()),
        },
        None if at.tries >= rules.backoff.max_tries => fall(at, now, MessageState::Failed, why),
        None => ended(at, MessageState::Expired, why),
    }
}

/// Allows a second try but no third. If there is no time for it, the next step follows or the message ends.
fn once_more(at: &TriedMessage<'_>, rules: &Rules, now: Timestamp, after: Duration, why: &str, jitter: f64) -> Next {
    let again = rules.backoff.next(now, at.tries, Some(after), at.expires, jitter);
    match again.filter(|_| at.tries == 1) {
        Some(until) => Next::Wait {
            until,
            for_: WaitingFor::Retry,
            reason: Some(why.to_owned()),
        },
        None => fall(at, now, MessageState::Failed, why),
    }
}

/// Refused for good at this step: the next step follows at once, or the message ends.
fn fall(at: &TriedMessage<'_>, now: Timestamp, state: MessageState, why: &str) -> Next {
    if at.step + 1 < at.waterfall.len() {
        Next::Wait {
            until: now,
            for_: WaitingFor::NextStep,
            reason: Some(why.to_owned()),
        }
    } else {
        ended(at, state, why)
    }
}

/// The final state of a message. If an earlier step was sent, the message is *sent*, whatever became of the last
/// step.
fn ended(at: &TriedMessage<'_>, state: MessageState, why: &str) -> Next {
    if at.sent_before {
        Next::end(MessageState::Sent, why)
    } else {
        Next::end(state, why)
    }
}

#[cfg(test)]
#[path = "waterfall_tests.rs"]
mod tests;
