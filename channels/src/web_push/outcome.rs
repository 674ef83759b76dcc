//! What push services' answers mean: the tables of PROVIDERS.md §3.6 as two functions. The first reads an answer, the
//! second says what becomes of the message, given what else this service has answered.

use crate::http::Answer;
use bellhop_domain::Outcome;
use bellhop_domain::masking::words;
use bellhop_domain::outcome::ThrottleScope;
use serde_json::Value;
use std::time::Duration;

/// The wait for a 429 that names none, and for Mozilla's *back off*.
const BUSY_WAIT: Duration = Duration::from_secs(60);
/// Microsoft's 406 lasts from an hour to a day.
const BLOCKED_WAIT: Duration = Duration::from_secs(3600);

/// What a push service says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    Taken,
    /// The subscription is over.
    Gone,
    /// The subscription was made with another VAPID key, or ours is wrong: one answer cannot tell.
    OtherKey,
    /// Our side of the connection or our credentials are at fault, whoever the recipient is.
    Misconfigured,
    /// Our headers or our encryption are at fault.
    Malformed,
    /// The body is too big for this push service, and so for all of its browsers unless their bodies are shorter.
    TooBig,
    /// The subscription lives elsewhere now; redirects are not followed.
    Moved,
    /// Too many messages for one subscription.
    Busy,
    /// Too many messages for the whole service.
    Blocked,
    /// Trouble on their side.
    Trouble(Option<Duration>),
}

impl Meaning {
    /// How long the answer asks to stay away.
    pub fn wait(self, retry_after: Option<Duration>) -> Option<Duration> {
        retry_after.or(match self {
            Meaning::Busy => Some(BUSY_WAIT),
            Meaning::Blocked => Some(BLOCKED_WAIT),
            Meaning::Trouble(wait) => wait,
            _ => None,
        })
    }
}

/// An answer, read: what it means and the words for the statistics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ServiceReply {
    pub meaning: Meaning,
    pub why: String,
}

impl ServiceReply {
    pub fn of(answer: &Answer) -> Self {
        let body = Body::read(&answer.body);
        let meaning = body
            .errno
            .and_then(of_mozilla)
            .or_else(|| body.reason.as_deref().and_then(of_apple))
            .or_else(|| of_google(answer.status, &body.text))
            .unwrap_or_else(|| by_status(answer.status, &body));
        Self {
            meaning,
            why: body.why(answer.status),
        }
    }
}

/// How far to trust the VAPID key when a service refuses it for one subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// This service accepts it for nearly everybody, or the settings say that it replaced another on purpose.
    Proven,
    Unproven,
}

/// What becomes of the message.
///
/// `content_passes` tells that this service has lately accepted our messages, so that a complaint about one does not
/// concern all.
pub(super) fn outcome(reply: ServiceReply, retry_after: Option<Duration>, key: Trust, content_passes: bool) -> Outcome {
    let (why, after) = (reply.why, reply.meaning.wait(retry_after));
    match reply.meaning {
        Meaning::Taken => Outcome::Accepted {
            provider_id: None,
            cost: None,
            parts: None,
        },
        Meaning::Gone => Outcome::RecipientGone { since: None, why },
        Meaning::OtherKey if key == Trust::Proven => Outcome::RecipientGone {
            since: None,
            why: format!("{why}; the subscription was made with another VAPID key"),
        },
        Meaning::OtherKey => Outcome::Misconfigured {
            why: format!(
                "{why}; the VAPID key is not the one that the site subscribes with. Put the right key into vapid_key; \
                 if it was changed on purpose, set key_changed = true"
            ),
        },
        Meaning::Misconfigured => Outcome::Misconfigured { why },
        Meaning::Malformed | Meaning::TooBig if !content_passes => Outcome::Rejected { why },
        Meaning::Malformed | Meaning::TooBig | Meaning::Moved => Outcome::Failed { why },
        Meaning::Busy | Meaning::Blocked => throttled(why, after),
        Meaning::Trouble(_) => Outcome::Retry { after, why },
    }
}

