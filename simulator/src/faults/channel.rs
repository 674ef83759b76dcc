//! The faults of one lane, and how chance chooses among them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::lanes::{self, NOT_EVERYWHERE};
use super::{Fault, InvalidFaults, ResetScope};
use crate::draw::{Draw, fingerprint};
use crate::ledger::Channel;

/// The faults of one lane. Probabilities are fractions in [0, 1]; all zero by default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChannelFaults {
    /// Time between taking a request and answering it: least and most milliseconds.
    pub latency_ms: [u64; 2],
    /// Latency of the fault `slow`, milliseconds.
    pub slow_ms: u64,
    /// How long a lost reply is withheld before the stream is reset, milliseconds.
    pub lost_reply_ms: u64,
    /// The value of `Retry-After`, seconds.
    pub retry_after_s: u64,
    /// Write `Retry-After` as an HTTP date (RFC 9110 §10.2.3) instead of seconds.
    pub retry_after_as_date: bool,
    /// Send GOAWAY (HTTP/1.1: `Connection: close`) after this many requests on a connection.
    pub goaway_after: Option<u64>,
    pub reset_scope: ResetScope,
    /// Obey magic recipients. Turn off where recipients are random numbers.
    pub magic_recipients: bool,
    /// Probability per recipient, so an address once dead stays dead.
    pub dead_recipients: f64,
    /// Per recipient.
    pub invalid_recipients: f64,
    /// Per recipient; `push` only.
    pub sender_mismatch: f64,
    /// Per message, the same at every try.
    pub rejected_content: f64,
    /// Per try, as all that follow.
    pub unauthorized: f64,
    /// `push` only.
    pub third_party_auth: f64,
    /// Only on the lanes that `faults/lanes.rs` lists, as the next two.
    pub no_money: f64,
    pub blocked: f64,
    pub busy: f64,
    pub too_many_requests: f64,
    pub unavailable: f64,
    pub unavailable_retry_after: f64,
    pub internal: f64,
    pub bad_gateway: f64,
    pub reset_before: f64,
    pub reset_after: f64,
    pub lost_reply: f64,
    /// Refusals that only this lane has, by name, per try.
    pub own: BTreeMap<String, f64>,
}

impl Default for ChannelFaults {
    fn default() -> Self {
        Self {
            latency_ms: [0, 0],
            slow_ms: 5_000,
            lost_reply_ms: 120_000,
            retry_after_s: 1,
            retry_after_as_date: false,
            goaway_after: None,
            reset_scope: ResetScope::Stream,
            magic_recipients: true,
            dead_recipients: 0.0,
            invalid_recipients: 0.0,
            sender_mismatch: 0.0,
            rejected_content: 0.0,
            unauthorized: 0.0,
            third_party_auth: 0.0,
            no_money: 0.0,
            blocked: 0.0,
            busy: 0.0,
            too_many_requests: 0.0,
            unavailable: 0.0,
            unavailable_retry_after: 0.0,
            internal: 0.0,
            bad_gateway: 0.0,
            reset_before: 0.0,
            reset_after: 0.0,
            lost_reply: 0.0,
            own: BTreeMap::new(),
        }
    }
}

impl ChannelFaults {
    fn by_recipient(&self) -> [(f64, Fault); 3] {
        [
            (self.dead_recipients, Fault::DeadRecipient),
            (self.invalid_recipients, Fault::InvalidRecipient),
            (self.sender_mismatch, Fault::SenderMismatch),
        ]
    }

    fn by_try(&self) -> [(f64, Fault); 13] {
        [
            (self.unauthorized, Fault::Unauthorized),
            (self.third_party_auth, Fault::ThirdPartyAuth),
            (self.no_money, Fault::NoMoney),
            (self.blocked, Fault::Blocked),
            (self.busy, Fault::Busy),
            (self.too_many_requests, Fault::TooManyRequests),
            (self.unavailable, Fault::Unavailable),
            (self.unavailable_retry_after, Fault::UnavailableRetryAfter),
            (self.internal, Fault::Internal),
            (self.bad_gateway, Fault::BadGateway),
            (self.reset_before, Fault::ResetBefore),
            (self.reset_after, Fault::ResetAfter),
            (self.lost_reply, Fault::LostReply),
        ]
    }

    fn own_by_try(&self, channel: Channel) -> impl Iterator<Item = (f64, Fault)> {
        let names = if self.own.is_empty() {
            &[]
        } else {
            lanes::extra(channel).own
        };
        let weighted = |name: &'static str| Some((*self.own.get(name)?, Fault::Own(name)));
        names.iter().copied().filter_map(weighted)
    }

    /// The fault that chance gives this try of this message; `None` most of the time.
    ///
    /// `subject` is the message's identity and `nth` its try, counted from 1.
    pub(crate) fn drawn(&self, channel: Channel, seed: u64, recipient: &str, subject: u64, nth: u32) -> Option<Fault> {
        let by_recipient = self.by_recipient();
        if by_recipient.iter().any(|(probability, _)| *probability > 0.0) {
            let chance = Draw::new(seed, "recipient", fingerprint(recipient), 0).fraction();
            if let Some(fault) = pick(by_recipient, chance) {
                return Some(fault);
            }
        }
        if self.rejected_content > 0.0 && Draw::new(seed, "content", subject, 0).happens(self.rejected_content) {
            return Some(Fault::RejectedContent);
        }
        let by_try = self.by_try().into_iter().chain(self.own_by_try(channel));
        pick(by_try, Draw::new(seed, "try", subject, nth).fraction())
    }

