//! MAX's answers, and its form of each fault: an error is `{"code", "message"}` (dev.max.ru/docs-api).

use chrono::Utc;
use hyper::StatusCode;
use serde_json::{Value, json};

use crate::faults::{ChannelFaults, Fault};
use crate::refusals::{MAX_NOT_READY, MAX_STOPPED};
use crate::serve::Reply;
use crate::serve::reply::{JSON, html, reply, retry_after, with_retry_after};

pub(super) fn result(result: &Value) -> Reply {
    reply(StatusCode::OK, JSON, result.to_string())
}

pub(super) fn error(status: StatusCode, code: &str, message: &str) -> Reply {
    reply(status, JSON, json!({"code": code, "message": message}).to_string())
}

pub(super) fn bad(message: &str) -> Reply {
    error(StatusCode::BAD_REQUEST, "proto.payload", message)
}

pub(super) fn unauthorized() -> Reply {
    error(StatusCode::UNAUTHORIZED, "verify.token", "Invalid access_token")
}

/// The guest has stopped the bot. The message contains the guest's id.
pub(super) fn stopped(user: i64) -> Reply {
    let message = format!("Key: error.dialog.suspended, args: [{user},]");
    error(StatusCode::FORBIDDEN, "chat.denied", &message)
}

/// The error answer of a fault; `None` for faults whose message is accepted or whose request is reset.
pub(super) fn refusal(fault: Fault, faults: &ChannelFaults, user: i64) -> Option<Reply> {
    Some(match fault {
        // What MAX answers for a deleted account is unknown; a dialog that was never opened is not found.
        Fault::DeadRecipient => error(
            StatusCode::NOT_FOUND,
            "dialog.not.found",
            &format!("Dialog with {user} not found"),
        ),
        Fault::InvalidRecipient => bad("Unknown recipient"),
        Fault::RejectedContent => bad("Key: errors.keyboard.url.invalid"),
        Fault::Unauthorized => unauthorized(),
        Fault::TooManyRequests => {
            let pause = retry_after(faults.retry_after_s, faults.retry_after_as_date, Utc::now());
            with_retry_after(
                error(StatusCode::TOO_MANY_REQUESTS, "too.many.requests", "Too many requests"),
                &pause,
            )
        }
        Fault::Unavailable => page(StatusCode::SERVICE_UNAVAILABLE),
        Fault::UnavailableRetryAfter => {
            let pause = retry_after(faults.retry_after_s, faults.retry_after_as_date, Utc::now());
            with_retry_after(page(StatusCode::SERVICE_UNAVAILABLE), &pause)
        }
        Fault::Internal => error(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error"),
        Fault::BadGateway => page(StatusCode::BAD_GATEWAY),
        Fault::Own(MAX_STOPPED) => stopped(user),
        Fault::Own(MAX_NOT_READY) => error(
            StatusCode::BAD_REQUEST,
            "attachment.not.ready",
            "Key: errors.process.attachment.photo.not.processed",
        ),
        Fault::ResetBefore | Fault::ResetAfter | Fault::LostReply | Fault::Slow => return None,
        // There are no reports here.
        Fault::Undeliverable | Fault::ReportFirst => return None,
        // Not on this lane.
        Fault::SenderMismatch | Fault::ThirdPartyAuth | Fault::NoMoney | Fault::Blocked | Fault::Busy => return None,
        Fault::Own(_) => return None,
    })
}

fn page(status: StatusCode) -> Reply {
    html(status, "The service is not available.")
}
