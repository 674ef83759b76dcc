//! The edge through which every request comes in and every answer goes out: it limits the time, chooses the language of a
//! problem, and says what is left to the caller's key.

use crate::problem::Problem;
use crate::rates::Meter;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bellhop_domain::fault::Why;
use bellhop_domain::words::Language;
use std::any::Any;
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(30);

/// Wraps everything that is served.
pub(crate) async fn edge(mut request: Request, next: Next) -> Response {
    let language = language(request.headers());
    let meter = Meter::default();
    request.extensions_mut().insert(meter.clone());
    let answered = tokio::time::timeout(TIMEOUT, next.run(request)).await;
    let response = answered.unwrap_or_else(|_| Problem::unavailable(Why::TookTooLong).into_response());
    let mut response = in_language(response, language);
    let headers = response.headers_mut();
    meter.write(headers);
    // What a guest wrote is in answers of JSON and text: no browser may take one for a page.
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Words a problem anew if a language other than English was asked for.
pub(crate) fn in_language(mut response: Response, language: Language) -> Response {
    match response.extensions_mut().remove::<Problem>() {
        Some(problem) if language != Language::En => {
            let mut told = problem.in_words(language);
            // Headers that others have added, like `Allow`, stay.
            for (name, value) in response.headers() {
                if !told.headers().contains_key(name) && name != header::CONTENT_LENGTH {
                    told.headers_mut().append(name, value.clone());
                }
            }
            told
        }
        _ => response,
    }
}

pub(crate) fn language(headers: &HeaderMap) -> Language {
    let asked = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    Language::asked_for(asked.unwrap_or_default())
}

/// The answer to a request for an unknown path.
pub(crate) async fn not_found() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, Why::PathUnknown)
}

/// The answer to a request with a wrong method; the `Allow` header names the right ones.
pub(crate) async fn wrong_method() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, Why::MethodWrong)
}

/// The answer to a request whose handler panicked.
pub(crate) fn panicked(_: Box<dyn Any + Send>) -> Response {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, Why::Defect).into_response()
}
