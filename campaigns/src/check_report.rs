//! What a check found, and how it is judged.

use crate::promo::PromoFigures;
use crate::rehearsal::{NotSent, Widened};
use crate::unsent::unsent;
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::fault::{Fault, Found, Severity, Why};
use bellhop_domain::message::LIFE_ENDED;
use bellhop_domain::{Channel, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;

/// What a check found.
#[derive(Debug, Default, Serialize)]
pub struct CheckReport {
    /// Errors and warnings of the mailing itself.
    pub problems: Vec<Found>,
    /// What the audience would get; absent while the mailing itself has errors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audience: Option<LaunchFigures>,
}

/// What the next start would do, which is a launch now if the mailing has no schedule. The planned messages are those that would leave and those that would not be sent, by
/// reason.
#[derive(Debug, Default, Serialize)]
pub struct LaunchFigures {
    /// When the schedule's next start is; absent of a launch now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Of a start at each guest's own time: for how many guests that is past when it begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub past_own_time: Option<u64>,
    pub planned: u64,
    pub leaving: u64,
    pub excluded: BTreeMap<Exclusion, u64>,
    pub not_sent: BTreeMap<String, NotSent>,
    /// Planned messages by the channel of their first step.
    pub first_step: BTreeMap<Channel, u64>,
    /// Messages that would leave, by the channel that sends them first.
    pub leaving_by: BTreeMap<Channel, u64>,
    /// SMS by their number of parts.
    pub sms_parts: BTreeMap<usize, u64>,
    /// Those of these SMS that become UCS-2 because of a guest's values.
    #[serde(skip_serializing_if = "Widened::is_none")]
    pub widened: Widened,
    /// Personal promo codes, if texts show them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promo_codes: Option<PromoFigures>,
    /// What holds back the messages that would expire, and what would let them leave.
    #[serde(skip)]
    pub(crate) held_back: Vec<Why>,
}

impl CheckReport {
    pub(crate) fn error(&mut self, fault: Fault) {
        self.problems.push(Found::error(fault));
    }

    pub(crate) fn warning(&mut self, fault: Fault) {
        self.problems.push(Found::warning(fault));
    }

    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(|p| p.severity == Severity::Error)
    }

    pub(crate) fn judge_audience(&mut self) {
        const LIFE: &str = "expires_after_minutes";
        let Some(audience) = &self.audience else { return };
        let not_sent = audience.not_sent.iter().map(|(reason, failing)| {
            let place = if reason == LIFE_ENDED { LIFE } else { "contents" };
            unsent(reason, failing.messages, audience.planned).at(place)
        });
        let held_back = audience.held_back.iter().map(|why| why.clone().at(LIFE));
        let all_sms = audience.sms_parts.values().sum();
        let widened = audience.widened.warning(all_sms).map(|why| why.at("contents.sms.text"));
        let warnings = not_sent.chain(held_back).chain(widened).map(Found::warning);
        let short = audience.promo_codes.as_ref().and_then(PromoFigures::warning);
        let warnings: Vec<_> = warnings.chain(short).collect();
        if audience.leaving == 0 {
            self.error(Why::NobodyReached.at("audience"));
        }
        self.problems.extend(warnings);
    }
}
