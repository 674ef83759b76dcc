//! Errors as problem documents (RFC 9457).

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
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
    header: Option<(HeaderName, &'static str)>,
    /// The connection ends with this answer: its body is not read.
    closes: bool,
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
            header: None,
            closes: false,
        }
    }

    /// What is answered before the body is read, which then never is.
    pub fn closing(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            closes: true,
            ..Self::new(status, detail)
        }
    }

    /// 401, with the challenge that RFC 6750 §3 asks for.
    pub fn unauthorized(detail: &str) -> Self {
        Self {
            header: Some((header::WWW_AUTHENTICATE, "Bearer")),
            ..Self::closing(StatusCode::UNAUTHORIZED, detail)
        }
    }

    /// 403: the key is known and may not do this (RFC 6750 §3.1).
    pub fn insufficient_scope(detail: String) -> Self {
        Self {
            header: Some((header::WWW_AUTHENTICATE, "Bearer error=\"insufficient_scope\"")),
            ..Self::closing(StatusCode::FORBIDDEN, detail)
        }
    }

    /// 503: the same request may succeed later.
    pub fn unavailable(detail: &str) -> Self {
        Self {
            header: Some((header::RETRY_AFTER, "5")),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
        }
    }

    /// 503, without the body having been read: more is being read than there is room for.
    pub fn full() -> Self {
        Self {
            closes: true,
            ..Self::unavailable("this server has as many requests in hand as it takes; send it again later")
        }
    }

    /// 422: the JSON is read, but these places of it cannot be; nothing was written.
    pub fn unprocessable(faults: Vec<Fault>) -> Self {
        let detail =
            "some of what was sent cannot be used, so nothing was written; mend the places listed and send it again";
        Self {
            faults,
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
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
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some((name, value)) = self.header {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        if self.closes {
            response
                .headers_mut()
                .insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
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
            StoreError::Corrupt { .. } => {
                tracing::error!(%error, "a request met a row that cannot be read");
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "something stored cannot be read; the log says what",
                )
            }
            error => {
                tracing::error!(%error, "a request failed in the store");
                Self::unavailable("the database cannot take this now; send it again later")
            }
        }
    }
}

/// What a request for an unknown path gets.
pub(crate) async fn not_found() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "there is nothing at this path; docs/api.md lists what there is",
    )
}

/// What a request with another method gets; the `Allow` header names the right ones.
pub(crate) async fn wrong_method() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "this path does not take this method; the header Allow names those it takes",
    )
}

/// What a request gets whose handler panicked.
pub(crate) fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "the request met a defect of Bellhop; the log says which",
    )
    .into_response()
}
