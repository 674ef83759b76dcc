//! FCM's answers, byte shapes of PROVIDERS §1.4 and §1.5.

use hyper::StatusCode;
use serde_json::{Value, json};

use super::account::Denied;
use crate::serve::Reply;
use crate::serve::reply::{JSON, reply, with_retry_after};

/// An error answer of the send endpoint.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Refusal {
    http: StatusCode,
    status: &'static str,
    message: String,
    details: Vec<Value>,
    retry_after: Option<String>,
}

impl Refusal {
    pub(super) fn new(http: StatusCode, status: &'static str, message: impl Into<String>) -> Self {
        Self {
            http,
            status,
            message: message.into(),
            details: Vec::new(),
            retry_after: None,
        }
    }

    /// 400 `INVALID_ARGUMENT` as Google's JSON layer says it, without an FCM code.
    pub(super) fn malformed(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "INVALID_ARGUMENT", message)
    }

    /// 400 `INVALID_ARGUMENT` as FCM says it, about one field.
    pub(super) fn invalid(field: &str, description: &str) -> Self {
        Self::malformed(description)
            .code("INVALID_ARGUMENT")
            .violation(field, description)
    }

    /// Adds the `FcmError` detail.
    pub(super) fn code(mut self, error_code: &str) -> Self {
        self.details.push(json!({
            "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError",
            "errorCode": error_code,
        }));
        self
    }

    /// Adds a `BadRequest` detail with one field violation.
    pub(super) fn violation(mut self, field: &str, description: &str) -> Self {
        self.details.push(json!({
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations": [{"field": field, "description": description}],
        }));
        self
    }

    /// Adds a `QuotaFailure` detail.
    pub(super) fn quota(mut self, subject: &str) -> Self {
        self.details.push(json!({
            "@type": "type.googleapis.com/google.rpc.QuotaFailure",
            "violations": [{"subject": subject, "description": "Message rate exceeded"}],
        }));
        self
    }

    pub(super) fn retry_after(mut self, value: String) -> Self {
        self.retry_after = Some(value);
        self
    }

    pub(super) fn into_reply(self) -> Reply {
        let mut error = json!({"code": self.http.as_u16(), "message": self.message, "status": self.status});
        if !self.details.is_empty() {
            error["details"] = Value::Array(self.details);
        }
        let reply = reply(self.http, JSON, json!({"error": error}).to_string());
        match self.retry_after {
            Some(value) => with_retry_after(reply, &value),
            None => reply,
        }
    }
}

/// 200 with the name of the message.
pub(super) fn accepted(project: &str, id: &str) -> Reply {
    reply(
        StatusCode::OK,
        JSON,
        format!("{{\n  \"name\": \"projects/{project}/messages/{id}\"\n}}\n"),
    )
}

/// 200 with an access token.
pub(super) fn access_token(token: &str, expires_in: i64) -> Reply {
    let body = json!({"access_token": token, "expires_in": expires_in, "token_type": "Bearer"});
    reply(StatusCode::OK, JSON, body.to_string())
}

/// 400 of the token endpoint.
pub(super) fn denied(denied: &Denied) -> Reply {
    let body = json!({"error": denied.error, "error_description": denied.description});
    reply(StatusCode::BAD_REQUEST, JSON, body.to_string())
}
