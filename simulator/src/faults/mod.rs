//! What can go wrong on the far side, how often, and which recipients make it happen.

mod channel;
mod lanes;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ledger::Channel;

pub use channel::ChannelFaults;

/// One misbehaviour of a provider. The lane decides on its wire form; `faults/lanes.rs` says which lanes have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The address is gone for good: 404 `UNREGISTERED`; SMSC.ru error 8.
    DeadRecipient,
    /// The address is malformed: 400 on `message.token`; SMSC.ru error 7.
    InvalidRecipient,
    /// The content is refused for everybody: 400 on the payload; SMSC.ru error 6.
    RejectedContent,
    /// FCM only: the token belongs to another project, 403 `SENDER_ID_MISMATCH`.
    SenderMismatch,
    /// Our credentials are refused: 401 without an FCM code; SMSC.ru error 2.
    Unauthorized,
    /// FCM only: FCM's own key for APNs or web push is missing, 401 `THIRD_PARTY_AUTH_ERROR`.
    ThirdPartyAuth,
    /// The account is empty, SMSC.ru error 3.
    NoMoney,
    /// Our address is blocked for frequent errors, SMSC.ru error 4.
    Blocked,
    /// Too many equal or parallel requests, SMSC.ru error 9.
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
    /// The stream or connection is reset and the message was not accepted.
    ResetBefore,
    /// The message was accepted, then the stream or connection is reset.
    ResetAfter,
    /// The message was accepted, but no reply comes.
    LostReply,
    /// The message is accepted, and the reply comes after `slow_ms`.
    Slow,
    /// Never by chance: accepted, and later reported undeliverable.
    Undeliverable,
    /// Never by chance: the delivery report arrives before the reply to the send.
    ReportFirst,
    /// A refusal that only this lane has, by its name; see `faults.<lane>.own`.
    #[serde(untagged)]
    Own(&'static str),
}

impl Fault {
    /// Whether the provider has accepted the message although something goes wrong.
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

/// The faults of all lanes: a section of the configuration and the body of `PUT /_sim/faults`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Faults {
    pub push: ChannelFaults,
    pub sms: ChannelFaults,
    pub apns: ChannelFaults,
    pub web_push: ChannelFaults,
    pub smpp: ChannelFaults,
    pub whatsapp: ChannelFaults,
    pub waha: ChannelFaults,
    pub green_api: ChannelFaults,
    pub telegram: ChannelFaults,
}

impl Faults {
    /// The faults of one lane.
    pub fn of(&self, channel: Channel) -> &ChannelFaults {
        match channel {
            Channel::Push => &self.push,
            Channel::Sms => &self.sms,
            Channel::Apns => &self.apns,
            Channel::WebPush => &self.web_push,
            Channel::Smpp => &self.smpp,
            Channel::Whatsapp => &self.whatsapp,
            Channel::Waha => &self.waha,
            Channel::GreenApi => &self.green_api,
            Channel::Telegram => &self.telegram,
        }
    }

    /// Checks that every probability is valid and that each fault exists on its lane.
    ///
    /// # Errors
    /// Names the lane, the field, its value and what to write instead.
    pub fn validate(&self) -> Result<(), InvalidFaults> {
        Channel::ALL
            .into_iter()
            .try_for_each(|channel| self.of(channel).check(channel))
    }
}

/// Faults that cannot be simulated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidFaults {
    channel: Channel,
    what: String,
}

impl fmt::Display for InvalidFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "faults.{}: {}", self.channel.name(), self.what)
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
        assert!(push(with(|faults| faults.no_money = 0.1)).contains("no_money does not exist on this lane"));
        assert!(sms(with(|faults| faults.third_party_auth = 0.1)).contains("third_party_auth"));
        assert!(
            push(with(|faults| (faults.internal, faults.unavailable) = (0.9, 0.2))).contains("per try add up to 1.1")
        );
        assert!(push(with(|faults| faults.latency_ms = [50, 10])).contains("give the least first"));
        let unheard = |faults: &mut ChannelFaults| faults.own = [("unheard".to_owned(), 0.1)].into();
        assert!(push(with(unheard)).contains("own.unheard does not exist on this lane"));
    }

    #[test]
    fn every_lane_has_its_own_section() {
        for channel in Channel::ALL {
            let section = serde_json::json!({channel.name(): {"internal": 0.5}});
            let faults: Faults = serde_json::from_value(section).unwrap();
            for other in Channel::ALL {
                assert_eq!(faults.of(other).internal > 0.0, other == channel);
            }
        }
    }

    #[test]
    fn a_fault_has_its_name_in_json_and_as_a_key() {
        let counts = std::collections::BTreeMap::from([(Fault::ResetAfter, 1), (Fault::Own("expired_token"), 2)]);
        assert_eq!(
            serde_json::to_value(counts).unwrap(),
            serde_json::json!({"reset_after": 1, "expired_token": 2})
        );
    }
}
