//! A push service's form of each fault, and the subscriptions that ask for one.

use chrono::Utc;
use hyper::StatusCode;

use crate::faults::{ChannelFaults, Fault};
use crate::serve::Reply;
use crate::serve::reply::{JSON, TEXT, html, reply as answer, retry_after, with_retry_after};
use crate::world::Magic;

/// Refusals that only this lane has; `faults/lanes.rs` lists them too.
const BLOCKED: Fault = Fault::Own("not_acceptable");
const TOO_BIG: Fault = Fault::Own("too_big");

/// What may follow `sim:` in a subscription's name. A longer name comes before a name that it begins with.
const MAGIC: [(&str, Fault); 15] = [
    ("410", Fault::DeadRecipient),
    ("404", Fault::InvalidRecipient),
    ("400", Fault::RejectedContent),
    ("403", Fault::Unauthorized),
    ("406", BLOCKED),
    ("413", TOO_BIG),
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

/// The fault that a subscription such as `7-sim:429-once` asks for.
pub(super) fn magic(name: &str) -> Option<Magic> {
    let (_, asked) = name.split_once("sim:")?;
    let (name, fault) = MAGIC.into_iter().find(|(name, _)| asked.starts_with(name))?;
    Some(Magic {
        fault,
        once: asked[name.len()..].starts_with("-once"),
    })
}

/// The error answer of a fault; `None` for faults whose message is accepted or whose request is reset.
pub(super) fn reply(fault: Fault, faults: &ChannelFaults) -> Option<Reply> {
    let pause = || retry_after(faults.retry_after_s, faults.retry_after_as_date, Utc::now());
    let text = |status, words: &str| answer(status, TEXT, words.to_owned());
    let mozilla = |status: StatusCode, errno: u16, words: &str| {
        let code = status.as_u16();
        let body =
            serde_json::json!({"code": code, "errno": errno, "error": status.canonical_reason(), "message": words});
        answer(status, JSON, body.to_string())
    };
    Some(match fault {
        Fault::DeadRecipient => mozilla(StatusCode::GONE, 106, "No such subscription"),
        Fault::InvalidRecipient => mozilla(StatusCode::NOT_FOUND, 102, "Request did not validate invalid token"),
        Fault::RejectedContent => mozilla(StatusCode::BAD_REQUEST, 110, "Invalid crypto keys"),
        Fault::Unauthorized => text(
            StatusCode::FORBIDDEN,
            "the VAPID credentials in the authorization header do not correspond to the credentials used to create the subscriptions.",
        ),
        BLOCKED => text(StatusCode::NOT_ACCEPTABLE, ""),
        TOO_BIG => answer(
            StatusCode::PAYLOAD_TOO_LARGE,
            JSON,
            r#"{"reason":"PayloadTooLarge"}"#.to_owned(),
        ),
        Fault::TooManyRequests => with_retry_after(
            answer(
                StatusCode::TOO_MANY_REQUESTS,
                JSON,
                r#"{"reason":"TooManyRequests"}"#.to_owned(),
            ),
            &pause(),
        ),
        Fault::Unavailable => mozilla(StatusCode::SERVICE_UNAVAILABLE, 202, "Service unavailable"),
        Fault::UnavailableRetryAfter => with_retry_after(text(StatusCode::SERVICE_UNAVAILABLE, ""), &pause()),
        Fault::Internal => mozilla(StatusCode::INTERNAL_SERVER_ERROR, 999, "Unknown error"),
        Fault::BadGateway => html(StatusCode::BAD_GATEWAY, "The server encountered a temporary error."),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn magic_names_ask_for_their_fault_and_each_refusal_has_its_status() {
        for (name, fault) in MAGIC {
            let asked = magic(&format!("7-sim:{name}"));
            assert_eq!(asked, Some(Magic { fault, once: false }), "{name}");
            assert_eq!(
                magic(&format!("7-sim:{name}-once")),
                Some(Magic { fault, once: true }),
                "{name}"
            );
            let status = reply(fault, &ChannelFaults::default()).map(|reply| reply.status().as_u16());
            let digits: String = name.chars().skip_while(|c| !c.is_ascii_digit()).take(3).collect();
            assert_eq!(status, digits.parse().ok(), "{name}");
        }
        assert_eq!(magic("7"), None);
        assert_eq!(magic("7-sim:unheard"), None);
    }
}
