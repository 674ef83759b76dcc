//! Delivery reports: what a provider says later of a message it took.

use bellhop_domain::receipt::Receipt;
use reqwest::header::HeaderMap;

/// A provider's call to our webhook, exactly as it came.
#[derive(Debug, Clone, Copy)]
pub struct WebhookRequest<'a> {
    /// What stands after `?`, still encoded; empty if nothing does.
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
    #[error("the delivery report cannot be read: {0}")]
    Unreadable(String),
}

/// Verifies and reads a provider's delivery reports.
pub trait Receipts: Send + Sync {
    /// Verifies the raw call, then reads it. A report about a message that is not ours gives no receipt.
    fn parse(&self, request: &WebhookRequest<'_>) -> Result<Vec<Receipt>, WebhookError>;

    /// The body with which to answer 200, so that the provider does not repeat the report.
    fn acknowledgement(&self) -> &str {
        ""
    }
}
