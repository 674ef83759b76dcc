//! What can go wrong on the far side, how often, and which recipients make it happen.

mod channel;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use channel::ChannelFaults;

/// One misbehaviour of a provider. Which wire form it takes is the channel's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The address is gone for good: 404 `UNREGISTERED`; SMSC.ru error 8.
    DeadRecipient,
    /// The address is malformed: 400 on `message.token`; SMSC.ru error 7.
    InvalidRecipient,
    /// The content is refused for everybody: 400 on the payload; SMSC.ru error 6.
    RejectedContent,
    /// Push only: the token belongs to another project, 403 `SENDER_ID_MISMATCH`.
    SenderMismatch,
    /// Our credentials are refused: 401 without an FCM code; SMSC.ru error 2.
    Unauthorized,
    /// Push only: FCM's own key for APNs or web push is missing, 401 `THIRD_PARTY_AUTH_ERROR`.
    ThirdPartyAuth,
    /// SMS only: the account is empty, SMSC.ru error 3.
    NoMoney,
    /// SMS only: our address is blocked for frequent errors, SMSC.ru error 4.
    Blocked,
    /// SMS only: too many equal or parallel requests, SMSC.ru error 9.
    Busy,
    /// 429 with `Retry-After`.
    TooManyRequests,
    /// 503 without `Retry-After`.
    Unavailable,
    /// 503 with `Retry-After`.
    UnavailableRetryAfter,
    /// 500.
    Internal,
    /// 502 with an HTML page.
    BadGateway,
    /// The stream or connection is reset and the message was not taken.
    ResetBefore,
    /// The message was taken, then the stream or connection is reset.
    ResetAfter,
    /// The message was taken and no reply comes.
    LostReply,
    /// The message is taken, the reply comes after `slow_ms`.
    Slow,
    /// SMS only: accepted, reported undeliverable later.
    Undeliverable,
    /// SMS only: the delivery report arrives before the reply to the send.
    ReportFirst,
}

impl Fault {
    /// Whether the provider has taken the message although something goes wrong.
    pub(crate) fn takes_the_message(self) -> bool {
        matches!(
            self,
            Self::ResetAfter | Self::LostReply | Self::Slow | Self::Undeliverable | Self::ReportFirst
        )
    }
}

/// What a reset tears down.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResetScope {
    /// Only the request's own HTTP/2 stream (on HTTP/1.1 that is the connection).
    #[default]
    Stream,
    /// The whole connection with every request in flight on it.
    Connection,
}

/// The faults of both channels: a section of the configuration and the body of `PUT /_sim/faults`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Faults {
    pub push: ChannelFaults,
    pub sms: ChannelFaults,
}

impl Faults {
    /// Checks that every probability is one and that each fault exists on its channel.
    ///
    /// # Errors
    /// Names the channel, the field, its value and what to write instead.
    pub fn validate(&self) -> Result<(), InvalidFaults> {
        let sms_only = [
            ("no_money", self.push.no_money),
            ("blocked", self.push.blocked),
            ("busy", self.push.busy),
        ];
        let push_only = [
            ("sender_mismatch", self.sms.sender_mismatch),
            ("third_party_auth", self.sms.third_party_auth),
        ];
        self.push.check("push", &sms_only)?;
        self.sms.check("sms", &push_only)
    }
}

/// Faults that cannot be simulated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidFaults {
    channel: &'static str,
    what: String,
}

impl fmt::Display for InvalidFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "faults.{}: {}", self.channel, self.what)
    }
}

impl std::error::Error for InvalidFaults {}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(change: impl FnOnce(&mut ChannelFaults)) -> ChannelFaults {
        let mut faults = ChannelFaults::default();
        change(&mut faults);
        faults
    }

    #[test]
    fn impossible_faults_are_named() {
        let push = |push| {
            Faults {
                push,
                ..Faults::default()
            }
            .validate()
            .unwrap_err()
            .to_string()
        };
        let sms = |sms| {
            Faults {
                sms,
                ..Faults::default()
            }
            .validate()
            .unwrap_err()
            .to_string()
        };
        assert!(push(with(|faults| faults.internal = 5.0)).contains("faults.push: the probability of Internal is 5"));
        assert!(push(with(|faults| faults.no_money = 0.1)).contains("no_money does not exist on this channel"));
        assert!(sms(with(|faults| faults.third_party_auth = 0.1)).contains("third_party_auth"));
        assert!(
            push(with(|faults| (faults.internal, faults.unavailable) = (0.9, 0.2))).contains("per try add up to 1.1")
        );
        assert!(push(with(|faults| faults.latency_ms = [50, 10])).contains("give the least first"));
    }
}
