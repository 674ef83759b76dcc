//! Delivery reports: what a provider says later of a message it took.

use crate::AttemptKey;
use bellhop_domain::{Money, Timestamp};
use reqwest::header::HeaderMap;

/// Which attempt a receipt is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ReceiptFor {
    /// The gateway gave back the id we sent: such a receipt can be recorded before the send's own answer is.
    Ours(AttemptKey),
    /// The id from [`Outcome::Accepted`](bellhop_domain::Outcome).
    Provider(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceiptStatus {
    /// Taken and under way.
    Pending,
    Delivered,
    /// It will not arrive. `gone`: the address itself is bad for good.
    Undelivered {
        why: String,
        gone: bool,
    },
    /// The provider took it and then refused to pass it on: content, sender or account.
    Rejected {
        why: String,
    },
}

/// One delivery report. Reports come in any order, repeated, and perhaps before our own record of the attempt;
/// a lower rank never replaces a higher one (PROVIDERS.md §7 rules 9 and 10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub attempt: ReceiptFor,
    pub status: ReceiptStatus,
    /// When it happened, if the provider says so.
    pub at: Option<Timestamp>,
    pub cost: Option<Money>,
}

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
    /// Answer 403.
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
