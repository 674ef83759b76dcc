//! Sending: one request a message. The token is part of every URL, so no URL is ever shown.

use super::config::TelegramConfig;
use super::outcome::classify;
use super::payload::{Body, body};
use super::webhook::Calls;
use crate::config::{Environment, Unusable, plain_text};
use crate::http::{Protocol, ask, at_most_once};
use crate::{Finding, OutgoingMessage, Provider, Webhook};
use async_trait::async_trait;
use bellhop_domain::{EndpointKind, Outcome, Timestamp};
use reqwest::{Client, Url};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// One bot.
pub(crate) struct Telegram {
    client: Client,
    config: TelegramConfig,
    calls: Option<Calls>,
    /// Whether Telegram has accepted a message of this bot since the process began.
    proven: AtomicBool,
}

/// What the registry calls.
pub(crate) fn build(section: &Value, environment: Environment<'_>) -> Result<Arc<dyn Provider>, Unusable> {
    let mut config = TelegramConfig::read(section, environment)?;
    let secret = config.webhook_secret.take();
    Ok(Arc::new(Telegram {
        client: config.http.client(Protocol::Http1)?,
        calls: secret.map(Calls::new),
        config,
        proven: AtomicBool::new(false),
    }))
}

impl Telegram {
    async fn try_send(&self, message: &OutgoingMessage<'_>) -> Result<Outcome, Outcome> {
        let (url, body) = match body(message)? {
            Body::SendMessage(body) => (&self.config.urls.send_message, body),
            Body::SendPhoto(body) => (&self.config.urls.send_photo, body),
        };
        let request = self.client.post(url.clone()).json(&body);
        // Telegram has no idempotency keys.
        let answer = at_most_once(request.send(), message.now).await?;
        let outcome = classify(&answer, self.proven.load(Ordering::Relaxed));
        if matches!(outcome, Outcome::Accepted { .. }) {
            self.proven.store(true, Ordering::Relaxed);
        }
        Ok(outcome)
    }

    /// Asks a question about the bot itself; the error is the text of a finding.
    async fn ask(&self, url: &Url) -> Result<Value, String> {
        let answer = ask(self.client.get(url.clone()).send(), Timestamp::now()).await?;
        let mut body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        match body["ok"].as_bool() {
            Some(true) => Ok(body["result"].take()),
            _ => {
                let said = body["description"].as_str().unwrap_or("no answer of Telegram's");
                Err(format!("HTTP {}: {said}", answer.status))
            }
        }
    }

    async fn webhook_finding(&self) -> Option<Finding> {
        if self.calls.is_none() {
            return Some(Finding::warning(
                "no call of Telegram's will be believed: no guests' messages, no word of who blocked the bot",
                "set the webhook with a secret_token and webhook_secret to the same secret",
            ));
        }
        let info = self.ask(&self.config.urls.get_webhook_info).await.ok()?;
        if info["url"].as_str().is_none_or(str::is_empty) {
            return Some(Finding::warning(
                "the bot has no webhook: no guest's message comes",
                "call setWebhook with the sender's address and secret_token",
            ));
        }
        let error = info["last_error_message"].as_str()?;
        Some(Finding::warning(
            format!("Telegram's last call to the webhook failed: {error}"),
            "check that the address is reachable from the internet and that the secrets agree",
        ))
    }
}

#[async_trait]
impl Provider for Telegram {
    fn kind(&self) -> EndpointKind {
        EndpointKind::Telegram
    }

    async fn send(&self, message: &OutgoingMessage<'_>) -> Outcome {
        self.try_send(message).await.unwrap_or_else(|outcome| outcome)
    }

    async fn check(&self) -> Vec<Finding> {
        let me = match self.ask(&self.config.urls.get_me).await {
            Ok(me) => {
                let name = me["username"].as_str().unwrap_or("without a name");
                Finding::fine(format!("Telegram bot @{name}: Telegram takes the token"))
            }
            Err(why) => Finding::error(
                format!("Telegram bot: {why}"),
                "check the token with BotFather, base_url and the network",
            ),
        };
        let in_clear = plain_text("base_url", &self.config.base_url);
        [Some(me), self.webhook_finding().await, in_clear]
            .into_iter()
            .flatten()
            .collect()
    }

    fn webhook(&self) -> Option<&dyn Webhook> {
        self.calls.as_ref().map(|calls| calls as &dyn Webhook)
    }
}
