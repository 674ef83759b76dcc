//! What WAHA's answers mean.
//!
//! WAHA's documentation has no table of errors. Known are 422 with the session's state when that state cannot send,
//! 401 for the key, 404 for an unknown session, and 500 with WhatsApp's own `server returned error 463` or `475`
//! while WhatsApp restricts the number. With any other status above 499 the message may have gone out: a 502, 503 or
//! 504 comes from a proxy in front of WAHA, which sends it whether or not WAHA got the request.

use super::session::SessionState;
use crate::chat_id::person;
use crate::http::Answer;
use bellhop_domain::Outcome;
use bellhop_domain::masking::words;
use bellhop_domain::outcome::ThrottleScope;
use serde_json::Value;
use std::time::Duration;

/// The wait if a 429 names none.
const THROTTLE_WAIT: Duration = Duration::from_secs(60);

/// The outcome of an answer to a send.
pub(super) fn classify(answer: &Answer) -> Outcome {
    let body: Option<Value> = serde_json::from_slice(&answer.body).ok();
    match (answer.status, &body) {
        (200..300, Some(Value::Object(_))) => accepted(body.as_ref().and_then(sent_id)),
        // One of its engines answers 201 without a body: the message is accepted, and only the id for acks is lost.
        (200..300, None) if answer.body.is_empty() => accepted(None),
        (200..300, _) => Outcome::Unknown {
            why: format!("HTTP {}: no answer of WAHA's; is base_url right?", answer.status),
        },
        _ => refused(answer, body.as_ref().unwrap_or(&Value::Null)),
    }
}

fn accepted(provider_id: Option<String>) -> Outcome {
    Outcome::Accepted {
        provider_id,
        cost: None,
        parts: None,
    }
}

/// The id of the message, which each of WAHA's engines writes in another place.
fn sent_id(body: &Value) -> Option<String> {
    ["/id/_serialized", "/id", "/key/id", "/_data/id/_serialized"]
        .into_iter()
        .find_map(|place| body.pointer(place)?.as_str())
        .filter(|id| !id.is_empty())
        .map(|id| message_id(id).to_owned())
}

/// WhatsApp's own id within WAHA's `true_79991234567@c.us_3EB0F8C097D15D6986DEB7`: the only part that is the same in
/// an answer and in acks, because acks may name the chat by its hidden id.
pub(super) fn message_id(id: &str) -> &str {
    let told = id.strip_prefix("true_").or_else(|| id.strip_prefix("false_"));
    // The chat may have such a mark of its own, of one of a person's devices: 79991234567_1:12@….
    let behind = told.map(|told| told.split_once('@').map_or(told, |(_, server)| server));
    let own = behind.and_then(|behind| behind.split('_').nth(1));
    own.filter(|own| !own.is_empty()).unwrap_or(id)
}

fn refused(answer: &Answer, body: &Value) -> Outcome {
    let said = said(body);
    let why = format!("HTTP {}: {}", answer.status, words(&said));
    match answer.status {
        422 => match body["status"].as_str() {
            Some(state) => not_working(state),
            None => Outcome::Failed { why },
        },
        401 | 403 => Outcome::Misconfigured {
            why: format!("{why}; check api_key"),
        },
        404 => Outcome::Misconfigured {
            why: format!("{why}; check base_url and session"),
        },
        // The result of the request is at another URL.
        303 => Outcome::Unknown { why },
        300..=399 => Outcome::Misconfigured {
            why: format!("{why}; check base_url"),
        },
        408 => Outcome::Unknown { why },
        429 => Outcome::Throttled {
            scope: ThrottleScope::Sender,
            after: Some(answer.retry_after.unwrap_or(THROTTLE_WAIT)),
            why,
        },
        500.. => restriction(&said).unwrap_or(Outcome::Unknown { why }),
        _ => Outcome::Failed { why },
    }
}

/// A session that cannot send says so in its refusal.
fn not_working(state: &str) -> Outcome {
    SessionState::from_name(state).map_or_else(
        || Outcome::Misconfigured {
            why: format!("{}: the session cannot send; look at the WAHA dashboard", words(state)),
        },
        SessionState::refusal,
    )
}

/// WhatsApp refuses messages to new contacts of a number it suspects. Continuing makes it worse, so the number stops
/// (PRODUCT.md §8) and a human decides.
fn restriction(said: &str) -> Option<Outcome> {
    let why = if said.contains("server returned error 463") {
        "463: WhatsApp restricts this number for writing to too many new contacts; the restriction ends by itself, only answer existing chats until then"
    } else if said.contains("server returned error 475") {
        "475: this number's quota of new contacts is used up; a new one begins with WhatsApp's next cycle"
    } else {
        return None;
    };
    Some(Outcome::Misconfigured { why: why.to_owned() })
}

/// WAHA's words for an error, wherever they are.
fn said(body: &Value) -> String {
    let message = ["/exception/message", "/message", "/error"]
        .into_iter()
        .find_map(|place| body.pointer(place));
    match message {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(lines)) => lines.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; "),
        _ => "no words".to_owned(),
    }
}

/// What `check-exists` says about a number: the chat to write to, if it names one. Nothing has been sent yet, so in
/// doubt it is simply tried again.
pub(super) fn number(answer: &Answer) -> Result<Option<String>, Outcome> {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    match (answer.status, body["numberExists"].as_bool()) {
        (200..300, Some(true)) => {
            let chat = body["chatId"].as_str().filter(|chat| person(chat).is_some());
            Ok(chat.map(|chat| chat.replace("@s.whatsapp.net", "@c.us")))
        }
        (200..300, Some(false)) => Err(Outcome::RecipientGone {
            since: None,
            why: "numberExists: the number has no WhatsApp".to_owned(),
        }),
        (200..300, None) => Err(Outcome::Retry {
            after: None,
            why: format!("HTTP {}: the number check gave no answer", answer.status),
        }),
        _ => Err(unsent(refused(answer, &body))),
    }
}

/// The outcome of a request that sends nothing, so that nothing is in doubt.
pub(super) fn unsent(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Unknown { why } => Outcome::Retry {
            after: None,
            why: format!("number check: {why}"),
        },
        other => other,
    }
}