    /// How long this try waits for its answer, milliseconds.
    pub(crate) fn latency_ms(&self, seed: u64, subject: u64, nth: u32) -> u64 {
        let [low, high] = self.latency_ms;
        Draw::new(seed, "latency", subject, nth).between(low, high)
    }

    pub(super) fn check(&self, channel: Channel) -> Result<(), InvalidFaults> {
        let wrong = |what: String| Err(InvalidFaults { channel, what });
        for (probability, fault) in self
            .by_recipient()
            .into_iter()
            .chain(self.by_try())
            .chain(self.own_by_try(channel))
            .chain([(self.rejected_content, Fault::RejectedContent)])
        {
            if !(0.0..=1.0).contains(&probability) {
                return wrong(format!(
                    "the probability of {fault:?} is {probability}, give a fraction from 0 to 1"
                ));
            }
        }
        for (group, sum) in [
            ("recipient", total(self.by_recipient())),
            ("try", total(self.by_try().into_iter().chain(self.own_by_try(channel)))),
        ] {
            if sum > 1.0 + 1e-9 {
                return wrong(format!(
                    "the probabilities per {group} add up to {sum}, at most 1 is possible"
                ));
            }
        }
        if self.latency_ms[0] > self.latency_ms[1] {
            return wrong(format!("latency_ms is {:?}, give the least first", self.latency_ms));
        }
        if self.goaway_after == Some(0) {
            return wrong("goaway_after is 0, give at least 1 request or leave it out".to_owned());
        }
        match self.foreign(channel) {
            Some(name) => wrong(format!("{name} does not exist on this lane, remove it")),
            None => Ok(()),
        }
    }

    /// A fault with a probability that the lane does not have.
    fn foreign(&self, channel: Channel) -> Option<String> {
        let extra = lanes::extra(channel);
        let unheard = self.own.keys().find(|name| !extra.own.contains(&name.as_str()));
        let asked = |fault: Fault| {
            let mut weighted = self.by_recipient().into_iter().chain(self.by_try());
            weighted.any(|(probability, of)| of == fault && probability > 0.0)
        };
        let named = NOT_EVERYWHERE
            .into_iter()
            .find(|(fault, _)| !extra.named.contains(fault) && asked(*fault));
        unheard
            .map(|name| format!("own.{name}"))
            .or_else(|| named.map(|(_, name)| name.to_owned()))
    }
}

fn total(weighted: impl IntoIterator<Item = (f64, Fault)>) -> f64 {
    weighted.into_iter().map(|(probability, _)| probability).sum()
}

/// The entry whose share of [0, 1) contains the fraction.
fn pick(weighted: impl IntoIterator<Item = (f64, Fault)>, mut fraction: f64) -> Option<Fault> {
    for (probability, fault) in weighted {
        if fraction < probability {
            return Some(fault);
        }
        fraction -= probability;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(change: impl FnOnce(&mut ChannelFaults)) -> ChannelFaults {
        let mut faults = ChannelFaults::default();
        change(&mut faults);
        faults
    }

    #[test]
    fn nothing_goes_wrong_by_default() {
        let faults = ChannelFaults::default();
        assert!((0..10_000).all(|n| faults.drawn(Channel::Push, 1, "token", n, 1).is_none()));
    }

    #[test]
    fn shares_are_exact_and_exclusive() {
        let faults = with(|faults| {
            faults.too_many_requests = 0.05;
            faults.unavailable = 0.05;
            faults.reset_after = 0.02;
        });
        let count = |wanted| {
            (0..100_000)
                .filter(|&n| faults.drawn(Channel::Push, 3, "token", n, 1) == Some(wanted))
                .count()
        };
        assert!((4_700..5_300).contains(&count(Fault::TooManyRequests)));
        assert!((4_700..5_300).contains(&count(Fault::Unavailable)));
        assert!((1_850..2_150).contains(&count(Fault::ResetAfter)));
    }

    #[test]
    fn the_dead_stay_dead_while_other_faults_are_drawn_anew_at_each_try() {
        let dead = with(|faults| faults.dead_recipients = 0.03);
        for n in 0..1_000 {
            let token = format!("token-{n}");
            let first = dead.drawn(Channel::Push, 1, &token, 1, 1);
            assert!((2..10).all(|nth| dead.drawn(Channel::Push, 1, &token, u64::from(nth), nth) == first));
        }
        let flaky = with(|faults| faults.unavailable = 0.5);
        let tries: Vec<_> = (1..50)
            .map(|nth| flaky.drawn(Channel::Push, 1, "token", 1, nth).is_some())
            .collect();
        assert!(tries.contains(&true) && tries.contains(&false));
    }
}