/// Messages to other services continue: the wait is for this message, not for the sender.
pub(super) fn throttled(why: String, after: Option<Duration>) -> Outcome {
    Outcome::Throttled {
        scope: ThrottleScope::Recipient,
        after,
        why,
    }
}

/// Mozilla's `errno` (autopush).
fn of_mozilla(errno: u64) -> Option<Meaning> {
    Some(match errno {
        101 | 108 | 110..=113 => Meaning::Malformed,
        102 | 103 | 105 | 106 => Meaning::Gone,
        104 => Meaning::TooBig,
        109 => Meaning::OtherKey,
        201 => Meaning::Trouble(Some(BUSY_WAIT)),
        202 | 900..=903 | 999 => Meaning::Trouble(None),
        _ => return None,
    })
}

/// Apple's `reason`.
fn of_apple(reason: &str) -> Option<Meaning> {
    Some(match reason {
        "BadTtl" | "BadUrgency" | "BadWebPushRequest" | "BadWebPushTopic" => Meaning::Malformed,
        "BadVapidPublicKey" | "BadAuthorizationHeader" => Meaning::Misconfigured,
        "BadJwtToken" | "VapidPkHashMismatch" => Meaning::OtherKey,
        "BadPath" | "Unregistered" => Meaning::Gone,
        "PayloadTooLarge" => Meaning::TooBig,
        "TooManyRequests" => Meaning::Busy,
        "IdleTimeout" | "InternalServerError" | "ServiceUnavailable" | "Shutdown" => Meaning::Trouble(None),
        _ => return None,
    })
}

/// Google's words, which come as plain text or as a page.
fn of_google(status: u16, text: &str) -> Option<Meaning> {
    let says = |words: &str| text.contains(words);
    match status {
        400 | 401 | 403 if says("do not correspond") || says("UnauthorizedRegistration") => Some(Meaning::OtherKey),
        400 if says("InvalidRegistration") || says("NotRegistered") => Some(Meaning::Gone),
        _ => None,
    }
}

/// RFC 8030 §5 and §7, RFC 8292 §4.2; 406 is Microsoft's.
fn by_status(status: u16, body: &Body) -> Meaning {
    match status {
        // A page where RFC 8030 has no body does not come from a push service.
        200..=299 | 401 | 403 if body.is_page() => Meaning::Misconfigured,
        200..=299 => Meaning::Taken,
        300..=399 => Meaning::Moved,
        401 | 403 => Meaning::OtherKey,
        404 | 410 => Meaning::Gone,
        406 => Meaning::Blocked,
        408 | 421 | 425 | 500.. => Meaning::Trouble(None),
        413 => Meaning::TooBig,
        429 => Meaning::Busy,
        _ => Meaning::Malformed,
    }
}

/// An answer's body: JSON of Mozilla or Apple, text, a page, nothing.
#[derive(Default)]
struct Body {
    errno: Option<u64>,
    reason: Option<String>,
    message: Option<String>,
    text: String,
}

impl Body {
    fn read(body: &[u8]) -> Self {
        let json: Value = serde_json::from_slice(body).unwrap_or_default();
        let word = |key: &str| json[key].as_str().map(str::to_owned);
        Self {
            errno: json["errno"].as_u64(),
            reason: word("reason"),
            message: word("message"),
            text: String::from_utf8_lossy(body).into_owned(),
        }
    }

    fn is_page(&self) -> bool {
        self.text.trim_start().starts_with('<')
    }

    /// The most telling code, then the service's words if they are meant for people.
    fn why(&self, status: u16) -> String {
        let code = match (&self.reason, self.errno) {
            (Some(reason), _) => words(reason),
            (None, Some(errno)) => format!("{status} errno {errno}"),
            (None, None) => format!("HTTP {status}"),
        };
        let is_text = self.reason.is_none() && self.errno.is_none() && !self.is_page() && !self.text.starts_with('{');
        let said = self.message.as_deref().or(is_text.then_some(self.text.trim()));
        match said.filter(|said| !said.is_empty()) {
            Some(said) => format!("{code}: {}", words(said)),
            None => code,
        }
    }
}
