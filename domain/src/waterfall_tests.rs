use super::*;
use crate::Channel;
use crate::mailing::Minutes;

fn steps() -> Vec<Step> {
    let step = |channel| Step {
        channel,
        wait_minutes: Minutes(Duration::from_secs(7_200)),
        success: Success::Opened,
    };
    vec![step(Channel::Push), step(Channel::Sms)]
}

const RULES: Rules = Rules {
    backoff: Backoff {
        base: Duration::from_secs(10),
        cap: Duration::from_secs(600),
        max_tries: 5,
    },
    settlement: Duration::from_secs(86_400),
    throttle: Duration::from_secs(60),
};

fn next(outcome: Outcome, step: usize, tries: u16, sent_before: bool, expires: i64) -> Next {
    let waterfall = steps();
    let kind = if step == 0 {
        EndpointKind::Fcm
    } else {
        EndpointKind::Phone
    };
    let at = TriedMessage {
        waterfall: &waterfall,
        step,
        kind,
        tries,
        expires: Timestamp(expires),
        sent_before,
    };
    after(&outcome, &at, &RULES, Timestamp(0), 0.5)
}

fn wait(ms: i64, for_: WaitingFor) -> Next {
    Next::Wait {
        until: Timestamp(ms),
        for_,
        reason: Some("w".into()),
    }
}

fn end(state: MessageState) -> Next {
    Next::Final {
        state,
        reason: Some("w".into()),
    }
}

const LONG: i64 = i64::MAX;

#[test]
fn an_accepted_push_waits_for_its_open_and_an_accepted_sms_is_sent() {
    let accepted = || Outcome::Accepted {
        provider_id: None,
        cost: None,
        parts: None,
    };
    let until = Timestamp(7_200_000);
    assert_eq!(
        next(accepted(), 0, 1, false, LONG),
        Next::Wait {
            until,
            for_: WaitingFor::NextStep,
            reason: None
        }
    );
    assert_eq!(
        next(accepted(), 1, 1, false, LONG),
        Next::Final {
            state: MessageState::Sent,
            reason: None
        }
    );
}

#[test]
fn refusals_fall_to_the_next_step_at_once() {
    let w = || "w".to_owned();
    for outcome in [
        Outcome::RecipientGone { since: None, why: w() },
        Outcome::Failed { why: w() },
        Outcome::Held { why: w() },
        Outcome::CountryStopped { why: w() },
    ] {
        assert_eq!(next(outcome, 0, 1, false, LONG), wait(0, WaitingFor::NextStep));
    }
    assert_eq!(
        next(Outcome::RecipientGone { since: None, why: w() }, 1, 1, false, LONG),
        end(MessageState::Failed)
    );
    assert_eq!(
        next(Outcome::Held { why: w() }, 1, 1, false, LONG),
        end(MessageState::Suppressed)
    );
    let opted_out = || Outcome::OptedOut { why: w() };
    assert_eq!(next(opted_out(), 0, 1, false, LONG), wait(0, WaitingFor::NextStep));
    assert_eq!(next(opted_out(), 1, 1, false, LONG), end(MessageState::Suppressed));
    assert_eq!(
        next(Outcome::Failed { why: w() }, 1, 1, true, LONG),
        end(MessageState::Sent)
    );
}

#[test]
fn retries_obey_retry_after_the_tries_and_the_expiry() {
    let retry = |after| Outcome::Retry { after, why: "w".into() };
    assert_eq!(next(retry(None), 0, 1, false, LONG), wait(5_000, WaitingFor::Retry));
    assert_eq!(
        next(retry(Some(Duration::from_secs(30))), 0, 1, false, LONG),
        wait(35_000, WaitingFor::Retry)
    );
    assert_eq!(next(retry(None), 0, 5, false, LONG), wait(0, WaitingFor::NextStep));
    assert_eq!(next(retry(None), 1, 5, false, LONG), end(MessageState::Failed));
    assert_eq!(next(retry(None), 1, 1, false, 5_000), end(MessageState::Expired));
    let throttled = |scope, after| Outcome::Throttled {
        scope,
        after,
        why: "w".into(),
    };
    assert_eq!(
        next(throttled(ThrottleScope::Sender, None), 0, 1, false, LONG),
        wait(65_000, WaitingFor::Retry)
    );
    assert_eq!(
        next(throttled(ThrottleScope::Recipient, None), 0, 1, false, LONG),
        wait(5_000, WaitingFor::Retry)
    );
    let a_day = || throttled(ThrottleScope::Recipient, Some(Duration::from_secs(86_400)));
    assert_eq!(next(a_day(), 0, 1, false, LONG), wait(86_405_000, WaitingFor::Retry));
}

#[test]
fn once_more_is_one_more_try_and_no_third() {
    let once_more = || Outcome::OnceMore {
        after: Duration::from_secs(900),
        why: "w".into(),
    };
    for (step, tries, sent_before, expires, expected) in [
        (0, 1, false, LONG, wait(905_000, WaitingFor::Retry)),
        (1, 1, false, LONG, wait(905_000, WaitingFor::Retry)),
        (0, 2, false, LONG, wait(0, WaitingFor::NextStep)),
        (1, 2, false, LONG, end(MessageState::Failed)),
        (1, 2, true, LONG, end(MessageState::Sent)),
        // No time is left for another try, but another channel may still reach them.
        (0, 1, false, 900_000, wait(0, WaitingFor::NextStep)),
        (1, 1, false, 900_000, end(MessageState::Failed)),
    ] {
        let got = next(once_more(), step, tries, sent_before, expires);
        assert_eq!(got, expected, "step {step}, tries {tries}, expires {expires}");
    }
}

#[test]
fn a_persons_own_limit_that_outlasts_the_message_leaves_them_to_the_next_step() {
    let a_day = |scope| Outcome::Throttled {
        scope,
        after: Some(Duration::from_secs(86_400)),
        why: "w".into(),
    };
    let life = 86_400_000;
    assert_eq!(
        next(a_day(ThrottleScope::Recipient), 0, 1, false, life),
        wait(0, WaitingFor::NextStep)
    );
    assert_eq!(
        next(a_day(ThrottleScope::Recipient), 1, 1, false, life),
        end(MessageState::Suppressed)
    );
    assert_eq!(
        next(a_day(ThrottleScope::Sender), 0, 1, false, life),
        end(MessageState::Expired)
    );
}

#[test]
fn a_lost_reply_is_repeated_only_where_the_provider_replaces() {
    let unknown = || Outcome::Unknown { why: "w".into() };
    assert_eq!(next(unknown(), 0, 1, false, LONG), wait(5_000, WaitingFor::Retry));
    assert_eq!(
        next(unknown(), 1, 1, false, LONG),
        wait(86_400_000, WaitingFor::Settlement)
    );
}

#[test]
fn what_a_human_must_mend_keeps_the_message() {
    let rejected = Outcome::Rejected { why: "w".into() };
    assert_eq!(
        next(rejected.clone(), 0, 1, false, LONG),
        wait(10_000, WaitingFor::Retry)
    );
    // A guest whose message alone is refused again and again does not keep the run open.
    assert_eq!(next(rejected.clone(), 0, 5, false, LONG), wait(0, WaitingFor::NextStep));
    assert_eq!(next(rejected, 1, 5, false, LONG), end(MessageState::Failed));
    let misconfigured = Outcome::Misconfigured { why: "w".into() };
    assert_eq!(next(misconfigured, 1, 4, false, LONG), wait(10_000, WaitingFor::Retry));
}
