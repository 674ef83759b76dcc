//! `/docs`: the OpenAPI document as pages, without a script and without a foreign host.

mod html;
mod page;

use crate::Api;
use crate::routes::{Head, Permission, Plain, Route, get};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use std::sync::OnceLock;

const STYLE: &str = include_str!("style.css");
/// Nothing but our own style sheet is loaded, and no page may show this one in a frame.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// `document` is the OpenAPI document, as JSON.
pub(crate) fn lines(document: fn() -> &'static str) -> Vec<Route<Api>> {
    let line = |path, summary| Plain {
        at: get(path),
        open_to: Permission::Anybody,
        summary,
        answers: &[(StatusCode::OK, "As it says")],
    };
    vec![
        line("/docs", "the API as a page")
            .by(move |_, _: Head| async move { served(page(document), "text/html; charset=utf-8") }),
        line("/docs/style.css", "its style sheet").by(async |_, _: Head| served(STYLE, "text/css; charset=utf-8")),
        line("/docs/openapi.json", "the API as OpenAPI 3.1")
            .by(move |_, _: Head| async move { served(document(), "application/json") }),
    ]
}

fn served(text: &'static str, kind: &'static str) -> Response {
    let headers: [(HeaderName, HeaderValue); 4] = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CACHE_CONTROL, HeaderValue::from_static("max-age=300")),
    ];
    (headers, text).into_response()
}

/// Written once: the table does not change while a process runs.
fn page(document: fn() -> &'static str) -> &'static str {
    static PAGE: OnceLock<String> = OnceLock::new();
    PAGE.get_or_init(|| {
        let api: Value = serde_json::from_str(document()).unwrap_or_default();
        page::of(&api)
    })
}
