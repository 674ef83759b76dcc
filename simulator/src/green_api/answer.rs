//! Green-API's answers, and its form of each fault.

use chrono::Utc;
use hyper::StatusCode;
use serde_json::{Value, json};

use super::config::GreenApiState;
use crate::faults::{ChannelFaults, Fault};
use crate::refusals::GREEN_API_QUOTA;
use crate::serve::Reply;
use crate::serve::reply::{JSON, TEXT, html, reply, retry_after, with_retry_after};

/// The status for an exceeded quota of the tariff, which no RFC defines.
const QUOTA_EXCEEDED: u16 = 466;

pub(super) fn json_reply(body: &Value) -> Reply {
    reply(StatusCode::OK, JSON, body.to_string())
}

pub(super) fn words(status: StatusCode, words: &str) -> Reply {
    reply(status, TEXT, words.to_owned())
}

/// Why an instance in this state cannot send, if so.
pub(super) fn obstacle(state: GreenApiState) -> Option<Reply> {
    let text = match state {
        GreenApiState::NotAuthorized | GreenApiState::Blocked => "instance account not authorized",
        GreenApiState::Starting => "instance in starting process try later",
        GreenApiState::Suspended => {
            return Some(words(StatusCode::FORBIDDEN, "instance is suspended for new contacts"));
        }
        GreenApiState::Authorized | GreenApiState::SleepMode | GreenApiState::YellowCard => return None,
    };
    Some(words(StatusCode::BAD_REQUEST, text))
}

/// The error answer of a fault; `None` for faults whose message is accepted or whose request is reset.
pub(super) fn refusal(fault: Fault, faults: &ChannelFaults) -> Option<Reply> {
    let page = |status| html(status, "The service is not available.");
    let pause = || retry_after(faults.retry_after_s, faults.retry_after_as_date, Utc::now());
    Some(match fault {
        Fault::InvalidRecipient => words(
            StatusCode::BAD_REQUEST,
            "Validation failed. Details: 'chatId' has a wrong format",
        ),
        Fault::RejectedContent => words(StatusCode::BAD_REQUEST, "bad request data"),
        Fault::Unauthorized => words(StatusCode::UNAUTHORIZED, "Unauthorized"),
        Fault::TooManyRequests => with_retry_after(words(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests"), &pause()),
        Fault::Unavailable => page(StatusCode::SERVICE_UNAVAILABLE),
        Fault::UnavailableRetryAfter => with_retry_after(page(StatusCode::SERVICE_UNAVAILABLE), &pause()),
        Fault::Internal => page(StatusCode::INTERNAL_SERVER_ERROR),
        Fault::BadGateway => page(StatusCode::BAD_GATEWAY),
        Fault::Own(GREEN_API_QUOTA) => quota(),
        // Accepted into the queue; that there is no such account is reported later.
        Fault::DeadRecipient => return None,
        Fault::ResetBefore | Fault::ResetAfter | Fault::LostReply | Fault::Slow => return None,
        Fault::Undeliverable | Fault::ReportFirst => return None,
        // These do not exist on this lane.
        Fault::SenderMismatch | Fault::ThirdPartyAuth | Fault::NoMoney | Fault::Blocked | Fault::Busy => return None,
        Fault::Own(_) => return None,
    })
}

fn quota() -> Reply {
    let body = json!({
        "invokeStatus": {"method": "sendmessage", "used": 67, "total": 0, "status": "QUOTE_ALLOWED"},
        "correspondentsStatus": {
            "method": "correspondents", "used": 3, "total": 3, "status": "CORRESPONDENTS_QUOTE_EXCEEDED",
            "description": "Monthly quota has been exceeded. You can only send or receive messages from these numbers: 12345678901@c.us",
        },
    });
    let status = StatusCode::from_u16(QUOTA_EXCEEDED).unwrap_or(StatusCode::FORBIDDEN);
    reply(status, JSON, body.to_string())
}
