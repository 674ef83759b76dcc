//! What must follow from an answer (PROVIDERS.md §0.1, PRODUCT.md §5 and §8), and whether the ledger shows it.

use bellhop_domain::attempt::AttemptState;
use bellhop_domain::message::{MessageState, RunState, WaitingFor};

use super::facts::{Facts, Guest};

/// The breaker's defaults (`bellhop/default.toml`): this many refusals of a content pause its run …
const REJECTIONS: usize = 5;
/// … and this many failures of credentials in a row stop the sender.
const MISCONFIGURATIONS: usize = 3;

/// What must follow. Seconds count from the end of the attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// OK: accepted, nothing more.
    Sent,
    /// Reported as arrived.
    Delivered,
    /// Reported as read.
    Read,
    /// Reported as under way: sent, and the report is kept.
    StaysSent,
    /// DROP: the message fails, the address is dead.
    Dropped,
    /// This message fails; the address stays.
    Failed,
    /// HOLD: suppressed; the address stays.
    Held,
    /// HOLD, and the consent to this channel ends.
    OptedOut,
    /// The consent ends by a report; the message has failed.
    OptedOutLater,
    /// RETRY: tried again after at least this long, and then accepted.
    Again(i64),
    /// RA or RETRY much later: waits at least this long; others continue.
    Waits(i64),
    /// RETRY told by a report: waits at least this long and is sent again; others continue.
    AgainLater(i64),
    /// RA of an account: waits, and the whole sender pauses meanwhile.
    LaneWaits(i64),
    /// RA of one host among several: messages to it wait, and nothing is sent there.
    HostWaits(i64),
    /// FIX: the run pauses, no address is touched.
    RunPauses,
    /// FIX told by reports: the messages have failed, and after a few the run pauses; no address is touched.
    PausesLater,
    /// STOP: the sender stops, no address is touched, the messages stay in the queue.
    SenderStops,
    /// STOP of a country: the message fails, the next one to that country is not tried; the sender continues.
    CountryStops,
    /// STOP told by a report: the message has failed, the sender stops.
    StopsLater,
    /// A report flags the sender and not the message, which stays sent.
    StopsOnly,
    /// AMBIG where a repeat would be a second message: in doubt, not sent again.
    InDoubt,
    /// AMBIG where a repeat replaces the first: sent again.
    SentAgain,
    /// The credentials are renewed and the same attempt goes through.
    SentAfterRenewal,
}

impl Then {
    /// The guests that the answer is given to.
    pub fn guests(self) -> usize {
        match self {
            Then::RunPauses | Then::PausesLater => REJECTIONS,
            Then::SenderStops => MISCONFIGURATIONS,
            _ => 1,
        }
    }

    /// Whether the simulator gives the answer to the first request only.
    pub fn is_once(self) -> bool {
        matches!(self, Then::Again(_) | Then::SentAgain | Then::SentAfterRenewal)
    }

    /// Whether it stops others, so that it must be played in an organisation of its own.
    pub fn needs_own_sender(self) -> bool {
        matches!(
            self,
            Then::LaneWaits(_) | Then::HostWaits(_) | Then::SenderStops | Then::CountryStops | Then::SentAfterRenewal
        )
    }

    /// Whether a report stops the sender. Then it is played last, because reports go to only one organisation.
    pub fn is_last(self) -> bool {
        matches!(self, Then::StopsLater | Then::StopsOnly)
    }

    /// Whether it shows on its run, which no other row may share.
    pub fn needs_own_run(self) -> bool {
        self.is_last() || self == Then::PausesLater
    }

    /// Whether a second mailing shows that others are held up too.
    pub fn has_probe(self) -> bool {
        matches!(self, Then::LaneWaits(_) | Then::HostWaits(_) | Then::CountryStops)
    }

    /// Whether the consequence is a wait, which passes.
    pub fn passes(self) -> bool {
        matches!(
            self,
            Then::Waits(_) | Then::AgainLater(_) | Then::LaneWaits(_) | Then::HostWaits(_)
        )
    }

    /// Whether Bellhop keeps a reason.
    pub fn has_reason(self) -> bool {
        let fine = [
            Then::Sent,
            Then::Delivered,
            Then::Read,
            Then::StaysSent,
            Then::SentAfterRenewal,
        ];
        !fine.contains(&self)
    }

    /// What follows, in words.
    pub fn words(self) -> String {
        match self {
            Then::Sent => "sent".to_owned(),
            Then::Delivered => "delivered".to_owned(),
            Then::Read => "opened (read)".to_owned(),
            Then::StaysSent => "sent, the report is kept".to_owned(),
            Then::Dropped => "message failed; address dead".to_owned(),
            Then::Failed => "message failed; address stays".to_owned(),
            Then::Held => "message suppressed; address stays".to_owned(),
            Then::OptedOut => "message suppressed; consent withdrawn; address stays".to_owned(),
            Then::OptedOutLater => "message failed; consent withdrawn; address stays".to_owned(),
            Then::Again(0) => "tried again, sent".to_owned(),
            Then::Again(after) => format!("tried again after {after} s or more, sent"),
            Then::Waits(after) => format!("message waits {after} s or more; address stays; others go on"),
            Then::AgainLater(after) => format!("to be sent again after {after} s or more; address stays; others go on"),
            Then::LaneWaits(after) => format!("message waits {after} s or more; the whole sender waits"),
            Then::HostWaits(after) => format!("message waits {after} s or more; so do others to this host"),
            Then::RunPauses => format!("after {REJECTIONS} the run pauses; addresses stay"),
            Then::PausesLater => format!("messages failed; after {REJECTIONS} the run pauses; addresses stay"),
            Then::SenderStops => format!("after {MISCONFIGURATIONS} the sender stops; messages wait; addresses stay"),
            Then::CountryStops => "message failed; the next to this country is not sent; the sender goes on".to_owned(),
            Then::StopsLater => "message failed; the sender stops; address stays".to_owned(),
            Then::StopsOnly => "message sent; the sender stops; address stays".to_owned(),
            Then::InDoubt => "in doubt: not sent again; address stays".to_owned(),
            Then::SentAgain => "in doubt: sent again, replacing; sent".to_owned(),
            Then::SentAfterRenewal => "credentials renewed, sent by the same attempt".to_owned(),
        }
    }

