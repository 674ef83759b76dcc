//! A gateway's delivery reports: verified by their signature, then read by the section's names and codes.

use super::config::{Ids, ReceiptsSection, Status, StatusRule};
use super::template::{Settings, Template};
use crate::{Event, Receipt, ReceiptFor, ReceiptStatus, Webhook, WebhookError, WebhookRequest};
use bellhop_domain::Timestamp;
use md5::{Digest, Md5};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the status codes mean, for reports and look-ups.
pub(super) type Statuses = Arc<BTreeMap<String, StatusRule>>;

/// The gateway's reports.
pub(super) struct Reports {
    section: ReceiptsSection,
    /// The text whose MD5 is the signature.
    signed: Template,
    statuses: Statuses,
}

type Parameters = BTreeMap<String, String>;

impl Reports {
    /// `None`: the secret for signatures is not given, so no report can be believed.
    pub fn new(section: ReceiptsSection, settings: &Settings, statuses: Statuses) -> Result<Option<Self>, String> {
        let text = &section.signature.md5;
        // Every place that is no setting is a parameter of the call.
        let places: Vec<&str> = text
            .split('{')
            .skip(1)
            .filter_map(|part| part.split_once('}'))
            .map(|(name, _)| name)
            .filter(|name| {
                let plain = name.trim_end_matches('?');
                plain == *name && !settings.secrets.contains_key(plain) && !settings.values.contains_key(plain)
            })
            .collect();
        let Some(signed) = Template::parse(text, settings, &places)? else {
            return Ok(None);
        };
        Ok(Some(Self {
            signed,
            section,
            statuses,
        }))
    }

    fn verify(&self, parameters: &Parameters) -> Result<(), WebhookError> {
        let given = parameters.get(&self.section.signature.parameter);
        let text = self
            .signed
            .render(&|name| parameters.get(name).cloned().unwrap_or_default());
        let expected = hex::encode(Md5::digest(text));
        match given {
            Some(given) if same(&given.to_ascii_lowercase(), &expected) => Ok(()),
            _ => Err(WebhookError::BadSignature),
        }
    }

    fn attempt(&self, id: &str) -> Option<ReceiptFor> {
        match self.section.ids {
            Ids::Ours => id.parse().ok().map(ReceiptFor::Ours),
            Ids::Gateway => Some(ReceiptFor::Provider(id.to_owned())),
        }
    }
}

impl Webhook for Reports {
    fn parse(&self, request: &WebhookRequest<'_>) -> Result<Vec<Event>, WebhookError> {
        let parameters = parameters(request)?;
        self.verify(&parameters)?;
        let wanted = |name: &str| {
            let missing = || WebhookError::Unreadable(format!("there is no {name}"));
            parameters.get(name).ok_or_else(missing)
        };
        let (id, code) = (wanted(&self.section.id)?, wanted(&self.section.status)?);
        let optional = |name: &Option<String>| parameters.get(name.as_deref()?);
        let Some((attempt, status)) = self.attempt(id).zip(status(&self.statuses, code)) else {
            tracing::debug!(
                code,
                "a delivery report about a message that is not ours, or of an unknown code"
            );
            return Ok(Vec::new());
        };
        Ok(vec![Event::Receipt(Receipt {
            attempt,
            status,
            at: optional(&self.section.at).and_then(|at| unix_seconds(at)),
            cost: optional(&self.section.cost).and_then(|cost| cost.parse().ok()),
        })])
    }

    fn acknowledgement(&self) -> &str {
        &self.section.acknowledgement
    }
}

/// What a code means; `None` if it is not listed or means that the message is not found.
pub(super) fn status(statuses: &Statuses, code: &str) -> Option<ReceiptStatus> {
    let rule = statuses.get(code)?;
    let why = format!("status {code}: {}", rule.meaning);
    match rule.status {
        Status::Pending => Some(ReceiptStatus::Pending),
        Status::Delivered => Some(ReceiptStatus::Delivered),
        Status::Undelivered => Some(ReceiptStatus::Undelivered { why, gone: false }),
        Status::Gone => Some(ReceiptStatus::Undelivered { why, gone: true }),
        Status::Rejected => Some(ReceiptStatus::Rejected { why }),
        Status::NotFound => None,
    }
}

pub(super) fn unix_seconds(text: &str) -> Option<Timestamp> {
    let seconds: i64 = text.parse().ok().filter(|seconds| *seconds > 0)?;
    seconds.checked_mul(1000).map(Timestamp)
}

/// The call's parameters: of the query, and of a form or a flat JSON object in the body.
fn parameters(request: &WebhookRequest<'_>) -> Result<Parameters, WebhookError> {
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

/// Compares in a time that does not tell how much was right.
fn same(given: &str, expected: &str) -> bool {
    given.len() == expected.len() && given.bytes().zip(expected.bytes()).fold(0, |d, (a, b)| d | (a ^ b)) == 0
}
