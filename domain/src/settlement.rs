//! What a provider's delivery report changes (PRODUCT.md §9: failures are counted by reason).
//!
//! A receipt is taken as the attempt state it reports: *accepted* (under way), *delivered*, *read* or *undelivered*.
//! Receipts come late, twice and in any order. An attempt only ever goes up, *accepted* < *undelivered* < *delivered*
//! < *read*, and a message changes only if its attempt did.

use crate::Timestamp;
use crate::attempt::AttemptState;
use crate::backoff::Backoff;
use crate::mailing::{Step, Success};
use crate::message::{MessageState, WaitingFor};
use crate::receipt::{Again, ReceiptStatus};
use crate::waterfall::{Next, after_acceptance};
use std::time::Duration;

/// The longest random delay that is added to a provider's wait before a message is sent again.
const LONGEST_JITTER: Duration = Duration::from_secs(3600);

/// The state of an attempt that a receipt reports.
pub fn reported(status: &ReceiptStatus) -> AttemptState {
    match status {
        ReceiptStatus::Pending => AttemptState::Accepted,
        ReceiptStatus::Delivered => AttemptState::Delivered,
        ReceiptStatus::Read => AttemptState::Read,
        ReceiptStatus::Undelivered { .. }
        | ReceiptStatus::NotNow { .. }
        | ReceiptStatus::ContentRefused { .. }
        | ReceiptStatus::CountryStopped { .. }
        | ReceiptStatus::Rejected { .. } => AttemptState::Undelivered,
    }
}

/// The attempt's state after a receipt, or `None` if the receipt says nothing new.
pub fn lifted(attempt: AttemptState, receipt: AttemptState) -> Option<AttemptState> {
    (rank(receipt) > rank(attempt)).then_some(receipt)
}

fn rank(state: AttemptState) -> u8 {
    match state {
        AttemptState::Accepted => 1,
        AttemptState::Undelivered => 2,
        AttemptState::Delivered => 3,
        AttemptState::Read => 4,
        _ => 0,
    }
}

/// The situation of a message when a receipt has lifted one of its attempts.
#[derive(Debug, Clone, Copy)]
pub struct LiftedMessage<'a> {
    pub state: MessageState,
    pub waiting_for: Option<WaitingFor>,
    pub waterfall: &'a [Step],
    /// The message's present step.
    pub step: usize,
    /// The step that the attempt was made for; an earlier one where the message has moved on.
    pub tried: usize,
    /// Whether the attempt is the message's latest.
    pub latest: bool,
    /// Whether another attempt of the message was accepted by its provider and is not known to have failed.
    pub sent_otherwise: bool,
    /// Whether such an attempt was made on the same channel, so that sending again could mean a second message.
    pub taken_here: bool,
    /// When the message may be sent again, if the report says so and neither its tries nor its life are used up:
    /// [`again_at`].
    pub again: Option<Timestamp>,
}

/// When a message that did not arrive is sent again: after the provider's wait and a jitter whose range doubles each
/// time, within the message's life. `failures` counts the attempts reported undelivered, including this one; `jitter`
/// is uniform in [0, 1).
pub fn again_at(again: &Again, failures: u16, expires: Timestamp, now: Timestamp, jitter: f64) -> Option<Timestamp> {
    let backoff = Backoff {
        base: again.after,
        cap: LONGEST_JITTER.max(again.after),
        max_tries: again.times.saturating_add(1),
    };
    backoff.next(now, failures, Some(again.after), expires, jitter)
}

/// What becomes of the message, or `None` if it stays as it is. `why` is the receipt's reason.
pub fn after(receipt: AttemptState, at: &LiftedMessage<'_>, why: Option<&str>, now: Timestamp) -> Option<Next> {
    match receipt {
        AttemptState::Undelivered => after_failure(at, why, now),
        AttemptState::Accepted => after_success(at, MessageState::Sent, now),
        AttemptState::Delivered => after_success(at, MessageState::Delivered, now),
        // Reading is recorded as an open, which ends the message whatever is under way.
        _ => None,
    }
}

fn after_success(at: &LiftedMessage<'_>, reached: MessageState, now: Timestamp) -> Option<Next> {
    let end = Next::Final {
        state: reached,
        reason: None,
    };
    if at.state.is_final() {
        return at.state.admits(reached).then_some(end);
    }
    // An attempt under way can no longer be stopped.
    if at.state == MessageState::InFlight {
        return None;
    }
    let mark = at.waterfall.get(at.tried).map(|step| step.success);
    let arrived = reached == MessageState::Delivered;
    if mark == Some(Success::Accepted) || (mark == Some(Success::Delivered) && arrived) {
        return Some(end);
    }
    if !at.latest || at.tried < at.step {
        return None;
    }
    match after_acceptance(at.waterfall, at.step, now) {
        Next::Final { .. } => Some(end),
        // It already waits for its open.
        Next::Wait { .. } if at.waiting_for == Some(WaitingFor::NextStep) => None,
        wait => Some(wait),
    }
}

/// It did not arrive. If that was the last hope, the message has failed. This is the only way in which *sent* is
/// lowered.
fn after_failure(at: &LiftedMessage<'_>, why: Option<&str>, now: Timestamp) -> Option<Next> {
    if !at.latest || at.state == MessageState::InFlight {
        return None;
    }
    let reason = Some(why.unwrap_or("undelivered").to_owned());
    if let Some(until) = at.again.filter(|_| may_go_again(at)) {
        return Some(Next::Wait {
            until,
            for_: WaitingFor::Retry,
            reason,
        });
    }
    if at.state.is_final() {
        let fails = at.state.fails_undelivered() && !at.sent_otherwise;
        return fails.then_some(Next::Final {
            state: MessageState::Failed,
            reason,
        });
    }
    if at.tried < at.step {
        return None;
    }
    if at.step + 1 < at.waterfall.len() {
        return Some(Next::Wait {
            until: now,
            for_: WaitingFor::NextStep,
            reason,
        });
    }
    let state = if at.sent_otherwise {
        MessageState::Sent
    } else {
        MessageState::Failed
    };
    Some(Next::Final { state, reason })
}

/// The message is still at the step that failed, and no other attempt of it on this channel may arrive.
fn may_go_again(at: &LiftedMessage<'_>) -> bool {
    let open = at.state == MessageState::Waiting || at.state.fails_undelivered();
    open && at.tried == at.step && !at.taken_here
}

#[cfg(test)]
#[path = "settlement_tests.rs"]
mod tests;
