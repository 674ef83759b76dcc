//! Sending: one token, a few connections, one request a message.

use super::config::FcmConfig;
use super::outcome::{classify, refuses_our_token};
use super::payload;
use super::token::{Token, TokenSource, refused_twice};
use crate::config::{Environment, Unusable, plain_text};
use crate::http::{Answer, Protocol, no_answer_to_replaceable};
use crate::{Content, Finding, OutgoingMessage, Provider};
use async_trait::async_trait;
use bellhop_domain::{EndpointKind, Outcome, Timestamp};
use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Method, Request, Url};
use serde_json::Value;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::iter;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// One Firebase project.
pub(crate) struct Fcm {
    /// One HTTP/2 connection each.
    clients: Vec<Client>,
    next: AtomicUsize,
    url: Url,
    tokens: TokenSource,
    proven: ProvenRuns,
    analytics_label: Option<String>,
    project_id: String,
}

/// What the registry calls.
pub(crate) fn build(section: &Value, _: Environment<'_>) -> Result<Arc<dyn Provider>, Unusable> {
    Ok(Arc::new(Fcm::new(FcmConfig::read(section)?)?))
}

impl Fcm {
    pub(super) fn new(config: FcmConfig) -> Result<Self, Unusable> {
        let clients = (0..config.connections)
            .map(|_| config.http.client(Protocol::Http2))
            .collect::<Result<_, _>>()?;
        let token_client = config.http.client(Protocol::Any)?;
        Ok(Self {
            clients,
            next: AtomicUsize::new(0),
            url: config.send_url,
            tokens: TokenSource::new(token_client, config.token_uri, config.account),
            proven: ProvenRuns::default(),
            analytics_label: config.analytics_label,
            project_id: config.project_id,
        })
    }

    async fn try_send(&self, message: &OutgoingMessage<'_>) -> Result<Outcome, Outcome> {
        let body = self.body(message)?;
        let token = self.tokens.token(message.now).await?;
        let mut answer = self.post(&token, body.clone(), message.now).await?;
        if refuses_our_token(&answer) {
            let token = self.tokens.replace(&token, message.now).await?;
            answer = self.post(&token, body, message.now).await?;
            if refuses_our_token(&answer) {
                return Err(refused_twice());
            }
        }
        let outcome = classify(&answer, self.proven.contains(message.collapse_key));
        if matches!(outcome, Outcome::Accepted { .. }) {
            self.proven.insert(message.collapse_key);
        }
        Ok(outcome)
    }

    fn body(&self, message: &OutgoingMessage<'_>) -> Result<Bytes, Outcome> {
        let Content::Push(push) = &message.content else {
            return Err(Outcome::Rejected {
                why: "FCM takes a push, not a text".to_owned(),
            });
        };
        payload::encode(message, push, self.analytics_label.as_deref())
            .map(Bytes::from)
            .map_err(|too_long| Outcome::Failed {
                why: format!("too long: {} bytes of text and links, FCM takes 4096", too_long.bytes),
            })
    }

    async fn post(&self, token: &Token, body: Bytes, now: Timestamp) -> Result<Answer, Outcome> {
        let mut request = Request::new(Method::POST, self.url.clone());
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, token.header.clone());
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        *request.body_mut() = Some(body.into());
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let client = &self.clients[turn % self.clients.len()];
        // The collapse key lets a repeat replace the message.
        let response = client.execute(request).await.map_err(no_answer_to_replaceable)?;
        match Answer::read(response, now).await {
            Ok(answer) => Ok(answer),
            // FCM answers 200 after it has accepted the message, so only the name is lost.
            Err(cut) if cut.status == 200 => Err(Outcome::Accepted {
                provider_id: None,
                cost: None,
                parts: None,
            }),
            Err(cut) => Ok(cut),
        }
    }
}

#[async_trait]
impl Provider for Fcm {
    fn kind(&self) -> EndpointKind {
        EndpointKind::Fcm
    }

    async fn send(&self, message: &OutgoingMessage<'_>) -> Outcome {
        self.try_send(message).await.unwrap_or_else(|outcome| outcome)
    }

    /// Exchanges the key for a token, which proves the key, the clock and the connection to Google.
    async fn check(&self) -> Vec<Finding> {
        let project = &self.project_id;
        let taken = match self.tokens.token(Timestamp::now()).await {
            Ok(_) => Finding::fine(format!("FCM project {project}: Google takes the key")),
            Err(Outcome::Retry { why, .. }) => Finding::error(
                format!("FCM project {project}: {why}"),
                "check the network, token_uri and http.ca_file",
            ),
            Err(Outcome::Misconfigured { why }) => Finding::error(
                format!("FCM project {project}: {why}"),
                "download a new key file from the Firebase console",
            ),
            Err(other) => Finding::error(format!("FCM project {project}: {other:?}"), "try again"),
        };
        let in_clear = plain_text("base_url", &self.url).or_else(|| plain_text("token_uri", self.tokens.uri()));
        iter::once(taken).chain(in_clear).collect()
    }
}

/// The runs whose content FCM has accepted for somebody, by collapse key: the latest few hundred, without a lock. If
/// a run is pushed out, its errors are only judged more mildly until its next success.
struct ProvenRuns([AtomicU64; ProvenRuns::SLOTS]);

impl Default for ProvenRuns {
    fn default() -> Self {
        Self([const { AtomicU64::new(0) }; Self::SLOTS])
    }
}

impl ProvenRuns {
    const SLOTS: usize = 256;

    fn insert(&self, collapse_key: &str) {
        let (slot, mark) = self.place(collapse_key);
        if slot.load(Ordering::Relaxed) != mark {
            slot.store(mark, Ordering::Relaxed);
        }
    }

    fn contains(&self, collapse_key: &str) -> bool {
        let (slot, mark) = self.place(collapse_key);
        slot.load(Ordering::Relaxed) == mark
    }

    fn place(&self, collapse_key: &str) -> (&AtomicU64, u64) {
        let mut hasher = DefaultHasher::new();
        collapse_key.hash(&mut hasher);
        let mark = hasher.finish() | 1;
        let index = (mark >> 1) % Self::SLOTS as u64;
        (&self.0[index as usize], mark)
    }
}
