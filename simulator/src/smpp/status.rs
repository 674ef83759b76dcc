//! The `command_status` of answers (v3.4 §5.1.3), and which fault uses which.

use super::pdu::GENERIC_NACK;
use crate::faults::Fault;
use crate::refusals::{SMPP_NACK, SMPP_NOT_BOUND, SMPP_VENDOR_CODE};
use crate::world::Magic;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum Status {
    Ok = 0x00,
    InvalidLength = 0x01,
    InvalidCommand = 0x03,
    NotBound = 0x04,
    AlreadyBound = 0x05,
    SystemError = 0x08,
    InvalidSource = 0x0A,
    InvalidDestination = 0x0B,
    BindFailed = 0x0D,
    InvalidPassword = 0x0E,
    InvalidSystemId = 0x0F,
    QueueFull = 0x14,
    InvalidEsmClass = 0x43,
    SubmitFailed = 0x45,
    Throttled = 0x58,
    InvalidExpiry = 0x62,
    Temporary = 0x64,
    InvalidTlvStream = 0xC0,
    InvalidTlvValue = 0xC4,
    Unknown = 0xFF,
    /// Of the operator's own range.
    Vendor = 0x400,
}

/// The last two digits after 90 (always) or 91 (only at the first try of a message), as at the SMS gateway.
const MAGIC: [(&str, Fault); 17] = [
    ("01", Fault::InvalidRecipient),
    ("02", Fault::DeadRecipient),
    ("04", Fault::Undeliverable),
    ("05", Fault::Internal),
    ("06", Fault::ResetAfter),
    ("07", Fault::LostReply),
    ("08", Fault::ReportFirst),
    ("09", Fault::ResetBefore),
    ("11", Fault::TooManyRequests),
    ("12", Fault::Unavailable),
    ("13", Fault::UnavailableRetryAfter),
    ("14", Fault::RejectedContent),
    ("15", Fault::Unauthorized),
    ("18", Fault::Slow),
    ("19", Fault::Own(SMPP_VENDOR_CODE)),
    ("20", Fault::Own(SMPP_NOT_BOUND)),
    ("21", Fault::Own(SMPP_NACK)),
];

/// The fault that a number such as 79990009001 asks for.
pub(super) fn magic(phone: &str) -> Option<Magic> {
    let (rest, last) = phone.split_at_checked(phone.len().checked_sub(2)?)?;
    let once = match rest.get(rest.len().checked_sub(2)?..)? {
        "90" => false,
        "91" => true,
        _ => return None,
    };
    let (_, fault) = MAGIC.into_iter().find(|(digits, _)| *digits == last)?;
    Some(Magic { fault, once })
}

/// The answer to a faulty submission: an id to use instead of the response's, if any, and the status. `None` for
/// faults whose message is accepted or whose connection is cut.
pub(super) fn refusal(fault: Fault) -> Option<(Option<u32>, Status)> {
    let status = match fault {
        Fault::InvalidRecipient | Fault::DeadRecipient => Status::InvalidDestination,
        Fault::RejectedContent => Status::InvalidLength,
        Fault::Unauthorized => Status::InvalidSource,
        Fault::TooManyRequests => Status::Throttled,
        Fault::Unavailable => Status::QueueFull,
        Fault::UnavailableRetryAfter => Status::Temporary,
        Fault::Internal => Status::SystemError,
        Fault::BadGateway => Status::SubmitFailed,
        Fault::Own(SMPP_VENDOR_CODE) => Status::Vendor,
        Fault::Own(SMPP_NOT_BOUND) => Status::NotBound,
        Fault::Own(SMPP_NACK) => return Some((Some(GENERIC_NACK), Status::Unknown)),
        Fault::ResetBefore | Fault::ResetAfter | Fault::LostReply | Fault::Slow => return None,
        Fault::Undeliverable | Fault::ReportFirst => return None,
        // These do not exist on this lane.
        Fault::SenderMismatch | Fault::ThirdPartyAuth | Fault::NoMoney | Fault::Blocked | Fault::Busy => return None,
        Fault::Own(_) => return None,
    };
    Some((None, status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn magic_numbers_name_their_fault() {
        for (digits, fault) in MAGIC {
            assert_eq!(magic(&format!("799900090{digits}")), Some(Magic { fault, once: false }));
            assert_eq!(magic(&format!("799900091{digits}")), Some(Magic { fault, once: true }));
        }
        for plain in ["", "1", "79990009000", "79990009099", "79990001234"] {
            assert_eq!(magic(plain), None, "{plain}");
        }
    }

    #[test]
    fn a_fault_is_either_refused_or_taken_or_cut() {
        for (_, fault) in MAGIC {
            let cut = fault == Fault::ResetBefore;
            assert_eq!(
                refusal(fault).is_some(),
                !fault.takes_the_message() && !cut,
                "{fault:?}"
            );
        }
    }
}
