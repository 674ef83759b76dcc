//! Sending: one request a message, over connections that a process keeps.

use super::answers::Answers;
use super::calls::Calls;
use super::config::{Section, read_secrets};
use super::look_up::Questions;
use super::outcome::{ReplyRules, classify};
use super::payload::{Requests, SEND_PLACES, fill_send};
use super::receipts::Reports;
use super::template::Settings;
use crate::config::{Environment, Unusable, plain_text};
use crate::http::{Protocol, at_most_once, describe};
use crate::rule::ErrorRule;
use crate::{Content, Finding, LookUp, OutgoingMessage, Provider, Webhook};
use async_trait::async_trait;
use aws_lc_rs::digest::{Context, SHA256};
use bellhop_domain::phone::Region;
use bellhop_domain::{EndpointKind, Outcome};
use reqwest::Client;
use secrecy::ExposeSecret;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// One account at one gateway.
pub(crate) struct SmsHttp {
    base_url: String,
    client: Client,
    requests: Requests,
    longest_ttl: Duration,
    reply: ReplyRules,
    errors: BTreeMap<String, ErrorRule>,
    calls: Option<Calls>,
    questions: Option<Questions>,
    account: String,
}

/// What the registry calls.
pub(crate) fn build(section: &Value, environment: Environment<'_>) -> Result<Arc<dyn Provider>, Unusable> {
    Ok(Arc::new(SmsHttp::new(Section::read(section)?, environment)?))
}

impl SmsHttp {
    fn new(section: Section, environment: Environment<'_>) -> Result<Self, Unusable> {
        let settings = Settings {
            secrets: read_secrets(&section.secrets, environment)?,
            values: section.values,
        };
        let base_url = section.base_url;
        let longest_ttl = section.longest_ttl_seconds.map_or(Duration::MAX, Duration::from_secs);
        let client = section.http.client(Protocol::Http1)?;
        let statuses = Arc::new(section.statuses);
        let wait = |(code, rule): (&String, &ErrorRule)| Some((code.clone(), Duration::from_secs(rule.after_seconds?)));
        let waits = section.errors.iter().filter_map(wait).collect();
        let interval = Duration::from_secs(section.look_up_interval_seconds);
        let ask = |exchange| {
            let (client, statuses) = (client.clone(), Arc::clone(&statuses));
            Questions::new(client, &base_url, exchange, interval, &settings, statuses, waits)
        };
        let questions = section.look_up.map(ask).transpose()?;
        let listen = |section| Reports::new(section, &settings, Arc::clone(&statuses));
        let reports = section.receipts.map(listen).transpose()?.flatten();
        let region = section.region.unwrap_or(Region::RU);
        let hear = |section| Answers::new(section, &settings, region);
        let answers = section.answers.map(hear).transpose()?.flatten();
        Ok(Self {
            requests: Requests::new(&base_url, &section.send, &settings, SEND_PLACES)?,
            reply: ReplyRules::new(&section.send.reply, &settings, SEND_PLACES)?,
            errors: section.errors,
            calls: Calls::new(reports, answers),
            questions,
            client,
            longest_ttl,
            account: account(&base_url, &settings),
            base_url,
        })
    }

    async fn try_send(&self, message: &OutgoingMessage<'_>) -> Result<Outcome, Outcome> {
        let Content::Text(text) = message.content else {
            return Err(Outcome::Rejected {
                why: "an SMS gateway takes a text, not a push".to_owned(),
            });
        };
        let fill = |place: &str| fill_send(message, text, self.longest_ttl, place);
        let request = self
            .requests
            .request(&self.client, &fill)
            .map_err(|e| Outcome::Rejected { why: describe(e) })?;
        let answer = at_most_once(self.client.execute(request), message.now).await?;
        Ok(classify(&answer, &self.reply, &self.errors, &fill))
    }
}

/// Senders with one gateway and the same secrets use one account, whatever sender names they use.
fn account(base_url: &str, settings: &Settings) -> String {
    let mut digest = Context::new(&SHA256);
    for (name, secret) in &settings.secrets {
        for part in [name.as_bytes(), secret.expose_secret().as_bytes()] {
            digest.update(&(part.len() as u64).to_be_bytes());
            digest.update(part);
        }
    }
    format!("sms_http {base_url} {}", hex::encode(digest.finish()))
}

#[async_trait]
impl Provider for SmsHttp {
    fn kind(&self) -> EndpointKind {
        EndpointKind::Phone
    }

    fn account(&self) -> Option<String> {
        Some(self.account.clone())
    }

    async fn send(&self, message: &OutgoingMessage<'_>) -> Outcome {
        self.try_send(message).await.unwrap_or_else(|outcome| outcome)
    }

    async fn check(&self) -> Vec<Finding> {
        let mut findings = vec![Finding::fine(format!(
            "SMS gateway {}: settings are complete",
            self.base_url
        ))];
        if !self.calls.as_ref().is_some_and(Calls::hears_reports) {
            findings.push(Finding::warning(
                "no delivery report of the SMS gateway will be believed: its secret is not set",
                "set the secret in the gateway's account and under secrets.reports",
            ));
        }
        findings.extend(plain_text("base_url", self.requests.url()));
        findings
    }

    fn webhook(&self) -> Option<&dyn Webhook> {
        self.calls.as_ref().map(|calls| calls as &dyn Webhook)
    }

    fn look_up(&self) -> Option<&dyn LookUp> {
        self.questions.as_ref().map(|questions| questions as &dyn LookUp)
    }
}
