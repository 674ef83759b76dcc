//! From an answer of `/messages` to an [`Outcome`].

use super::codes::{Class, class};
use crate::MediaError;
use crate::http::Answer;
use bellhop_domain::Outcome;
use bellhop_domain::masking;
use bellhop_domain::outcome::ThrottleScope;
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;

/// The wait if a 429 without a code names none.
const THROTTLE_WAIT: Duration = Duration::from_secs(60);

#[derive(Deserialize)]
struct Taken {
    messages: Vec<TakenMessage>,
}

#[derive(Deserialize)]
struct TakenMessage {
    id: String,
}

/// One error as Meta writes it, in an answer or in a status.
#[derive(Debug)]
pub(super) struct MetaError<'a> {
    pub code: i64,
    error: &'a Value,
}

impl<'a> MetaError<'a> {
    /// `None` if there is no code.
    pub fn read(error: &'a Value) -> Option<Self> {
        let code = error["code"].as_i64()?;
        Some(Self { code, error })
    }

    /// The code, then the most telling of Meta's words, without a phone that they may quote.
    pub fn why(&self) -> String {
        let details = self.error["error_data"]["details"].as_str();
        let words = details
            .or(self.error["message"].as_str())
            .or(self.error["title"].as_str())
            .unwrap_or_default();
        // The message repeats the code: `(#131009) Parameter value is not valid`.
        let words = words.trim_start_matches(&format!("(#{})", self.code)).trim();
        match masking::words(words) {
            words if words.is_empty() => self.code.to_string(),
            words => format!("{}: {words}", self.code),
        }
    }

    /// What it means for a file that was requested or uploaded.
    pub fn of_file(&self) -> MediaError {
        let why = self.why();
        match class(self.code) {
            Some(Class::Retry(_) | Class::WaitForAll(_)) => MediaError::Later(why),
            // An object that does not exist (any more), or that is not ours.
            _ if self.code == 100 && self.error["error_subcode"] == 33 => MediaError::Gone(why),
            _ => MediaError::Refused(why),
        }
    }
}

/// The outcome of an answer. An answer that does not clearly say that the message was refused leaves it in doubt:
/// Meta has no idempotency keys, and what may have gone out is never sent again.
pub(super) fn classify(answer: &Answer) -> Outcome {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    if let Some(error) = MetaError::read(&body["error"]) {
        return match class(error.code) {
            Some(class) => by_class(class, answer.retry_after, error.why()),
            None => by_status(answer, Some(error.why())),
        };
    }
    if (200..300).contains(&answer.status) {
        return match Taken::deserialize(&body)
            .ok()
            .and_then(|taken| taken.messages.into_iter().next())
        {
            Some(message) => Outcome::Accepted {
                provider_id: Some(message.id),
                cost: None,
                parts: None,
            },
            None => Outcome::Unknown {
                why: format!("HTTP {} without a message id", answer.status),
            },
        };
    }
    by_status(answer, None)
}

fn by_class(class: Class, retry_after: Option<Duration>, why: String) -> Outcome {
    match class {
        Class::Stop => Outcome::Misconfigured { why },
        Class::Fix => Outcome::Rejected { why },
        Class::Failed => Outcome::Failed { why },
        Class::Hold => Outcome::Held { why },
        Class::Country => Outcome::CountryStopped { why },
        Class::OnceMore(after) => Outcome::OnceMore { after, why },
        Class::OptOut => Outcome::OptedOut { why },
        Class::WaitForPerson(least) => throttled(ThrottleScope::Recipient, least, retry_after, why),
        Class::WaitForAll(least) => throttled(ThrottleScope::Sender, least, retry_after, why),
        Class::Retry(after) => Outcome::Retry {
            after: retry_after.or(after),
            why,
        },
    }
}

fn throttled(scope: ThrottleScope, least: Duration, retry_after: Option<Duration>, why: String) -> Outcome {
    let after = Some(retry_after.unwrap_or_default().max(least));
    Outcome::Throttled { scope, after, why }
}

/// The outcome of an answer without a known code: a new code, Meta's front end, or another server altogether.
fn by_status(answer: &Answer, words: Option<String>) -> Outcome {
    let why = words.unwrap_or_else(|| format!("HTTP {}", answer.status));
    match answer.status {
        400 | 413 | 422 => Outcome::Rejected { why },
        429 => throttled(
            ThrottleScope::Sender,
            answer.retry_after.unwrap_or(THROTTLE_WAIT),
            None,
            why,
        ),
        // Meta says *not accepted* by a code. A bare status may come from a front end, whether or not Meta got the
        // request.
        200..300 | 303 | 408 | 500.. => Outcome::Unknown { why },
        _ => Outcome::Misconfigured {
            why: format!("{why}; check base_url, version, phone_number_id and access_token"),
        },
    }
}
