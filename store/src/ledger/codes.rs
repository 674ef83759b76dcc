//! The numbers of the domain's enumerations, as the ledger's statements write them: named here once, and never a digit in
//! a statement. They are written out rather than handed over as arguments, because a partial index serves only a statement
//! that repeats its condition.

use crate::base::codes::Codes;
pub(super) use crate::base::codes::PHONES as KINDS_OF_A_PHONE;
use crate::guests::EndpointState;
use bellhop_domain::EndpointKind;
use bellhop_domain::attempt::AttemptState;
use bellhop_domain::message::{MessageState, RunState, WaitingFor};
use bellhop_domain::order::OrderStatus;

pub(super) const RUN_SCHEDULED: i16 = RunState::Scheduled.code();
pub(super) const RUN_RUNNING: i16 = RunState::Running.code();
pub(super) const RUN_FINISHED: i16 = RunState::Finished.code();
pub(super) const RUN_CANCELLED: i16 = RunState::Cancelled.code();
/// Runs that have not ended (PRODUCT.md §5).
pub(super) const RUN_ALIVE: Codes = Codes(&[RUN_SCHEDULED, RUN_RUNNING, RunState::Paused.code()]);
/// Runs that have begun and not ended.
pub(super) const RUN_UNDER_WAY: Codes = Codes(&[RUN_RUNNING, RunState::Paused.code()]);

pub(super) const MESSAGE_PENDING: i16 = MessageState::Pending.code();
pub(super) const MESSAGE_IN_FLIGHT: i16 = MessageState::InFlight.code();
pub(super) const MESSAGE_CANCELLED: i16 = MessageState::Cancelled.code();
pub(super) const MESSAGE_UNKNOWN: i16 = MessageState::Unknown.code();
pub(super) const MESSAGE_SENT: i16 = MessageState::Sent.code();
/// Messages that their batch has yet to bring to an end: while it has one, it is not done.
pub(super) const MESSAGE_LEFT_IN_BATCH: Codes = Codes(&[MESSAGE_PENDING, MESSAGE_IN_FLIGHT]);
/// Final states have greater codes than this, the others have not.
pub(super) const MESSAGE_LAST_NOT_FINAL: i16 = MessageState::Waiting.code();

pub(super) const WAITS_FOR_SETTLEMENT: i16 = WaitingFor::Settlement.code();

pub(super) const ATTEMPT_STARTED: i16 = AttemptState::Started.code();
pub(super) const ATTEMPT_UNKNOWN: i16 = AttemptState::Unknown.code();
pub(super) const ATTEMPT_UNDELIVERED: i16 = AttemptState::Undelivered.code();
/// Attempts of which no answer is known yet: the answer that comes is theirs.
pub(super) const ATTEMPT_UNANSWERED: Codes = Codes(&[ATTEMPT_STARTED, ATTEMPT_UNKNOWN]);
/// Attempts that are known to have arrived.
pub(super) const ATTEMPT_ARRIVED: Codes = Codes(&[AttemptState::Delivered.code(), AttemptState::Read.code()]);
/// Attempts that the provider has taken, and not reported as undelivered since.
pub(super) const ATTEMPT_TAKEN: Codes = Codes(&[
    AttemptState::Accepted.code(),
    AttemptState::Delivered.code(),
    AttemptState::Read.code(),
]);
/// Attempts by which surely nothing went out: refused in the answer, or handed back before the request.
pub(super) const ATTEMPT_NOT_OUT: Codes = Codes(&[
    AttemptState::Deferred.code(),
    AttemptState::Refused.code(),
    AttemptState::Released.code(),
]);
/// The others, by which something went out or may have.
pub(super) const ATTEMPT_MAY_BE_OUT: Codes = Codes(&[
    ATTEMPT_STARTED,
    AttemptState::Accepted.code(),
    ATTEMPT_UNKNOWN,
    AttemptState::Delivered.code(),
    ATTEMPT_UNDELIVERED,
    AttemptState::Read.code(),
]);

pub(super) const ENDPOINT_ACTIVE: i16 = EndpointState::Active.code();
pub(super) const ENDPOINT_DEAD: i16 = EndpointState::Dead.code();

/// Kinds whose messages are sent again after a lost lease, because the provider replaces a repeat.
pub(super) const KINDS_SENT_AGAIN: Codes = Codes(&[
    EndpointKind::Fcm.code(),
    EndpointKind::Apns.code(),
    EndpointKind::WebPush.code(),
]);
/// The other kinds, whose messages are sent at most once, have this code or a greater one.
pub(super) const FIRST_KIND_SENT_ONCE: i16 = EndpointKind::Phone.code();
/// Kinds whose providers report that a message arrived.
pub(super) const KINDS_WITH_RECEIPTS: Codes = Codes(&[EndpointKind::Phone.code(), EndpointKind::WhatsApp.code()]);
/// Kinds whose address is one guest's at a time: it moves to whoever logs in.
pub(super) const KINDS_OF_ONE_GUEST: Codes = Codes(&[
    EndpointKind::Fcm.code(),
    EndpointKind::Apns.code(),
    EndpointKind::WebPush.code(),
    EndpointKind::Telegram.code(),
    EndpointKind::Max.code(),
]);

pub(super) const ORDER_CANCELLED: i16 = OrderStatus::Cancelled.code();

#[cfg(test)]
mod tests {
    use super::super::change::RunChange;
    use super::*;
    use bellhop_domain::consent::Space;

