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
        let at = LiftedMessage {
            state,
            waiting_for,
            waterfall: &waterfall,
            step: 0,
            tried: 0,
            latest: true,
            sent_otherwise: false,
            taken_here: false,
            again: None,
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
    let at = LiftedMessage {
        state: MessageState::Sent,
        waiting_for: None,
        waterfall: &waterfall,
        step: 1,
        tried: 1,
        latest: true,
        sent_otherwise: true,
        taken_here: false,
        again: None,
    };
    assert_eq!(after(Undelivered, &at, None, NOW), None);
    let waiting = LiftedMessage {
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
    let waiting = |waterfall, waiting_for| LiftedMessage {
        state: MessageState::Waiting,
        waiting_for: Some(waiting_for),
        waterfall,
        step: 0,
        tried: 0,
        latest: true,
        sent_otherwise: false,
        taken_here: false,
        again: None,
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
        // The step has succeeded, late: the next step is not needed unless it is under way.
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
        // The step has not succeeded: the next step goes on.
        (Success::Opened, Pending, Delivered, None),
        (Success::Read, Pending, Delivered, None),
        (Success::Opened, Pending, Undelivered, None),
        (Success::Opened, Waiting, Undelivered, None),
    ] {
        let waterfall = steps(&[Channel::WhatsApp, Channel::Sms], success);
        let at = LiftedMessage {
            state,
            waiting_for: (state == Waiting).then_some(WaitingFor::Retry),
            waterfall: &waterfall,
            step: 1,
            tried: 0,
            latest: state == Pending,
            sent_otherwise: false,
            taken_here: false,
            again: None,
        };
        assert_eq!(
            after(receipt, &at, None, NOW),
            expected,
            "{success:?} {state:?} <- {receipt:?}"
        );
    }
}

#[test]
fn what_did_not_arrive_for_now_is_sent_again() {
    use MessageState::{Cancelled, InFlight, Opened, Sent, Unknown, Waiting};
    let (alone, more) = (
        steps(&[Channel::Sms], Success::Opened),
        steps(&[Channel::Sms, Channel::WhatsApp], Success::Opened),
    );
    let settlement = Some(WaitingFor::Settlement);
    let (until, next_step) = (Timestamp(61_000), Some(WaitingFor::NextStep));
    let again = Some(Next::Wait {
        until,
        for_: WaitingFor::Retry,
        reason: Some("w".to_owned()),
    });
    let falls = Some(Next::Wait {
        until: NOW,
        for_: WaitingFor::NextStep,
        reason: Some("w".to_owned()),
    });
    let failed = end(MessageState::Failed, Some("w"));
    for (waterfall, state, waiting_for, may, taken_here, expected) in [
        (&alone, Sent, None, true, false, &again),
        (&alone, Unknown, None, true, false, &again),
        (&alone, Waiting, settlement, true, false, &again),
        (&more, Waiting, next_step, true, false, &again),
        // Neither tries nor life are left.
        (&alone, Sent, None, false, false, &failed),
        (&more, Waiting, next_step, false, false, &falls),
        // Another SMS of it may have arrived.
        (&alone, Sent, None, true, true, &None),
        (&more, Waiting, next_step, true, true, &falls),
        // It is under way again, or over.
        (&alone, InFlight, None, true, false, &None),
        (&alone, MessageState::Delivered, None, true, false, &None),
        (&alone, Opened, None, true, false, &None),
        (&alone, Cancelled, None, true, false, &None),
    ] {
        let at = LiftedMessage {
            state,
            waiting_for,
            waterfall,
            step: 0,
            tried: 0,
            latest: true,
            sent_otherwise: taken_here,
            taken_here,
            again: may.then_some(until),
        };
        let got = after(Undelivered, &at, Some("w"), NOW);
        assert_eq!(got, *expected, "{state:?} may {may}, taken here {taken_here}");
        let moved_on = LiftedMessage { latest: false, ..at };
        assert_eq!(after(Undelivered, &moved_on, Some("w"), NOW), None);
    }
    // A late report of arrival stops the second message.
    let at = LiftedMessage {
        state: Waiting,
        waiting_for: Some(WaitingFor::Retry),
        waterfall: &alone,
        step: 0,
        tried: 0,
        latest: true,
        sent_otherwise: false,
        taken_here: false,
        again: None,
    };
    assert_eq!(after(Delivered, &at, None, NOW), end(MessageState::Delivered, None));
}

#[test]
fn again_is_bounded_by_tries_and_life_and_spread_by_chance() {
    let minute = Again {
        after: Duration::from_secs(60),
        times: 3,
    };
    let long = Timestamp(i64::MAX);
    for (failures, expires, jitter, expected) in [
        (1, long, 0.0, Some(60_000)),
        (1, long, 0.5, Some(90_000)),
        (2, long, 0.5, Some(120_000)),
        (3, long, 0.5, Some(180_000)),
        (4, long, 0.5, None),
        (1, Timestamp(60_000), 0.0, None),
        (1, Timestamp(60_001), 0.0, Some(60_000)),
    ] {
        let at = again_at(&minute, failures, expires, Timestamp(0), jitter);
        assert_eq!(at, expected.map(Timestamp), "{failures} {expires:?} {jitter}");
    }
}
