//! WAHA's answers, and its form of each fault.

use chrono::Utc;
use hyper::StatusCode;
use serde_json::{Value, json};

use super::config::{WahaEngine, WahaState};
use crate::faults::{ChannelFaults, Fault};
use crate::refusals::{WAHA_CAPPED, WAHA_TIMELOCK};
use crate::serve::Reply;
use crate::serve::reply::{JSON, html, reply, retry_after, with_retry_after};

pub(super) fn json_reply(status: StatusCode, body: &Value) -> Reply {
    reply(status, JSON, body.to_string())
}

pub(super) fn error(status: StatusCode, message: &str) -> Reply {
    json_reply(status, &json!({"statusCode": status.as_u16(), "message": message}))
}

/// The session is not in the state that the request needs.
pub(super) fn not_working(session: &str, state: WahaState) -> Reply {
    json_reply(
        StatusCode::UNPROCESSABLE_ENTITY,
        &json!({
            "error": "Session status is not as expected. Try again later or restart the session",
            "session": session,
            "status": state,
            "expected": [WahaState::Working],
        }),
    )
}

/// The engine's answer about a message that it sent.
pub(super) fn sent(engine: WahaEngine, chat_id: &str, id: &str) -> Reply {
    let whole = format!("true_{chat_id}_{id}");
    let timestamp = Utc::now().timestamp();
    let body = match engine {
        WahaEngine::Webjs => json!({
            "id": {"fromMe": true, "remote": chat_id, "id": id, "_serialized": whole},
            "ack": 0, "timestamp": timestamp, "fromMe": true,
        }),
        WahaEngine::Noweb => json!({
            "key": {"remoteJid": chat_id.replace("@c.us", "@s.whatsapp.net"), "fromMe": true, "id": id},
            "messageTimestamp": timestamp.to_string(), "status": "PENDING",
        }),
        WahaEngine::Gows => json!({"id": whole, "timestamp": timestamp, "fromMe": true, "to": chat_id}),
    };
    json_reply(StatusCode::CREATED, &body)
}

/// The error answer of a fault; `None` for faults whose message is accepted or whose request is reset.
pub(super) fn refusal(fault: Fault, faults: &ChannelFaults) -> Option<Reply> {
    let internal = |words: &str| {
        json_reply(
            StatusCode::INTERNAL_SERVER_ERROR,
            &json!({"statusCode": 500, "exception": {"message": words, "code": 2}}),
        )
    };
    let pause = || retry_after(faults.retry_after_s, faults.retry_after_as_date, Utc::now());
    Some(match fault {
        Fault::InvalidRecipient => error(StatusCode::BAD_REQUEST, "chatId has a wrong format"),
        // The answer for a number that was not checked first.
        Fault::DeadRecipient => internal("No LID for user"),
        Fault::RejectedContent => error(StatusCode::BAD_REQUEST, "text is refused"),
        Fault::Unauthorized => error(StatusCode::UNAUTHORIZED, "Unauthorized"),
        Fault::TooManyRequests => with_retry_after(error(StatusCode::TOO_MANY_REQUESTS, "Too many requests"), &pause()),
        Fault::Unavailable => html(StatusCode::SERVICE_UNAVAILABLE, "The service is not available."),
        Fault::UnavailableRetryAfter => with_retry_after(
            html(StatusCode::SERVICE_UNAVAILABLE, "The service is not available."),
            &pause(),
        ),
        Fault::Internal => internal("Evaluation failed: t"),
        Fault::BadGateway => html(StatusCode::BAD_GATEWAY, "The service is not available."),
        Fault::Own(WAHA_TIMELOCK) => internal("2 UNKNOWN: server returned error 463"),
        Fault::Own(WAHA_CAPPED) => internal("2 UNKNOWN: server returned error 475"),
        Fault::ResetBefore | Fault::ResetAfter | Fault::LostReply | Fault::Slow => return None,
        Fault::Undeliverable | Fault::ReportFirst => return None,
        // These do not exist on this lane.
        Fault::SenderMismatch | Fault::ThirdPartyAuth | Fault::NoMoney | Fault::Blocked | Fault::Busy => return None,
        Fault::Own(_) => return None,
    })
}
