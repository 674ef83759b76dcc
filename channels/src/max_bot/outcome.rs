//! What MAX's answers mean (dev.max.ru/docs-api; the codes mostly from its public clients and their users).
//!
//! An error is `{"code", "message"}`. It is unknown what MAX answers for a deleted account, so no answer retires an
//! address. Nothing distinguishes the limit of one dialog from that of the bot.

use crate::http::Answer;
use bellhop_domain::Outcome;
use bellhop_domain::outcome::ThrottleScope;
use serde_json::Value;
use std::time::Duration;

/// The wait if a 429 names none.
const THROTTLE_WAIT: Duration = Duration::from_secs(5);
/// The most characters of a code or key that go into a reason.
const LONGEST_CODE: usize = 80;

/// The outcome of an answer to a send.
pub(super) fn classify(answer: &Answer) -> Outcome {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let why = reason(answer.status, &body);
    let code = body["code"].as_str();
    match (answer.status, code) {
        (200..=299, _) => taken(&body, why),
        (400, code) => bad_request(code, said(&body), why),
        (401, _) => Outcome::Misconfigured {
            why: format!("{why}; check token"),
        },
        (403, code) => forbidden(code, said(&body), why),
        (404, Some("chat.not.found" | "dialog.not.found")) => Outcome::Held { why },
        (404, None) | (405, _) => Outcome::Misconfigured {
            why: format!("{why}; check base_url"),
        },
        (429, _) => Outcome::Throttled {
            scope: ThrottleScope::Sender,
            after: Some(answer.retry_after.unwrap_or(THROTTLE_WAIT)),
            why,
        },
        // An answer with a code comes from the API itself, and not from a proxy in front of it.
        (503, Some(_)) => Outcome::Retry {
            after: answer.retry_after,
            why,
        },
        // See Other answers a request that was carried out.
        (303 | 408 | 500.., _) => Outcome::Unknown { why },
        (300..=399, _) => Outcome::Misconfigured {
            why: format!("{why}; check base_url"),
        },
        _ => Outcome::Failed { why },
    }
}

/// The outcome of an answer of success, which names the message's id if MAX accepted it.
fn taken(body: &Value, why: String) -> Outcome {
    match (
        body.pointer("/message/body/mid").and_then(Value::as_str),
        &body["success"],
    ) {
        (Some(mid), _) if !mid.is_empty() => Outcome::Accepted {
            provider_id: Some(mid.to_owned()),
            cost: None,
            parts: None,
        },
        (_, Value::Bool(false)) => Outcome::Failed { why },
        _ => Outcome::Unknown {
            why: format!("{why} without a message's id"),
        },
    }
}

fn bad_request(code: Option<&str>, said: &str, why: String) -> Outcome {
    match code {
        // MAX has not processed the picture yet; nothing was sent.
        Some("attachment.not.ready") => Outcome::Retry { after: None, why },
        // It may have the code of bad content, but it is about one guest only.
        _ if said.contains("Unknown recipient") => Outcome::Failed { why },
        Some("proto.payload") => Outcome::Rejected { why },
        _ => Outcome::Failed { why },
    }
}

/// A guest who has stopped the bot wants no marketing; the address stays, because they may start it again. MAX's schema
/// names `error.dialog.suspended` for that and for nothing else. `chat.denied` alone is no guest's word: MAX gives the
/// code to a bot without access as well, and one limited bot would cost every guest their consent. So the message is
/// held; if the guest did stop the bot, MAX reports that by `bot_stopped`. Any other refusal may be about the bot.
fn forbidden(code: Option<&str>, said: &str, why: String) -> Outcome {
    if said.contains("error.dialog.suspended") {
        Outcome::OptedOut { why }
    } else if code == Some("chat.denied") {
        Outcome::Held { why }
    } else {
        Outcome::Failed { why }
    }
}

fn said(body: &Value) -> &str {
    body["message"].as_str().unwrap_or_default()
}

/// The code, the status and the key in the message. The rest of the message may contain the guest's id.
fn reason(status: u16, body: &Value) -> String {
    let code = body["code"]
        .as_str()
        .map(without_digits)
        .filter(|code| !code.is_empty());
    let key = said(body).split(|c: char| !is_of_key(c)).find_map(|word| {
        let word = word.trim_matches('.');
        word.contains('.').then(|| without_digits(word))
    });
    match (code, key) {
        (Some(code), Some(key)) if key != code => format!("{code}: HTTP {status}, {key}"),
        (Some(code), _) => format!("{code}: HTTP {status}"),
        (None, Some(key)) => format!("HTTP {status}: {key}"),
        (None, None) => format!("HTTP {status}"),
    }
}

fn is_of_key(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')
}

fn without_digits(text: &str) -> String {
    let plain = text.chars().filter(|c| is_of_key(*c) && !c.is_ascii_digit());
    plain.take(LONGEST_CODE).collect()
}
