//! Sending: one request a message, over connections that a process keeps.

use super::config::{CloudConfig, TemplateRoute};
use super::media::Files;
use super::outcome::classify;
use super::payload;
use super::webhook::CloudWebhook;
use crate::config::{Environment, Unusable, endpoint};
use crate::http::{Protocol, at_most_once};
use crate::provider::PeopleLimit;
use crate::{Content, Finding, MediaFiles, OutgoingMessage, Provider, Webhook, WhatsApp};
use async_trait::async_trait;
use bellhop_domain::{EndpointKind, Outcome, Timestamp};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Url};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// The reason why a free text does not go to a guest.
pub const WINDOW_CLOSED: &str = "window closed";
/// How long after a guest's last message anything may be sent to them (PROVIDERS.md §5.3).
const WINDOW: Duration = Duration::from_secs(24 * 3600);

/// One number of one business account.
pub(crate) struct WhatsAppCloud {
    pub(super) client: Client,
    pub(super) config: CloudConfig,
    messages: Url,
    templates: Url,
    files: Files,
    webhook: CloudWebhook,
}

/// What the registry calls.
pub(crate) fn build(section: &Value, environment: Environment<'_>) -> Result<Arc<dyn Provider>, Unusable> {
    Ok(Arc::new(WhatsAppCloud::new(CloudConfig::read(section, environment)?)?))
}

impl WhatsAppCloud {
    fn new(config: CloudConfig) -> Result<Self, Unusable> {
        let client = config.http.client(Protocol::Http1)?;
        let of_number = |what: &str| endpoint(&config.base, &format!("/{}/{what}", config.phone_number_id));
        Ok(Self {
            messages: of_number("messages")?,
            templates: match config.route {
                TemplateRoute::Messages => of_number("messages")?,
                TemplateRoute::Marketing { .. } => of_number("marketing_messages")?,
            },
            files: Files::new(client.clone(), &config)?,
            webhook: CloudWebhook::new(&config),
            client,
            config,
        })
    }

    async fn try_send(&self, message: &OutgoingMessage<'_>) -> Result<Outcome, Outcome> {
        let Content::WhatsApp(content) = &message.content else {
            return Err(Outcome::Rejected {
                why: "WhatsApp takes a WhatsApp text, file or template, nothing of another channel".to_owned(),
            });
        };
        check_window(content, message.last_inbound, message.now)?;
        let body = payload::encode(message, content, self.config.route)?;
        let url = match content {
            WhatsApp::Template(_) => &self.templates,
            WhatsApp::Text(_) | WhatsApp::Media(_) => &self.messages,
        };
        let request = self
            .client
            .post(url.clone())
            .header(AUTHORIZATION, self.config.authorization.clone())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(body);
        // Meta documents no idempotency.
        let answer = at_most_once(request.send(), message.now).await?;
        Ok(classify(&answer))
    }
}

/// Meta would accept a free text outside the window, charge nothing, and later fail it with 131047.
fn check_window(content: &WhatsApp<'_>, last_inbound: Option<Timestamp>, now: Timestamp) -> Result<(), Outcome> {
    let open = last_inbound.is_some_and(|last| now.since(last) < WINDOW);
    if open || matches!(content, WhatsApp::Template(_)) {
        return Ok(());
    }
    Err(Outcome::Held {
        why: format!("{WINDOW_CLOSED}: the guest has not written in the last 24 hours; use an approved template"),
    })
}

#[async_trait]
impl Provider for WhatsAppCloud {
    fn kind(&self) -> EndpointKind {
        EndpointKind::WhatsApp
    }

    async fn template_trouble(&self, name: &str, language: &str) -> Option<Finding> {
        self.trouble_with(name, language, Timestamp::now()).await
    }

    async fn send(&self, message: &OutgoingMessage<'_>) -> Outcome {
        self.try_send(message).await.unwrap_or_else(|outcome| outcome)
    }

    async fn check(&self) -> Vec<Finding> {
        self.findings(Timestamp::now()).await
    }

    fn webhook(&self) -> Option<&dyn Webhook> {
        Some(&self.webhook)
    }

    fn free_text_window(&self) -> Option<Duration> {
        Some(WINDOW)
    }

    fn portfolio(&self) -> Option<&str> {
        Some(&self.config.portfolio)
    }

    fn apart(&self) -> Option<Duration> {
        self.config.apart
    }

    fn people_limit(&self) -> Option<&PeopleLimit> {
        self.config.people_limit.as_ref()
    }

    fn media(&self) -> Option<&dyn MediaFiles> {
        Some(&self.files)
    }
}