    /// Whether the ledger shows it. The reason must contain `says`; `reported` means by a report instead of an
    /// answer.
    pub fn holds(self, facts: &Facts<'_>, says: &str, reported: bool) -> bool {
        if facts.guests.is_empty() || !self.of_sender_and_run(facts, says) {
            return false;
        }
        facts.guests.iter().all(|guest| self.of_guest(guest, says, reported)) && self.of_probe(facts)
    }

    fn of_sender_and_run(self, facts: &Facts<'_>, says: &str) -> bool {
        let stops = matches!(self, Then::SenderStops | Then::StopsLater | Then::StopsOnly);
        let pauses = matches!(self, Then::RunPauses | Then::PausesLater);
        let sender = match facts.sender_stopped {
            Some(reason) => stops && reason.contains(says),
            None => !stops,
        };
        let run = facts.guests.iter().all(|guest| {
            let paused = guest.run_state == RunState::Paused.code();
            let reason = guest.paused_reason.as_deref().unwrap_or_default();
            paused == pauses && (!pauses || reason.contains(says))
        });
        sender && run
    }

    fn of_guest(self, guest: &Guest, says: &str, reported: bool) -> bool {
        let consents = !matches!(self, Then::OptedOut | Then::OptedOutLater);
        if guest.is_dead() != (self == Then::Dropped) || guest.consents != consents {
            return false;
        }
        let refused = if reported {
            AttemptState::Undelivered
        } else {
            AttemptState::Refused
        };
        let last = |state| guest.last_attempt_is(state, says);
        match self {
            Then::Sent => guest.is(MessageState::Sent) && last(AttemptState::Accepted),
            Then::StaysSent => guest.is(MessageState::Sent) && last(AttemptState::Accepted) && guest.reports > 0,
            Then::StopsOnly => guest.is(MessageState::Sent) && guest.reports > 0,
            Then::Delivered => guest.is(MessageState::Delivered) && last(AttemptState::Delivered),
            Then::Read => guest.is(MessageState::Opened) && last(AttemptState::Read),
            Then::Dropped => {
                let reason = guest.address_reason.as_deref().unwrap_or_default();
                guest.is(MessageState::Failed) && last(refused) && reason.contains(says)
            }
            Then::Failed | Then::CountryStops | Then::PausesLater | Then::StopsLater | Then::OptedOutLater => {
                guest.is(MessageState::Failed) && last(refused)
            }
            // A wait that lasts longer than the message suppresses it too; its attempt was put off.
            Then::Held => {
                let refused = last(AttemptState::Refused) || last(AttemptState::Deferred);
                guest.is(MessageState::Suppressed) && refused
            }
            Then::OptedOut => guest.is(MessageState::Suppressed) && last(AttemptState::Refused),
            Then::Again(after) => guest.went_again(AttemptState::Deferred, says, after),
            Then::SentAgain => guest.went_again(AttemptState::Unknown, says, 0),
            Then::SentAfterRenewal => guest.is(MessageState::Sent) && guest.attempts.len() == 1,
            Then::Waits(after) | Then::LaneWaits(after) | Then::HostWaits(after) => {
                guest.waits_for(WaitingFor::Retry, after) && last(AttemptState::Deferred)
            }
            Then::AgainLater(after) => guest.waits_for(WaitingFor::Retry, after) && last(AttemptState::Undelivered),
            Then::RunPauses => !guest.is_final() && last(AttemptState::Refused),
            // A sender that was stopped by a refused bind has tried nothing, or it waited for the answer to another
            // message.
            Then::SenderStops => {
                let waits = last(AttemptState::Refused) || last(AttemptState::Deferred);
                !guest.is_final() && (guest.attempts.is_empty() || waits)
            }
            Then::InDoubt => {
                let once = guest.attempts.len() == 1 && last(AttemptState::Unknown);
                guest.waits_for(WaitingFor::Settlement, 0) && once
            }
        }
    }

    /// Another guest of the same sender, whose mailing began after the answer.
    fn of_probe(self, facts: &Facts<'_>) -> bool {
        match (self, facts.probe) {
            (Then::LaneWaits(after), Some(probe)) => {
                let waits = !probe.is_final() && probe.attempts.is_empty() && probe.batch_held;
                // A busy machine may come to look only after the pause, which begins a moment before its attempt ends.
                waits || facts.guests.iter().all(|guest| probe.began_after(guest, after - 1))
            }
            // The attempt ended before a request was made.
            (Then::HostWaits(after), Some(probe)) => {
                let said = probe.last_attempt_is(AttemptState::Deferred, "accepts no messages now");
                // Part of the wait has passed when the probe comes.
                said && probe.waits_for(WaitingFor::Retry, (after - 120).max(1))
            }
            (Then::CountryStops, Some(probe)) => {
                let reason = probe.reason.as_deref().unwrap_or_default();
                probe.is(MessageState::Suppressed) && probe.attempts.is_empty() && reason.contains("to this country")
            }
            (Then::LaneWaits(_) | Then::HostWaits(_) | Then::CountryStops, None) => false,
            _ => true,
        }
    }
}
