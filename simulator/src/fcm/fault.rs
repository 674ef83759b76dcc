//! FCM's form of each fault, and the tokens that ask for one.

use chrono::Utc;
use hyper::StatusCode;

use super::replies::Refusal;
use crate::faults::{ChannelFaults, Fault};
use crate::serve::Reply;
use crate::serve::reply::{html, retry_after};
use crate::world::Magic;

/// What may follow `sim:` in a token. A longer name comes before a name that it begins with.
const MAGIC: [(&str, Fault); 15] = [
    ("unregistered", Fault::DeadRecipient),
    ("invalid-content", Fault::RejectedContent),
    ("invalid", Fault::InvalidRecipient),
    ("mismatch", Fault::SenderMismatch),
    ("unauthorized", Fault::Unauthorized),
    ("third-party", Fault::ThirdPartyAuth),
    ("429", Fault::TooManyRequests),
    ("503-retry-after", Fault::UnavailableRetryAfter),
    ("503", Fault::Unavailable),
    ("500", Fault::Internal),
    ("html502", Fault::BadGateway),
    ("reset-before", Fault::ResetBefore),
    ("reset-after", Fault::ResetAfter),
    ("lost-reply", Fault::LostReply),
    ("slow", Fault::Slow),
];

/// The fault that a token such as `abc-sim:429-once` asks for.
pub(super) fn magic(token: &str) -> Option<Magic> {
    let (_, asked) = token.split_once("sim:")?;
    let (name, fault) = MAGIC.into_iter().find(|(name, _)| asked.starts_with(name))?;
    Some(Magic {
        fault,
        once: asked[name.len()..].starts_with("-once"),
    })
}

/// The error answer of a fault; `None` for faults whose message is accepted or whose request is reset.
pub(super) fn reply(fault: Fault, faults: &ChannelFaults, project: &str) -> Option<Reply> {
    let pause = || retry_after(faults.retry_after_s, faults.retry_after_as_date, Utc::now());
    let refusal = match fault {
        Fault::DeadRecipient => {
            Refusal::new(StatusCode::NOT_FOUND, "NOT_FOUND", "Requested entity was not found.").code("UNREGISTERED")
        }
        Fault::InvalidRecipient => Refusal::invalid(
            "message.token",
            "The registration token is not a valid FCM registration token",
        ),
        Fault::RejectedContent => Refusal::invalid("message.notification", "Invalid value in the payload"),
        Fault::SenderMismatch => {
            Refusal::new(StatusCode::FORBIDDEN, "PERMISSION_DENIED", "SenderId mismatch").code("SENDER_ID_MISMATCH")
        }
        Fault::Unauthorized => unauthenticated(),
        Fault::ThirdPartyAuth => Refusal::new(
            StatusCode::UNAUTHORIZED,
            "UNAUTHENTICATED",
            "Auth error from APNS or Web Push Service",
        )
        .code("THIRD_PARTY_AUTH_ERROR"),
        Fault::TooManyRequests => Refusal::new(
            StatusCode::TOO_MANY_REQUESTS,
            "RESOURCE_EXHAUSTED",
            "Quota exceeded for messages per minute",
        )
        .code("QUOTA_EXCEEDED")
        .quota(&format!("project:{project}"))
        .retry_after(pause()),
        Fault::Unavailable => unavailable(),
        Fault::UnavailableRetryAfter => unavailable().retry_after(pause()),
        Fault::Internal => Refusal::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "INTERNAL",
            "Internal error encountered.",
        )
        .code("INTERNAL"),
        Fault::BadGateway => {
            return Some(html(
                StatusCode::BAD_GATEWAY,
                "The server encountered a temporary error and could not complete your request.<p>Please try again in 30 seconds.",
            ));
        }
        Fault::ResetBefore | Fault::ResetAfter | Fault::LostReply | Fault::Slow => return None,
        // These do not exist on this lane.
        Fault::NoMoney | Fault::Blocked | Fault::Busy | Fault::Undeliverable | Fault::ReportFirst | Fault::Own(_) => {
            return None;
        }
    };
    Some(refusal.into_reply())
}

/// 401 of the OAuth layer: no FCM code.
pub(super) fn unauthenticated() -> Refusal {
    Refusal::new(
        StatusCode::UNAUTHORIZED,
        "UNAUTHENTICATED",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.",
    )
}

fn unavailable() -> Refusal {
    Refusal::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "UNAVAILABLE",
        "The service is currently unavailable.",
    )
    .code("UNAVAILABLE")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn magic_tokens_name_their_fault() {
        let always = |fault| Some(Magic { fault, once: false });
        for (name, fault) in MAGIC {
            assert_eq!(magic(&format!("abc-sim:{name}")), always(fault), "{name}");
            assert_eq!(
                magic(&format!("sim:{name}-once-7")),
                Some(Magic { fault, once: true }),
                "{name}"
            );
        }
        assert_eq!(magic("sim:429-17"), always(Fault::TooManyRequests));
        assert_eq!(magic("sim:unheard"), None);
        assert_eq!(magic("cX9-plain:APA91b"), None);
    }
}
