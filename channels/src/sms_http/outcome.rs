//! What a gateway's reply means, by the section's tables.

use super::config::{ReplyFormat, SendReply};
use super::template::{Fill, Settings, Template};
use crate::http::Answer;
use crate::rule::ErrorRule;
use bellhop_domain::masking::words;
use bellhop_domain::outcome::ThrottleScope;
use bellhop_domain::{Money, Outcome};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// The wait if a 429 names none.
const THROTTLE_WAIT: Duration = Duration::from_secs(60);

/// How to read replies to a send.
pub(super) struct ReplyRules {
    format: ReplyFormat,
    id: Option<Template>,
    errors: Vec<Template>,
    error_text: Option<Template>,
    cost: Option<Template>,
    parts: Option<Template>,
    taken: Vec<String>,
}

impl ReplyRules {
    pub fn new(reply: &SendReply, settings: &Settings, places: &[&str]) -> Result<Self, String> {
        let pointer = |text: &Option<String>| pointer(text.as_deref(), settings, places);
        Ok(Self {
            format: reply.format,
            id: pointer(&reply.id)?,
            errors: errors(reply, settings, places)?,
            error_text: pointer(&reply.error_text)?,
            cost: pointer(&reply.cost)?,
            parts: pointer(&reply.parts)?,
            taken: reply.taken.clone(),
        })
    }
}

impl ReplyRules {
    /// Whether a 2xx without a code really comes from the gateway. A page of something else is not, nor is silence
    /// from a gateway that answers an accepted message with a code.
    fn is_an_answer(&self, read: &Value, raw: &[u8]) -> bool {
        match raw.trim_ascii().is_empty() {
            true => self.taken.is_empty(),
            false => !read.is_null(),
        }
    }
}

fn errors(reply: &SendReply, settings: &Settings, places: &[&str]) -> Result<Vec<Template>, String> {
    let mut errors = Vec::new();
    for text in reply.error.all() {
        errors.extend(pointer(Some(text), settings, places)?);
    }
    Ok(errors)
}

/// Parses a JSON pointer with placeholders.
pub(super) fn pointer(text: Option<&str>, settings: &Settings, places: &[&str]) -> Result<Option<Template>, String> {
    match text {
        None => Ok(None),
        Some(text) if text.starts_with('/') => Template::parse(text, settings, places),
        Some(text) => Err(format!("{text:?} is not a JSON pointer; begin it with /")),
    }
}

/// A reply's body as a value, whatever its format; null if it cannot be read.
pub(super) fn body(format: ReplyFormat, bytes: &[u8]) -> Value {
    match format {
        ReplyFormat::Json => serde_json::from_slice(bytes).unwrap_or_default(),
        ReplyFormat::Text => {
            let text = String::from_utf8_lossy(bytes);
            match text.trim() {
                page if page.starts_with('<') => Value::Null,
                line => {
                    let (code, words) = line.split_once(':').unwrap_or((line, ""));
                    json!({"code": code.trim(), "text": words.trim()})
                }
            }
        }
    }
}

/// The number or text at a pointer in the reply, as text; `None` if there is none or it is null or empty.
pub(super) fn scalar(body: &Value, at: Option<&Template>, fill: Fill<'_>) -> Option<String> {
    match body.pointer(&at?.render(fill))? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The outcome of a reply. A reply that does not clearly say that the message was refused leaves it in doubt: an SMS
/// that may have gone out is never sent again.
pub(super) fn classify(
    answer: &Answer,
    rules: &ReplyRules,
    errors: &BTreeMap<String, ErrorRule>,
    fill: Fill<'_>,
) -> Outcome {
    let body = body(rules.format, &answer.body);
    let at = |pointer: &Option<Template>| scalar(&body, pointer.as_ref(), fill);
    let first = rules.errors.iter().find_map(|error| scalar(&body, Some(error), fill));
    let says_taken = first.as_ref().is_some_and(|code| rules.taken.contains(code));
    let code = first.filter(|_| !says_taken);
    match code {
        Some(code) if errors.contains_key(&code) => {
            let rule = &errors[&code];
            rule.outcome(format!("error {code}: {}", rule.meaning), answer.retry_after)
        }
        Some(code) if (200..300).contains(&answer.status) => Outcome::Rejected {
            why: unlisted(&code, at(&rules.error_text)),
        },
        None if (200..300).contains(&answer.status) => match (at(&rules.id), &rules.id) {
            (None, Some(_)) => Outcome::Unknown {
                why: format!("HTTP {} with neither an id nor an error code", answer.status),
            },
            _ if !says_taken && !rules.is_an_answer(&body, &answer.body) => Outcome::Unknown {
                why: format!("HTTP {} with no answer of the gateway's", answer.status),
            },
            (provider_id, _) => Outcome::Accepted {
                provider_id,
                cost: at(&rules.cost).and_then(|cost| cost.parse::<Money>().ok()),
                parts: at(&rules.parts).and_then(|parts| parts.parse().ok()),
            },
        },
        code => {
            let words = code.map(|code| unlisted(&code, at(&rules.error_text)));
            match errors.get(&format!("HTTP {}", answer.status)) {
                Some(rule) => rule.outcome(by_status_why(answer, words), answer.retry_after),
                None => by_status(answer, words),
            }
        }
    }
}

fn unlisted(code: &str, text: Option<String>) -> String {
    format!("error {}: {}", words(code), words(&text.unwrap_or_default()))
}

fn throttled(scope: ThrottleScope, after: Option<Duration>, why: String) -> Outcome {
    Outcome::Throttled { scope, after, why }
}

fn by_status_why(answer: &Answer, words: Option<String>) -> String {
    match words {
        Some(words) => format!("HTTP {}: {words}", answer.status),
        None => format!("HTTP {}", answer.status),
    }
}

/// The outcome of replies whose body says nothing we know. Only a 4xx says that nothing was accepted. Any 5xx, even a
/// 503, may come from a proxy in front of the gateway, which sends it whether or not the gateway has accepted the
/// message. Only `errors` in the gateway's section can say that such a status is the gateway's own.
fn by_status(answer: &Answer, words: Option<String>) -> Outcome {
    let why = by_status_why(answer, words);
    match answer.status {
        400 | 413 | 414 | 422 => Outcome::Rejected { why },
        429 => throttled(
            ThrottleScope::Sender,
            Some(answer.retry_after.unwrap_or(THROTTLE_WAIT)),
            why,
        ),
        303 | 408 | 499 | 500.. => Outcome::Unknown { why },
        _ => Outcome::Misconfigured {
            why: format!("{why}; check base_url, path and credentials"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::unlisted;

    #[test]
    fn a_gateways_words_lose_what_they_quote() {
        let told = unlisted("7", Some("no route to +7 (999) 123-45-67".to_owned()));
        assert_eq!(told, "error 7: no route to …");
        assert_eq!(unlisted("79991234567", None), "error …: ");
    }
}
