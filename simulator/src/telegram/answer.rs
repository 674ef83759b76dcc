//! The Bot API's answers, and its form of each fault (core.telegram.org/bots/api, *Making requests*).

use chrono::Utc;
use hyper::StatusCode;
use serde_json::{Value, json};

use crate::faults::{ChannelFaults, Fault};
use crate::refusals::TELEGRAM_BLOCKED;
use crate::serve::Reply;
use crate::serve::reply::{JSON, html, reply, retry_after, with_retry_after};

pub(super) fn result(result: &Value) -> Reply {
    reply(StatusCode::OK, JSON, json!({"ok": true, "result": result}).to_string())
}

pub(super) fn error(status: StatusCode, description: &str) -> Reply {
    let body = json!({"ok": false, "error_code": status.as_u16(), "description": description});
    reply(status, JSON, body.to_string())
}

pub(super) fn blocked() -> Reply {
    error(StatusCode::FORBIDDEN, "Forbidden: bot was blocked by the user")
}

/// The error answer of a fault; `None` for faults whose message is accepted or whose request is reset.
pub(super) fn refusal(fault: Fault, faults: &ChannelFaults) -> Option<Reply> {
    Some(match fault {
        Fault::DeadRecipient => error(StatusCode::FORBIDDEN, "Forbidden: user is deactivated"),
        Fault::InvalidRecipient => error(StatusCode::BAD_REQUEST, "Bad Request: chat not found"),
        Fault::RejectedContent => error(
            StatusCode::BAD_REQUEST,
            "Bad Request: can't parse entities: unsupported start tag",
        ),
        Fault::Unauthorized => error(StatusCode::UNAUTHORIZED, "Unauthorized"),
        Fault::TooManyRequests => too_many(faults.retry_after_s),
        Fault::Unavailable => page(StatusCode::SERVICE_UNAVAILABLE),
        Fault::UnavailableRetryAfter => {
            let pause = retry_after(faults.retry_after_s, faults.retry_after_as_date, Utc::now());
            with_retry_after(page(StatusCode::SERVICE_UNAVAILABLE), &pause)
        }
        Fault::Internal => error(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
        Fault::BadGateway => page(StatusCode::BAD_GATEWAY),
        Fault::Own(TELEGRAM_BLOCKED) => blocked(),
        Fault::ResetBefore | Fault::ResetAfter | Fault::LostReply | Fault::Slow => return None,
        // There are no reports here.
        Fault::Undeliverable | Fault::ReportFirst => return None,
        // These do not exist on this lane.
        Fault::SenderMismatch | Fault::ThirdPartyAuth | Fault::NoMoney | Fault::Blocked | Fault::Busy => return None,
        Fault::Own(_) => return None,
    })
}

fn page(status: StatusCode) -> Reply {
    html(status, "The service is not available.")
}

/// The pause is in the body, in seconds.
fn too_many(pause_s: u64) -> Reply {
    let body = json!({
        "ok": false, "error_code": 429, "description": format!("Too Many Requests: retry after {pause_s}"),
        "parameters": {"retry_after": pause_s},
    });
    reply(StatusCode::TOO_MANY_REQUESTS, JSON, body.to_string())
}
