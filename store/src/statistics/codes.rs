//! States of messages and attempts as the statements of the statistics ask for them.

use crate::base::codes::Codes;
use bellhop_domain::attempt::AttemptState;
use bellhop_domain::message::{MessageState, RunState, WaitingFor};

pub(super) const RUN_PAUSED: i16 = RunState::Paused.code();

pub(super) const PENDING: i16 = MessageState::Pending.code();
pub(super) const WAITING: i16 = MessageState::Waiting.code();
pub(super) const CANCELLED: i16 = MessageState::Cancelled.code();
pub(super) const EXPIRED: i16 = MessageState::Expired.code();

/// A message that a worker has, or is to have.
pub(super) const WITH_WORKERS: Codes = Codes(&[MessageState::Pending.code(), MessageState::InFlight.code()]);

/// A message that was not sent and will not be, or that may not have been.
pub(super) const UNSENT: Codes = Codes(&[
    MessageState::Cancelled.code(),
    MessageState::Expired.code(),
    MessageState::Suppressed.code(),
    MessageState::Failed.code(),
    MessageState::Unknown.code(),
]);

pub(super) const FOR_RETRY: i16 = WaitingFor::Retry.code();
pub(super) const FOR_SETTLEMENT: i16 = WaitingFor::Settlement.code();

pub(super) const DEFERRED: i16 = AttemptState::Deferred.code();
pub(super) const RELEASED: i16 = AttemptState::Released.code();

/// An attempt that may have gone out, although no answer says so.
pub(super) const UNANSWERED: Codes = Codes(&[AttemptState::Started.code(), AttemptState::Unknown.code()]);

/// An attempt that a provider has accepted at some time.
pub(super) const ACCEPTED: Codes = Codes(&[
    AttemptState::Accepted.code(),
    AttemptState::Delivered.code(),
    AttemptState::Undelivered.code(),
    AttemptState::Read.code(),
]);

/// An attempt that went out, or may have: it is [`ACCEPTED`] or [`UNANSWERED`].
pub(super) const OUT: Codes = Codes(&[
    AttemptState::Started.code(),
    AttemptState::Accepted.code(),
    AttemptState::Unknown.code(),
    AttemptState::Delivered.code(),
    AttemptState::Undelivered.code(),
    AttemptState::Read.code(),
]);

/// An attempt that is known to have arrived.
pub(super) const ARRIVED: Codes = Codes(&[AttemptState::Delivered.code(), AttemptState::Read.code()]);

/// An attempt that came to nothing: refused, for now or for good, or undelivered.
pub(super) const IN_VAIN: Codes = Codes(&[
    AttemptState::Deferred.code(),
    AttemptState::Refused.code(),
    AttemptState::Undelivered.code(),
]);

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(are: fn(MessageState) -> bool) -> Vec<i16> {
        let such = MessageState::ALL.into_iter().filter(|state| are(*state));
        such.map(MessageState::code).collect()
    }

    fn attempts(are: fn(AttemptState) -> bool) -> Vec<i16> {
        let such = AttemptState::ALL.into_iter().filter(|state| are(*state));
        such.map(AttemptState::code).collect()
    }

    #[test]
    fn messages_are_unsent_when_they_have_ended_below_sent() {
        let unsent = messages(|state| state.is_final() && state.rank() < MessageState::Sent.rank());
        assert_eq!(unsent, UNSENT.0);
        let with_workers = messages(|state| !state.is_final() && state != MessageState::Waiting);
        assert_eq!(with_workers, WITH_WORKERS.0);
    }

    #[test]
    fn attempts_are_what_the_domain_says_of_them() {
        assert_eq!(attempts(AttemptState::was_accepted), ACCEPTED.0);
        assert_eq!(attempts(AttemptState::has_arrived), ARRIVED.0);
    }

    /// Every attempt is out, or in vain, or was never made; only an undelivered one is both.
    #[test]
    fn every_attempt_is_counted_as_something() {
        let out = attempts(|state| ACCEPTED.0.contains(&state.code()) || UNANSWERED.0.contains(&state.code()));
        assert_eq!(out, OUT.0);
        let rest = attempts(|state| !OUT.0.contains(&state.code()) && state != AttemptState::Released);
        let undelivered = [AttemptState::Undelivered.code()];
        assert_eq!([&rest[..], &undelivered[..]].concat(), IN_VAIN.0);
    }
}
