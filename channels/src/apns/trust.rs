//! What to do about a token that Apple calls expired although it is fresh. One push tries it on a new connection, and
//! all others wait for the answer. If it is refused again, this machine's clock is wrong, and one push a minute
//! checks whether it still is.

use bellhop_domain::Timestamp;
use std::time::Duration;

/// After this time a trial without an answer is taken to be lost.
const TRIAL: Duration = Duration::from_secs(5);
/// The time between two pushes that check whether the clock has been corrected.
const HOLD: Duration = Duration::from_secs(60);

/// What is known about the present token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum TokenTrust {
    #[default]
    Trusted,
    /// One push tries it.
    OnTrial { since: Timestamp },
    /// Apple calls it expired on every connection.
    Refused { since: Timestamp },
}

/// What a push that wants to go, or to go again, should do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Go {
    Now,
    /// Not before the trial is over.
    Wait(Duration),
    /// It may not go, because the clock is wrong.
    Never,
}

impl TokenTrust {
    /// Whether a push may go with the token; the first one after a while is a trial.
    pub fn may_go(&mut self, now: Timestamp) -> Go {
        match *self {
            TokenTrust::Trusted => Go::Now,
            TokenTrust::OnTrial { since } => match left(since, TRIAL, now) {
                Some(left) => Go::Wait(left),
                None => self.on_trial(now),
            },
            TokenTrust::Refused { since } => match left(since, HOLD, now) {
                Some(_) => Go::Never,
                None => {
                    *self = TokenTrust::Refused { since: now };
                    Go::Now
                }
            },
        }
    }

    /// Notes that the fresh token was called expired. `may_help` tells that a new connection can be had, `trial` that
    /// this push was the trial.
    pub fn refused(&mut self, may_help: bool, trial: bool, now: Timestamp) -> Go {
        match *self {
            TokenTrust::Trusted if may_help && !trial => self.on_trial(now),
            TokenTrust::OnTrial { since } if !trial => Go::Wait(left(since, TRIAL, now).unwrap_or(TRIAL)),
            TokenTrust::Refused { .. } if !trial => Go::Never,
            _ => {
                *self = TokenTrust::Refused { since: now };
                Go::Never
            }
        }
    }

    pub fn on_trial(&mut self, now: Timestamp) -> Go {
        *self = TokenTrust::OnTrial { since: now };
        Go::Now
    }
}

/// What is left of a time span; a clock that was changed ends it.
fn left(since: Timestamp, of: Duration, now: Timestamp) -> Option<Duration> {
    let past = now.since(since);
    (past < of && since.since(now) < of).then(|| of.saturating_sub(past))
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: Timestamp = Timestamp(1_000_000);

    fn at(seconds: i64) -> Timestamp {
        Timestamp(T.0 + seconds * 1_000)
    }

    #[test]
    fn one_tries_and_the_others_wait() {
        let mut trust = TokenTrust::default();
        assert_eq!(trust.may_go(T), Go::Now);
        assert_eq!(trust.refused(true, false, T), Go::Now, "the first tries");
        assert_eq!(trust.refused(true, false, at(1)), Go::Wait(Duration::from_secs(4)));
        assert_eq!(trust.may_go(at(2)), Go::Wait(Duration::from_secs(3)));
        assert_eq!(trust.refused(true, true, at(3)), Go::Never, "the trial failed");
        assert_eq!(trust.may_go(at(4)), Go::Never);
        assert_eq!(trust.refused(true, false, at(4)), Go::Never);
        assert_eq!(trust.may_go(at(63)), Go::Now, "one a minute");
        assert_eq!(trust.may_go(at(63)), Go::Never);
    }

    #[test]
    fn a_trial_without_an_answer_is_made_again() {
        let mut trust = TokenTrust::default();
        trust.refused(true, false, T);
        assert_eq!(trust.may_go(at(5)), Go::Now);
        assert!(matches!(trust.may_go(at(5)), Go::Wait(_)));
    }

    #[test]
    fn where_no_connection_helps_it_is_the_clock_at_once() {
        let mut trust = TokenTrust::default();
        assert_eq!(trust.refused(false, false, T), Go::Never);
        assert_eq!(trust.may_go(at(1)), Go::Never);
        assert_eq!(trust.may_go(at(-3_600)), Go::Now, "the clock was set");
    }
}
