//! The gateway's form of each fault, and the numbers that ask for one.

use chrono::Utc;
use hyper::StatusCode;

use super::answer::{Format, GatewayError};
use crate::faults::{ChannelFaults, Fault};
use crate::serve::Reply;
use crate::serve::reply::{html, retry_after, with_retry_after};
use crate::world::Magic;

/// The last two digits after 90 (always) or 91 (only at the first try of a message).
const MAGIC: [(&str, Fault); 18] = [
    ("01", Fault::InvalidRecipient),
    ("02", Fault::DeadRecipient),
    ("03", Fault::NoMoney),
    ("04", Fault::Undeliverable),
    ("05", Fault::Internal),
    ("06", Fault::ResetAfter),
    ("07", Fault::LostReply),
    ("08", Fault::ReportFirst),
    ("09", Fault::ResetBefore),
    ("10", Fault::Busy),
    ("11", Fault::TooManyRequests),
    ("12", Fault::Unavailable),
    ("13", Fault::UnavailableRetryAfter),
    ("14", Fault::RejectedContent),
    ("15", Fault::Unauthorized),
    ("16", Fault::Blocked),
    ("17", Fault::BadGateway),
    ("18", Fault::Slow),
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

/// The error answer of a fault; `None` for faults whose message is accepted or whose request is reset.
pub(super) fn reply(fault: Fault, faults: &ChannelFaults, format: Format) -> Option<Reply> {
    let page = |status| html(status, "The service is not available.");
    let pause = || retry_after(faults.retry_after_s, faults.retry_after_as_date, Utc::now());
    Some(match fault {
        Fault::InvalidRecipient => format.error(GatewayError::NumberFormat),
        Fault::DeadRecipient => format.error(GatewayError::Undeliverable),
        Fault::RejectedContent => format.error(GatewayError::Forbidden),
        Fault::Unauthorized => format.error(GatewayError::Credentials),
        Fault::NoMoney => format.error(GatewayError::NoMoney),
        Fault::Blocked => format.error(GatewayError::Blocked),
        Fault::Busy => format.error(GatewayError::Busy),
        Fault::TooManyRequests => with_retry_after(page(StatusCode::TOO_MANY_REQUESTS), &pause()),
        Fault::Unavailable => page(StatusCode::SERVICE_UNAVAILABLE),
        Fault::UnavailableRetryAfter => with_retry_after(page(StatusCode::SERVICE_UNAVAILABLE), &pause()),
        Fault::Internal => page(StatusCode::INTERNAL_SERVER_ERROR),
        Fault::BadGateway => page(StatusCode::BAD_GATEWAY),
        Fault::ResetBefore | Fault::ResetAfter | Fault::LostReply | Fault::Slow => return None,
        Fault::Undeliverable | Fault::ReportFirst => return None,
        // These do not exist on this lane.
        Fault::SenderMismatch | Fault::ThirdPartyAuth | Fault::Own(_) => return None,
    })
}

/// The error answer of a fault for a gateway whose own errors are not simulated: a page or, if there is none, status
/// 500. `None` for faults whose message is accepted or whose request is reset.
pub(super) fn page(fault: Fault, faults: &ChannelFaults) -> Option<Reply> {
    if fault.takes_the_message() || fault == Fault::ResetBefore {
        return None;
    }
    let page = |status| html(status, "The service is not available.");
    let pause = || retry_after(faults.retry_after_s, faults.retry_after_as_date, Utc::now());
    Some(match fault {
        Fault::TooManyRequests => with_retry_after(page(StatusCode::TOO_MANY_REQUESTS), &pause()),
        Fault::Unavailable => page(StatusCode::SERVICE_UNAVAILABLE),
        Fault::UnavailableRetryAfter => with_retry_after(page(StatusCode::SERVICE_UNAVAILABLE), &pause()),
        Fault::BadGateway => page(StatusCode::BAD_GATEWAY),
        _ => page(StatusCode::INTERNAL_SERVER_ERROR),
    })
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
        for plain in ["", "1", "9001x", "79990009000", "79990009019", "79990001234"] {
            assert_eq!(magic(plain), None, "{plain}");
        }
    }
}
