//! What a provider's answer means (PROVIDERS.md §0.1). The provider folder classifies, the worker loop decides.

use crate::{Money, Timestamp};
use std::time::Duration;

/// How far a throttle reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
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
    /// Refused, and the provider's rules say to try once more after so long and then no more.
    OnceMore { after: Duration, why: String },
    /// Too fast. `after` is the provider's `Retry-After`, if it sent one.
    Throttled {
        scope: Scope,
        after: Option<Duration>,
        why: String,
    },
    /// The address is dead for good, since `since` if the provider says so.
    RecipientGone { since: Option<Timestamp>, why: String },
    /// Not to this person now (per-user cap, window closed); the address stays valid.
    Held { why: String },
    /// The person has told the provider that they want no marketing from us: as [`Outcome::Held`], and their consent
    /// on this channel ends.
    OptedOut { why: String },
    /// This recipient's address or content is refused, without a word on anybody else's.
    Failed { why: String },
    /// The sender may not send to this recipient's country: nothing more goes there from it before a human has acted.
    CountryStopped { why: String },
    /// This content will be refused for everybody.
    Rejected { why: String },
    /// Credentials, account or configuration: the sender stops and a human is told.
    Misconfigured { why: String },
    /// The reply was lost: it may or may not have gone out.
    Unknown { why: String },
}