    fn those<T: Copy, const N: usize>(all: [T; N], code: fn(T) -> i16, holds: impl Fn(T) -> bool) -> String {
        let codes = all.into_iter().filter(|it| holds(*it)).map(|it| code(it).to_string());
        format!("({})", codes.collect::<Vec<_>>().join(", "))
    }

    fn runs(holds: impl Fn(RunState) -> bool) -> String {
        those(RunState::ALL, RunState::code, holds)
    }

    fn messages(holds: impl Fn(MessageState) -> bool) -> String {
        those(MessageState::ALL, MessageState::code, holds)
    }

    fn attempts(holds: impl Fn(AttemptState) -> bool) -> String {
        those(AttemptState::ALL, AttemptState::code, holds)
    }

    fn kinds(holds: impl Fn(EndpointKind) -> bool) -> String {
        those(EndpointKind::ALL, EndpointKind::code, holds)
    }

    #[test]
    fn runs_that_have_not_ended_can_be_cancelled() {
        let ends_by_cancel = |state| RunChange::Cancel.allowed_from(state);
        assert_eq!(RUN_ALIVE.to_string(), runs(ends_by_cancel));
        let has_begun = |state| state != RunState::Scheduled;
        assert_eq!(
            RUN_UNDER_WAY.to_string(),
            runs(|state| ends_by_cancel(state) && has_begun(state))
        );
    }

    #[test]
    fn a_batch_has_its_messages_until_they_end_or_wait() {
        let left = messages(|state| !state.is_final() && state != MessageState::Waiting);
        assert_eq!(MESSAGE_LEFT_IN_BATCH.to_string(), left);
        let greater = messages(|state| state.code() > MESSAGE_LAST_NOT_FINAL);
        assert_eq!(greater, messages(MessageState::is_final));
    }

    #[test]
    fn each_state_of_an_attempt_is_in_the_sets_that_it_belongs_to() {
        use AttemptState::*;
        assert_eq!(ATTEMPT_ARRIVED.to_string(), attempts(AttemptState::has_arrived));
        let taken = attempts(|state| state.was_accepted() && state != Undelivered);
        assert_eq!(ATTEMPT_TAKEN.to_string(), taken);
        let is_out = |state| match state {
            Deferred | Refused | Released => Some(false),
            Started | Unknown => None,
            Accepted | Delivered | Undelivered | Read => Some(true),
        };
        assert_eq!(
            ATTEMPT_UNANSWERED.to_string(),
            attempts(|state| is_out(state).is_none())
        );
        assert_eq!(
            ATTEMPT_NOT_OUT.to_string(),
            attempts(|state| is_out(state) == Some(false))
        );
        assert_eq!(
            ATTEMPT_MAY_BE_OUT.to_string(),
            attempts(|state| is_out(state) != Some(false))
        );
        assert_eq!(
            attempts(|state| is_out(state) == Some(true)),
            attempts(AttemptState::was_accepted)
        );
    }

    #[test]
    fn each_kind_of_address_is_in_the_sets_that_it_belongs_to() {
        assert_eq!(KINDS_SENT_AGAIN.to_string(), kinds(EndpointKind::replaces_repeats));
        assert_eq!(
            kinds(|kind| kind.code() >= FIRST_KIND_SENT_ONCE),
            kinds(|kind| !kind.replaces_repeats())
        );
        let with_receipts = kinds(|kind| kind.channel().has_receipts());
        assert_eq!(KINDS_WITH_RECEIPTS.to_string(), with_receipts);
        let phones = kinds(|kind| Space::of(kind) == Space::of(EndpointKind::Phone));
        assert_eq!(KINDS_OF_A_PHONE.to_string(), phones);
        assert_eq!(KINDS_OF_ONE_GUEST.to_string(), kinds(EndpointKind::is_exclusive));
    }

    #[test]
    fn only_a_cancelled_order_does_not_count() {
        let uncounted = those(OrderStatus::ALL, OrderStatus::code, |status| !status.counts());
        assert_eq!(format!("({ORDER_CANCELLED})"), uncounted);
    }

    /// A set that is given another member needs another index first.
    #[test]
    fn partial_indexes_have_the_same_conditions() {
        for (index, condition) in [
            ("attempts_by_provider_id", format!("kind IN {KINDS_WITH_RECEIPTS}")),
            ("attempts_by_sender", format!("kind >= {FIRST_KIND_SENT_ONCE}")),
            ("messages_in_doubt", format!("waiting_for = {WAITS_FOR_SETTLEMENT}")),
            ("runs_scheduled", format!("state = {RUN_SCHEDULED}")),
            ("runs_unplanned", format!("state = {RUN_RUNNING} AND")),
            ("runs_planned", format!("state = {RUN_RUNNING} AND")),
            ("runs_cancelled", format!("state = {RUN_CANCELLED} AND")),
        ] {
            for migrations in [POSTGRES, SQLITE] {
                let created = format!("CREATE INDEX {index} ON ");
                let of_index = migrations.iter().find_map(|text| text.split_once(&created));
                let (statement, _) = of_index.and_then(|(_, rest)| rest.split_once(';')).unwrap();
                assert!(
                    statement.contains(&condition),
                    "{index}: {statement} without {condition}"
                );
            }
        }
    }

    const POSTGRES: [&str; 2] = [
        include_str!("../../migrations/postgres/0007_mailings.sql"),
        include_str!("../../migrations/postgres/0008_ledger.sql"),
    ];
    const SQLITE: [&str; 2] = [
        include_str!("../../migrations/sqlite/0007_mailings.sql"),
        include_str!("../../migrations/sqlite/0008_ledger.sql"),
    ];
}
