//! What the Bot API's answers mean (core.telegram.org/bots/api, *Making requests*, *ResponseParameters*).
//!
//! Every answer is `{"ok", "result" | "error_code", "description", "parameters"?}`. Telegram says that the
//! descriptions may change, so an unknown one is never read as a dead address.

use crate::http::Answer;
use bellhop_domain::Outcome;
use bellhop_domain::masking::words;
use bellhop_domain::outcome::ThrottleScope;
use serde_json::Value;
use std::time::Duration;

/// The wait if a 429 names none; a bot may send about 30 messages a second.
const THROTTLE_WAIT: Duration = Duration::from_secs(5);

/// Descriptions of content that Telegram refuses whoever gets it.
const BAD_CONTENT: [&str; 5] = [
    "wrong file identifier/HTTP URL specified",
    "failed to get HTTP URL content",
    "wrong type of the web page content",
    "can't parse entities",
    "PHOTO_INVALID_DIMENSIONS",
];

/// The outcome of an answer to a send. `proven` tells that this bot has sent to somebody, so that an unknown chat is
/// the chat's fault.
pub(super) fn classify(answer: &Answer, proven: bool) -> Outcome {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    if (200..300).contains(&answer.status) {
        return match (body["ok"].as_bool(), message_id(&body["result"])) {
            (Some(true), provider_id) => Outcome::Accepted {
                provider_id,
                cost: None,
                parts: None,
            },
            _ => Outcome::Unknown {
                why: format!("HTTP {} without \"ok\"", answer.status),
            },
        };
    }
    let said = body["description"].as_str().unwrap_or("no words");
    let why = format!("{}: {}", answer.status, words(said));
    match answer.status {
        400 => bad_request(said, why, proven),
        401 | 404 => Outcome::Misconfigured {
            why: format!("{why}; check token and base_url"),
        },
        403 => forbidden(said, why),
        408 => Outcome::Unknown { why },
        429 => throttled(&body, answer.retry_after, why),
        303 | 500.. => Outcome::Unknown { why },
        300..=399 => Outcome::Misconfigured {
            why: format!("{why}; check base_url"),
        },
        _ => Outcome::Failed { why },
    }
}

/// The id of a message, which is unique only within its chat.
pub(super) fn message_id(message: &Value) -> Option<String> {
    let chat = message.pointer("/chat/id")?.as_i64()?;
    Some(format!("{chat}:{}", message["message_id"].as_i64()?))
}

fn bad_request(said: &str, why: String, proven: bool) -> Outcome {
    if said.contains("chat not found") && proven {
        Outcome::RecipientGone { since: None, why }
    } else if BAD_CONTENT.iter().any(|words| said.contains(words)) {
        Outcome::Rejected { why }
    } else {
        Outcome::Failed { why }
    }
}

/// A guest who has blocked the bot wants no marketing, whether or not we heard of the block when it happened. The
/// address stays, because the same id works again once they unblock it.
fn forbidden(said: &str, why: String) -> Outcome {
    if said.contains("user is deactivated") {
        Outcome::RecipientGone { since: None, why }
    } else if said.contains("blocked by the user") {
        Outcome::OptedOut { why }
    } else if said.contains("can't initiate conversation") {
        Outcome::Held { why }
    } else {
        Outcome::Failed { why }
    }
}

fn throttled(body: &Value, header: Option<Duration>, why: String) -> Outcome {
    let told = body.pointer("/parameters/retry_after").and_then(Value::as_u64);
    Outcome::Throttled {
        scope: ThrottleScope::Sender,
        after: Some(told.map(Duration::from_secs).or(header).unwrap_or(THROTTLE_WAIT)),
        why,
    }
}
