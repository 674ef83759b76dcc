//! What a check found, and how it is judged.

use crate::rehearsal::{NotSent, Widened};
use bellhop_domain::Channel;
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::message::LIFE_ENDED;
use bellhop_templating::check::Severity;
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

#[derive(Debug, Serialize)]
pub struct Found {
    pub severity: Severity,
    pub place: String,
    pub problem: String,
}

/// What a launch now would do. The planned messages are those that would leave and those that would not be sent, by
/// reason.
#[derive(Debug, Default, Serialize)]
pub struct LaunchFigures {
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
    /// What holds back the messages that would expire.
    #[serde(skip)]
    pub(crate) held_back: Vec<String>,
}

impl CheckReport {
    pub(crate) fn error(&mut self, place: String, problem: String) {
        self.problems.push(Found {
            severity: Severity::Error,
            place,
            problem,
        });
    }

    pub(crate) fn warning(&mut self, place: String, problem: String) {
        self.problems.push(Found {
            severity: Severity::Warning,
            place,
            problem,
        });
    }

    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(|p| p.severity == Severity::Error)
    }

    pub(crate) fn judge_audience(&mut self) {
        let Some(audience) = &self.audience else { return };
        let mut warnings = Vec::new();
        for (reason, failing) in &audience.not_sent {
            let expired = reason == LIFE_ENDED;
            let held_back = match (expired, audience.held_back.is_empty()) {
                (true, false) => format!(" ({})", audience.held_back.join("; ")),
                _ => String::new(),
            };
            let place = if expired { "expires_after_minutes" } else { "contents" };
            let problem = format!(
                "{} of {} planned messages would not be sent: {}{held_back}",
                failing.messages,
                audience.planned,
                // As a marketer reads it.
                reason.replace('_', " ")
            );
            warnings.push((place, problem));
        }
        let all_sms = audience.sms_parts.values().sum();
        warnings.extend(audience.widened.warning(all_sms).map(|it| ("contents.sms.text", it)));
        if audience.leaving == 0 {
            self.error(
                "audience".into(),
                "nobody would get a message; see why under excluded and not sent".into(),
            );
        }
        for (place, problem) in warnings {
            self.warning(place.into(), problem);
        }
    }
}
