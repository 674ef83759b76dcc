//! What a provider's answer means (PROVIDERS.md §0.1). The provider folder classifies, the worker loop decides.

use crate::{Money, Timestamp};
use std::time::Duration;

/// How far a throttle reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThrottleScope {
    /// Only this address (a device's own quota).
    Recipient,
    /// Everything sent with these credentials: the lane waits.
    Sender,
}

/// What became of one request to a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Taken by the provider. Never the same as delivered.
    Accepted {
        provider_id: Option<String>,
        cost: Option<Money>,
        parts: Option<u16>,
    },
    /// Try the same message again, not before `after` if the provider named it.
    Retry { after: Option<Duration>, why: String },
    /// Refused; the provider's rules say to try once more after this long, and then never again.
    OnceMore { after: Duration, why: String },
    /// Too fast. `after` is the provider's `Retry-After`, if it sent one.
    Throttled {
        scope: ThrottleScope,
        after: Option<Duration>,
        why: String,
    },
    /// The address is dead for good, since `since` if the provider says so.
    RecipientGone { since: Option<Timestamp>, why: String },
    /// Not to this person now (per-user cap, window closed); the address stays valid.
    Held { why: String },
    /// The person has told the provider that they want no marketing from us: like [`Outcome::Held`], and it ends
    /// their consent on this channel.
    OptedOut { why: String },
    /// This recipient's address or content is refused, which says nothing about anybody else's.
    Failed { why: String },
    /// The sender may not send to this recipient's country. It sends nothing more there until a human has acted.
    CountryStopped { why: String },
    /// This content will be refused for everybody.
    Rejected { why: String },
    /// Credentials, account or configuration: the sender stops and a human is told.
    Misconfigured { why: String },
    /// The reply was lost: it may or may not have gone out.
    Unknown { why: String },
}

/// The longest that a sender stands still, or one message waits, because a provider asked for it (`Retry-After` and
/// the like). A provider that needs longer can say so again, and a mistaken value does not hold a mailing for a year.
pub const LONGEST_WAIT: Duration = Duration::from_secs(30 * 60);
/// The same for a wait that concerns one person only (WhatsApp's 131049 asks for a day).
pub const LONGEST_WAIT_FOR_ONE: Duration = Duration::from_secs(24 * 3600);

impl Outcome {
    /// The outcome with its wait limited to [`LONGEST_WAIT`] or [`LONGEST_WAIT_FOR_ONE`]; the reason keeps the wait
    /// that was asked for.
    pub fn bounded(self) -> Self {
        match self {
            Outcome::Retry {
                after: Some(after),
                why,
            } => {
                let (after, why) = bounded(after, LONGEST_WAIT, why);
                Outcome::Retry {
                    after: Some(after),
                    why,
                }
            }
            Outcome::OnceMore { after, why } => {
                let (after, why) = bounded(after, LONGEST_WAIT, why);
                Outcome::OnceMore { after, why }
            }
            Outcome::Throttled {
                scope,
                after: Some(after),
                why,
            } => {
                let longest = match scope {
                    ThrottleScope::Sender => LONGEST_WAIT,
                    ThrottleScope::Recipient => LONGEST_WAIT_FOR_ONE,
                };
                let (after, why) = bounded(after, longest, why);
                Outcome::Throttled {
                    scope,
                    after: Some(after),
                    why,
                }
            }
            other => other,
        }
    }
}

fn bounded(asked: Duration, longest: Duration, why: String) -> (Duration, String) {
    if asked <= longest {
        return (asked, why);
    }
    let (asked, waits) = (asked.as_secs(), longest.as_secs());
    (longest, format!("{why} (asked to wait {asked} s, waits {waits} s)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_wait_is_longer_than_its_bound_and_the_reason_keeps_what_was_asked() {
        let why = || "429".to_owned();
        let throttled = |scope, after: Option<u64>| Outcome::Throttled {
            scope,
            after: after.map(Duration::from_secs),
            why: why(),
        };
        let retry = |after: Option<u64>| Outcome::Retry {
            after: after.map(Duration::from_secs),
            why: why(),
        };
        let year = 365 * 86_400;
        for (outcome, seconds, words) in [
            (throttled(ThrottleScope::Sender, Some(30)), Some(30), "429"),
            (throttled(ThrottleScope::Sender, Some(1_800)), Some(1_800), "429"),
            (
                throttled(ThrottleScope::Sender, Some(1_801)),
                Some(1_800),
                "429 (asked to wait 1801 s, waits 1800 s)",
            ),
            (
                throttled(ThrottleScope::Sender, Some(u64::MAX)),
                Some(1_800),
                "429 (asked to wait 18446744073709551615 s, waits 1800 s)",
            ),
            (throttled(ThrottleScope::Sender, None), None, "429"),
            (throttled(ThrottleScope::Recipient, Some(86_400)), Some(86_400), "429"),
            (
                throttled(ThrottleScope::Recipient, Some(year)),
                Some(86_400),
                "429 (asked to wait 31536000 s, waits 86400 s)",
            ),
            (
                retry(Some(year)),
                Some(1_800),
                "429 (asked to wait 31536000 s, waits 1800 s)",
            ),
            (retry(None), None, "429"),
        ] {
            let (Outcome::Retry { after, why } | Outcome::Throttled { after, why, .. }) = outcome.bounded() else {
                panic!("another outcome");
            };
            assert_eq!((after.map(|it| it.as_secs()), why.as_str()), (seconds, words));
        }
        let once = Outcome::OnceMore {
            after: Duration::MAX,
            why: why(),
        };
        assert!(matches!(once.bounded(), Outcome::OnceMore { after, .. } if after == LONGEST_WAIT));
        let failed = Outcome::Failed { why: why() };
        assert_eq!(failed.clone().bounded(), failed);
    }
}
