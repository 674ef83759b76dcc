//! A gateway's delivery reports: verified by their signature, then read by the section's names and codes.

use super::config::{Ids, ReceiptsSection, RecordsSection, Status, StatusRule};
use super::signature::{Parameters, Signature};
use super::template::Settings;
use crate::{Event, Receipt, ReceiptFor, ReceiptStatus, WebhookError, WebhookRequest};
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::{Health, HealthState};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the status codes mean, for reports and look-ups.
pub(super) type Statuses = Arc<BTreeMap<String, StatusRule>>;

/// The gateway's reports.
pub(super) struct Reports {
    section: ReceiptsSection,
    signature: Signature,
    statuses: Statuses,
}

impl Reports {
    /// `None` if the secret for signatures is not given, so that no report can be believed.
    pub fn new(section: ReceiptsSection, settings: &Settings, statuses: Statuses) -> Result<Option<Self>, String> {
        let Some(signature) = Signature::new(&section.signature, settings)? else {
            return Ok(None);
        };
        Ok(Some(Self {
            signature,
            section,
            statuses,
        }))
    }

    fn attempt(&self, id: &str) -> Option<ReceiptFor> {
        match self.section.ids {
            Ids::Ours => id.parse().ok().map(ReceiptFor::Ours),
            Ids::Gateway => Some(ReceiptFor::Provider(id.to_owned())),
        }
    }

    /// The events of a report; none if it is about a message that is not ours, or has an unknown code.
    fn events(&self, parameters: &Parameters) -> Result<Vec<Event>, WebhookError> {
        let wanted = |name: &str| {
            let missing = || WebhookError::Unreadable(format!("there is no {name}"));
            parameters.get(name).ok_or_else(missing)
        };
        let (id, code) = (wanted(&self.section.id)?, wanted(&self.section.status)?);
        let optional = |name: &Option<String>| parameters.get(name.as_deref()?);
        let reason = optional(&self.section.reason);
        let Some((attempt, status)) = self.attempt(id).zip(self.status(code, reason)) else {
            tracing::debug!(
                code,
                "a delivery report about a message that is not ours, or of an unknown code"
            );
            return Ok(Vec::new());
        };
        let at = optional(&self.section.at).and_then(|at| unix_seconds(at));
        let stopped = self.stopped(&status, [Some(code), reason], at);
        let receipt = Event::Receipt(Receipt {
            attempt,
            status,
            at,
            cost: optional(&self.section.cost).and_then(|cost| cost.parse().ok()),
        });
        Ok(std::iter::once(receipt).chain(stopped).collect())
    }

    /// The sender's health if one of the report's codes says that the refusal is due to the account.
    fn stopped(&self, status: &ReceiptStatus, codes: [Option<&String>; 2], at: Option<Timestamp>) -> Option<Event> {
        let ReceiptStatus::Rejected { why } = status else {
            return None;
        };
        let stops = |code: &String| {
            let rule = self.statuses.get(code);
            rule.is_some_and(|rule| rule.status == Status::Stopped)
        };
        let health = || Health {
            state: HealthState::Stopped,
            why: why.clone(),
            at: at.unwrap_or_else(Timestamp::now),
            ends: None,
        };
        codes.into_iter().flatten().any(stops).then(|| Event::Health(health()))
    }

    /// The status of a code, or of the reason if one is given for a message that will not arrive.
    fn status(&self, code: &str, reason: Option<&String>) -> Option<ReceiptStatus> {
        let by_code = status(&self.statuses, code)?;
        let lost = matches!(
            by_code,
            ReceiptStatus::Undelivered { .. }
                | ReceiptStatus::NotNow { .. }
                | ReceiptStatus::ContentRefused { .. }
                | ReceiptStatus::CountryStopped { .. }
                | ReceiptStatus::Rejected { .. }
        );
        let by_reason = reason
            .filter(|_| lost)
            .and_then(|reason| status(&self.statuses, reason));
        Some(by_reason.unwrap_or(by_code))
    }
}

impl Reports {
    /// Whether a call reports a status.
    pub fn fits(&self, parameters: &Parameters) -> bool {
        parameters.contains_key(&self.section.status)
    }

    pub fn parse(&self, request: &WebhookRequest<'_>, parameters: &Parameters) -> Result<Vec<Event>, WebhookError> {
        self.signature.verify(request, parameters)?;
        let Some(section) = &self.section.records else {
            return self.events(parameters);
        };
        let mut events = Vec::new();
        for record in records(section, parameters) {
            events.extend(self.events(&record)?);
        }
        Ok(events)
    }

    pub fn signature(&self) -> &Signature {
        &self.signature
    }

    pub fn acknowledgement(&self) -> &str {
        &self.section.acknowledgement
    }
}

/// The delivery reports in `data[0]`, `data[1]`…, each as parameters.
fn records(section: &RecordsSection, parameters: &Parameters) -> Vec<Parameters> {
    let record = |(name, text): (&String, &String)| {
        let number = name
            .strip_prefix(&section.parameter)?
            .strip_prefix('[')?
            .strip_suffix(']')?;
        let number: usize = number.parse().ok()?;
        let mut lines = text.lines().map(str::trim);
        (lines.next()? == section.kind).then_some(())?;
        let fields = section.lines.iter().cloned().zip(lines.map(str::to_owned));
        Some((number, fields.collect()))
    };
    let numbered: BTreeMap<usize, Parameters> = parameters.iter().filter_map(record).collect();
    numbered.into_values().collect()
}

/// What a code means; `None` if it is not listed or means that the message is not found.
pub(super) fn status(statuses: &Statuses, code: &str) -> Option<ReceiptStatus> {
    let rule = statuses.get(code)?;
    let why = format!("status {code}: {}", rule.meaning);
    match rule.status {
        Status::Pending => Some(ReceiptStatus::Pending),
        Status::Delivered => Some(ReceiptStatus::Delivered),
        Status::Read => Some(ReceiptStatus::Read),
        Status::Undelivered => Some(ReceiptStatus::Undelivered { why, gone: false }),
        Status::Again => Some(ReceiptStatus::NotNow {
            why,
            again: rule.again(),
        }),
        Status::Gone => Some(ReceiptStatus::Undelivered { why, gone: true }),
        Status::ContentRefused => Some(ReceiptStatus::ContentRefused { why }),
        Status::CountryStopped => Some(ReceiptStatus::CountryStopped { why }),
        Status::Rejected | Status::Stopped => Some(ReceiptStatus::Rejected { why }),
        Status::NotFound => None,
    }
}

pub(super) fn unix_seconds(text: &str) -> Option<Timestamp> {
    let seconds: i64 = text.parse().ok().filter(|seconds| *seconds > 0)?;
    seconds.checked_mul(1000).map(Timestamp)
}

/// The parameters of a call, from the query and from a form or a flat JSON object in the body.
pub(super) fn parameters(request: &WebhookRequest<'_>) -> Result<Parameters, WebhookError> {
    let mut parameters: Parameters = form_urlencoded::parse(request.query.as_bytes()).into_owned().collect();
    if request.body.trim_ascii_start().starts_with(b"{") {
        let body: serde_json::Map<String, Value> =
            serde_json::from_slice(request.body).map_err(|e| WebhookError::Unreadable(e.to_string()))?;
        parameters.extend(body.into_iter().filter_map(|(name, value)| match value {
            Value::String(text) => Some((name, text)),
            Value::Number(number) => Some((name, number.to_string())),
            _ => None,
        }));
    } else {
        parameters.extend(form_urlencoded::parse(request.body).into_owned());
    }
    Ok(parameters)
}
