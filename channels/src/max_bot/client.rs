//! Sending: one request for each message. The URL contains the guest's id, so it is never shown.

use super::config::MaxConfig;
use super::outcome::classify;
use super::payload::request;
use super::webhook::Calls;
use crate::config::{Environment, Unusable};
use crate::http::{Protocol, at_most_once};
use crate::{Finding, OutgoingMessage, Provider, Webhook};
use async_trait::async_trait;
use bellhop_domain::{EndpointKind, Outcome, Timestamp};
use reqwest::header::AUTHORIZATION;
use reqwest::{Client, RequestBuilder};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// MAX allows two messages a second in one dialog.
const APART: Duration = Duration::from_millis(500);

/// One bot.
pub(crate) struct Max {
    pub(super) client: Client,
    pub(super) config: MaxConfig,
    pub(super) calls: Option<Calls>,
}

/// The registry's line.
pub(crate) fn build(section: &Value, environment: Environment<'_>) -> Result<Arc<dyn Provider>, Unusable> {
    let mut config = MaxConfig::read(section, environment)?;
    let secret = config.webhook_secret.take();
    Ok(Arc::new(Max {
        client: config.http.client(Protocol::Http1)?,
        calls: secret.map(Calls::new),
        config,
    }))
}

impl Max {
    async fn try_send(&self, message: &OutgoingMessage<'_>) -> Result<Outcome, Outcome> {
        let asked = request(message)?;
        let mut url = self.config.urls.messages.clone();
        url.query_pairs_mut().append_pair("user_id", &asked.user.to_string());
        let request = self.authorized(self.client.post(url).json(&asked.body));
        // MAX has no idempotency keys.
        let answer = at_most_once(request.send(), message.now).await?;
        Ok(classify(&answer))
    }

    pub(super) fn authorized(&self, request: RequestBuilder) -> RequestBuilder {
        request.header(AUTHORIZATION, self.config.authorization.clone())
    }
}

#[async_trait]
impl Provider for Max {
    fn kind(&self) -> EndpointKind {
        EndpointKind::Max
    }

    async fn send(&self, message: &OutgoingMessage<'_>) -> Outcome {
        self.try_send(message).await.unwrap_or_else(|outcome| outcome)
    }

    async fn check(&self) -> Vec<Finding> {
        self.findings(Timestamp::now()).await
    }

    fn webhook(&self) -> Option<&dyn Webhook> {
        self.calls.as_ref().map(|calls| calls as &dyn Webhook)
    }

    fn apart(&self) -> Option<Duration> {
        Some(APART)
    }
}
