//! What a provider's delivery report changes (PRODUCT.md §9: failed is counted by its reason).
//!
//! A receipt is taken as the attempt state it reports: *accepted* (under way), *delivered*, *read* or *undelivered*.
//! Receipts come late, twice and in any order. An attempt goes up only, *accepted* < *undelivered* < *delivered* <
//! *read*, and a message changes only when its attempt did.

use crate::Timestamp;
use crate::attempt::AttemptState;
use crate::mailing::{Step, Success};
use crate::message::{MessageState, WaitingFor};
use crate::receipt::ReceiptStatus;
use crate::waterfall::{Next, after_acceptance};

/// The state of an attempt that a receipt reports.
pub fn reported(status: &ReceiptStatus) -> AttemptState {
    match status {
        ReceiptStatus::Pending => AttemptState::Accepted,
        ReceiptStatus::Delivered => AttemptState::Delivered,
        ReceiptStatus::Read => AttemptState::Read,
        ReceiptStatus::Undelivered { .. } | ReceiptStatus::Rejected { .. } => AttemptState::Undelivered,
    }
}

/// The attempt's state after a receipt, or `None` if the receipt is no news.
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

/// Where a message stands when a receipt has lifted one of its attempts.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    pub state: MessageState,
    pub waiting_for: Option<WaitingFor>,
    pub waterfall: &'a [Step],
    /// The message's present step.
    pub step: usize,
    /// The step that the attempt was made for; an earlier one where the message has moved on.
    pub tried: usize,
    /// Whether the attempt is the message's latest.
    pub latest: bool,
    /// Whether another attempt of the message was taken by its provider and is not known to have failed.
    pub sent_otherwise: bool,
}

/// What becomes of the message, or `None` if it stays as it is. `why` is the receipt's reason.
pub fn after(receipt: AttemptState, at: &Standing<'_>, why: Option<&str>, now: Timestamp) -> Option<Next> {
    match receipt {
        AttemptState::Undelivered => after_failure(at, why, now),
        AttemptState::Accepted => after_success(at, MessageState::Sent, now),
        AttemptState::Delivered => after_success(at, MessageState::Delivered, now),
        // A guest who reads has opened: that is recorded as an open, which ends the message whatever is under way.
        _ => None,
    }
}

fn after_success(at: &Standing<'_>, reached: MessageState, now: Timestamp) -> Option<Next> {
    let end = Next::Final {
        state: reached,
        reason: None,
    };
    if at.state.is_final() {
        return at.state.admits(reached).then_some(end);
    }
    // What is under way cannot be stopped any more.
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
        // It waits for its open already.
        Next::Wait { .. } if at.waiting_for == Some(WaitingFor::NextStep) => None,
        wait => Some(wait),
    }
}

