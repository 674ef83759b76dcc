//! What a provider tells us: receipts, guests' messages, preferences, its own health; by webhook or over a session.

pub use bellhop_domain::incoming::Event;

use async_trait::async_trait;
use reqwest::header::HeaderMap;

/// A provider's call to our webhook, exactly as it came.
#[derive(Debug, Clone, Copy)]
pub struct WebhookRequest<'a> {
    /// The URL that the provider called, as the provider knows it: our public URL with the query. Some providers sign
    /// it.
    pub url: &'a str,
    /// What follows `?`, still encoded; empty if there is no query.
    pub query: &'a str,
    pub headers: &'a HeaderMap,
    pub body: &'a [u8],
}

/// Why a webhook call is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// Answer 401.
    #[error("the signature is missing or wrong; check that the provider and this configuration hold the same secret")]
    BadSignature,
    /// Answer 400.
    #[error("the call cannot be read: {0}")]
    Unreadable(String),
}

/// The longest call of a provider that does not batch events.
const CALL_BYTES: usize = 256 << 10;

/// Verifies and reads a provider's calls.
pub trait Webhook: Send + Sync {
    /// Whether the call can be genuine, judging by its address and header. The body of a call that cannot be is not
    /// read.
    fn admits(&self, _query: &str, _headers: &HeaderMap) -> bool {
        true
    }

    /// The longest call that the provider makes.
    fn body_bytes(&self) -> usize {
        CALL_BYTES
    }

    /// Verifies the raw call, then reads it. A report about a message that is not ours gives no receipt.
    fn parse(&self, request: &WebhookRequest<'_>) -> Result<Vec<Event>, WebhookError>;

    /// Answers a GET by which the provider makes sure that the address is ours; `None` if the provider has no such
    /// check.
    fn handshake(&self, _query: &str) -> Option<Result<String, WebhookError>> {
        None
    }

    /// The body with which to answer 200, so that the provider does not repeat the call.
    fn acknowledgement(&self) -> &str {
        ""
    }
}

/// Takes what comes over a provider's session. Returns once the events are stored; only then may the provider get an
/// acknowledgement.
#[async_trait]
pub trait EventSink: Send + Sync {
    async fn take(&self, events: Vec<Event>) -> Result<(), String>;
}
