//! What Green-API's answers mean (PROVIDERS.md §5.9).

use crate::http::Answer;
use bellhop_domain::Outcome;
use bellhop_domain::masking::words;
use bellhop_domain::outcome::ThrottleScope;
use serde_json::Value;
use std::time::Duration;

/// The wait if a 429 names none; the limit is 50 requests a second.
const THROTTLE_WAIT: Duration = Duration::from_secs(5);

/// According to Green-API, an instance starts within seconds.
const START: Duration = Duration::from_secs(15);

/// The outcome of an answer to a send.
pub(super) fn classify(answer: &Answer) -> Outcome {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    if (200..300).contains(&answer.status) {
        return match body["idMessage"].as_str().filter(|id| !id.is_empty()) {
            Some(id) => Outcome::Accepted {
                provider_id: Some(id.to_owned()),
                cost: None,
                parts: None,
            },
            None => Outcome::Unknown {
                why: format!("HTTP {} without an idMessage", answer.status),
            },
        };
    }
    let said = said(&body, &answer.body);
    let why = format!("HTTP {}: {}", answer.status, words(&said));
    match answer.status {
        400 => bad_request(&said, why),
        401 => Outcome::Misconfigured {
            why: format!("{why}; check token"),
        },
        403 => Outcome::Misconfigured {
            why: format!("{why}; check instance, and its state in Green-API's console"),
        },
        466 => quota(&body),
        408 | 499 => Outcome::Unknown { why },
        429 => Outcome::Throttled {
            scope: ThrottleScope::Sender,
            after: Some(answer.retry_after.unwrap_or(THROTTLE_WAIT)),
            why,
        },
        // Green-API documents no 5xx, so they come from a front end, whether or not the instance got the request.
        303 | 500.. => Outcome::Unknown { why },
        300..=399 | 404 | 405 => Outcome::Misconfigured {
            why: format!("{why}; check base_url and instance"),
        },
        _ => Outcome::Failed { why },
    }
}

/// The meaning of a 400, which only its words tell.
fn bad_request(said: &str, why: String) -> Outcome {
    let said = said.to_ascii_lowercase();
    let says = |words: &str| said.contains(words);
    if says("starting process") {
        Outcome::Retry {
            after: Some(START),
            why,
        }
    } else if says("not authorized") {
        Outcome::Misconfigured {
            why: format!("{why}; scan the QR code in Green-API's console"),
        }
    } else if says("quota") || says("limit") && says("tariff") {
        Outcome::Misconfigured { why }
    } else if says("bad request data") {
        Outcome::Rejected { why }
    } else {
        Outcome::Failed { why }
    }
}

/// 466: the tariff's quota. Its description lists phones that may still be written to, so it is kept out of the
/// reason.
fn quota(body: &Value) -> Outcome {
    let status = |part: &str| body.pointer(&format!("/{part}/status")).and_then(Value::as_str);
    let status = status("correspondentsStatus").or_else(|| status("invokeStatus"));
    let status = words(status.unwrap_or("quota exceeded"));
    Outcome::Misconfigured {
        why: format!("466: {status}: the tariff's quota is used up; change the tariff in Green-API's console"),
    }
}

/// Green-API's words for an error: JSON or bare text.
fn said(body: &Value, raw: &[u8]) -> String {
    let told = ["message", "error", "description"]
        .into_iter()
        .find_map(|key| body[key].as_str());
    match told {
        Some(text) => text.to_owned(),
        None if body.is_null() && !raw.trim_ascii_start().starts_with(b"<") => {
            String::from_utf8_lossy(raw).into_owned()
        }
        None => "no words".to_owned(),
    }
}
