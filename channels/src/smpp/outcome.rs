//! What a `command_status` means for the message it answers, and for the session (PROVIDERS.md §4.2).

use crate::rule::ErrorRule;
use bellhop_domain::Outcome;
use bellhop_domain::outcome::ThrottleScope;
use std::collections::BTreeMap;
use std::time::Duration;

pub(super) const ESME_ROK: u32 = 0;
pub(super) const ESME_RINVCMDLEN: u32 = 0x02;
pub(super) const ESME_RINVCMDID: u32 = 0x03;
pub(super) const ESME_RINVBNDSTS: u32 = 0x04;
pub(super) const ESME_RALYBND: u32 = 0x05;
pub(super) const ESME_RMSGQFUL: u32 = 0x14;
pub(super) const ESME_RTHROTTLED: u32 = 0x58;
pub(super) const ESME_RX_T_APPN: u32 = 0x64;

/// How long an operator's full queue is left alone.
const FULL_QUEUE_WAIT: Duration = Duration::from_secs(5);

/// The operator's own meanings of codes, which override the specification's.
pub(super) type ErrorRules = BTreeMap<u32, ErrorRule>;

/// What a status means for whoever asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Retry,
    QueueFull,
    Throttled,
    /// The session is broken: a new one is bound, and the message goes again.
    Rebind,
    Gone,
    Failed,
    Rejected,
    Misconfigured,
}

/// The name without its `ESME_`, the class, and the words for a reader.
fn row(status: u32) -> Option<(&'static str, Class, &'static str)> {
    use Class::{Failed, Gone, Misconfigured, QueueFull, Rebind, Rejected, Retry, Throttled};
    Some(match status {
        0x01 => ("RINVMSGLEN", Rejected, "the message's length is invalid"),
        0x02 => ("RINVCMDLEN", Rejected, "the command's length is invalid"),
        0x03 => ("RINVCMDID", Rejected, "the command is not known"),
        0x04 => ("RINVBNDSTS", Rebind, "the session is not bound for this"),
        0x05 => ("RALYBND", Rebind, "bound already"),
        0x06 => ("RINVPRTFLG", Rejected, "the priority is invalid"),
        0x07 => ("RINVREGDLVFLG", Rejected, "registered_delivery is invalid"),
        0x08 => ("RSYSERR", Retry, "system error"),
        0x0A => (
            "RINVSRCADR",
            Misconfigured,
            "the source address is not ours or is invalid",
        ),
        0x0B => ("RINVDSTADR", Gone, "the number is invalid"),
        0x0C => ("RINVMSGID", Failed, "the message id is invalid"),
        0x0D => ("RBINDFAIL", Misconfigured, "the bind failed"),
        0x0E => ("RINVPASWD", Misconfigured, "the password is wrong"),
        0x0F => ("RINVSYSID", Misconfigured, "the system_id is wrong"),
        0x11 => ("RCANCELFAIL", Failed, "the cancellation failed"),
        0x13 => ("RREPLACEFAIL", Failed, "the replacement failed"),
        0x14 => ("RMSGQFUL", QueueFull, "the operator's queue is full"),
        0x15 => ("RINVSERTYP", Rejected, "the service type is invalid"),
        0x33 => ("RINVNUMDESTS", Rejected, "the number of destinations is invalid"),
        0x34 => ("RINVDLNAME", Rejected, "the distribution list is invalid"),
        0x40 => ("RINVDESTFLAG", Rejected, "the destination flag is invalid"),
        0x42 => ("RINVSUBREP", Rejected, "replace is not possible"),
        0x43 => ("RINVESMCLASS", Rejected, "esm_class is invalid"),
        0x44 => ("RCNTSUBDL", Rejected, "no submission to a distribution list"),
        0x45 => ("RSUBMITFAIL", Retry, "the submission failed"),
        0x48 => ("RINVSRCTON", Rejected, "the source's TON is invalid"),
        0x49 => ("RINVSRCNPI", Rejected, "the source's NPI is invalid"),
        0x50 => ("RINVDSTTON", Rejected, "the destination's TON is invalid"),
        0x51 => ("RINVDSTNPI", Rejected, "the destination's NPI is invalid"),
        0x53 => ("RINVSYSTYP", Misconfigured, "the system_type is wrong"),
        0x54 => ("RINVREPFLAG", Rejected, "replace_if_present_flag is invalid"),
        0x55 => ("RINVNUMMSGS", Rejected, "the number of messages is invalid"),
        0x58 => ("RTHROTTLED", Throttled, "faster than the contract allows"),
        0x61 => ("RINVSCHED", Rejected, "the scheduled time is invalid"),
        0x62 => ("RINVEXPIRY", Rejected, "the validity period is invalid"),
        0x63 => ("RINVDFTMSGID", Rejected, "the predefined message is invalid"),
        0x64 => ("RX_T_APPN", Retry, "a temporary error of the receiver"),
        0x65 => ("RX_P_APPN", Failed, "a permanent error of the receiver"),
        0x66 => ("RX_R_APPN", Failed, "refused by the receiver"),
        0x67 => ("RQUERYFAIL", Failed, "the query failed"),
        0xC0 => ("RINVOPTPARSTREAM", Rejected, "the optional parameters cannot be read"),
        0xC1 => ("ROPTPARNOTALLWD", Rejected, "an optional parameter is not allowed"),
        0xC2 => ("RINVPARLEN", Rejected, "a parameter's length is invalid"),
        0xC3 => ("RMISSINGOPTPARAM", Rejected, "an optional parameter is missing"),
        0xC4 => ("RINVOPTPARAMVAL", Rejected, "an optional parameter's value is invalid"),
        0xFE => ("RDELIVERYFAILURE", Failed, "the delivery failed"),
        0xFF => ("RUNKNOWNERR", Retry, "an unknown error"),
        _ => return None,
    })
}

