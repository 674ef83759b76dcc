//! The report of a check, in the caller's language.

use bellhop_campaigns::check::{CheckReport, LaunchFigures};
use bellhop_campaigns::rehearsal::NotSent;
use bellhop_domain::fault::{Fault, Found, Param, Severity};
use bellhop_domain::words::{Language, told};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// One thing that a check found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Finding)]
pub(in crate::v1) struct Finding {
    /// `error`: the mailing cannot be launched; `warning`: it can.
    #[schema(value_type = String)]
    severity: Severity,
    /// Like `contents.sms.text`.
    place: String,
    code: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = Object)]
    params: BTreeMap<&'static str, Param>,
    /// In the language that `Accept-Language` asks for.
    problem: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CheckReport)]
pub(crate) struct Report {
    /// Errors and warnings.
    problems: Vec<Finding>,
    /// What a launch now would do; absent while the mailing itself has errors, and for one on demand.
    #[serde(skip_serializing_if = "Option::is_none")]
    audience: Option<Figures>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LaunchFigures)]
struct Figures {
    /// Messages that would be planned: those that would leave, and those that would not be sent.
    planned: u64,
    leaving: u64,
    /// Guests who would get none, by reason.
    excluded: BTreeMap<String, u64>,
    /// Planned messages that would not be sent, by reason.
    not_sent: BTreeMap<String, Unsent>,
    /// Planned messages by the channel of their first step.
    first_step: BTreeMap<String, u64>,
    /// Messages that would leave, by the channel that sends them first.
    leaving_by: BTreeMap<String, u64>,
    /// SMS by their number of parts.
    sms_parts: BTreeMap<String, u64>,
    /// Those of them that become UCS-2 because of guests' values.
    #[serde(skip_serializing_if = "Value::is_null")]
    #[schema(value_type = Object)]
    widened: Value,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NotSent)]
struct Unsent {
    messages: u64,
    /// Some of the guests.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    examples: Vec<String>,
}

impl Finding {
    pub fn of(found: &Found, language: Language) -> Self {
        let Fault { place, why } = &found.fault;
        Self {
            severity: found.severity,
            place: place.clone(),
            code: why.code(),
            params: why.params(),
            problem: told(why, language),
        }
    }
}

impl Report {
    pub(super) fn of(report: CheckReport, language: Language) -> Self {
        Self {
            problems: report.problems.iter().map(|it| Finding::of(it, language)).collect(),
            audience: report.audience.map(Figures::of),
        }
    }
}

impl Figures {
    fn of(it: LaunchFigures) -> Self {
        Self {
            planned: it.planned,
            leaving: it.leaving,
            excluded: by_name(it.excluded, |reason| reason.name()),
            not_sent: (it.not_sent.into_iter())
                .map(|(reason, of)| (reason, Unsent::of(of)))
                .collect(),
            first_step: by_name(it.first_step, |channel| channel.name()),
            leaving_by: by_name(it.leaving_by, |channel| channel.name()),
            sms_parts: by_name(it.sms_parts, |parts| parts),
            widened: match it.widened.is_none() {
                true => Value::Null,
                false => serde_json::to_value(it.widened).unwrap_or_default(),
            },
        }
    }
}

impl Unsent {
    fn of(it: NotSent) -> Self {
        Self {
            messages: it.messages,
            examples: it.examples,
        }
    }
}

fn by_name<K, N: ToString>(of: BTreeMap<K, u64>, name: impl Fn(K) -> N) -> BTreeMap<String, u64> {
    let named = of.into_iter().map(|(key, number)| (name(key).to_string(), number));
    named.collect()
}

/// The errors of a report, which stop a launch.
pub(super) fn errors(report: &CheckReport) -> Vec<Fault> {
    let errors = report.problems.iter().filter(|it| it.severity == Severity::Error);
    errors.map(|it| it.fault.clone()).collect()
}