/// It did not arrive. If that was the last hope, the message failed: the one way in which *sent* is lowered.
fn after_failure(at: &Standing<'_>, why: Option<&str>, now: Timestamp) -> Option<Next> {
    if !at.latest || at.state == MessageState::InFlight {
        return None;
    }
    let reason = Some(why.unwrap_or("undelivered").to_owned());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Channel;
    use crate::mailing::Minutes;
    use AttemptState::{Accepted, Delivered, Read, Undelivered};

    const NOW: Timestamp = Timestamp(1_000);

    fn steps(channels: &[Channel], success: Success) -> Vec<Step> {
        let step = |channel: &Channel| Step {
            channel: *channel,
            wait_minutes: Minutes(std::time::Duration::from_secs(60)),
            success,
        };
        channels.iter().map(step).collect()
    }

    fn end(state: MessageState, reason: Option<&str>) -> Option<Next> {
        Some(Next::Final {
            state,
            reason: reason.map(str::to_owned),
        })
    }

    #[test]
    fn an_attempt_goes_up_only() {
        for (attempt, receipt, expected) in [
            (AttemptState::Started, Accepted, Some(Accepted)),
            (AttemptState::Unknown, Delivered, Some(Delivered)),
            (AttemptState::Refused, Delivered, Some(Delivered)),
            (Accepted, Undelivered, Some(Undelivered)),
            (Undelivered, Delivered, Some(Delivered)),
            (Undelivered, Accepted, None),
            (Delivered, Undelivered, None),
            (Delivered, Delivered, None),
            (AttemptState::Unknown, Read, Some(Read)),
            (Undelivered, Read, Some(Read)),
            (Delivered, Read, Some(Read)),
            (Read, Delivered, None),
            (Read, Accepted, None),
            (Read, Undelivered, None),
            (Read, Read, None),
        ] {
            assert_eq!(lifted(attempt, receipt), expected, "{attempt:?} <- {receipt:?}");
        }
    }

    #[test]
    fn the_only_step() {
        use MessageState::*;
        let waterfall = steps(&[Channel::Sms], Success::Opened);
        let settlement = Some(WaitingFor::Settlement);
        for (state, waiting_for, receipt, expected) in [
            (Sent, None, MessageState::Delivered, end(MessageState::Delivered, None)),
            (Unknown, None, Sent, end(Sent, None)),
            (
                Failed,
                None,
                MessageState::Delivered,
                end(MessageState::Delivered, None),
            ),
            (Opened, None, MessageState::Delivered, None),
            (Waiting, settlement, Sent, end(Sent, None)),
            (Waiting, settlement, Failed, end(Failed, Some("w"))),
            (Sent, None, Failed, end(Failed, Some("w"))),
            (Unknown, None, Failed, end(Failed, Some("w"))),
            (MessageState::Delivered, None, Failed, None),
            (Opened, None, Failed, None),
            (InFlight, None, Failed, None),
        ] {
            let receipt = match receipt {
                Sent => Accepted,
                Failed => Undelivered,
                _ => AttemptState::Delivered,
            };
            let at = Standing {
                state,
                waiting_for,
                waterfall: &waterfall,
                step: 0,
                tried: 0,
                latest: true,
                sent_otherwise: false,
            };
            assert_eq!(
                after(receipt, &at, Some("w"), NOW),
                expected,
                "{state:?} <- {receipt:?}"
            );
        }
    }

    #[test]
    fn an_earlier_step_that_arrived_outweighs_a_failure() {
        let waterfall = steps(&[Channel::Push, Channel::Sms], Success::Opened);
        let at = Standing {
            state: MessageState::Sent,
            waiting_for: None,
            waterfall: &waterfall,
            step: 1,
            tried: 1,
            latest: true,
            sent_otherwise: true,
        };
        assert_eq!(after(Undelivered, &at, None, NOW), None);
        let waiting = Standing {
            state: MessageState::Waiting,
            waiting_for: Some(WaitingFor::Settlement),
            ..at
        };
        assert_eq!(
            after(Undelivered, &waiting, None, NOW),
            end(MessageState::Sent, Some("undelivered"))
        );
    }

    #[test]
    fn a_step_with_another_behind_it() {
        let waiting = |waterfall, waiting_for| Standing {
            state: MessageState::Waiting,
            waiting_for: Some(waiting_for),
            waterfall,
            step: 0,
            tried: 0,
            latest: true,
            sent_otherwise: false,
        };
        let opened = steps(&[Channel::WhatsApp, Channel::Sms], Success::Opened);
        let delivered = steps(&[Channel::WhatsApp, Channel::Sms], Success::Delivered);
        let next_step = |until| {
            Some(Next::Wait {
                until: Timestamp(until),
                for_: WaitingFor::NextStep,
                reason: None,
            })
        };
        assert_eq!(
            after(Delivered, &waiting(&opened, WaitingFor::NextStep), None, NOW),
            None
        );
        assert_eq!(
            after(Delivered, &waiting(&opened, WaitingFor::Settlement), None, NOW),
            next_step(61_000)
        );
        assert_eq!(
            after(Delivered, &waiting(&delivered, WaitingFor::NextStep), None, NOW),
            end(MessageState::Delivered, None)
        );
        let fallen = after(Undelivered, &waiting(&opened, WaitingFor::NextStep), Some("w"), NOW);
        assert!(matches!(
            fallen,
            Some(Next::Wait {
                until: NOW,
                for_: WaitingFor::NextStep,
                ..
            })
        ));
    }
    #[test]
    fn a_receipt_of_a_step_that_is_over() {
        use MessageState::{InFlight, Pending, Waiting};
        for (success, state, receipt, expected) in [
            // Its mark is met, late: the next step is not needed, unless it is under way.
            (
                Success::Delivered,
                Pending,
                Delivered,
                end(MessageState::Delivered, None),
            ),
            (
                Success::Delivered,
                Waiting,
                Delivered,
                end(MessageState::Delivered, None),
            ),
            (Success::Delivered, InFlight, Delivered, None),
            // It is not: the next step goes on.
            (Success::Opened, Pending, Delivered, None),
            (Success::Read, Pending, Delivered, None),
            (Success::Opened, Pending, Undelivered, None),
            (Success::Opened, Waiting, Undelivered, None),
        ] {
            let waterfall = steps(&[Channel::WhatsApp, Channel::Sms], success);
            let at = Standing {
                state,
                waiting_for: (state == Waiting).then_some(WaitingFor::Retry),
                waterfall: &waterfall,
                step: 1,
                tried: 0,
                latest: state == Pending,
                sent_otherwise: false,
            };
            assert_eq!(
                after(receipt, &at, None, NOW),
                expected,
                "{success:?} {state:?} <- {receipt:?}"
            );
        }
    }
}
