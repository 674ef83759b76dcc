//! What FCM's answers mean: the table of PROVIDERS.md §1.5 as a function.

use crate::http::Answer;
use bellhop_domain::Outcome;
use bellhop_domain::masking::words;
use bellhop_domain::outcome::ThrottleScope;
use serde::Deserialize;
use serde_json::Value;
use std::borrow::Cow;
use std::time::Duration;

/// FCM's own default if a 429 names no wait.
const THROTTLE_WAIT: Duration = Duration::from_secs(60);
/// What Google's front-end pages ask for.
const FRONT_END_WAIT: Duration = Duration::from_secs(30);

#[derive(Deserialize)]
struct Taken<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
}

/// The outcome of an answer.
///
/// `proven` tells that FCM has accepted this run's content for somebody, so that a complaint that could be about the
/// content or the credentials is about this token. Until then no token is given up for it, because a wrong key or
/// payload would otherwise cost the whole base (PROVIDERS.md §7 rule 5).
pub(super) fn classify(answer: &Answer, proven: bool) -> Outcome {
    if answer.status == 200 {
        return accepted(&answer.body);
    }
    let error = Refusal::read(answer);
    match error.code() {
        Some("UNREGISTERED") => gone(&error),
        Some("SENDER_ID_MISMATCH") if proven => gone(&error),
        Some("SENDER_ID_MISMATCH") => Outcome::Failed { why: error.why() },
        Some("INVALID_ARGUMENT") if error.blames_token() && proven => gone(&error),
        // The address of one guest says nothing about the content or anybody else's address.
        Some("INVALID_ARGUMENT") if error.blames_token() => Outcome::Failed { why: error.why() },
        Some("INVALID_ARGUMENT") => Outcome::Rejected { why: error.why() },
        Some("QUOTA_EXCEEDED") => throttled(answer, &error),
        Some("THIRD_PARTY_AUTH_ERROR") => Outcome::Misconfigured {
            why: format!(
                "{}; renew the app's APNs key or web push certificate in the Firebase console",
                error.why()
            ),
        },
        Some("UNAVAILABLE" | "INTERNAL" | "UNSPECIFIED_ERROR") => retry(answer, &error, None),
        _ => by_status(answer, &error),
    }
}

/// Whether FCM refuses our access token, rather than the app's own APNs or web push credentials.
pub(super) fn refuses_our_token(answer: &Answer) -> bool {
    answer.status == 401 && Refusal::read(answer).code().is_none()
}

fn accepted(body: &[u8]) -> Outcome {
    match serde_json::from_slice::<Taken<'_>>(body) {
        Ok(taken) => Outcome::Accepted {
            provider_id: taken.name.rsplit('/').next().map(str::to_owned),
            cost: None,
            parts: None,
        },
        Err(_) => Outcome::Misconfigured {
            why: "200 without a message name; check that base_url is FCM's".to_owned(),
        },
    }
}

/// Answers without FCM's own code: Google's front end, or another server altogether.
fn by_status(answer: &Answer, error: &Refusal) -> Outcome {
    match answer.status {
        400 | 413 => Outcome::Rejected { why: error.why() },
        429 => throttled(answer, error),
        401 => super::token::refused_twice(),
        403 => Outcome::Misconfigured {
            why: format!(
                "{}; check that the API is enabled and the key may send for this project",
                error.why()
            ),
        },
        502 => retry(answer, error, Some(FRONT_END_WAIT)),
        408 | 500.. => retry(answer, error, None),
        // 404 without UNREGISTERED is a wrong URL, never a dead token.
        _ => Outcome::Misconfigured {
            why: format!("{}; check base_url and project_id", error.why()),
        },
    }
}

fn gone(error: &Refusal) -> Outcome {
    Outcome::RecipientGone {
        since: None,
        why: error.why(),
    }
}

fn retry(answer: &Answer, error: &Refusal, default: Option<Duration>) -> Outcome {
    Outcome::Retry {
        after: answer.retry_after.or(default),
        why: error.why(),
    }
}

fn throttled(answer: &Answer, error: &Refusal) -> Outcome {
    Outcome::Throttled {
        scope: error.quota(),
        after: Some(answer.retry_after.unwrap_or(THROTTLE_WAIT)),
        why: error.why(),
    }
}

/// An error answer. Its body may be JSON with or without details, or a page of HTML.
struct Refusal {
    status: u16,
    error: Value,
}

impl Refusal {
    fn read(answer: &Answer) -> Self {
        let mut body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        Self {
            status: answer.status,
            error: body.get_mut("error").map(Value::take).unwrap_or_default(),
        }
    }

    fn details(&self) -> impl Iterator<Item = &Value> {
        self.error["details"].as_array().into_iter().flatten()
    }

    /// FCM's own code. A reply without details has no such code, but two canonical statuses mean the same.
    fn code(&self) -> Option<&str> {
        let own = self.details().find_map(|detail| detail["errorCode"].as_str());
        own.or(match self.error["status"].as_str() {
            Some(status @ ("INVALID_ARGUMENT" | "UNAVAILABLE" | "INTERNAL")) => Some(status),
            Some("RESOURCE_EXHAUSTED") => Some("QUOTA_EXCEEDED"),
            _ => None,
        })
    }

    fn violations(&self, list: &'static str) -> impl Iterator<Item = &Value> {
        self.details()
            .flat_map(move |detail| detail[list].as_array().into_iter().flatten())
    }

    /// Judged by the field or, if no field is named, by FCM's own words.
    fn blames_token(&self) -> bool {
        let mut fields = self
            .violations("fieldViolations")
            .filter_map(|it| it["field"].as_str())
            .peekable();
        if fields.peek().is_some() {
            return fields.any(|field| matches!(field, "message.token" | "message.fid"));
        }
        let words = self.error["message"].as_str().unwrap_or_default().to_ascii_lowercase();
        words.contains("registration token")
    }

    /// Whose quota is used up: a device's own, or the project's.
    fn quota(&self) -> ThrottleScope {
        let names_device = |text: &Value| text.as_str().is_some_and(|t| t.to_ascii_lowercase().contains("device"));
        let of_device = self
            .violations("violations")
            .any(|violation| names_device(&violation["subject"]) || names_device(&violation["description"]));
        if of_device {
            ThrottleScope::Recipient
        } else {
            ThrottleScope::Sender
        }
    }

    /// The most telling code, then FCM's words, if any.
    fn why(&self) -> String {
        let code = self
            .code()
            .or(self.error["status"].as_str())
            .map_or_else(|| format!("HTTP {}", self.status), str::to_owned);
        match self.error["message"].as_str() {
            Some(message) => format!("{code}: {}", words(message)),
            None => code,
        }
    }
}
