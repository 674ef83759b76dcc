//! Errors as the Graph API writes them (PROVIDERS §5.5), in answers and in statuses.

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::refusals::graph::CODES;
use crate::serve::Reply;
use crate::serve::reply::{JSON, reply};

/// An error of the Graph API: its code, and what is wrong in this request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GraphError {
    pub(super) code: u32,
    pub(super) details: String,
}

impl GraphError {
    pub(super) fn new(code: u32, details: impl Into<String>) -> Self {
        Self {
            code,
            details: details.into(),
        }
    }

    fn known(&self) -> (u16, &'static str) {
        let known = CODES.iter().find(|(_, code, ..)| *code == self.code);
        known.map_or((400, "Error"), |(_, _, status, title)| (*status, *title))
    }

    /// The answer of a request.
    pub(super) fn reply(&self) -> Reply {
        let (status, title) = self.known();
        let body = json!({"error": {
            "message": format!("(#{}) {title}", self.code),
            "type": "OAuthException",
            "code": self.code,
            "error_data": {"messaging_product": "whatsapp", "details": self.details},
            "fbtrace_id": "AsImUlAt0r",
        }});
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
        reply(status, JSON, body.to_string())
    }

    /// An entry of a status's `errors`.
    pub(super) fn of_status(&self) -> Value {
        let (_, title) = self.known();
        json!({
            "code": self.code,
            "title": title,
            "message": title,
            "error_data": {"details": self.details},
            "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
        })
    }
}
