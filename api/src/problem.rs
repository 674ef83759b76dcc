//! Errors as problem documents (RFC 9457).

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bellhop_store::StoreError;
use serde::Serialize;

/// One thing that is wrong with one place of the request.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub struct Fault {
    /// Like `orders[3].total`.
    pub place: String,
    pub problem: String,
}

impl Fault {
    pub fn new(place: impl Into<String>, problem: impl ToString) -> Self {
        Self {
            place: place.into(),
            problem: problem.to_string(),
        }
    }
}

/// An answer that is not a success.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    detail: String,
    faults: Vec<Fault>,
}

#[derive(Serialize)]
struct Document<'a> {
    title: &'a str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "<[Fault]>::is_empty")]
    errors: &'a [Fault],
}

impl Problem {
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            faults: Vec::new(),
        }
    }

    /// 422: the JSON is read, but these places of it cannot be; nothing was written.
    pub fn unprocessable(faults: Vec<Fault>) -> Self {
        let detail =
            "some of what was sent cannot be used, so nothing was written; mend the places listed and send it again";
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            detail: detail.into(),
            faults,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let title = self.status.canonical_reason().unwrap_or("Error");
        let document = Document {
            title,
            status: self.status.as_u16(),
            detail: &self.detail,
            errors: &self.faults,
        };
        let mut response = (self.status, Json(document)).into_response();
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            header::HeaderValue::from_static("application/problem+json"),
        );
        response
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound { .. } => Self::new(StatusCode::NOT_FOUND, error.to_string()),
            StoreError::Conflict(why) => Self::new(StatusCode::CONFLICT, why),
            error => {
                tracing::error!(%error, "a request failed in the store");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "the database cannot take this now; send it again later",
                )
            }
        }
    }
}