/// A status in words, its code first.
pub(super) fn describe(status: u32, rules: &ErrorRules) -> String {
    let own = rules
        .get(&status)
        .map(|rule| rule.meaning.as_str())
        .filter(|words| !words.is_empty());
    match (row(status), own) {
        (Some((name, ..)), Some(words)) | (Some((name, _, words)), None) => format!("{name}: {words}"),
        (None, Some(words)) => format!("0x{status:08X}: {words}"),
        (None, None) => {
            format!("0x{status:08X}: a code of the operator's own; ask what it means and put it under errors")
        }
    }
}

/// What the refusal of a `submit_sm` means. `pause`: how long a throttled sender waits.
pub(super) fn refused(status: u32, rules: &ErrorRules, pause: Duration) -> Outcome {
    let why = describe(status, rules);
    if let Some(rule) = rules.get(&status) {
        return rule.outcome(why, None);
    }
    let Some((_, class, _)) = row(status) else {
        return Outcome::Failed { why };
    };
    match class {
        Class::Retry | Class::Rebind => Outcome::Retry { after: None, why },
        Class::QueueFull => Outcome::Retry {
            after: Some(FULL_QUEUE_WAIT),
            why,
        },
        Class::Throttled => Outcome::Throttled {
            scope: ThrottleScope::Sender,
            after: Some(pause),
            why,
        },
        Class::Gone => Outcome::RecipientGone { since: None, why },
        Class::Failed => Outcome::Failed { why },
        Class::Rejected => Outcome::Rejected { why },
        Class::Misconfigured => Outcome::Misconfigured { why },
    }
}

/// The statuses in a `generic_nack` with which an operator surely accepted nothing: it could not read the header (the
/// only use of the nack in SMPP 3.4 §4.3), it does not consider us bound, or it wants fewer messages.
const SURELY_NOT_TAKEN: [u32; 6] = [
    ESME_RINVCMDLEN,
    ESME_RINVCMDID,
    ESME_RINVBNDSTS,
    ESME_RALYBND,
    ESME_RMSGQFUL,
    ESME_RTHROTTLED,
];

/// What a `generic_nack` in answer to a `submit_sm` means. With any other status, even success, it comes from a
/// gateway or proxy in trouble, which may have passed the message on. The message is then in doubt, unless the
/// operator's own table has the code.
pub(super) fn nacked(status: u32, rules: &ErrorRules, pause: Duration) -> Outcome {
    if rules.contains_key(&status) || SURELY_NOT_TAKEN.contains(&status) {
        return refused(status, rules, pause);
    }
    let why = match status {
        ESME_ROK => "generic_nack with status 0x00000000: neither taken nor refused".to_owned(),
        status => format!("generic_nack with {}", describe(status, rules)),
    };
    Outcome::Unknown { why }
}

/// Whether an answer says that the session itself is broken.
pub(super) fn needs_a_new_session(status: u32) -> bool {
    matches!(status, ESME_RINVBNDSTS | ESME_RALYBND)
}

/// The outcome of a message of which `taken` of `total` parts were accepted, and the next part had the outcome
/// `next`.
///
/// Nothing is sent again automatically, because the parts that went out would arrive twice. A refusal of whatever
/// class counts as a failure of this message only, because it is not known what the rest of the mailing would meet.
pub(super) fn partly(taken: usize, total: usize, next: Outcome) -> Outcome {
    if taken == 0 {
        return next;
    }
    let went = |why: String| format!("{why} ({taken} of {total} parts went)");
    match next {
        Outcome::Unknown { why } => Outcome::Unknown { why: went(why) },
        Outcome::Accepted { .. } => next,
        Outcome::Retry { why, .. }
        | Outcome::OnceMore { why, .. }
        | Outcome::Throttled { why, .. }
        | Outcome::RecipientGone { why, .. }
        | Outcome::Held { why }
        | Outcome::OptedOut { why }
        | Outcome::Failed { why }
        | Outcome::CountryStopped { why }
        | Outcome::Rejected { why }
        | Outcome::Misconfigured { why } => Outcome::Failed { why: went(why) },
    }
}
