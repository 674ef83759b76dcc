//! APNs' form of each fault, and the tokens that ask for one.

use chrono::Utc;
use hyper::StatusCode;

use super::replies::{gone, refusal};
use crate::faults::{ChannelFaults, Fault};
use crate::refusals::apns::OWN;
use crate::serve::Reply;
use crate::serve::reply::{html, retry_after, with_retry_after};
use crate::world::Magic;

/// A token that ends in one of these and two digits asks for a fault: at every try, or at the first of each message.
const ALWAYS: &str = "00fa0170";
const ONCE: &str = "00fa0171";

/// The digits of the faults that other lanes have too.
const MAGIC: [(u8, Fault); 14] = [
    (1, Fault::DeadRecipient),
    (2, Fault::InvalidRecipient),
    (3, Fault::RejectedContent),
    (4, Fault::SenderMismatch),
    (5, Fault::Unauthorized),
    (6, Fault::TooManyRequests),
    (7, Fault::Unavailable),
    (8, Fault::UnavailableRetryAfter),
    (9, Fault::Internal),
    (10, Fault::BadGateway),
    (11, Fault::ResetBefore),
    (12, Fault::ResetAfter),
    (13, Fault::LostReply),
    (14, Fault::Slow),
];

/// The digits of the first refusal that only APNs has.
const FIRST_OWN: u8 = 20;

/// The fault that a token such as `…00fa017001` asks for.
pub(super) fn magic(token: &str) -> Option<Magic> {
    let (rest, digits) = token.split_at_checked(token.len().checked_sub(2)?)?;
    let once = if rest.ends_with(ALWAYS) {
        false
    } else if rest.ends_with(ONCE) {
        true
    } else {
        return None;
    };
    let digits: u8 = digits.parse().ok()?;
    let own = || {
        let index = usize::from(digits.checked_sub(FIRST_OWN)?);
        OWN.get(index).map(|(name, ..)| Fault::Own(name))
    };
    let shared = MAGIC.into_iter().find(|(of, _)| *of == digits).map(|(_, fault)| fault);
    let fault = shared.or_else(own)?;
    Some(Magic { fault, once })
}

/// The error answer of a fault; `None` for faults whose message is accepted or whose request is reset.
pub(super) fn reply(fault: Fault, faults: &ChannelFaults, id: &str) -> Option<Reply> {
    let pause = || retry_after(faults.retry_after_s, faults.retry_after_as_date, Utc::now());
    let refuse = |status, reason| Some(refusal(id, status, reason));
    match fault {
        Fault::DeadRecipient => Some(gone(id, "Unregistered", Utc::now().timestamp_millis())),
        Fault::InvalidRecipient => refuse(StatusCode::BAD_REQUEST, "BadDeviceToken"),
        Fault::RejectedContent => refuse(StatusCode::BAD_REQUEST, "PayloadEmpty"),
        Fault::SenderMismatch => refuse(StatusCode::BAD_REQUEST, "DeviceTokenNotForTopic"),
        Fault::Unauthorized => refuse(StatusCode::FORBIDDEN, "InvalidProviderToken"),
        Fault::TooManyRequests => refuse(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests"),
        Fault::Unavailable => refuse(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable"),
        Fault::UnavailableRetryAfter => {
            let reply = refusal(id, StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable");
            Some(with_retry_after(reply, &pause()))
        }
        Fault::Internal => refuse(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError"),
        Fault::BadGateway => Some(html(StatusCode::BAD_GATEWAY, "The server is not available.")),
        Fault::Own(name) => {
            let (_, status, reason) = OWN.into_iter().find(|(own, ..)| *own == name)?;
            let status = StatusCode::from_u16(status).ok()?;
            match status {
                StatusCode::GONE => Some(gone(id, reason, Utc::now().timestamp_millis())),
                _ => refuse(status, reason),
            }
        }
        Fault::ResetBefore | Fault::ResetAfter | Fault::LostReply | Fault::Slow => None,
        // These do not exist on this lane.
        Fault::ThirdPartyAuth | Fault::NoMoney | Fault::Blocked | Fault::Busy => None,
        Fault::Undeliverable | Fault::ReportFirst => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn magic_tokens_name_their_fault() {
        let own = (FIRST_OWN..)
            .zip(OWN)
            .map(|(digits, (name, ..))| (digits, Fault::Own(name)));
        for (digits, fault) in MAGIC.into_iter().chain(own) {
            assert_eq!(
                magic(&format!("abcd00fa0170{digits:02}")),
                Some(Magic { fault, once: false })
            );
            assert_eq!(
                magic(&format!("00fa0171{digits:02}")),
                Some(Magic { fault, once: true })
            );
            let answered = reply(fault, &ChannelFaults::default(), "id").is_some();
            let (taken, reset) = (fault.takes_the_message(), fault == Fault::ResetBefore);
            assert_eq!(answered, !taken && !reset, "{fault:?}");
        }
        for plain in ["", "1", "00fa017099", "00fa01700a", "00fa017201", "abcd"] {
            assert_eq!(magic(plain), None, "{plain}");
        }
    }
}
