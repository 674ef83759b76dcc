//! A gateway's calls: delivery reports and guests' answers, at one address.

use super::answers::Answers;
use super::receipts::{Reports, parameters};
use super::signature::{Proof, Signature};
use crate::{Event, Webhook, WebhookError, WebhookRequest};
use bellhop_domain::Timestamp;
use reqwest::header::HeaderMap;

/// The kinds of calls that the section describes; a call of any other kind is not believed.
pub(super) struct Calls {
    reports: Option<Reports>,
    answers: Option<Answers>,
}

impl Calls {
    /// `None` if no call of the gateway can be believed.
    pub fn new(reports: Option<Reports>, answers: Option<Answers>) -> Option<Self> {
        (reports.is_some() || answers.is_some()).then_some(Self { reports, answers })
    }

    pub fn hears_reports(&self) -> bool {
        self.reports.is_some()
    }
}

impl Calls {
    fn signatures(&self) -> impl Iterator<Item = &Signature> {
        let answers = self.answers.iter().map(Answers::signature);
        self.reports.iter().map(Reports::signature).chain(answers)
    }
}

impl Webhook for Calls {
    fn admits(&self, query: &str, headers: &HeaderMap) -> bool {
        self.signatures().any(|signature| signature.admits(query, headers))
    }

    fn parse(&self, request: &WebhookRequest<'_>) -> Result<Vec<Event>, WebhookError> {
        let proofs: Vec<Proof> = self.signatures().map(|signature| signature.proof(request)).collect();
        if proofs.iter().all(|proof| *proof == Proof::False) {
            return Err(WebhookError::BadSignature);
        }
        let parameters = parameters(request).map_err(|error| match proofs.contains(&Proof::True) {
            true => error,
            // Nobody knows who has written what cannot be read.
            false => WebhookError::BadSignature,
        })?;
        match (&self.answers, &self.reports) {
            (Some(answers), reports)
                if answers.fits(&parameters) && !reports.as_ref().is_some_and(|reports| reports.fits(&parameters)) =>
            {
                answers.parse(request, &parameters, Timestamp::now())
            }
            (_, Some(reports)) => reports.parse(request, &parameters),
            (_, None) => Err(WebhookError::BadSignature),
        }
    }

    fn acknowledgement(&self) -> &str {
        self.reports.as_ref().map_or("", Reports::acknowledgement)
    }
}
