//! Sending: one request a message. The token is part of every URL, so no URL is ever shown.

use super::config::GreenApiConfig;
use super::instance::InstanceState;
use super::outcome::classify;
use super::payload::{Body, body};
use super::webhook::Calls;
use crate::config::{Environment, Unusable, plain_text};
use crate::http::{Protocol, ask, at_most_once};
use crate::{Finding, OutgoingMessage, Provider, Webhook};
use async_trait::async_trait;
use bellhop_domain::incoming::HealthState;
use bellhop_domain::{EndpointKind, Outcome, Timestamp};
use reqwest::Client;
use serde_json::Value;
use std::sync::Arc;

/// One connected number.
pub(crate) struct GreenApi {
    client: Client,
    config: GreenApiConfig,
    calls: Option<Calls>,
}

/// What the registry calls.
pub(crate) fn build(section: &Value, environment: Environment<'_>) -> Result<Arc<dyn Provider>, Unusable> {
    let mut config = GreenApiConfig::read(section, environment)?;
    let token = config.webhook_token.take();
    Ok(Arc::new(GreenApi {
        client: config.http.client(Protocol::Http1)?,
        calls: token.map(|token| Calls::new(token, config.instance.clone())),
        config,
    }))
}

impl GreenApi {
    async fn try_send(&self, message: &OutgoingMessage<'_>) -> Result<Outcome, Outcome> {
        let (url, body) = match body(message)? {
            Body::SendMessage(body) => (&self.config.urls.send_message, body),
            Body::SendFileByUrl(body) => (&self.config.urls.send_file, body),
        };
        let request = self.client.post(url.clone()).json(&body);
        // Green-API has no idempotency keys.
        let answer = at_most_once(request.send(), message.now).await?;
        Ok(classify(&answer))
    }

    /// Asks for the instance's state.
    async fn instance(&self) -> Finding {
        let what = format!("Green-API instance {}", self.config.instance);
        let request = self.client.get(self.config.urls.state.clone());
        let answer = match ask(request.send(), Timestamp::now()).await {
            Ok(answer) => answer,
            Err(why) => return Finding::error(format!("{what}: {why}"), "check base_url and the network"),
        };
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let state = body["stateInstance"].as_str().and_then(InstanceState::from_name);
        match (answer.status, state) {
            (200..300, Some(state)) => found(&what, state),
            (401 | 403, _) => Finding::error(
                format!("{what}: the token or the instance is refused (HTTP {})", answer.status),
                "copy idInstance and apiTokenInstance from Green-API's console",
            ),
            (status, _) => Finding::error(
                format!("{what}: HTTP {status} without a state that is known"),
                "check base_url: it is the instance's apiUrl in Green-API's console",
            ),
        }
    }
}

/// What the doctor says about the state of an instance.
fn found(what: &str, state: InstanceState) -> Finding {
    let what = format!("{what} is {}", state.name());
    match state.health() {
        HealthState::Working => Finding::fine(format!("{what}: {}", state.advice())),
        HealthState::Degraded => Finding::warning(what, state.advice()),
        HealthState::Stopped => Finding::error(what, state.advice()),
    }
}

#[async_trait]
impl Provider for GreenApi {
    fn kind(&self) -> EndpointKind {
        EndpointKind::WhatsApp
    }

    async fn send(&self, message: &OutgoingMessage<'_>) -> Outcome {
        self.try_send(message).await.unwrap_or_else(|outcome| outcome)
    }

    async fn check(&self) -> Vec<Finding> {
        let mut findings = vec![self.instance().await];
        if self.calls.is_none() {
            findings.push(Finding::warning(
                "no call of Green-API's will be believed: no receipts, no guests' messages, no word of a lost session",
                "set a Webhook URL Token in Green-API's console and webhook_token to the same secret",
            ));
        }
        findings.extend(plain_text("base_url", &self.config.base_url));
        findings
    }

    fn webhook(&self) -> Option<&dyn Webhook> {
        self.calls.as_ref().map(|calls| calls as &dyn Webhook)
    }
}
