//! Sending: a number that never wrote is checked first, then one request sends the message.

use super::config::WahaConfig;
use super::outcome::{classify, number, unsent};
use super::payload::draft;
use super::session::SessionState;
use super::webhook::Calls;
use crate::chat_id::chat_id;
use crate::config::{Environment, Unusable, endpoint, plain_text};
use crate::http::{Protocol, ask, at_most_once};
use crate::{Finding, LinkCode, OutgoingMessage, Provider, Webhook};
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bellhop_domain::incoming::HealthState;
use bellhop_domain::{EndpointKind, Outcome, Timestamp};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Method, Request};
use serde_json::Value;
use std::sync::Arc;

/// One connected number.
pub(crate) struct Waha {
    client: Client,
    config: WahaConfig,
    calls: Option<Calls>,
}

/// What the registry calls.
pub(crate) fn build(section: &Value, environment: Environment<'_>) -> Result<Arc<dyn Provider>, Unusable> {
    let mut config = WahaConfig::read(section, environment)?;
    let key = config.webhook_key.take();
    Ok(Arc::new(Waha {
        client: config.http.client(Protocol::Http1)?,
        calls: key.map(|key| Calls::new(key, config.session.clone())),
        config,
    }))
}

impl Waha {
    async fn try_send(&self, message: &OutgoingMessage<'_>) -> Result<Outcome, Outcome> {
        let draft = draft(&message.content)?;
        let chat = self.chat(message).await?;
        let mut request = self.request(Method::POST, draft.path).map_err(misconfigured)?;
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(CONTENT_TYPE, json);
        *request.body_mut() = Some(draft.body(&self.config.session, &chat).into());
        // WAHA has no idempotency keys.
        let answer = at_most_once(self.client.execute(request), message.now).await?;
        Ok(classify(&answer))
    }

    /// The chat to write to. A first message goes to the chat that WhatsApp names, because numbers of some countries
    /// have another id.
    async fn chat(&self, message: &OutgoingMessage<'_>) -> Result<String, Outcome> {
        let own = chat_id(message.address)?;
        let Some(digits) = message.address.strip_prefix('+') else {
            return Ok(own);
        };
        if message.last_inbound.is_some() || !self.config.check_numbers {
            return Ok(own);
        }
        let path = "/api/contacts/check-exists";
        let mut request = self.request(Method::GET, path).map_err(misconfigured)?;
        let session = self.config.session.as_str();
        request
            .url_mut()
            .query_pairs_mut()
            .extend_pairs([("phone", digits), ("session", session)]);
        let answer = at_most_once(self.client.execute(request), message.now).await;
        let answer = answer.map_err(unsent)?;
        Ok(number(&answer)?.unwrap_or(own))
    }

    fn request(&self, method: Method, path: &str) -> Result<Request, String> {
        let mut request = Request::new(method, endpoint(&self.config.base_url, path)?);
        request.headers_mut().insert("x-api-key", self.config.api_key.clone());
        Ok(request)
    }

    /// The code of the present moment: WAHA has another every few seconds, and none but while a session waits to be linked.
    async fn qr(&self) -> Option<LinkCode> {
        let path = format!("/api/{}/auth/qr", self.config.session);
        let mut request = self.request(Method::GET, &path).ok()?;
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(ACCEPT, json);
        let answer = ask(self.client.execute(request), Timestamp::now()).await.ok()?;
        let body: Value = serde_json::from_slice(&answer.body).ok()?;
        let text = |key: &str| body[key].as_str().map(str::to_owned);
        // It is shown as an image and as nothing else.
        let mime = text("mimetype").filter(|mime| ["image/png", "image/jpeg"].contains(&mime.as_str()))?;
        let data = text("data").filter(|data| STANDARD.decode(data).is_ok())?;
        (200..300).contains(&answer.status).then_some(LinkCode { mime, data })
    }

    /// Asks for the session's state.
    async fn session(&self) -> Finding {
        let session = &self.config.session;
        let what = format!("WAHA session {session}");
        let asked = match self.request(Method::GET, &format!("/api/sessions/{session}")) {
            Ok(request) => ask(self.client.execute(request), Timestamp::now()).await,
            Err(why) => Err(why),
        };
        let answer = match asked {
            Ok(answer) => answer,
            Err(why) => {
                return Finding::error(
                    format!("{what}: {why}"),
                    "check base_url, and that the WAHA server runs",
                );
            }
        };
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        match (answer.status, body["status"].as_str().and_then(SessionState::from_name)) {
            (200..300, Some(state)) => found(&what, state),
            (401 | 403, _) => Finding::error(
                format!("{what}: the server refuses the key (HTTP {})", answer.status),
                "put the server's WAHA_API_KEY where api_key reads it",
            ),
            (404, _) => Finding::error(
                format!("{what}: the server has no such session"),
                "create it in the WAHA dashboard, or correct session",
            ),
            (status, _) => Finding::error(
                format!("{what}: HTTP {status} without a state that is known"),
                "check base_url and the server's version",
            ),
        }
    }
}

fn misconfigured(why: String) -> Outcome {
    Outcome::Misconfigured { why }
}

/// What the doctor says about the state of a session.
fn found(what: &str, state: SessionState) -> Finding {
    let what = format!("{what} is {}", state.name());
    match state.health() {
        HealthState::Working => Finding::fine(format!("{what}: {}", state.advice())),
        HealthState::Degraded | HealthState::Stopped => Finding::error(what, state.advice()),
    }
}

#[async_trait]
impl Provider for Waha {
    fn kind(&self) -> EndpointKind {
        EndpointKind::WhatsApp
    }

    async fn send(&self, message: &OutgoingMessage<'_>) -> Outcome {
        self.try_send(message).await.unwrap_or_else(|outcome| outcome)
    }

    async fn check(&self) -> Vec<Finding> {
        let mut findings = vec![self.session().await];
        if self.calls.is_none() {
            findings.push(Finding::warning(
                "no call of WAHA's will be believed: no receipts, no guests' messages, no word of a lost session",
                "set hmac.key in the session's webhook and webhook_key to the same secret",
            ));
        }
        findings.extend(plain_text("base_url", &self.config.base_url));
        findings
    }

    async fn link_code(&self) -> Option<LinkCode> {
        self.qr().await
    }

    fn webhook(&self) -> Option<&dyn Webhook> {
        self.calls.as_ref().map(|calls| calls as &dyn Webhook)
    }
}
