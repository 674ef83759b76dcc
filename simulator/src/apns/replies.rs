//! APNs' answers, shapes of PROVIDERS §2.4.

use hyper::StatusCode;
use hyper::header::HeaderValue;
use serde_json::json;

use crate::serve::Reply;
use crate::serve::reply::{JSON, reply};

/// The status and reason of a refusal.
pub(super) type Refused = (StatusCode, &'static str);

/// 200 without a body.
pub(super) fn accepted(id: &str) -> Reply {
    let mut reply = with_id(reply(StatusCode::OK, JSON, String::new()), id);
    reply.headers_mut().remove(hyper::header::CONTENT_TYPE);
    reply
}

pub(super) fn refusal(id: &str, status: StatusCode, reason: &str) -> Reply {
    with_id(reply(status, JSON, json!({ "reason": reason }).to_string()), id)
}

/// 410 with the time since which the token is dead, ms UTC.
pub(super) fn gone(id: &str, reason: &str, since_ms: i64) -> Reply {
    let body = json!({"reason": reason, "timestamp": since_ms}).to_string();
    with_id(reply(StatusCode::GONE, JSON, body), id)
}

fn with_id(mut reply: Reply, id: &str) -> Reply {
    if let Ok(id) = HeaderValue::from_str(id) {
        reply.headers_mut().insert("apns-id", id);
    }
    reply
}
