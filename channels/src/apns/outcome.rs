//! What Apple's answers mean: the table of PROVIDERS.md §2.4 as a function.

use super::address::Environment;
use super::token::{CLOCK, LEAST};
use crate::http::Answer;
use bellhop_domain::masking::words;
use bellhop_domain::outcome::ThrottleScope;
use bellhop_domain::{Outcome, Timestamp};
use serde::Deserialize;
use std::time::Duration;

/// The wait for one device if Apple names none.
const DEVICE_WAIT: Duration = Duration::from_secs(60);
/// Apple's advice after a 500 or 503: the first retry after about 15 minutes.
const SERVER_WAIT: Duration = Duration::from_secs(15 * 60);

/// What an answer requires of us beside the outcome of its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remedy {
    Nothing,
    /// The connection is of no more use.
    Reconnect,
    /// The token is too old, or the connection remembers one that was.
    RenewToken,
    /// Too many tokens were minted.
    KeepToken,
}

/// The meaning of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Classification {
    pub outcome: Outcome,
    pub remedy: Remedy,
}

impl From<Outcome> for Classification {
    fn from(outcome: Outcome) -> Self {
        Self {
            outcome,
            remedy: Remedy::Nothing,
        }
    }
}

/// A refusal as Apple writes it.
#[derive(Debug, Default, Deserialize)]
struct Refusal {
    reason: Option<String>,
    /// For a 410: when the token was last known to be dead, in ms UTC.
    timestamp: Option<i64>,
}

/// What an answer means. `apns_id` is its header of that name.
///
/// `proven` tells that Apple has accepted a push with these credentials in this environment, so that a complaint
/// about a token concerns that token. Until then no token is given up, because a wrong host or topic would otherwise
/// cost the whole base (PROVIDERS.md §7 rule 5).
pub(super) fn classify(
    answer: &Answer,
    apns_id: Option<&str>,
    environment: Environment,
    proven: bool,
) -> Classification {
    if answer.status == 200 {
        return accepted(answer, apns_id).into();
    }
    let Refusal { reason, timestamp } = serde_json::from_slice(&answer.body).unwrap_or_default();
    let Some(reason) = reason else {
        return by_status(answer, environment).into();
    };
    let why = words(&reason);
    match reason.as_str() {
        "BadCollapseId" | "BadExpirationDate" | "BadMessageId" | "BadPriority" | "BadTopic" | "DuplicateHeaders"
        | "InvalidPushType" | "MissingDeviceToken" | "MissingTopic" | "PayloadEmpty" | "PayloadTooLarge"
        | "BadPath" | "MethodNotAllowed" => Outcome::Rejected { why }.into(),
        "BadDeviceToken" => bad_token(
            format!("{why}: no token of the {} environment", environment.name()),
            proven,
        ),
        "DeviceTokenNotForTopic" => bad_token(format!("{why}: the token is another app's"), proven),
        "Unregistered" | "ExpiredToken" => Outcome::RecipientGone {
            since: timestamp.map(Timestamp),
            why,
        }
        .into(),
        "IdleTimeout" | "Shutdown" | "UnrelatedKeyIdInToken" => Classification {
            outcome: retry(answer, None, why),
            remedy: Remedy::Reconnect,
        },
        "ExpiredProviderToken" => Classification {
            outcome: misconfigured(&why, CLOCK),
            remedy: Remedy::RenewToken,
        },
        "TooManyProviderTokenUpdates" => Classification {
            outcome: throttled(answer, ThrottleScope::Sender, LEAST, why),
            remedy: Remedy::KeepToken,
        },
        "TooManyRequests" => throttled(answer, ThrottleScope::Recipient, DEVICE_WAIT, why).into(),
        _ => match credentials(&reason) {
            Some(mend) => misconfigured(&why, mend).into(),
            None => unheard(answer, why).into(),
        },
    }
}

/// What to do about a reason that concerns the key, the team or the topic.
fn credentials(reason: &str) -> Option<&'static str> {
    Some(match reason {
        "BadCertificate" | "BadCertificateEnvironment" | "Forbidden" => {
            "check that the key is not revoked and may send to this app"
        }
        "InvalidProviderToken" | "MissingProviderToken" => "check key, key_id and team_id: they belong together",
        // The first is the name in Apple's list, the second the one seen on the wire.
        "BadEnvironmentKeyIdInToken" | "BadEnvironmentKeyInToken" => {
            "the key is limited to the other environment; make one for this one at Apple's developer site"
        }
        "TopicDisallowed" => "check topic: the key may not send to this app",
        _ => return None,
    })
}

fn accepted(answer: &Answer, apns_id: Option<&str>) -> Outcome {
    if apns_id.is_none() && !answer.body.is_empty() {
        return misconfigured(
            "HTTP 200 with a body and without apns-id",
            "check that the host is Apple's",
        );
    }
    Outcome::Accepted {
        provider_id: apns_id.map(str::to_owned),
        cost: None,
        parts: None,
    }
}

fn bad_token(why: String, proven: bool) -> Classification {
    let outcome = if proven {
        Outcome::RecipientGone { since: None, why }
    } else {
        Outcome::Failed { why }
    };
    outcome.into()
}

/// The outcome of a reason that is not in Apple's list yet.
fn unheard(answer: &Answer, why: String) -> Outcome {
    match answer.status {
        // A token is never given up for a reason that we do not know.
        410 => Outcome::Failed { why },
        403 => misconfigured(&why, "check key, key_id, team_id and topic"),
        429 => throttled(answer, ThrottleScope::Sender, DEVICE_WAIT, why),
        500.. => retry(answer, Some(SERVER_WAIT), why),
        400..=499 => Outcome::Rejected { why },
        _ => misconfigured(&why, "check that the host is Apple's"),
    }
}

/// The outcome of an answer without a reason: something in between answered, or another server altogether.
fn by_status(answer: &Answer, environment: Environment) -> Outcome {
    let why = format!("HTTP {} without a reason", answer.status);
    match answer.status {
        410 => Outcome::Failed { why },
        429 => throttled(answer, ThrottleScope::Sender, DEVICE_WAIT, why),
        500 | 503 => retry(answer, Some(SERVER_WAIT), why),
        408 | 501.. => retry(answer, None, why),
        _ => misconfigured(&why, &format!("check that {}_url is Apple's", environment.name())),
    }
}

fn misconfigured(why: &str, mend: &str) -> Outcome {
    Outcome::Misconfigured {
        why: format!("{why}; {mend}"),
    }
}

fn retry(answer: &Answer, default: Option<Duration>, why: String) -> Outcome {
    Outcome::Retry {
        after: answer.retry_after.or(default),
        why,
    }
}

fn throttled(answer: &Answer, scope: ThrottleScope, default: Duration, why: String) -> Outcome {
    Outcome::Throttled {
        scope,
        after: Some(answer.retry_after.unwrap_or(default)),
        why,
    }
}
