//! The rule by which a version lets its firings go, for the store.

use super::Known;
use crate::MailingPlanner;
use bellhop_domain::event::money;
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::held::{Hold, Holding};
use bellhop_domain::segment::Segment;
use bellhop_domain::{EndpointKind, Money, Timestamp, Zone};
use bellhop_programs::definition::{Again, Trigger};
use bellhop_programs::engine::{
    Burn, Circumstances, Firing, FiringState, Occasion, Reason, Sending, Verdict, granted, let_go, values_at_sending,
};
use bellhop_store::ledger::{Choice, Planner};
use bellhop_store::programs::{self, DueFiring, Needs, ReasonCode, Rule, Standing};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub struct ByDefinition<'a> {
    known: &'a Known,
    planner: MailingPlanner,
    /// Of guests who have none.
    zone: Zone,
    /// The quiet hours that its messages keep.
    holding: Option<Holding>,
}

impl<'a> ByDefinition<'a> {
    /// `kinds` are the kinds of address that there is a sender for, `holding` the organisation's quiet hours.
    pub fn new(known: &'a Known, kinds: &[EndpointKind], zone: Zone, holding: Option<Holding>) -> Self {
        Self {
            known,
            planner: MailingPlanner::new(&known.mailing, kinds, false),
            zone,
            holding: holding.filter(|_| known.mailing.keeps_quiet_hours()),
        }
    }

    /// Whether the guest's quiet hours outlast the message that would go now.
    fn outlives(&self, zone: &Zone, now: Timestamp) -> bool {
        let expires = now.plus(self.known.mailing.life());
        let hold = self.holding.map(|holding| holding.at(zone, now, Some(expires), 0));
        matches!(hold, Some(Ok(Hold::Until(until))) if until >= expires)
    }

    /// When a message that is made now leaves, as far as quiet hours hold it; of several that they held, the first.
    pub fn leaves(&self, zone: &Zone, now: Timestamp) -> Timestamp {
        let expires = now.plus(self.known.mailing.life());
        match self.holding.map(|holding| holding.at(zone, now, Some(expires), 0)) {
            Some(Ok(Hold::Until(until))) => until,
            Some(Ok(Hold::Open { .. }) | Err(_)) | None => now,
        }
    }

    /// What a webhook is told of the bonuses.
    fn granted(&self, zone: &Zone, now: Timestamp) -> Option<String> {
        let (bonuses, last_day) = granted(&self.known.definition, zone, now)?;
        let last_day = last_day.map(|day| day.to_string());
        Some(json!({ "bonuses": money(bonuses), "valid_to": last_day }).to_string())
    }

    /// By which step it goes and what it says, once the program has said that it goes.
    fn send(&self, firing: &DueFiring, standing: &Standing, now: Timestamp) -> programs::Verdict {
        let (step, kind, endpoint) = match self.planner.choose(&standing.guest) {
            Choice::Send { step, kind, endpoint } => (step, kind, endpoint),
            Choice::Exclude(reason) => return skip(reason_of(reason)),
        };
        let own = standing.zone.as_deref().and_then(|name| Zone::named(name).ok());
        let zone = own.as_ref().unwrap_or(&self.zone);
        if self.outlives(zone, now) {
            return skip(Reason::QuietLifeEnded);
        }
        let (occasion, burns) = (Occasion(firing.occasion.clone()), burns_of(standing.burns.as_deref()));
        let sending = Sending {
            occasion: &occasion,
            burns: &burns,
            zone,
            now,
        };
        let given = values(firing.given.as_deref());
        match values_at_sending(&self.known.definition, &self.known.given, given, &sending) {
            // It was to tell of something that is gone.
            None => skip(Reason::Guard),
            Some(values) => programs::Verdict::Send {
                step,
                kind,
                endpoint,
                given: (!values.is_empty()).then(|| Value::from_iter(values).to_string()),
                granted: self.granted(zone, now),
            },
        }
    }
}

impl Rule for ByDefinition<'_> {
    fn guard(&self) -> &Segment {
        &self.known.guard
    }

    fn needs(&self) -> Needs {
        let definition = &self.known.definition;
        Needs {
            sent_before: matches!(definition.again, Again::Rest(_)),
            zones: !self.known.given.is_empty() || definition.grant.is_some() || self.holding.is_some(),
            burns: matches!(definition.trigger, Trigger::BonusesBurn(_)),
        }
    }

    fn decide(&self, firing: &DueFiring, standing: Option<&Standing>, now: Timestamp) -> programs::Verdict {
        let Some(standing) = standing else {
            return skip(if firing.lets_go {
                Reason::Erased
            } else {
                Reason::SwitchedOff
            });
        };
        let waiting = Firing {
            occasion: Occasion(firing.occasion.clone()),
            state: FiringState::Waiting,
            due_at: firing.due_at,
            last_event: 0,
        };
        let known = Circumstances {
            on: firing.lets_go,
            guard: standing.holds,
            // An event that cancels it has ended it already.
            cancelled: false,
            last_sent: firing.sent_before,
        };
        match let_go(&self.known.definition, &waiting, now, known) {
            Verdict::Send => self.send(firing, standing, now),
            Verdict::Skip(reason) => skip(reason),
            Verdict::Wait(until) => programs::Verdict::Wait(until),
        }
    }
}

fn skip(reason: Reason) -> programs::Verdict {
    programs::Verdict::Skip(ReasonCode(reason.code()))
}

fn reason_of(excluded: Exclusion) -> Reason {
    match excluded {
        Exclusion::Blacklisted => Reason::Blacklisted,
        Exclusion::NoConsent | Exclusion::NotificationsOff => Reason::NoConsent,
        Exclusion::NoLiveEndpoint | Exclusion::DuplicateEndpoint => Reason::NoAddress,
        Exclusion::FrequencyCap => Reason::Cap,
        // Of schedules, which programs have not.
        Exclusion::OwnTimePast | Exclusion::Resting => Reason::Late,
    }
}

fn values(given: Option<&str>) -> BTreeMap<String, String> {
    given
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default()
}

/// A part of a guest's bonuses, as the store keeps it.
#[derive(Deserialize)]
struct ReportedBurn {
    amount: String,
    at: Timestamp,
}

/// What cannot be read is not told of.
pub fn burns_of(reported: Option<&str>) -> Vec<Burn> {
    let read: Vec<ReportedBurn> = reported
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let burn = |it: ReportedBurn| {
        let amount: Money = it.amount.parse().ok()?;
        Some(Burn { amount, at: it.at })
    };
    read.into_iter().filter_map(burn).collect()
}

#[cfg(test)]
#[path = "rule_tests.rs"]
mod tests;
